"""Watching on a card: the right norms, and not one wait for the device in a step."""

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import run_dir

pytestmark = pytest.mark.gpu
_STEPS = 12


def test_no_step_waits_for_the_card(card, tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 3)).to(card)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
    pictures = torch.randn(_STEPS, 32, 6, device=card)
    by_hand = []
    run = watch(model, optimizer, name="card", scaler=scaler, every=4)
    for step in range(_STEPS):
        optimizer.zero_grad()
        loss = model(pictures[step]).square().mean()
        # The scaler itself asks the card once a step whether to skip it: not while it is forbidden.
        torch.cuda.set_sync_debug_mode("error" if step > 0 else "default")
        scaler.scale(loss).backward()
        torch.cuda.set_sync_debug_mode("default")
        by_hand.append(
            [value.grad.double().norm().item() / 1024 for value in model.parameters()]  # pyright: ignore
        )
        scaler.step(optimizer)
        scaler.update()
        torch.cuda.set_sync_debug_mode("error" if step > 0 else "default")
        run.log(loss=loss, square=loss.detach() ** 2)
        torch.cuda.set_sync_debug_mode("default")
    run.finish()
    (arm,) = read_curves(run_dir(str(run.run_id))).arms
    np.testing.assert_allclose(10.0 ** arm.layer_norms.astype(float), by_hand, rtol=1e-5)
    assert np.isfinite(arm.scalars["loss"]).all()
