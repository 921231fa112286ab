"""What files say of themselves: read in every usual spelling, and never replaced by a guess."""

import dataclasses

import pytest
import safetensors.torch
import torch

from resnet_core.checkpoints import load_checkpoint
from resnet_core.checkpoints.naming import learned_data
from resnet_core.data.class_names import CIFAR10
from resnet_core.errors import CheckpointError
from resnet_core.importing import Checker, ImportRequest, import_checkpoint
from resnet_core.importing.described import Described, read_described
from resnet_core.importing.origins import IMAGENET_MEAN
from tests.importing.conftest import akamaster_like, saved

MARKUP = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
NAMES = (*MARKUP, *(f"class {number}" for number in range(2, 10)))


def described(**content) -> Described:
    return read_described({"state_dict": {}, **content}, num_classes=10, channels=3)


@pytest.mark.parametrize(
    "content",
    [
        {"class_names": list(NAMES)},
        {"classes": NAMES},
        {"labels": list(NAMES)},
        {"class_to_idx": {name: index for index, name in reversed(list(enumerate(NAMES)))}},
        {"idx_to_class": dict(enumerate(NAMES))},
        {"id2label": {str(index): name for index, name in enumerate(NAMES)}},
        {"hyper_parameters": {"classes": list(NAMES)}},
    ],
    ids=lambda content: next(iter(content)),
)
def test_class_names_are_read_as_text_in_every_spelling(content):
    assert described(**content) == Described(class_names=NAMES)


@pytest.mark.parametrize(
    "content",
    [
        {"mean": [0.5, 0.4, 0.3], "std": (0.25, 0.2, 1), "input_size": 64},
        {
            "mean": torch.tensor([0.5, 0.4, 0.3], dtype=torch.float64).reshape(3, 1, 1),
            "std": torch.tensor([0.25, 0.2, 1.0], dtype=torch.float64),
            "img_size": (64, 64),
        },
        {
            "pretrained_cfg": {
                "mean": (0.5, 0.4, 0.3),
                "std": [0.25, 0.2, 1.0],
                "input_size": (3, 64, 64),
            }
        },
        {"mean": [0.5, 0.4, 0.3], "std": [0.25, 0.2, 1.0], "image_size": [64.0]},
    ],
)
def test_mean_std_and_size_are_read(content):
    assert described(**content) == Described(
        mean=(0.5, 0.4, 0.3), std=(0.25, 0.2, 1.0), image_size_px=64
    )


def test_file_that_says_nothing_of_use_is_silent():
    said = described(classes=10, labels=torch.zeros(3), epoch=3, args={"lr": 0.1})
    assert dataclasses.replace(said, architecture="") == Described()


