"""`landscape` and `sharpness`: one JSON document each, and a sentence for each wrong argument."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from resnet_core.asking import load_net
from resnet_core.asking.training_pictures import draw_training_pictures
from resnet_core.checkpoints import find_checkpoint, read_card, save_checkpoint
from resnet_core.cli import app
from resnet_core.models import build_model
from resnet_core.probes.landscape import judge_on, measuring
from resnet_core.stored import landscapes as stored_landscapes
from tests.cli.tiny_net import tiny_net_arguments
from tests.training.conftest import home  # noqa: F401 - a fixture


def lab(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


@pytest.fixture
def tiny(home):  # noqa: F811
    """A tiny net, and pictures of its classes in a folder."""
    return tiny_net_arguments(home, pictures_each=30)


def test_landscape_as_json_has_the_net_s_own_loss_in_its_middle(tiny):
    code, output = lab("landscape", *tiny, "--pictures", "20", "--json")
    assert code == 0, output
    found = json.loads(output)
    assert found["alphas"] == found["betas"] == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert np.shape(found["loss"]) == np.shape(found["error"]) == (5, 5)
    net = load_net(find_checkpoint(tiny[0]), device="cpu")
    pictures = draw_training_pictures(net, tiny[2], 20)
    assert found["loss"][2][2] == judge_on(pictures.batch, "stored")(net.model).loss
    assert found["seconds"] > 0


def test_a_finer_landscape_goes_on_from_the_coarse_one(tiny, monkeypatch):
    arguments = ("landscape", *tiny, "--pictures", "20", "--json")
    coarse = json.loads(lab(*arguments)[1])
    asked = []
    side_by_side = measuring.measure_side_by_side
    monkeypatch.setattr(
        measuring,
        "measure_side_by_side",
        lambda tasks, **more: asked.append(len(tasks)) or side_by_side(tasks, **more),
    )
    fine = json.loads(lab(*arguments, "--grid", "9")[1])
    assert asked == [81 - 25]
    np.testing.assert_array_equal(np.array(fine["loss"])[::2, ::2], coarse["loss"])
    other = json.loads(lab(*arguments, "--batch-norm", "recomputed")[1])
    assert asked == [56, 25]
    assert other["loss"] != coarse["loss"]


def test_one_direction_gives_one_row(tiny):
    output = lab("landscape", *tiny, "--pictures", "20", "--dimensions", "1", "--json")[1]
    assert np.shape(json.loads(output)["loss"]) == (1, 5)


def test_a_line_begins_and_ends_with_the_two_nets(tiny, home):  # noqa: F811
    card = read_card(find_checkpoint(tiny[0]))
    state = build_model(card.model, seed=5).state_dict()
    other = str(save_checkpoint(home / "nets", replace(card, name="other"), state))
    line = json.loads(lab("landscape", tiny[0], other, *tiny[1:], "--pictures", "20", "--json")[1])
    assert line["alphas"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert line["betas"] == [0.0]
    for name, place in ((tiny[0], 0), (other, -1)):
        around = json.loads(lab("landscape", name, *tiny[1:], "--pictures", "20", "--json")[1])
        assert line["loss"][0][place] == around["loss"][2][2]
    code, output = lab("landscape", tiny[0], tiny[0], *tiny[1:])
    assert code == 1
    assert "is the same net" in " ".join(output.split())


def test_landscape_in_words(tiny):
    code, output = lab("landscape", *tiny, "--pictures", "20", "--grid", "3")
    text = " ".join(output.split())
    assert code == 0, output
    assert "in the middle to" in text
    assert "running statistics that the net has stored" in text


def test_sharpness_as_json_is_kept_for_the_next_time(tiny, monkeypatch):
    arguments = ("sharpness", *tiny, "--pictures", "20", "--top", "2", "--draws", "4", "--json")
    code, output = lab(*arguments)
    assert code == 0, output
    found = json.loads(output)
    first, second = found["top_eigenvalues"]
    assert first >= second
    assert found["trace_standard_error"] > 0
    assert found["threshold"] is None
    assert found["threshold_reason"]
    monkeypatch.setattr(stored_landscapes, "measure_net_sharpness", None)  # would fail
    assert json.loads(lab(*arguments)[1]) == found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("landscape", "--grid", "4"), "odd number of places"),
        (("landscape", "--dimensions", "3"), "1 or 2 dimensions"),
        (("landscape", "--span", "0"), "more than 0 and at most 100"),
        (("landscape", "--batch-norm", "own"), "stored or recomputed, got 'own'"),
        (("landscape", "--pictures", "1"), "2 to 4,096 pictures can be taken, got 1"),
        (("landscape", "--seed", "-1"), "A seed lies between 0"),
        (("sharpness", "--top", "0"), "1 to 20 of the largest eigenvalues"),
        (("sharpness", "--draws", "1"), "2 to 200 random vectors"),
        (("sharpness", "--at-a-time", "1"), "At least 2 pictures pass together"),
        (("sharpness", "--data", "nowhere"), "nowhere"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(tiny, arguments, words):
    name, *rest = arguments
    code, output = lab(name, tiny[0], "--data", tiny[2], *rest)
    assert code == 1
    assert words in " ".join(output.split())
    assert "Error" not in output.replace("Errors", "")


def test_a_name_that_nothing_has_is_refused_with_what_is_there(tiny):
    code, output = lab("sharpness", "atlantis")
    text = " ".join(output.split())
    assert code == 1
    assert "no checkpoint 'atlantis'" in text
    assert "net of the registry" in text
