"""Weights of five origins, each giving the answers that its own net gives."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import safetensors.torch
import torch
import torchvision

from resnet_core.checkpoints import find_checkpoint, list_checkpoints, load_checkpoint
from resnet_core.config import DataConfig
from resnet_core.errors import CheckpointError, ConfigError, UnknownNetError
from resnet_core.evaluation import evaluate_checkpoint
from resnet_core.importing import Checker, ImportRequest, import_checkpoint
from resnet_core.importing.origins import IMAGENET_MEAN, KUANGLIU_MEAN
from resnet_core.models import build_model, model_config
from tests.importing.conftest import akamaster_like, saved

AKAMASTER_FILES = ("resnet20-12fca82f.th", "resnet32-d509ac18.th")
AKAMASTER_RIGHT = (
    ("resnet20-12fca82f.th", "cifar10", 9173, 913),
    ("resnet20-12fca82f.th", "cifar10-jpeg", 8103, 809),
    ("resnet32-d509ac18.th", "cifar10-jpeg", 8256, 837),
)
"""Of 10,000 test pictures: on the original ones as published (8.27 % error); on the JPEG copy by
the authors' own code.  Then, of the same answers, those to the first 1,000.
"""
FIRST = 1_000


def torchvision_net(name: str = "resnet18", classes: int = 7) -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = torchvision.models.get_model(name, weights=None, num_classes=classes).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d) and module.running_var is not None:
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return net


def kuangliu_net() -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """torchvision's ResNet-18 with kuangliu's stem, and its tensors under kuangliu's names."""
    net = torchvision_net(classes=10)
    net.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    net.maxpool = torch.nn.Identity()
    state = net.state_dict()
    renamed = {
        k.replace("downsample", "shortcut").replace("fc.", "linear."): state[k] for k in state
    }
    return net.eval(), {f"module.{key}": tensor for key, tensor in renamed.items()}


def assert_same_answers(path, theirs, side_px):
    ours, _ = load_checkpoint(path)
    x = torch.randn(2, 3, side_px, side_px, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_torchvision_weights_give_torchvisions_logits(home, checker):
    net = torchvision_net()
    content = saved({"epoch": 3, "state_dict": net.state_dict(), "optimizer": {"lr": 0.1}})
    path = import_checkpoint(
        content, ImportRequest(name="mine"), file_name="mine.pt", checker=checker
    )
    _, card = load_checkpoint(path)
    assert (card.model.name, card.model.num_classes) == ("resnet18", 7)
    assert (card.image_size_px, card.resize_px, card.mean) == (224, 256, IMAGENET_MEAN)
    assert card.class_names[6] == "class 6"
    assert_same_answers(path, net, 64)


def lightning(state: dict[str, torch.Tensor]) -> bytes:
    named = {f"model.{key}": tensor for key, tensor in state.items()}
    return saved(
        {
            "state_dict": named | {"criterion.weight": torch.ones(7)},
            "pytorch-lightning_version": "2.5.0",
            "hyper_parameters": {"lr": 0.1},
        }
    )


WRAPPINGS = {
    "bare": saved,
    "state_dict": lambda state: saved({"best_prec1": 91.7, "state_dict": state}),
    "net": lambda state: saved({"net": state, "acc": 93.0, "epoch": 199}),
    "lightning": lightning,
    "compiled": lambda state: saved({f"_orig_mod.{key}": state[key] for key in state}),
    "safetensors": safetensors.torch.save,
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_weights_are_found_in_whatever_they_are_wrapped(wrapping, home, checker):
    content = WRAPPINGS[wrapping](akamaster_like(prefix=""))
    path = import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    model, card = load_checkpoint(path)
    assert ("1 tensors beside the net" in card.source) == (wrapping == "lightning")
    expected = build_model(model_config("resnet20"), seed=1).state_dict()
    assert all(torch.equal(tensor, expected[key]) for key, tensor in model.state_dict().items())


@pytest.mark.slow
def test_kuangliu_weights_give_their_nets_logits(home, checker):
    net, state = kuangliu_net()
    content = saved({"net": state, "acc": 93.02, "epoch": 199})
    path = import_checkpoint(
        content, ImportRequest(name="kuang"), file_name="ckpt.pth", checker=checker
    )
    _, card = load_checkpoint(path)
    assert (card.model.name, card.image_size_px, card.resize_px) == ("resnet18_cifar", 32, None)
    assert (card.mean, card.class_names[0]) == (KUANGLIU_MEAN, "class 0")
    assert_same_answers(path, net, 32)


def test_half_precision_is_read_as_single(home, checker):
    state = {k: v.half() if v.is_floating_point() else v for k, v in akamaster_like().items()}
    path = import_checkpoint(
        saved(state), ImportRequest(name="half"), file_name="half.pt", checker=checker
    )
    assert next(load_checkpoint(path)[0].parameters()).dtype == torch.float32


def test_counters_that_old_torch_did_not_save_are_added(home, checker):
    state = {k: v for k, v in akamaster_like().items() if "num_batches" not in k}
    path = import_checkpoint(
        saved(state, _use_new_zipfile_serialization=False),
        ImportRequest(name="old"),
        file_name="old.th",
        checker=checker,
    )
    assert load_checkpoint(path)[1].model.name == "resnet20"


def test_own_weights_without_a_card_ask_which_net_and_mean(home, checker):
    content = saved(build_model(model_config("plain20")).state_dict())
    with pytest.raises(CheckpointError, match="name the net, such as resnet20 or plain20"):
        import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    named = ImportRequest(name="a", architecture="plain20")
    with pytest.raises(ConfigError, match="give mean and std"):
        import_checkpoint(content, named, file_name="a.pt", checker=checker)
    half = (0.5, 0.5, 0.5)
    request = ImportRequest(name="a", architecture="plain20", mean=half, std=half)
    path = import_checkpoint(content, request, file_name="a.pt", checker=checker)
    assert load_checkpoint(path)[1].model.is_plain


def test_imported_nets_are_listed_and_found_by_name(home, checker):
    request = ImportRequest(name="brought", class_names=tuple("abcdefghij"))
    path = import_checkpoint(saved(akamaster_like()), request, file_name="x.th", checker=checker)
    assert find_checkpoint("brought") == path
    (card,) = list_checkpoints(path.parent)
    assert (card.name, card.class_names) == ("brought", tuple("abcdefghij"))
    with pytest.raises(CheckpointError, match="already"):
        import_checkpoint(b"", request, file_name="x.th")
    with pytest.raises(CheckpointError, match="imported: brought"):
        find_checkpoint("nothing")


def test_a_name_that_was_taken_meanwhile_is_refused_and_stays_what_it_was(home, checker):
    first = ImportRequest(name="brought", class_names=tuple("abcdefghij"))
    second = ImportRequest(name="brought", class_names=tuple("klmnopqrst"))

    def bring_another_first(message: str, fraction: float | None = None) -> None:
        if message == "Keeping it":
            import_checkpoint(saved(akamaster_like()), first, file_name="x.th", checker=checker)

    with pytest.raises(CheckpointError, match="'brought' already"):
        import_checkpoint(
            saved(akamaster_like()),
            second,
            file_name="y.th",
            checker=checker,
            progress=bring_another_first,
        )
    assert load_checkpoint(find_checkpoint("brought"))[1].class_names == first.class_names


def test_weights_that_a_kill_left_without_their_card_take_no_name(home, checker):
    request = ImportRequest(name="brought", class_names=tuple("abcdefghij"))
    path = import_checkpoint(saved(akamaster_like()), request, file_name="x.th", checker=checker)
    path.with_suffix(".json").unlink()
    half_written = path.with_name(f".{path.name}.abc123.tmp")
    half_written.write_bytes(b"half")
    again = import_checkpoint(saved(akamaster_like()), request, file_name="x.th", checker=checker)
    assert load_checkpoint(again)[1].class_names == request.class_names
    assert not half_written.exists()


def test_wrong_number_of_classes_is_told(home, checker):
    request = ImportRequest(name="brought", class_names=("a", "b"))
    with pytest.raises(ConfigError, match="give 10 class names, not 2"):
        import_checkpoint(saved(akamaster_like()), request, file_name="x.th", checker=checker)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "../up"}, "cannot be a checkpoint's name"),
        ({"name": ""}, "cannot be a checkpoint's name"),
        ({"name": "a", "mean": (0.5,)}, "a mean and a standard deviation"),
        ({"name": "a", "mean": (0.5,), "std": (0.0,)}, "0..1 scale"),
        ({"name": "a", "mean": (float("nan"),), "std": (1.0,)}, "0..1 scale"),
        ({"name": "a", "image_size_px": 4096}, "between 8 and 512"),
    ],
)
def test_requests_check_themselves(fields, words):
    with pytest.raises(ConfigError, match=words):
        ImportRequest(**fields)


