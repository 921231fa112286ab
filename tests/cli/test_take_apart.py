"""`take-apart` as a person meets it: figures, switches, accuracy, sentences, exit statuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from resnet_core.asking import untrained_card
from resnet_core.checkpoints import save_checkpoint
from resnet_core.cli import app
from resnet_core.models import build_model

CUT = ("--set", "skip_strength=0", "--blocks", "stage2.0")


@pytest.fixture
def net(tmp_path: Path) -> str:
    card = untrained_card("resnet8")
    return str(save_checkpoint(tmp_path, card, build_model(card.model, seed=2).state_dict()))


@pytest.fixture
def photo(tmp_path: Path) -> str:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def lab(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["take-apart", *arguments])
    assert done.exit_code == status, done.output
    return done.output


def test_every_block_is_told_with_keys_that_stay(net: str, photo: str) -> None:
    found = json.loads(lab(net, "--image", photo, "--json"))
    assert list(found) == [
        *("net", "picture", "class", "switches", "whole", "switched", "held", "sentences", "file"),
    ]
    assert found["file"] is None
    assert found["switches"] == []
    assert found["switched"] is found["held"] is None
    assert found["whole"]["says"] == found["class"]
    (first, *_) = found["whole"]["blocks"]
    assert list(first) == [
        *("path", "input_norm", "branch_norm", "skip_norm", "sum_norm", "cosine"),
        *("skip_gradient_share", "gradient_norm"),
    ]
    text = lab(net, "--image", photo)
    assert "resnet8-untrained says " in text
    assert "stage3.0" in text


def test_switches_change_the_copy_and_the_accuracy_is_compared(net: str, photo: str) -> None:
    asked = (net, "--image", photo, *CUT, "--data", "synthetic", "--pictures", "60")
    found = json.loads(lab(*asked, "--json"))
    cut = {"what": "skip_strength", "blocks": "stage2.0", "value": 0.0}
    assert found["switches"] == [cut]
    whole, switched = found["whole"]["blocks"], found["switched"]["blocks"]
    assert switched[1]["skip_norm"] == 0 < whole[1]["skip_norm"]
    assert switched[0]["sum_norm"] == whole[0]["sum_norm"], "nothing before it changes"
    assert found["held"]["pictures"] == 60
    low, high = found["held"]["change_interval_95"]
    change = found["held"]["switched"]["accuracy"] - found["held"]["whole"]["accuracy"]
    assert low <= change <= high
    told = "Without the skip of stage2.0 accuracy on 60 held pictures goes from"
    assert found["sentences"][0].startswith(told)
    assert told in lab(*asked).replace("\n", " ")


def test_what_is_switched_on_again_is_no_switch(net: str, photo: str) -> None:
    back = ("--set", "skip_strength=1", "--blocks", "stage2.0")
    found = json.loads(lab(net, "--image", photo, *CUT, *back, "--json"))
    assert found["switches"] == []
    all_blocks = json.loads(lab(net, "--image", photo, "--set", "drop=on", "--json"))
    assert all_blocks["switches"] == [{"what": "drop", "blocks": "all", "value": 1.0}]


def test_maps_of_a_block_are_written_in_each_kind(net: str, photo: str, tmp_path: Path) -> None:
    asked = (net, "--image", photo, *CUT, "--maps", "stage2.0", "--out")
    files = {kind: str(tmp_path / f"maps.{kind}") for kind in ("png", "csv", "npz")}
    for file in files.values():
        assert json.loads(lab(*asked, file, "--json"))["file"] == file
    assert f"Written to {files['png']}." in " ".join(lab(*asked, files["png"]).split())
    with Image.open(files["png"]) as drawn:
        assert drawn.width == 796
    with np.load(files["npz"]) as arrays:
        assert arrays["as_loaded_sum"].shape == (32, 16, 16)
        assert not arrays["as_switched_skip"].any()
        assert np.array_equal(arrays["as_loaded_entering"], arrays["as_switched_entering"])
    assert Path(files["csv"]).read_text().startswith("net,part,channel,row,column,value\nas loaded")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "freeze=on"), "'freeze=on' switches nothing"),
        (("--set", "skip_strength=2"), "must lie between 0 and 1, got 2"),
        (("--set", "drop=0.5"), "drop is 1 to do it, or 0 to take it back"),
        (("--set", "drop=on", "--blocks", "stage9"), "has no block 'stage9'"),
        (("--set", "drop=on", "--set", "drop=on", "--blocks", "all"), "2 --set and 1 --blocks"),
        (("--blocks", "all"), "0 --set and 1 --blocks"),
        (("--maps", "stage2.0"), "need both: its name, such as --maps stage2.0, and a file"),
        (("--maps", "stage2.0", "--out", "a.gif"), "go to .png, .csv or .npz, not to 'a.gif'"),
        (("--maps", "stem", "--out", "a.png"), "'stem' is no block of this net"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    net: str, photo: str, arguments: tuple[str, ...], said: str
) -> None:
    assert said in " ".join(lab(net, "--image", photo, *arguments, status=1).split())


def test_pictures_of_other_classes_are_refused(tmp_path: Path, photo: str) -> None:
    known = untrained_card("resnet8")
    others = tuple(f"other {name}" for name in known.class_names)
    card = replace(known, name="others", class_names=others, data_title="Others")
    path = save_checkpoint(tmp_path, card, build_model(card.model).state_dict())
    said = lab(str(path), "--image", photo, "--data", "synthetic", status=1)
    assert "others knows 10 classes (other ring, other cross," in " ".join(said.split())
    same = [f"--map={old}={new}" for old, new in zip(known.class_names, others, strict=True)]
    asked = (str(path), "--image", photo, "--data", "synthetic", "--pictures", "40")
    assert "of 40 held pictures rightly" in " ".join(lab(*asked, *same).split())
