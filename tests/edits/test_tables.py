"""Edits as other programs read them."""

import csv
import dataclasses

import pytest

from resnet_core.edits import Edit, edited_metrics_csv
from resnet_core.edits.log import append_to_log
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.store import MetricsWriter
from tests.comparing.measured_runs import write_run

CUT = Edit(
    number=1,
    step=2,
    arm="residual",
    what="skip_strength",
    blocks="stage2",
    before=1.0,
    after=0.0,
)


@pytest.fixture
def folder(home):
    made = write_run({"residual": [0.5] * 3, "plain": [0.6] * 3})
    writer = MetricsWriter(made)
    with writer.transaction():
        layout = {"layers": ["stem"], "positions": {}}
        writer.write_meta("arms", [{"label": name} | layout for name in ("residual", "plain")])
        writer.add_evaluation(2, 0, "after_edit", loss=2.2, accuracy=0.1)
    writer.close()
    return made


def test_the_metrics_of_a_run_that_nobody_edited_are_what_they_were(folder):
    assert list(edited_metrics_csv(folder.name)) == list(metrics_csv(folder))


def test_the_metrics_of_an_edited_run_say_what_was_done_and_when(folder):
    rate = dataclasses.replace(
        CUT, number=2, step=3, arm=None, blocks=None, what="learning_rate", after=0.01
    )
    for edit in (CUT, rate):
        append_to_log(folder, edit)
    rows = list(csv.DictReader("".join(edited_metrics_csv(folder.name)).splitlines()))
    plain = list(csv.DictReader("".join(metrics_csv(folder)).splitlines()))
    assert [{k: v for k, v in row.items() if k != "edit"} for row in rows[:-2]] == plain
    assert {row["edit"] for row in rows[:-2]} == {None}
    assert [(r["arm"], r["step"], r["split"], r["loss"], r["edit"]) for r in rows[-2:]] == [
        ("residual", "2", "edit", "", "the skips of stage 2 were cut"),
        ("", "3", "edit", "", "the learning rate was set to 0.01"),
    ]
