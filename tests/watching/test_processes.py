"""Two processes that train one net: its gradient is that of both batches, one run is written."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core.runs.metrics import read_curves, read_profiles
from resnet_core.runs.status import list_runs, read_status, run_dir
from tests.watching.conftest import loss_of, norms_by_hand, small_net
from tests.watching.processes import COUNT, KINDS, STEPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_norms_are_those_of_all_processes(tmp_path):
    rendezvous = tmp_path / "rendezvous"
    command = [sys.executable, "-m", "tests.watching.processes"]
    children = [
        subprocess.Popen([*command, str(rank), str(rendezvous)], cwd=ROOT) for rank in range(COUNT)
    ]
    assert [child.wait(timeout=600) for child in children] == [0] * COUNT
    first, second = (json.loads(Path(f"{rendezvous}.{n}").read_text()) for n in range(COUNT))
    assert second == dict.fromkeys(KINDS)
    assert {status.run_id for status in list_runs()} == set(first.values())
    norms, ratios = _alone()
    for run_id in first.values():
        status = read_status(run_id)
        assert (status.phase, status.step) == ("finished", STEPS)
        (arm,) = read_curves(run_dir(run_id)).arms
        np.testing.assert_allclose(10.0 ** arm.layer_norms.astype(float), norms, rtol=1e-5)
        found = read_profiles(run_dir(run_id), 0, "update_ratio")
        np.testing.assert_allclose(found.values, ratios, rtol=1e-3)


def _alone() -> tuple[list[list[float]], list[list[float]]]:
    """The same training in one process, on both batches at once."""
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms, ratios = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        losses = [loss_of(model, COUNT * step + rank) for rank in range(COUNT)]
        torch.stack(losses).mean().backward()
        norms.append(list(norms_by_hand(model).values()))
        before = [value.detach().double().clone() for value in model.parameters()]
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        pairs = zip(model.parameters(), before, strict=True)
        ratios.append([((now.double() - old).norm() / old.norm()).item() for now, old in pairs])
    return norms, ratios
