"""Nets of others built, filled and described; whatever their code does is one sentence."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.others import asked_request, build_other
from tests.others.builders import Tiny

BUILDERS = "tests.others.builders:"
SMALL = "torchvision:squeezenet1_1"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("needs", r"needs arguments \(width\)"),
        ("fails", "fails with: the disk of the labels is not mounted"),
        ("leaves", "fails with: no GPU here"),
        ("nothing", "gives nothing where a torch.nn.Module was expected"),
        ("absent", "absent is not there in tests.others.builders"),
        ("NO_FUNCTION", "NO_FUNCTION is no function"),
        ("maps_only", r"gives no logits of the shape \(N, K\).*a tensor of the shape"),
        ("pair", "gives no logits.*a value of type tuple"),
    ],
)
def test_code_that_builds_no_net_is_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(CheckpointError, match=sentence) as refused:
        build_other(asked_request(f"{BUILDERS}{name}", image_size_px=16))
    assert "Error" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_modules_that_cannot_be_imported_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_net_module.py").write_text("raise ValueError('no labels.csv')")
    (tmp_path / "needing_net_module.py").write_text("import a_module_that_is_nowhere")
    (tmp_path / "good_net_module.py").write_text(
        "from tests.others.builders import tiny\nbuild = tiny"
    )
    monkeypatch.chdir(tmp_path)
    for name, sentence in (
        ("no_such_package.nets:build", "there is no module 'no_such_package'"),
        ("broken_net_module:build", "importing broken_net_module fails with: no labels.csv"),
        ("needing_net_module:build", "fails with: No module named 'a_module_that_is_nowhere'"),
    ):
        with pytest.raises(CheckpointError, match=sentence):
            build_other(asked_request(name))
    assert build_other(asked_request("good_net_module:build")).card.image_size_px == 16


def test_code_says_of_itself_how_it_wants_pictures() -> None:
    card = build_other(asked_request(f"{BUILDERS}tiny")).card
    assert (card.image_size_px, card.class_names) == (16, ("a", "b", "c", "d"))
    assert card.model.num_classes == 4
    said = {"image_size_px": 24, "mean": (0.5,) * 3, "std": (0.2,) * 3}
    card = build_other(asked_request(f"{BUILDERS}tiny", class_names=tuple("wxyz"), **said)).card
    assert (card.image_size_px, card.class_names, card.std) == (24, tuple("wxyz"), (0.2,) * 3)


def test_outputs_of_one_name_tell_their_number() -> None:
    names = ("crane", "ant", "bee", "crane")
    card = build_other(asked_request(f"{BUILDERS}tiny", class_names=names)).card
    assert card.class_names == ("crane (0)", "ant", "bee", "crane (3)")


def test_outputs_without_names_are_numbered() -> None:
    card = build_other(asked_request(f"{BUILDERS}random_names")).card
    assert card.class_names == ("class 0", "class 1", "class 2", "class 3")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"class_names": ("a", "b")}, "4 outputs and 2 names"),
        ({"image_size_px": 4}, "squares of 8 to 1,024 px, got 4"),
        ({"mean": (0.5,)}, "mean and std of 1 and 3 channels"),
        ({"std": (0.0,) * 3}, "The std of a channel lies between"),
    ],
)
def test_what_a_person_says_wrong_is_one_sentence(said: dict, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        build_other(asked_request(f"{BUILDERS}tiny", **said))


def test_library_says_size_and_classes_without_weights() -> None:
    built = build_other(asked_request(SMALL))
    assert (built.card.image_size_px, built.card.resize_px) == (224, 256)
    assert built.card.class_names[:2] == ("tench", "goldfish")
    assert "is untrained (its weights were drawn by seed 0)" in built.card.caution
    assert not built.card.is_trained
    assert built.card.data_title == "nothing"


def test_untrained_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, again, other = (
        next(build_other(asked_request(SMALL, seed=seed, image_size_px=32)).model.parameters())
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.rand(1), expected)  # nobody else's numbers moved


def test_size_that_a_net_cannot_take_is_told_in_its_own_words() -> None:
    with pytest.raises(CheckpointError, match=r"cannot be shown a picture of 8 px .*--image-size"):
        build_other(asked_request(SMALL, image_size_px=8))


def test_nets_with_further_classifiers_give_logits_alone() -> None:
    net = build_other(asked_request("torchvision:googlenet", image_size_px=32)).model
    assert net.train()(torch.zeros(2, 3, 32, 32)).shape == (2, 1000)


@pytest.mark.parametrize("form", ["torch", "safetensors", "wrapped"])
def test_weights_of_a_file_are_put_in(tmp_path: Path, form: str) -> None:
    trained, path = Tiny(), tmp_path / "net.pt"
    torch.nn.init.constant_(trained.head.bias, 3.0)
    state = trained.state_dict()
    if form == "safetensors":
        path = tmp_path / "net.safetensors"
        save_file(state, path)
    elif form == "torch":
        torch.save(state, path)
    else:  # as training scripts of several processes save it, before torch counted batches
        named = {f"module.{k}": v for k, v in state.items() if "num_batches" not in k}
        torch.save({"epoch": 3, "model": named, "optimizer": {"lr": 0.1}}, path)
    built = build_other(asked_request(f"{BUILDERS}tiny", weights=path))
    picture = torch.rand(1, 3, 16, 16)
    assert torch.equal(built.model(picture), trained.eval()(picture))
    assert built.card.caution == ""
    assert built.card.is_trained
    assert built.card.data_title == "unknown"
    assert any("--mean" in sentence for sentence in built.card.assumed)


def test_weights_that_do_not_fit_are_one_sentence(tmp_path: Path) -> None:
    state = Tiny().state_dict()
    for name, changed, sentence in (
        ("short", {k: v for k, v in state.items() if k != "head.bias"}, "'head.bias' is missing"),
        ("wide", state | {"head.bias": torch.zeros(9)}, r"'head.bias' is \(9,\), expected \(4,\)"),
        ("extra", state | {"more": torch.zeros(1)}, "'more' is not part of the net"),
        ("nan", state | {"head.bias": torch.full((4,), torch.nan)}, "not finite"),
    ):
        path = tmp_path / f"{name}.pt"
        torch.save(changed, path)
        with pytest.raises(CheckpointError, match=f"'{name}.pt' does not fit.*{sentence}"):
            build_other(asked_request(f"{BUILDERS}tiny", weights=path))


def test_files_that_are_no_weights_are_one_sentence(tmp_path: Path) -> None:
    text, absent = tmp_path / "notes.txt", tmp_path / "none.pt"
    text.write_text("epoch 1\n")
    for path in (text, absent):
        with pytest.raises(CheckpointError, match=f"'{path.name}'"):
            build_other(asked_request(f"{BUILDERS}tiny", weights=path))


class Runs:
    """Would write a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.write_text, (self.path, "run")


def test_file_that_would_run_code_does_not(tmp_path: Path) -> None:
    path, trace = tmp_path / "evil.pt", tmp_path / "trace"
    torch.save({"state_dict": Tiny().state_dict(), "more": Runs(trace)}, path)
    with pytest.raises(CheckpointError, match=r"'evil\.pt'"):
        build_other(asked_request(f"{BUILDERS}tiny", weights=path))
    assert not trace.exists()


def test_old_names_of_densenet_are_read() -> None:
    from resnet_core.others.torchvision_nets import renamed

    old = "features.denseblock1.denselayer1.norm.1.weight"
    assert renamed("densenet121", old) == "features.denseblock1.denselayer1.norm1.weight"
    assert renamed("inception_v3", "AuxLogits.fc.weight") is None
    assert renamed("resnet18", "fc.weight") == "fc.weight"
