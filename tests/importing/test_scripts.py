"""Files as training scripts write them: placeholders, several sets of weights, leftovers."""

import argparse
import collections
import io
import pathlib
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core.checkpoints import load_checkpoint
from resnet_core.errors import CheckpointError
from resnet_core.importing import Checker, ImportRequest, import_checkpoint, inert
from resnet_core.importing.described import read_described
from resnet_core.importing.readings import hints_of
from resnet_core.importing.recognising import recognise
from tests.importing.conftest import saved
from tests.importing.nets_anew import Net, seeded, warm
from tests.importing.villains import Canary

STATE = seeded(Net).state_dict()


class AttributeDict(dict):
    """A dict of a kind that the reader does not know."""


def read(content: object, **options) -> object:
    return torch.load(
        io.BytesIO(saved(content, **options)),
        map_location="cpu",
        weights_only=False,
        pickle_module=inert.FOR_TORCH,
    )


BESIDE = {
    "numpy scalar": {"best": np.float64(93.2)},
    "namespace": {"args": argparse.Namespace(lr=0.5, model="resnet18")},
    "path": {"hyper_parameters": {"root": pathlib.PurePosixPath("/data")}},
    "defaultdict": {"history": collections.defaultdict(list, loss=[1.0])},
    "dict of another kind": {"hyper_parameters": AttributeDict(lr=0.1)},
    "numpy array": {"confusion": np.eye(3)},
    "class": {"kind": nn.Linear},
    "optimizer": {"optimizer": torch.optim.SGD(nn.Linear(2, 2).parameters(), 0.1)},
    "module": {"loss": nn.CrossEntropyLoss(weight=torch.ones(5))},
}


@pytest.mark.filterwarnings("ignore:Couldn't retrieve source")  # of classes that are not imported
@pytest.mark.parametrize("old", [False, True], ids=["zip", "old torch"])
@pytest.mark.parametrize("kind", BESIDE)
def test_what_lies_beside_weights_is_a_placeholder(kind, old):
    content = read({"state_dict": STATE, **BESIDE[kind]}, _use_new_zipfile_serialization=not old)
    found = recognise(content)
    assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"])


@pytest.mark.parametrize(
    "wrapper",
    [
        *("state", "ema", "weights", "model_state", "params", "network", "model_dict"),
        *("net_state_dict", "ema_state_dict", "model_weights", "state_dict_best", "netG"),
    ],
)
def test_wrappers_may_have_any_name(wrapper):
    for content in ({"epoch": 1, wrapper: STATE}, {"checkpoint": {wrapper: STATE}}):
        found = recognise(content)
        assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"])
        assert found.path.endswith(wrapper)


def test_import_reads_a_scripts_file_and_uses_what_it_says(home, checker: Checker):
    names = list("abcde")
    content = saved(
        {
            "model": STATE,
            "args": argparse.Namespace(classes=names, input_size=48, model="resnet50"),
            "mean": np.array([0.5, 0.4, 0.3]),
            "std": np.array([0.2, 0.2, 0.2]),
            "best": np.float32(0.9),
        }
    )
    path = import_checkpoint(content, ImportRequest(name="a"), file_name="a.pt", checker=checker)
    _, card = load_checkpoint(path)
    assert (card.class_names, card.image_size_px) == (tuple(names), 48)
    assert (card.mean, card.std) == ((0.5, 0.4, 0.3), (0.2, 0.2, 0.2))
    assert card.brought is not None
    assert "calls its net 'resnet50'" in card.brought.warnings[0]
    assert not any("--mean" in sentence for sentence in card.brought.assumed)
    assert any("--stem-pool keep|none" in sentence for sentence in card.brought.assumed)


def test_module_that_was_saved_whole_is_read_without_its_code():
    content = read(nn.DataParallel(seeded(Net)))
    found = recognise(content)
    assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"])


def test_kinds_of_a_whole_module_answer_what_tensors_do_not():
    assert hints_of("", {"maxpool": "torch.nn.modules.pooling.MaxPool2d"}) == {"stem_pool": "keep"}
    assert hints_of("", {"net.maxpool": "torch.nn.modules.linear.Identity"})["stem_pool"] == "none"
    assert hints_of("resnetblur50", {}) == {"blur": "yes"}
    assert hints_of("resnet50", {}) == {}


def test_nothing_is_looked_up_or_run(tmp_path):
    canary = Canary(tmp_path / "canary")
    for old in (False, True):
        with pytest.raises(CheckpointError, match="could run code"):
            read({"state_dict": STATE, "x": canary}, _use_new_zipfile_serialization=not old)
    assert not (tmp_path / "canary").exists()
    for name in (b"os\nsystem", b"posix\nsystem", b"builtins\neval", b"subprocess\nPopen"):
        with pytest.raises(CheckpointError, match="could run code"):
            inert.read_pickle(io.BytesIO(b"\x80\x02c" + name + b"\n(X\x02\x00\x00\x00lstR."))


def test_names_that_are_not_known_are_not_imported(tmp_path, monkeypatch):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = inert.read_pickle(io.BytesIO(b"\x80\x02cevil_module\nthing\n)R."))
    assert isinstance(found, inert.Placeholder)
    assert found.kind == "evil_module.thing"


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\x00h\x00(h\x00tR.",
        b"\x80\x02K\x01)R.",
        b"\x80\x02c_codecs\nencode\n(X\x01\x00\x00\x00aX\x04\x00\x00\x00zlibtR.",
        b"\x80\x02ctorch.storage\nUntypedStorage\n(J\xff\xff\xff\x7ftR.",
    ],
)
def test_makers_of_data_make_nothing_else(content):
    with pytest.raises((pickle.UnpicklingError, TypeError, AttributeError)):
        inert.read_pickle(io.BytesIO(content))


