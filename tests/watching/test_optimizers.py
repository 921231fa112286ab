"""Several optimizers, closures and scalers: each step has the gradient that it used."""

import math

import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.runs.logged import SKIPPED, read_logged, skipped_steps
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