UNUSABLE = {
    "three names": ({"class_names": ["a", "b", "c"]}, "3 class names, and the net tells 10"),
    "numbers for names": ({"class_names": list(range(10))}, "not all texts"),
    "a number": ({"class_names": 10}, "no list of class names"),
    "empty names": ({"class_names": [" "] * 10}, "not all texts"),
    "labels with a gap": ({"class_to_idx": {"a": 0, "b": 7}}, "labels that are not 0 to 1"),
    "bytes of a mean": ({"mean": [123.7, 116.3, 103.5], "std": [0.2] * 3}, "a mean of 123.7"),
    "no spread": ({"mean": [0.5] * 3, "std": [0.0] * 3}, "a std of 0"),
    "mean NaN": ({"mean": [float("nan")] * 3, "std": [0.2] * 3}, "a mean of nan"),
    "gray": ({"mean": [0.5], "std": [0.2]}, "1 numbers as mean, and the net takes 3"),
    "a mean alone": ({"mean": [0.5] * 3}, "no std"),
    "a text": ({"mean": "0.5", "std": [0.2] * 3}, "no list of numbers"),
    "an oblong": ({"input_size": (3, 64, 32)}, "not that of a square"),
    "size 0": ({"input_size": 0}, "a size of 0 px"),
    "size vast": ({"image_size": 10**6}, "a size of 1e+06 px"),
    "size true": ({"img_size": True}, "no list of numbers"),
    "size of 400 digits": ({"img_size": 10**400}, "no list of numbers"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_cannot_be_used_is_told(kind):
    content, words = UNUSABLE[kind]
    assert any(words in why for _, why in described(**content).problems)


@pytest.mark.parametrize("container", ["torch", "safetensors"])
def test_imported_net_is_what_its_file_says(container, home, checker: Checker):
    if container == "torch":
        content = saved(
            {
                "state_dict": akamaster_like(),
                "class_names": list(NAMES),
                "input_size": 64,
                "mean": [0.5] * 3,
                "std": [0.25] * 3,
            }
        )
    else:
        said = {"class_names": str(list(NAMES)).replace("'", '"'), "input_size": "64"}
        said |= {"mean": "[0.5, 0.5, 0.5]", "std": "[0.25, 0.25, 0.25]"}
        content = safetensors.torch.save(akamaster_like(), metadata=said)
    path = import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    _, card = load_checkpoint(path)
    assert (card.class_names, card.image_size_px) == (NAMES, 64)
    assert (card.mean, card.std) == ((0.5,) * 3, (0.25,) * 3)
    assert card.data_title == "imported as a"
    assert learned_data("a", card.data_title) == "a data set that its file does not name"
    assert learned_data("a", "CIFAR-10") == "CIFAR-10"


def test_what_a_person_says_comes_before_what_a_file_says(home, checker: Checker):
    content = saved({"state_dict": akamaster_like(), "class_names": ["a"], "mean": [0.5] * 3})
    for request, words in (
        (ImportRequest(name="a"), "'a.pt' states under 'class_names' 1 class names"),
        (ImportRequest(name="a", class_names=CIFAR10), "give mean and std of its 3 channels"),
    ):
        with pytest.raises(CheckpointError, match=words) as caught:
            import_checkpoint(content, request, file_name="a.pt", checker=checker)
        assert str(caught.value).endswith("yourself.")
    given = ImportRequest(name="a", class_names=CIFAR10, mean=(0.4,) * 3, std=(0.3,) * 3)
    path = import_checkpoint(content, given, file_name="a.pt", checker=checker)
    _, card = load_checkpoint(path)
    assert (card.class_names, card.mean) == (CIFAR10, (0.4,) * 3)


def test_file_that_describes_other_pictures_is_not_called_cifar10(home, checker: Checker):
    content = saved({"state_dict": akamaster_like(), "input_size": 64})
    path = import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    _, card = load_checkpoint(path)
    assert card.class_names[3] == "class 3"
    assert (card.data_title, card.mean) == ("imported as a", IMAGENET_MEAN)


KINDS = {
    "int32": lambda tensor: tensor.int(),
    "int8": lambda tensor: tensor.to(torch.int8),
    "uint8": lambda tensor: tensor.to(torch.uint8),
    "bool": lambda tensor: tensor.bool(),
    "complex64": lambda tensor: tensor.to(torch.complex64),
    "quantised": lambda tensor: torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8),
}


@pytest.mark.filterwarnings("ignore:.*[Qq]uantiz.*")
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_other_numbers_are_refused_by_name(kind, home, checker: Checker):
    key = "module.layer1.0.conv1.weight"
    state = akamaster_like()
    content = saved(state | {key: KINDS[kind](state[key])})
    with pytest.raises(CheckpointError, match=r"layer1\.0\.conv1\.weight") as caught:
        import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    assert kind in str(caught.value)


def test_small_integers_in_safetensors_are_told_too(home, checker: Checker):
    state = akamaster_like() | {"module.linear.bias": torch.zeros(10, dtype=torch.int16)}
    with pytest.raises(CheckpointError, match=r"linear\.bias' of numbers .* \(int16\)"):
        import_checkpoint(
            safetensors.torch.save(state),
            ImportRequest(name="a"),
            file_name="a.safetensors",
            checker=checker,
        )


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_any_width_are_weights_and_counters_stay_whole(kind, home, checker: Checker):
    state = {k: v.to(kind) if v.is_floating_point() else v for k, v in akamaster_like().items()}
    path = import_checkpoint(
        saved(state), ImportRequest(name="a"), file_name="a.pt", checker=checker
    )
    model, _ = load_checkpoint(path)
    found = model.state_dict()
    assert found["stem.conv.weight"].dtype == torch.float32
    assert found["stem.norm.num_batches_tracked"].dtype == torch.int64
