"""The wheel as a stranger gets it: built by pip in isolation, installed into a fresh environment.

What the lab needs is borrowed from the environment of the tests, so that this takes a minute.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from benchmarks.server import free_port
from tests.packaging.serving import gathers_statistics, listening_addresses, started

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def run(*command: str | Path, **variables: str) -> str:
    kept = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=variables.pop("cwd", ROOT),
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the lab, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("stranger")
    run(sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--wheel-dir", folder / "wheels")
    (wheel,) = (folder / "wheels").glob("*.whl")
    venv.create(folder / "env", symlinks=True)
    inside = sysconfig.get_path("purelib", vars={"base": str(folder / "env")})
    (Path(inside) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    python = folder / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    return python.parent


def test_command_line_knows_the_nets_that_came_with_it(environment: Path, tmp_path: Path) -> None:
    lab = environment / "resnet-lab"
    place = {"RESNET_LAB_HOME": str(tmp_path), "cwd": str(tmp_path)}
    names = [net["name"] for net in json.loads(run(lab, "models", "--json", **place))]
    assert "resnet20" in names
    where = "import resnet_core, sys; print(resnet_core.__file__, 'pages' in sys.modules)"
    told = run(environment / "python", "-c", where, **place)
    assert told.startswith(str(environment.parent)) and told.endswith(" False\n")
    scored = run(lab, "evaluate", "resnet20-synthetic", "--data", "synthetic", "--json", **place)
    assert json.loads(scored)["num_correct"] == 1987
    training = ("--arms", "resnet20", "--data", "synthetic", "--steps", "2", "--batch-size", "4")
    assert json.loads(run(lab, "train", *training, "--json", **place))["phase"] == "finished"


def test_notebook_runs(environment: Path, tmp_path: Path) -> None:
    place = {"RESNET_LAB_HOME": str(tmp_path), "cwd": str(tmp_path)}
    runner, notebook = ROOT / "tests/library/notebook.py", ROOT / "docs/your_own_net.ipynb"
    given = json.loads(run(environment / "python", runner, notebook, **place))
    assert given[3][0]["text"] == ["ring stage3.2\n"]


def test_pages_are_served_to_this_machine_only(environment: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [str(environment / "resnet-lab"), "app", "--port", str(port), "--no-browser"]
    variables = {**os.environ, "RESNET_LAB_HOME": str(tmp_path)}
    with started(command, port, folder=tmp_path, environment=variables) as process:
        assert listening_addresses(process.pid) == {"127.0.0.1"}
        assert not gathers_statistics(port)
