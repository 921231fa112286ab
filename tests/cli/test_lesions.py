"""`lesions`: one JSON document, found again at once, and a sentence for each wrong argument."""

import json

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.stored import lesions as stored_lesions
from tests.cli.tiny_net import tiny_net_arguments
from tests.training.conftest import home  # noqa: F401 - a fixture

QUICK = ("--pictures", "20", "--calibration", "0", "--draws", "2")


def lab(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["lesions", *arguments])
    return done.exit_code, done.output


@pytest.fixture
def arguments(home):  # noqa: F811
    """A tiny net, and pictures of its classes in a folder."""
    return tiny_net_arguments(home, pictures_each=80)


def test_lesions_as_json_are_kept_for_the_next_time(arguments, monkeypatch):
    code, output = lab(*arguments, "--pictures", "20", "--draws", "2", "--json")
    assert code == 0, output
    found = json.loads(output)
    assert [block["path"] for block in found["blocks"]] == ["stage1.0", "stage2.0"]
    for block in found["blocks"]:
        assert (block["removable"], block["reason"]) == (True, None)
        low, high = block["interval_95"]
        assert low <= block["accuracy"] <= high
        assert 0 <= block["recalibrated_accuracy"] <= 1
    assert found["chance"] == pytest.approx(1 / 3)
    assert 0 <= found["whole"] <= 1
    assert found["seconds"] > 0
    assert [row["num_removed"] for row in found["at_random"]] == [1, 2]
    monkeypatch.setattr(stored_lesions, "measure_net_lesions", None)  # would fail
    assert json.loads(lab(*arguments, "--pictures", "20", "--draws", "2", "--json")[1]) == found


def test_lesions_in_words_hold_a_row_for_each_block(arguments):
    code, output = lab(*arguments, *QUICK)
    text = " ".join(output.split())
    assert code == 0, output
    assert "pictures right" in text or "guesses with all its blocks in place" in text
    assert "stage2.0" in text
    assert "recalibrated" not in text


def test_wrong_arguments_end_in_a_sentence(arguments):
    for wrong, sentence in (
        (("--pictures", "3"), "judged by 10 to 10,000 pictures, got 3"),
        (("--calibration", "5"), "recalibrated on 16 to 1,024 pictures"),
        (("--draws", "1"), "2 to 20 times"),
        (("--seed", "-4"), "A seed is 0 or more"),
        (("--data", "synthetic"), "the net does not know"),
        (("--device", "abacus"), "abacus"),
        (("--map", "dog=ant"), "has no class 'dog'"),
    ):
        code, output = lab(*arguments, *wrong)
        assert code == 1
        assert sentence in " ".join(output.split())
    assert lab("no-such-net")[0] == 1