def test_unknown_net_is_told_before_the_file_is_read():
    with pytest.raises(UnknownNetError, match="resnet20"):
        ImportRequest(name="a", architecture="resnet2O")


def shared_data(*parts: str) -> Path:
    default = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("RESNET_LAB_SHARED", default)) / "data" / Path(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not in the shared data folder")
    return path


@pytest.mark.parametrize("file", AKAMASTER_FILES)
def test_akamasters_files_are_recognised(file, home, checker):
    path = import_checkpoint(
        shared_data("akamaster", file), ImportRequest(name="x"), file_name=file, checker=checker
    )
    _, card = load_checkpoint(path)
    assert card.model.name == file.split("-")[0]
    assert (card.mean, card.class_names[3]) == (IMAGENET_MEAN, "class 3")


def first_pictures(source: Path, folder: Path) -> Path:
    """Copies the first test pictures of a parquet set, and a few to stand for the others."""
    table = pq.read_table(source / "test-00000-of-00001.parquet")
    folder.mkdir()
    pq.write_table(table.slice(0, FIRST), folder / "test-00000-of-00001.parquet")
    pq.write_table(table.slice(FIRST, 100), folder / "train-00000-of-00001.parquet")
    return folder


@pytest.mark.parametrize(("file", "pictures", "_all", "num_right"), AKAMASTER_RIGHT)
def test_akamasters_nets_are_right_on_their_own_pictures(
    file, pictures, _all, num_right, home, tmp_path, checker
):
    data = first_pictures(shared_data(pictures), tmp_path / pictures)
    assert score_of(file, data, checker) == (num_right, FIRST)


@pytest.mark.soak
@pytest.mark.parametrize(("file", "pictures", "num_right", "_first"), AKAMASTER_RIGHT)
def test_akamasters_nets_get_their_own_score(file, pictures, num_right, _first, home, checker):
    assert score_of(file, shared_data(pictures), checker) == (num_right, 10_000)


def score_of(file: str, pictures: Path, checker: Checker) -> tuple[int, int]:
    """Brings a file of theirs; pictures that its net names rightly, and all."""
    request = ImportRequest(name="x", architecture=file.split("-")[0])
    source = shared_data("akamaster", file)
    path = import_checkpoint(source, request, file_name=file, checker=checker)
    score, _ = evaluate_checkpoint(str(path), DataConfig(source=str(pictures)), device="cpu")
    return score.num_correct, score.num_pictures