def test_averaged_weights_beside_others_are_named_and_may_be_asked_for():
    averaged = {key: tensor + 1 if key == "fc.bias" else tensor for key, tensor in STATE.items()}
    content = {"state_dict_ema": averaged, "state_dict": STATE}
    found = recognise(content)
    assert (found.path, found.beside) == ("state_dict", ("state_dict_ema",))
    assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"])
    asked = recognise(content, part="state_dict_ema")
    assert torch.equal(asked.tensors["classifier.bias"], averaged["fc.bias"])
    with pytest.raises(CheckpointError, match="no set of weights called 'other'"):
        recognise(content, part="other")


def test_student_and_teacher_are_two_nets():
    state = {f"teacher.{key}": tensor + 1 for key, tensor in STATE.items()}
    state |= {f"student.{key}": tensor for key, tensor in STATE.items()}
    found = recognise({"state_dict": state})
    assert (found.path, found.beside) == ("state_dict.student", ("state_dict.teacher",))
    assert torch.equal(found.tensors["classifier.bias"], STATE["fc.bias"])
    teacher = recognise({"state_dict": state}, part="teacher")
    assert torch.equal(teacher.tensors["classifier.bias"], STATE["fc.bias"] + 1)


LEFTOVERS = {
    "thop": ({"conv1.total_ops": torch.zeros(1), "total_params": torch.zeros(1)}, 2),
    "swa": ({"n_averaged": torch.tensor(3)}, 1),
    "loss": ({"criterion.weight": torch.ones(5), "loss_fn.pos_weight": torch.ones(5)}, 2),
    "measure": ({"train_acc.total": torch.zeros(()), "val_loss.mean_value": torch.zeros(())}, 2),
}


@pytest.mark.parametrize("kind", LEFTOVERS)
def test_leftovers_are_left_out_and_counted(kind):
    extra, count = LEFTOVERS[kind]
    found = recognise({**STATE, **extra})
    assert sum(found.left_out.values()) == count
    beside = recognise({f"model.{key}": tensor for key, tensor in {**STATE, **extra}.items()})
    assert sum(beside.left_out.values()) == count


def test_tensors_beside_the_net_are_counted_by_their_module():
    state = {f"model.{key}": tensor for key, tensor in STATE.items()}
    found = recognise({**state, "projector.0.weight": torch.ones(4, 4)})
    assert found.left_out == {"tensors of 'projector'": 1}


WITHIN = {
    "attention": {"layer1.0.att.weight": torch.ones(1, 2, 7, 7), "layer1.0.att.x": torch.ones(1)},
    "eca": {"layer1.0.se.conv.weight": torch.ones(1, 1, 3)},
    "another head": {"neck.weight": torch.ones(32, 32, 1, 1), "neck.bias": torch.ones(32)},
    "prelu": {"layer1.0.act.weight": torch.ones(1)},
    "hidden layer": {"fc.weight": torch.ones(5, 7)},
}


@pytest.mark.parametrize("kind", WITHIN)
def test_parts_without_which_it_would_be_another_net_are_refused(kind):
    with pytest.raises(CheckpointError):
        recognise({**STATE, **WITHIN[kind]})


def test_head_of_two_linear_maps_is_refused_by_name():
    state = {key: tensor for key, tensor in STATE.items() if not key.startswith("fc.")}
    state |= {"fc.0.weight": torch.ones(16, 32), "fc.0.bias": torch.ones(16)}
    state |= {"fc.3.weight": torch.ones(5, 16), "fc.3.bias": torch.ones(5)}
    with pytest.raises(CheckpointError, match=r"several linear maps \('fc.0', 'fc.3'\)"):
        recognise(state)


def test_normalisation_in_front_of_the_net_is_used():
    state = {f"1.{key}": tensor for key, tensor in STATE.items()}
    mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.2, 0.25])
    found = recognise({**state, "0.mean": mean.view(1, 3, 1, 1), "0.std": std.view(1, 3, 1, 1)})
    assert found.is_normalised
    assert found.mean == pytest.approx((0.5, 0.4, 0.3))
    with pytest.raises(CheckpointError, match="not on the scale of 0 to 1"):
        recognise({**state, "0.mean": mean * 255, "0.std": std * 255})


def test_module_in_front_of_the_net_is_not_left_out_in_silence():
    state = {f"resnet.{key}": tensor for key, tensor in STATE.items()}
    found = recognise({**state, "stn.conv.weight": torch.ones(8, 3, 7, 7)})
    assert found.left_out == {"tensors of 'stn'": 1}


def test_gray_pictures_are_read():
    found = recognise(warm(seeded(lambda: Net(channels=1)), channels=1).state_dict())
    assert found.config.in_channels == 1


def test_numbers_of_numpy_are_read_as_described():
    content = read({"mean": np.array([0.5, 0.5, 0.5], np.float32), "std": [np.float64(0.25)] * 3})
    said = read_described(content, num_classes=5, channels=3)
    assert (said.mean, said.std) == ((0.5,) * 3, (0.25,) * 3)
