"""What is recorded asks the host for nothing, and waits for nothing: shown without a card.

Tensors without numbers refuse both, as a stream does while it is recorded: a number that Python
reads is an error, and whatever the host makes on the way is seen beside them.  The update itself is
one kernel of torch's, which has no form without numbers; it rests here.
"""

import contextlib
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from resnet_core.data import DeviceSplit, assemble_batch
from resnet_core.models.noise import Dropout, StochasticDepth
from resnet_core.training.arms import Arm, build_arm
from resnet_core.training.captured_evaluation import CapturedEvaluation, JudgedPictures
from resnet_core.training.captured_step import CapturedStep, StepWork
from resnet_core.training.step_tables import BLOCK_STEPS
from tests.training.conftest import tiny_data
from tests.training.steps import NETS, RECIPES, one_net

NOWHERE = torch.device("meta")
_DRAWN_BY_A_CARD = {"stochastic depth", "dropout"}  # with a way of its own, tested below
_LATER_WORKS = [recipe for recipe in RECIPES if recipe.get("precision") != "bfloat16"]


class OnOneDevice(TorchDispatchMode):
    """Notes each operation that touches a tensor which is elsewhere."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self._device, self.elsewhere, self.num_seen = device, list[str](), 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        touched = [x for x in tree_leaves((args, kwargs, result)) if isinstance(x, torch.Tensor)]
        self.num_seen += 1
        if any(tensor.device.type != self._device for tensor in touched):
            self.elsewhere.append(str(func))
        return result


class Resting(torch.optim.SGD):
    """An optimizer whose update is left out."""

    step = lambda self, closure=None: None  # noqa: E731


@pytest.fixture(autouse=True)
def without_autocast(monkeypatch):
    """Tensors without numbers have no lower precision of their own."""
    monkeypatch.setattr("resnet_core.training.arms.autocast", lambda *_: contextlib.nullcontext())


def nowhere(config) -> tuple[Arm, DeviceSplit, CapturedStep]:
    """A step whose tensors have no numbers."""
    data = tiny_data()
    arm = build_arm(0, config, data.card, torch.device("cpu"))
    arm.model.to_empty(device=NOWHERE)
    arm.optimizer = Resting(arm.model.parameters(), lr=0.1)
    weights = [arm.model.get_parameter(f"{path}.weight") for path in arm.layers]
    taken = {id(weight) for weight in weights}
    arm.parameters = [*weights, *(p for p in arm.model.parameters() if id(p) not in taken)]
    pixels = torch.empty(data.train.images.shape, dtype=torch.uint8, device=NOWHERE)
    labels = torch.empty(len(data.train), dtype=torch.int64, device=NOWHERE)
    split = DeviceSplit(pixels.permute(0, 3, 1, 2), labels)
    shape = (BLOCK_STEPS, 4, config.training.batch_size)
    tables = SimpleNamespace(
        draws=torch.empty(shape, dtype=torch.int64, device=NOWHERE),
        rates=torch.empty(BLOCK_STEPS, device=NOWHERE),
    )
    work = StepWork(
        source=None,  # pyright: ignore[reportArgumentType]  # the tables are there
        assemble=lambda drawn: assemble_batch(split, data.card, config.data, drawn),
        training=lambda: config.training,
    )
    return arm, split, CapturedStep(arm, work, tables, None, lambda: None)  # pyright: ignore[reportArgumentType]


def assert_stays(work) -> None:
    """Does work twice, as in a warm-up, and looks at the second time."""
    work()
    with OnOneDevice("meta") as seen:
        work()
    assert seen.num_seen >= 50
    assert not seen.elsewhere


@pytest.mark.parametrize("with_profile", [False, True])
@pytest.mark.parametrize("net", sorted(NETS.keys() - _DRAWN_BY_A_CARD))
def test_a_step_of_every_net_stays_on_the_device(net, with_profile):
    _, _, step = nowhere(one_net(net))
    assert_stays(step._body(with_profile=with_profile))


@pytest.mark.parametrize("training", _LATER_WORKS, ids=lambda training: ", ".join(training))
def test_a_step_of_every_recipe_stays_on_the_device(training):
    _, _, step = nowhere(one_net("residual", **training))
    assert_stays(step._body(with_profile=True))


def test_evaluation_stays_on_the_device():
    arm, split, _ = nowhere(one_net("residual"))
    pictures = JudgedPictures(name="test", split=split, card=tiny_data().card, size=8)
    evaluation = CapturedEvaluation(arm.model.eval(), pictures, None)
    with torch.no_grad():
        assert_stays(evaluation._judge_whole_batch)


def test_a_number_that_the_host_reads_would_be_seen():
    arm, _, step = nowhere(one_net("residual"))
    arm.model.register_forward_hook(
        lambda _module, _inputs, output: output.mul(output.sum().item())
    )
    with pytest.raises(RuntimeError, match="item"):
        step._body(with_profile=False)()


def test_a_number_that_the_host_sends_would_be_seen():
    arm, _, step = nowhere(one_net("residual"))

    def doubled(_module: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        return output * torch.tensor([2.0]).to(NOWHERE)

    arm.model.register_forward_hook(doubled)  # pyright: ignore[reportArgumentType]
    with pytest.raises(AssertionError):
        assert_stays(step._body(with_profile=False))


@pytest.mark.parametrize("kind", [StochasticDepth, Dropout])
def test_noise_is_drawn_on_a_card(kind: type[nn.Module]):
    with FakeTensorMode():
        module = kind(0.25).to("cuda")
        x = torch.empty(4, 3, 2, 2, device="cuda")
        module(x)
        with OnOneDevice("cuda") as seen:
            kept = module(x)
    assert kept.is_cuda and kept.shape == x.shape
    assert seen.num_seen > 5
    assert not seen.elsewhere
