"""No name that somebody gave is run by the spreadsheet that opens a CSV file of the lab."""

import csv
import io

import numpy as np
import pytest

from resnet_core.comparing.pair_reports import comparison_csv
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.edits.tables import edits_csv
from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.logged_scalars import logged_csv
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.logged import LoggedScalar
from resnet_core.runs.status import read_status
from resnet_core.runs.store import MetricsWriter
from resnet_core.shares import percent
from resnet_core.spreadsheets import harmless, title_cell
from tests.comparing.measured_runs import write_run

_NAME = "=HYPERLINK(1)"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_text_that_would_run_is_quoted(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["resnet56", "", "a=1", -0.5, None, 3])
def test_all_else_stays_as_it_is(cell):
    assert harmless(cell) == cell
    assert type(harmless(cell)) is type(cell)


def cells_of(table: str) -> set[str]:
    return {cell for row in csv.reader(io.StringIO(table)) for cell in row}


@pytest.fixture
def named_run(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    answers = {name: {4: [True, False]} for name in (_NAME, "plain")}
    folder = write_run({_NAME: [0.5] * 4, "plain": [0.5] * 4}, answers=answers)
    writer = MetricsWriter(folder)
    layouts = [{"label": name, "layers": ["a"], "positions": {}} for name in answers]
    with writer.transaction():
        writer.write_meta("arms", layouts)
    writer.close()
    cut = {"what": "skip_strength", "before": 1.0, "after": 0.0, "blocks": "all"}
    append_to_log(folder, Edit(number=1, step=2, arm=_NAME, **cut))
    return folder


def test_a_net_s_name_is_quoted_in_every_table_of_a_run(named_run):
    status = read_status(named_run.name)
    tables = (
        "".join(metrics_csv(named_run)),
        "".join(edits_csv(named_run.name)),
        comparison_csv(status),
    )
    for table in tables:
        assert f"'{_NAME}" in cells_of(table)
        assert _NAME not in cells_of(table)


def test_names_of_figures_are_quoted_and_numbers_below_zero_are_not():
    logged = LoggedScalar(name=_NAME, steps=np.array([1]), values=np.array([-0.5]), count=1)
    assert cells_of(logged_csv([logged])) >= {f"'{_NAME}", "-0.5"}
    assert cells_of(csv_text(("net", "value"), [(_NAME, -0.5)])) >= {f"'{_NAME}", "-0.5"}


def test_titles_have_plain_spaces_and_names_stay():
    assert title_cell(f"ResNet-20, {percent(0.907)} right") == "ResNet-20, 90.7 % right"
    assert title_cell("=1") == "'=1"
    assert harmless("a\u00a0b") == "a\u00a0b"
