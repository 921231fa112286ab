"""Norms in the store are those of the gradient that a hand would take, to five digits."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import run_dir
from tests.watching.conftest import (
    assert_same,
    batch,
    loss_of,
    norms_by_hand,
    small_net,
    stored_norms,
)


def test_norms_are_those_before_clipping():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    by_hand = []
    with watch(model, optimizer, name="mine") as run:
        for step in range(3):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            by_hand.append(norms_by_hand(model))
            nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
            optimizer.step()
            run.log()
    stored = stored_norms(run)
    assert len(stored) == 3
    for found, wanted in zip(stored, by_hand, strict=True):
        assert_same(found, wanted, model)
    (arm,) = read_curves(run_dir(str(run.run_id))).arms
    whole = math.sqrt(sum(norm**2 for norm in by_hand[-1].values()))
    assert arm.scalars["gradient_norm"][-1] == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("is_logged_often", [False, True])
def test_accumulated_gradient_counts_once(is_logged_often):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    by_hand, losses = [], []
    with watch(model, optimizer, name="mine") as run:
        for step in range(6):
            loss = loss_of(model, step)
            losses.append(loss.item())
            (loss / 3).backward()
            if step % 3 == 2:
                by_hand.append(norms_by_hand(model))
                optimizer.step()
                optimizer.zero_grad()
            if is_logged_often or step % 3 == 2:
                run.log(loss=loss)
    stored = stored_norms(run)
    assert len(stored) == 2
    for found, wanted in zip(stored, by_hand, strict=True):
        assert_same(found, wanted, model)
    (arm,) = read_curves(run_dir(str(run.run_id))).arms
    wanted = np.mean(losses[3:]) if is_logged_often else losses[-1]
    assert arm.scalars["loss"][-1] == pytest.approx(wanted, rel=1e-6)


class _TwoHeads(nn.Module):
    """One head of two is used in a step, as told; a frozen layer in front; one layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.heads = nn.ModuleList([nn.Linear(8, 3), nn.Linear(8, 3)])  # defined before their input
        self.shared = nn.Linear(8, 8)
        self.twin = nn.Linear(8, 8)
        self.twin.weight = self.shared.weight
        self.frozen = nn.Linear(6, 8).requires_grad_(False)
        self.head = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.twin(self.shared(self.frozen(images)).relu()).relu()
        return self.heads[self.head](hidden)


@pytest.mark.parametrize("set_to_none", [True, False])
def test_frozen_and_unused_parameters_are_gaps_and_shared_ones_count_once(set_to_none):
    model = _TwoHeads()
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.1)
    by_hand = {}
    with watch(model, optimizer, name="mine") as run:
        for step in range(4):
            model.head = step % 2
            optimizer.zero_grad(set_to_none=set_to_none)
            loss_of(model, step).backward()
            by_hand = norms_by_hand(model)
            optimizer.step()
            run.log()
    last = stored_norms(run)[-1]
    by_hand |= {"heads.0.weight": math.nan, "heads.0.bias": math.nan}  # zeros that nobody sent
    assert_same(last, by_hand, model)
    assert math.isnan(last["frozen"])
    assert "twin" not in last
    # In the order of the forward pass; a head that it did not come to stays where it was defined.
    assert list(last) == [
        *("frozen", "frozen.bias", "shared", "shared.bias", "twin.bias"),
        *("heads.0", "heads.0.bias", "heads.1", "heads.1.bias"),
    ]


def test_a_parameter_that_thaws_is_measured_from_then_on():
    model = small_net()
    model[0].requires_grad_(False)
    optimizer, by_hand = torch.optim.SGD(model.parameters(), lr=0.1), {}
    with watch(model, optimizer, name="mine") as run:
        for step in range(2):
            model[0].requires_grad_(step == 1)
            optimizer.zero_grad()
            loss_of(model, step).backward()
            by_hand = norms_by_hand(model)
            optimizer.step()
            run.log()
    first, second = stored_norms(run)
    assert math.isnan(first["0"])
    assert_same(second, by_hand, model)


def test_a_diverged_gradient_without_a_scaler_is_no_gap():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine") as run:
        (loss_of(model, 0) * float("inf")).backward()
        optimizer.step()
        run.log(loss=float("inf"))
    (arm,) = read_curves(run_dir(str(run.run_id))).arms
    assert len(arm.step) == 1
    assert not math.isfinite(arm.scalars["gradient_norm"][0])


def test_half_precision_gradients_do_not_overflow_their_norm():
    model = small_net().half()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watch(model, optimizer, name="half") as run:
        loss = (model(batch(0)[0].half()) * 6e4).float().abs().sum()
        loss.backward()
        by_hand = norms_by_hand(model)
        optimizer.step()
        run.log()
    assert max(by_hand.values()) > torch.finfo(torch.float16).max
    assert_same(stored_norms(run)[0], by_hand, model)
