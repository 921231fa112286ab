"""Names from strangers as cells of a table."""

import numpy as np
import pytest

from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.logged_scalars import logged_csv
from resnet_core.pictures.names import harmless_cell, title_cell
from resnet_core.runs.logged import LoggedScalar
from resnet_core.shares import percent


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert harmless_cell(text) == title_cell(text) == f"'{text}"
    assert csv_text(("net",), [[text]]).splitlines()[1].strip('"') == f"'{text}"
    scalar = LoggedScalar(name=text, steps=np.array([1]), values=np.array([0.5]), count=1)
    assert logged_csv([scalar]).splitlines()[1].startswith(("'", "\"'"))


def test_titles_have_plain_spaces_and_names_stay() -> None:
    assert title_cell(f"ResNet-20, {percent(0.907)} right") == "ResNet-20, 90.7 % right"
    assert harmless_cell("a\u00a0b") == "a\u00a0b"
