"""classify, calibrate, import and export as a person meets them, also as processes of their own."""

import json

import pytest
import torch

from tests.cli.test_training_commands import here, lab
from tests.importing.conftest import akamaster_like, saved
from tests.inference.conftest import picture_bytes, save_tiny
from tests.training.conftest import CLASSES as FOLDERS
from tests.training.conftest import home, picture_folder  # noqa: F401 - fixtures


def test_classify_prints_a_record_for_each_file_and_fails_if_one_did(home):  # noqa: F811
    checkpoint = save_tiny(home / "nets")
    (home / "good.png").write_bytes(picture_bytes())
    (home / "bad.jpg").write_bytes(b"not a picture")
    files = [str(home / name) for name in ("good.png", "bad.jpg", "none.png")]
    done = lab("classify", *files, "--checkpoint", str(checkpoint), "--top", "2", "--json")
    assert done.returncode == 1, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(record["file"], record["ok"]) for record in records] == [
        (files[0], True),
        (files[1], False),
        (files[2], False),
    ]
    first, second = records[0]["top"]
    assert first["probability"] > second["probability"]
    assert "bad.jpg" in records[1]["error"]
    assert "Traceback" not in done.stderr

    done = lab("classify", files[0], "--checkpoint", str(checkpoint))
    assert done.returncode == 0
    assert f"{files[0]}: {first['class']}" in done.stdout


def test_calibrate_writes_into_the_card(home, picture_folder):  # noqa: F811
    checkpoint = save_tiny(home / "nets", class_names=FOLDERS)
    done = lab("calibrate", str(checkpoint), "--data", str(picture_folder), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    card = json.loads(checkpoint.with_suffix(".json").read_text())
    assert card["metrics"] == found["metrics"]
    assert found["metrics"]["temperature"] > 0
    assert card["detection"]["rates"] == found["detection"]
    assert all(0 <= rate <= 1 for rate in found["detection"].values())
    assert checkpoint.with_suffix(".statistics").is_file()


def test_evaluate_matches_classes_by_name_or_as_it_is_told(home, picture_folder):  # noqa: F811
    checkpoint = save_tiny(home / "nets", class_names=("c", "a", "b"))
    asked = ["evaluate", str(checkpoint), "--data", str(picture_folder), "--split", "train"]
    by_name = json.loads(here(*asked, "--json").stdout)
    assert (by_name["classes_matched_by"], by_name["note"]) == ("name", "")
    (picture_folder / "c").rename(picture_folder / "aa")
    refused = here(*asked)
    assert refused.returncode == 1
    assert "knows 3 classes (c, a, b), 'pictures' has 3 (a, aa, b)" in refused.stderr
    mapped = json.loads(here(*asked, "--map", "aa=c", "--json").stdout)
    assert mapped["num_correct"] == by_name["num_correct"]
    assert mapped["classes_matched_by"] == "map"
    assert mapped["note"].endswith("with aa as c.")
    refused = here("calibrate", str(checkpoint), "--data", str(picture_folder), "--map", "aa:c")
    assert "'aa:c' is no pair of classes" in refused.stderr
    assert not checkpoint.with_suffix(".statistics").exists()


def test_import_then_classify_then_export_by_name(home):  # noqa: F811
    (home / "net.th").write_bytes(saved({"state_dict": akamaster_like()}))
    (home / "a.png").write_bytes(picture_bytes())
    done = lab("import", str(home / "net.th"), "--arch", "resnet20", "--name", "brought")
    assert done.returncode == 0, done.stderr
    assert "brought: resnet20, 10 classes" in done.stdout
    done = here("classify", str(home / "a.png"), "--checkpoint", "brought", "--json")
    assert json.loads(done.stdout)["top"][0]["class"]
    done = here("export", "brought", "--to", "safetensors", "--folder", str(home))
    assert done.returncode == 0, done.stderr
    assert (home / "brought.safetensors").exists()
    assert (home / "brought.json").exists()


def test_import_says_what_was_assumed_and_left_out(home):  # noqa: F811
    state = {**akamaster_like(), "total_ops": torch.zeros(1)}
    (home / "net.th").write_bytes(saved({"state_dict": state, "state_dict_ema": akamaster_like()}))
    (home / "names.txt").write_text("\n".join("abcdefghij"))
    done = lab(
        *("import", str(home / "net.th"), "--name", "a", "--classes", str(home / "names.txt")),
        *("--stem-pool", "none", "--json"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["family"], found["model"], found["architecture"]) == (
        "akamaster",
        "resnet20",
        "resnet20",
    )
    assert found["left_out"] == {"counters of a profiler or an average": 1}
    assert found["class_names"] == list("abcdefghij")
    assert (found["image_size_px"], found["mean"][0], found["std"][0]) == (32, 0.485, 0.229)
    assumed = " ".join(found["assumed"])
    assert "not those under 'state_dict_ema' (--part)" in assumed
    assert "(--skips zeros-around|zeros-behind|plain)" in assumed
    assert "--stem-pool" not in assumed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["classify", "a.png", "--checkpoint", "nothing"], "There is no checkpoint 'nothing'"),
        (["import", "none.pt", "--name", "x"], "'none.pt' cannot be opened"),
        (["import", "none.pt", "--name", "../x"], "cannot be a checkpoint's name"),
        (["import", "none.pt", "--name", "x", "--mean", "a"], "no list of numbers"),
        (["import", "none.pt", "--name", "x", "--arch", "vgg"], "no net called 'vgg'"),
        (["import", "none.pt", "--name", "x", "--stem-pool", "no"], "must be one of keep, none"),
        (["import", "none.pt", "--name", "x", "--skips", "A"], "--skips must be one of zeros-"),
        (["import", "none.pt", "--name", "x", "--stride-on", "2"], "must be one of 3x3, 1x1"),
        (["import", "none.pt", "--name", "x", "--blur", "2"], "must be one of no, yes"),
        (["import", "none.pt", "--name", "x", "--pre-shortcut", "2"], "must be one of shared"),
        (["imagenet", "resnet20"], "choose resnet18"),
        (["export", "nothing", "--to", "onnx"], "There is no checkpoint 'nothing'"),
    ],
)
def test_refusals_are_one_sentence(home, arguments, sentence):  # noqa: F811
    done = here(*arguments)
    assert done.returncode == 1
    assert sentence in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
