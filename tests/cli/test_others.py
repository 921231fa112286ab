"""Commands show pictures to nets of others by the keys that the lab's own nets have."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.config.plugins import VARIABLE
from tests.pages.tiny import write_pictures

TINY = "tests.others.builders:tiny"


def lab(*arguments: str):
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout, done.stderr


def keys_of(*arguments: str) -> set[str]:
    code, output, _ = lab(*arguments, "--json")
    assert code == 0, output
    found = json.loads(output)
    return set(found[0] if isinstance(found, list) else found)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("picture") / "noise.png"
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return str(path)


@pytest.mark.parametrize("command", ["classify", "cam", "features"])
def test_keys_are_those_of_the_labs_own_nets(command: str, picture: str) -> None:
    own = keys_of(command, picture, "--checkpoint", "resnet20-synthetic")
    others = keys_of(command, picture, "--checkpoint", TINY)
    assert others - own == ({"caution"} if command != "features" else set())
    assert own <= others


def test_classify_says_that_an_untrained_net_means_nothing(picture: str) -> None:
    code, output, _ = lab("classify", picture, "--checkpoint", TINY)
    assert code == 0
    said = " ".join(output.split())
    assert "its answers, and maps of what speaks for a class, mean nothing." in said


def test_cam_writes_a_map_and_scores_it(picture: str, tmp_path: Path) -> None:
    out = tmp_path / "map.npy"
    code, output, error = lab(
        "cam", picture, "--checkpoint", TINY, "--class", "b", "--faithful", "--out", str(out)
    )
    assert code == 0, error
    assert np.load(out).shape == (1, 8, 8)
    assert "Deletion area" in output
    assert "mean nothing" in " ".join(output.split())


def test_weights_of_a_file_are_shown_with_what_was_assumed(picture: str, tmp_path: Path) -> None:
    import torch

    from tests.others.builders import Tiny

    path = tmp_path / "tiny.pt"
    torch.save(Tiny().state_dict(), path)
    code, output, error = lab(
        "classify", picture, "--checkpoint", TINY, "--weights", str(path), "--json"
    )
    assert code == 0
    assert "caution" not in json.loads(output)
    assert "Pictures are normalised as is usual (--mean, --std)." in error


def test_model_counts_a_net_of_others() -> None:
    own = keys_of("model", "resnet18", "--layers")
    others = keys_of("model", "torchvision:squeezenet1_1", "--layers")
    assert others - own == {"net", "image_size_px", "published"}
    assert own <= others
    code, output, _ = lab("model", "torchvision:squeezenet1_1")
    assert code == 0
    assert "which is the same." in " ".join(output.split())
    code, output, _ = lab("model", TINY, "--layers", "--input", "24")
    assert code == 0
    assert "body.deep" in output


def test_models_lists_nets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = lab("models", "--of", "torchvision", "--json")
    nets = {net["name"]: net for net in json.loads(output)}
    assert code == 0
    assert nets["torchvision:resnet50"]["parameters"] == 25_557_032
    assert nets["torchvision:resnet50"]["macs"] == 4_089_000_000
    monkeypatch.setenv(VARIABLE, f"Mine={TINY}")
    code, output, _ = lab("models", "--of", "own")
    assert code == 0
    assert "Mine" in output


def test_gradients_have_the_keys_of_the_labs_own_nets() -> None:
    arguments = ("--pictures", "noise", "--batch", "2", "--seeds", "1")
    own = keys_of("gradients", "--arms", "resnet8", *arguments)
    others = keys_of("gradients", "--arms", TINY, *arguments)
    assert others - own == {"image_size_px", "source"}
    assert own <= others
    code, output, _ = lab("gradients", "--arms", TINY, *arguments, "--layers")
    assert code == 0
    assert "body.conv" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("model", "torchvision:resnet18", "--speed"), "leave --speed out"),
        (("models", "--of", "keras"), "Nets are of torchvision, timm or own"),
        (("gradients", "--arms", f"resnet8,{TINY}"), "cannot be measured beside nets of the lab"),
        (("gradients", "--arms", TINY, "--steps", "2"), "leave --steps, --norm"),
        (("gradients", "--arms", "resnet8", "--image-size", "64"), "said of nets of others"),
        (("train", "--arms", "torchvision:resnet18"), "the lab's own nets alone"),
        (("lesions", "torchvision:resnet18"), "the lab's own nets alone"),
        (("export", "torchvision:resnet18", "--to", "onnx"), "the lab's own nets alone"),
        (("landscape", TINY), "the lab's own nets alone"),
        (("evaluate", "timm:resnet18", "--data", "synthetic"), "the lab's own nets alone"),
        (("calibrate", TINY, "--data", "synthetic"), "the lab's own nets alone"),
        (("take-apart", "timm:resnet18", "--image", "x.png"), "the lab's own nets alone"),
        (("landscape", "resnet20-synthetic", TINY), "the lab's own nets alone"),
        (("sharpness", "timm:resnet18"), "becomes the lab's own by `import`)."),
        (("finetune", "{pictures}", "--from", TINY), "the lab's own nets alone"),
        (("edit", TINY, "--set", "learning_rate=0.1"), "this takes a run, by the name"),
        (("edits", "torchvision:resnet18"), "this takes a run, by the name"),
        (("fork", "torchvision:resnet18", "--step", "3"), "this takes a run, by the name"),
        (("resume", TINY), "this takes a run, by the name"),
        (("pause", "timm:resnet18"), "this takes a run, by the name"),
        (("report", "timm:resnet18"), "this takes a run, by the name"),
        (("import", "torchvision:resnet18", "--name", "x"), "this takes a file of its weights"),
        (("imagenet", "torchvision:resnet18"), "choose resnet18, resnet34"),
    ],
)
def test_what_is_not_for_nets_of_others_says_so(arguments, sentence: str, tmp_path: Path) -> None:
    pictures = str(write_pictures(tmp_path / "pictures"))
    code, output, error = lab(*(each.format(pictures=pictures) for each in arguments))
    assert code == 1
    said = " ".join((output + error).split())
    assert sentence in said and said.count(". ") == 0, "one sentence"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--checkpoint", "resnet20-synthetic", "--image-size", "64"), "leave out --image-size"),
        (("--checkpoint", TINY, "--mean", "red"), "no list of numbers"),
        (("--checkpoint", TINY, "--class-names", "a,b"), "4 outputs and 2 names"),
        (("--checkpoint", TINY, "--weights", "none.pt"), "'none.pt' cannot be opened"),
        (("--checkpoint", "torchvision:resnet5"), "did you mean resnet50"),
    ],
)
def test_options_of_nets_of_others_are_checked(arguments, sentence: str, picture: str) -> None:
    code, output, error = lab("classify", picture, *arguments)
    assert code == 1
    assert sentence in " ".join((output + error).split())


def test_forget_says_why_not(picture: str) -> None:
    code, _, error = lab("cam", picture, "--checkpoint", TINY, "--forget")
    assert code == 1
    assert "may forget one after the other is not known" in error


def test_library_takes_the_same_names(picture: str) -> None:
    import resnet_core

    net = resnet_core.load(TINY, device="cpu")
    assert resnet_core.classify(net, picture).class_names == ("a", "b", "c", "d")
    assert resnet_core.cam(TINY, picture, target="c").target.class_index == 2
    assert [maps.point.path for maps in resnet_core.features(net, picture)][-1] == "body.deep"
    flow = resnet_core.gradients(TINY, data="noise", num_pictures=2)
    assert flow.layers == ("body.conv", "body.deep", "head")
