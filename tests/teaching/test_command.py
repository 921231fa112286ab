"""`finetune` as a person meets it: a real worker, from a folder to a net on Classify."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.asking import list_steps, load_net, load_source
from resnet_core.run_report import report_run
from resnet_core.shares import wilson_interval
from resnet_core.teaching.held_out import HeldOutFacts, read_held_out
from resnet_core.teaching.outcome import TaughtNet, read_taught
from resnet_core.teaching.sentences import taught_sentence
from tests.cli.test_training_commands import here, lab
from tests.data.conftest import save_picture


def save_shades(root, counts: dict[str, int]):
    """Class folders that differ in brightness, which any net tells apart; names with markup."""
    for place, (name, count) in enumerate(counts.items()):
        for index in range(count):
            generator = np.random.default_rng(100 * place + index)
            pixels = generator.integers(0, 60, (32, 32, 3)) + 190 * place // (len(counts) - 1)
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{index}.png")
    return root


def test_a_folder_becomes_a_net_with_its_names_that_knows_what_is_strange(home, trained):
    folder = home / "shades"
    save_shades(folder / "test", {"<b>dark": 10, "light": 10})
    save_shades(folder / "train", {"<b>dark": 30, "light": 30})
    done = lab(
        "finetune",
        str(folder),
        "--from",
        str(trained),
        "--device",
        "cpu",
        "--steps",
        "200",
        "--learning-rate",
        "0.05",
        "--json",
    )
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(done.stdout)
    assert found["phase"] == "finished"
    assert found["classes"] == ["<b>dark", "light"]
    assert found["held_out"] == 20
    assert found["accuracy"] == 1
    assert found["interval_95"] == list(wilson_interval(20, 20))
    assert found["seconds"] > 0

    net = load_net(home / found["checkpoint"], device="cpu")
    assert net.watch is not None
    assert net.card.detection is not None
    assert net.is_calibrated
    asked = here(
        "classify",
        str(folder / "test" / "light" / "1.png"),
        "--checkpoint",
        found["checkpoint"],
        "--json",
    )
    assert json.loads(asked.stdout)["top"][0]["class"] == "light"

    (taught,) = read_taught(found["run_id"])
    assert taught.is_own_split
    assert taught.facts == HeldOutFacts(commonest=10, learned=18)  # 2 validate
    steps = list_steps(found["run_id"], 0)
    assert load_source(steps[-1]).card == net.card
    told = dict(report_run(found["run_id"]).settings)
    assert told["tiny: Begins from"] == f"{trained.name}, body frozen"
    again = here("report", found["run_id"])
    assert again.returncode == 0, again.stderr


def test_what_did_not_end_says_null_and_leads_back_to_its_run(home, trained):
    folder = save_shades(home / "shades", {"dark": 20, "light": 20})
    done = lab(
        "finetune", str(folder), "--from", str(trained), "--steps", "9", "--detach", "--json"
    )
    found = json.loads(done.stdout)
    assert found["run_id"]
    for key in ("checkpoint", "classes", "accuracy", "interval_95", "held_out"):
        assert found[key] is None
    lab("stop", found["run_id"], "--force")


@pytest.mark.parametrize(
    ("folders", "options", "sentence"),
    [
        ({"ant": 4}, [], "only one class"),
        ({"ant": 9, "bee": 9, "cow": 1}, [], "too few pictures of 'cow' (1"),
        ({"ant": 9, "bee": 9}, ["--size", "16"], "32 to 224 px a side, got 16"),
        ({"ant": 9, "bee": 9}, ["--augmentation", "blur"], "augmentation must be one of"),
        ({"ant": 9, "bee": 9}, ["--learning-rate", "0"], "learning_rate must be above 0"),
        ({"ant": 9, "bee": 9}, ["--from", "nothing"], "There is no checkpoint 'nothing'"),
        ({}, [], "give a path that exists"),
    ],
)
def test_refusals_are_one_sentence_and_no_run(home, trained, folders, options, sentence):
    for place, (name, count) in enumerate(folders.items()):
        for index in range(count):
            save_picture(home / "zoo" / name / f"{index}.png", 100 * place + index)
    start = [] if "--from" in options else ["--from", str(trained)]
    done = here("finetune", str(home / "zoo"), *start, *options)
    assert done.returncode == 1, done.stdout
    assert sentence in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not list(home.glob("runs/2*"))


def net(**changes) -> TaughtNet:
    found = TaughtNet(
        run_id="r",
        arm=0,
        title="ResNet-20",
        checkpoint=Path("x"),
        class_names=("bag", "sneaker"),
        num_right=390,
        num_held_out=400,
        is_own_split=True,
    )
    return dataclasses.replace(found, **changes)


def test_the_sentence_says_as_much_as_its_interval_allows():
    said = taught_sentence(net())
    assert "on 390 of 400 pictures that were held out by their own folder: 97.5\u00a0%" in said
    assert "better than guessing among 2 classes" in said
    guess = taught_sentence(net(num_right=11, num_held_out=20, is_own_split=False))
    assert "held out, drawn at random" in guess
    assert "not shown to be better than guessing" in guess


def test_the_sentence_knows_the_commonest_class_and_what_was_learned():
    rare = net(num_right=388, facts=HeldOutFacts(commonest=397, learned=0))
    said = taught_sentence(rare)
    assert "not shown to be better than naming the commonest class always" in said
    assert "right on 99.2\u00a0% of them" in said and "learned from" not in said
    even = taught_sentence(net(facts=HeldOutFacts(commonest=200, learned=12)))
    assert "better than guessing among 2 classes" in even
    assert "12 of these pictures it learned from as well" in even
    assert "no picture among them" not in even
    blind = taught_sentence(net(facts=HeldOutFacts(commonest=400, untested=1)))
    assert "1 class has no picture among them" in blind


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'{"commonest": 21, "learned": 0}', b'{"learned": true}']
)
def test_spoiled_facts_are_no_facts(content, tmp_path):
    (tmp_path / "held_out.json").write_bytes(content)
    assert read_held_out(tmp_path, 20) == HeldOutFacts()
    (tmp_path / "held_out.json").write_bytes(b'{"commonest": 12, "learned": 3}')
    assert read_held_out(tmp_path, 20) == HeldOutFacts(commonest=12, learned=3)
