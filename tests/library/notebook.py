"""Runs the cells of a notebook in order, as Jupyter would, and gives what they print and draw.

python -m tests.library.notebook NOTEBOOK            prints it
python -m tests.library.notebook NOTEBOOK --keep     writes it into the notebook
"""

import ast
import base64
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

Output = dict[str, Any]


def run_cells(path: Path) -> list[list[Output]]:
    """Outputs of each cell with code; the first error ends it."""
    space: dict[str, Any] = {"__name__": "__main__"}
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [_run("".join(c["source"]), space) for c in cells if c["cell_type"] == "code"]


def keep_outputs(path: Path) -> None:
    """Writes what the cells give into the notebook."""
    notebook, outputs = json.loads(path.read_text("utf-8")), iter(run_cells(path))
    for number, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
        cell["outputs"], cell["execution_count"] = next(outputs), number + 1
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _run(source: str, space: dict[str, Any]) -> list[Output]:
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
    text = printed.getvalue().splitlines(keepends=True)
    shown: list[Output] = [{"output_type": "stream", "name": "stdout", "text": text}] * bool(text)
    return shown if value is None else [*shown, _shown(value)]


def _shown(value: object) -> Output:
    draw = getattr(value, "_repr_png_", None)
    data = {"text/plain": [repr(value)]}
    if draw is not None:
        data = {"image/png": base64.b64encode(draw()).decode(), "text/plain": ["a picture"]}
    return {"output_type": "display_data", "data": data, "metadata": {}}


if __name__ == "__main__":
    asked = Path(sys.argv[1])
    if sys.argv[2:] == ["--keep"]:
        keep_outputs(asked)
    else:
        sys.stdout.write(json.dumps(run_cells(asked)))
