"""The notebook does in ten lines what it says, and shows what its cells give."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.library.notebook import keep_outputs, run_cells

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "your_own_net.ipynb"


def code_cells() -> list[dict]:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_own_net_takes_ten_lines() -> None:
    lines = [line for cell in code_cells()[:3] for line in cell["source"] if line.strip()]
    assert len(lines) == 10


def test_cells_give_what_is_shown() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.library.notebook", str(NOTEBOOK)]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    kept = [cell["outputs"] for cell in code_cells()]
    assert [list(map(shape, outputs)) for outputs in given] == [
        list(map(shape, outputs)) for outputs in kept
    ]
    layers = [line.split()[0] for line in given[1][0]["text"]]
    assert layers == [line.split()[0] for line in kept[1][0]["text"]]
    assert given[3][0]["text"] == kept[3][0]["text"] == ["ring stage3.2\n"]


def shape(output: dict) -> tuple[str, tuple[str, ...], int]:
    """What kind an output is; its figures differ between machines in the last place."""
    return output["output_type"], tuple(output.get("data", ())), len(output.get("text", ()))


def test_cells_share_what_they_define_and_an_error_ends_them(tmp_path: Path) -> None:
    path = tmp_path / "small.ipynb"
    sources = ("a = 2\nprint(a)\na + 1", "a * 5", "b = 1")
    cells = [{"cell_type": "code", "source": [text], "outputs": []} for text in sources]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": ["b"]}, *cells]}))
    first, second, third = run_cells(path)
    assert first[0]["text"] == ["2\n"] and first[1]["data"] == {"text/plain": ["3"]}
    assert (second[0]["data"], third) == ({"text/plain": ["10"]}, [])
    keep_outputs(path)
    assert json.loads(path.read_text())["cells"][1]["outputs"] == first
    cells[1]["source"] = ["nothing"]
    path.write_text(json.dumps({"cells": cells}))
    with pytest.raises(NameError):
        run_cells(path)
