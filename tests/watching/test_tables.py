"""What other programs take of a watched run: CSV, report, and the library's example."""

import csv
import math

import pytest
import torch
from torch import nn

from resnet_core import watch
from resnet_core.comparing.across_runs import differing_settings
from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.models import model_config
from resnet_core.run_report import report_run
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.logged import read_facts
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import read_config, run_dir
from tests.watching.conftest import loss_of, small_net


@pytest.fixture
def skipping_run() -> str:
    """Forty steps, of which the 5th and the 16th are skipped; something is logged with some."""
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    with watch(model, optimizer, name="mine", scaler=scaler) as run:
        for step in range(1, 41):
            optimizer.zero_grad()
            loss = loss_of(model, step) * (math.inf if step in (5, 16) else 1)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            run.log(loss=loss, **({"speed": step} if step % 10 == 0 else {}))
    return str(run.run_id)


def test_every_step_is_a_row_with_what_was_logged(skipping_run):
    lines = metrics_csv(run_dir(skipping_run))
    rows = list(csv.DictReader("".join(lines).splitlines()))
    assert [int(row["step"]) for row in rows] == list(range(1, 41))
    assert [row["step"] for row in rows if row["split"] == "skipped"] == ["5", "16"]
    assert [row["logged speed"] for row in rows if row["logged speed"]] == [
        *("10.0", "20.0", "30.0", "40.0")
    ]
    assert rows[4]["logged skipped step"] == "1024.0"
    assert rows[15]["log10 norm 0"] == ""
    assert rows[16]["log10 norm 0"] != ""


def test_skipped_steps_spoil_no_mean(skipping_run, monkeypatch):
    monkeypatch.setattr("resnet_core.runs.metrics.MAX_BUCKETS", 3)
    (arm,) = read_curves(run_dir(skipping_run)).arms
    assert arm.step.tolist() == [16, 32, 40]
    assert all(math.isfinite(value) for value in arm.scalars["loss"])
    assert torch.isfinite(torch.from_numpy(arm.layer_norms)).all()


def test_report_says_what_is_known(skipping_run):
    report = report_run(skipping_run)
    assert report.time.startswith("40 steps took ")
    assert "pictures" not in report.to_markdown()
    assert dict(report.settings) == read_facts(run_dir(skipping_run))
    assert dict(report.settings)["Net"] == "Sequential"
    assert dict(report.settings)["Loss scaling"] == "on"
    assert "2 steps were skipped" in report.verdict


def test_beside_a_trained_run_only_what_is_known_differs(skipping_run):
    net = ArmConfig(label="mine", model=model_config("resnet20"))
    trained = ExperimentConfig(name="mine", arms=(net,))
    rows = {
        row.title: row.words for row in differing_settings([read_config(skipping_run), trained])
    }
    assert rows["Kind"] == ("watched in a loop of one's own", "trained by the lab")
    assert rows["Peak learning rate"][0] == "–"


def test_layers_that_rest_now_and_then_keep_their_means():
    model = nn.ModuleList([nn.Linear(6, 3), nn.Linear(6, 3)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine") as run:
        for step in range(16):
            optimizer.zero_grad()
            loss_of(model[step % 2], step).backward()
            optimizer.step()
            run.log(loss=1.0)
    folder = run_dir(str(run.run_id))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resnet_core.runs.metrics.MAX_BUCKETS", 1)
        (coarse,) = read_curves(folder).arms
    (fine,) = read_curves(folder).arms
    wanted = [fine.layer_norms[place::2, 2 * place].mean() for place in range(2)]
    assert coarse.layer_norms[0, [0, 2]].tolist() == pytest.approx(wanted, rel=1e-5)
