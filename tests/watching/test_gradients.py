"""Norms in the store are those of the gradient that a hand would take, to five digits."""

import math
from typing import cast

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.runs.logged import SKIPPED, read_logged, skipped_steps
from resnet_core.runs.metrics import read_curves, read_profiles
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


def test_each_optimizer_has_the_gradient_that_it_used():
    """As of two nets against each other: the second loss leaves a gradient in the first net."""
    model = nn.ModuleDict({"judge": nn.Linear(6, 1), "maker": nn.Linear(6, 6)})
    judge = torch.optim.SGD(model["judge"].parameters(), lr=0.1)
    maker = torch.optim.Adam(model["maker"].parameters(), lr=0.1)
    by_hand, wanted = {}, {}
    with watch(model, [judge, maker], name="two") as run:
        for step in range(3):
            images = batch(step)[0]
            judge.zero_grad()
            model["judge"](images).square().mean().backward()
            wanted = norms_by_hand(model["judge"])
            judge.step()
            maker.zero_grad()
            model["judge"](model["maker"](images)).mean().backward()
            by_hand = {f"maker.{k}": v for k, v in norms_by_hand(model["maker"]).items()}
            maker.step()
            run.log(loss=1.0)
    by_hand |= {f"judge.{name}": value for name, value in wanted.items()}
    assert_same(stored_norms(run)[-1], by_hand, model)


def test_an_optimizer_that_rests_leaves_gaps():
    model = nn.ModuleDict({"judge": nn.Linear(6, 1), "maker": nn.Linear(6, 6)})
    judge = torch.optim.SGD(model["judge"].parameters(), lr=0.1)
    maker = torch.optim.SGD(model["maker"].parameters(), lr=0.1)
    with watch(model, [judge, maker], name="two") as run:
        model["judge"](model["maker"](batch(0)[0])).mean().backward()
        judge.step()
        run.log()
    (row,) = stored_norms(run)
    assert math.isnan(row["maker"])
    assert row["judge"] > 0


def test_optimizers_that_run_the_pass_themselves_are_measured():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    found = {}

    def closure() -> float:
        optimizer.zero_grad()
        loss = loss_of(model, 0)
        loss.backward()
        found.update(norms_by_hand(model))
        return loss.item()

    with watch(model, optimizer, name="mine") as run:
        optimizer.step(closure)
        run.log()
    assert_same(stored_norms(run)[0], found, model)


@pytest.mark.parametrize("is_clipped", [False, True])
def test_scaled_losses_have_unscaled_norms_and_skipped_steps_are_marked(is_clipped):
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12, growth_interval=2)
    by_hand = {}
    with watch(model, optimizer, name="half", scaler=scaler) as run:
        for step in range(1, 7):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(model, step) * (float("inf") if step == 4 else 1.0)
            factor = scaler.scale(torch.ones(())).item()
            scaler.scale(loss).backward()
            by_hand[step] = {n: v / factor for n, v in norms_by_hand(model).items()}
            if is_clipped:
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
            scaler.step(optimizer)
            scaler.update()
            run.log(loss=loss, mine=step)
    (arm,) = read_curves(run_dir(str(run.run_id))).arms
    assert arm.step.tolist() == [1, 2, 3, 5, 6]
    rows = dict(zip(arm.step.astype(int).tolist(), stored_norms(run), strict=True))
    for step, stored in rows.items():
        assert_same(stored, by_hand[step], model)
    assert skipped_steps(run_dir(str(run.run_id)), most=9) == (4,)
    logged = {each.name: each for each in read_logged(run_dir(str(run.run_id)))}
    assert logged[SKIPPED].values.tolist() == [2.0**13]  # grown once before
    assert logged["mine"].values.tolist() == [1, 2, 3, 4, 5, 6]
    assert math.isinf(logged["loss of a skipped step"].values[0])


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


def test_update_ratios_are_those_of_the_step():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with watch(model, optimizer, name="mine", every=2) as run:
        by_hand = []
        for step in range(3):
            before = [value.detach().double().clone() for value in model.parameters()]
            optimizer.zero_grad()
            loss_of(model, step).backward()
            optimizer.step()
            pairs = zip(model.parameters(), before, strict=True)
            by_hand.append(
                [((now.double() - old).norm() / old.norm()).item() for now, old in pairs]
            )
            run.log()
    found = read_profiles(run_dir(str(run.run_id)), 0, "update_ratio")
    assert found.steps.tolist() == [1, 3]
    np.testing.assert_allclose(found.values, [by_hand[0], by_hand[2]], rtol=1e-4)


def test_activations_are_those_of_the_batch_that_trains():
    model = small_net()
    with torch.no_grad():
        model.get_parameter("0.bias")[:2] = -100.0  # two units of eight that are never active
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    with watch(model, optimizer, name="mine", every=2) as run:
        for step in range(3):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            with torch.no_grad():
                seen.append(model[1](model[0](batch(step)[0])))
                model(batch(99)[0])  # looked at, not trained on
            optimizer.step()
            run.log()
    folder = run_dir(str(run.run_id))
    assert read_profiles(folder, 0, "dead_share").positions == ("1", "3")
    assert read_profiles(folder, 0, "dead_share").values[0, 0] >= 2 / 8
    for name, by_hand in (
        ("activation_mean", [seen[place].mean().item() for place in (0, 2)]),
        ("activation_std", [seen[place].std().item() for place in (0, 2)]),
    ):
        found = read_profiles(folder, 0, name)
        assert found.steps.tolist() == [1, 3]
        np.testing.assert_allclose(found.values[:, 0], by_hand, rtol=1e-5)


@pytest.mark.slow
def test_a_compiled_net_is_measured():
    model = small_net()
    compiled = cast("nn.Module", torch.compile(model, backend="aot_eager"))
    optimizer, by_hand = torch.optim.SGD(model.parameters(), lr=0.1), {}
    with watch(compiled, optimizer, name="compiled") as run:
        for step in range(2):
            optimizer.zero_grad()
            loss_of(compiled, step).backward()
            by_hand = norms_by_hand(model)
            optimizer.step()
            run.log()
    assert_same(stored_norms(run)[-1], by_hand, model)


@pytest.mark.slow
def test_a_net_that_is_compiled_after_it_is_watched_is_measured():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="compiled") as run:
        compiled = cast("nn.Module", torch.compile(model, backend="aot_eager", fullgraph=True))
        loss_of(compiled, 0).backward()
        by_hand = norms_by_hand(model)
        optimizer.step()
        run.log()
    assert_same(stored_norms(run)[0], by_hand, model)
