"""The optimizer without torch's compiler: torch's own numbers, and no compiler."""

import subprocess
import sys

import pytest
import torch

from resnet_core.training.eager import EagerSGD

FIRST_STEP = """
import sys, torch
from resnet_core.training.lockstep import Lockstep
from tests.training.conftest import tiny_data, tiny_experiment
lockstep = Lockstep(tiny_experiment(), tiny_data(), torch.device("cpu"))
lockstep.advance()
for arm in lockstep.arms:
    arm.optimizer.load_state_dict(arm.optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"momentum": 0.9, "weight_decay": 5e-4},
        {"momentum": 0.9, "weight_decay": 5e-4, "nesterov": True},
    ],
)
def test_updates_are_torchs_bit_for_bit(recipe, fused):
    weights = [torch.nn.Parameter(torch.randn(4, 3, generator=_draw(0))) for _ in range(2)]
    ours, theirs = (
        kind([{"params": [weight]}], lr=0.1, fused=fused, **recipe)
        for kind, weight in zip((EagerSGD, torch.optim.SGD), weights, strict=True)
    )
    for step in range(5):
        for optimizer, weight in ((ours, weights[0]), (theirs, weights[1])):
            optimizer.zero_grad(set_to_none=True)
            (weight**3 * torch.randn(4, 3, generator=_draw(step))).sum().backward()
            optimizer.step()
        assert torch.equal(*weights)
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]


def test_step_and_save_load_no_compiler():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_STEP], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "False", done.stderr


def _draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
