"""A block family, a net, a map and a quantity from outside, in every process that needs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from resnet_core.checkpoints import list_checkpoints
from resnet_core.config.plugins import VARIABLE
from resnet_core.errors import RunError
from resnet_core.training.flow import read_flow

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = "tests.plugins.lab_plugin"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where runs go."""
    return tmp_path / "home"


def lab(home: Path, *arguments: str, plugins: str = PLUGIN) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own, which knows the plugins by its environment."""
    told = {"RESNET_LAB_HOME": str(home), VARIABLE: plugins, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "resnet_core", *arguments],
        cwd=ROOT,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str]):
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def read_in_child(home: Path, code: str) -> str:
    told = {"RESNET_LAB_HOME": str(home), VARIABLE: PLUGIN}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def one_after_the_other(
    home: Path, *commands: tuple[str, ...], plugins: str = PLUGIN
) -> list[tuple[int, str]]:
    """Runs commands in one process, which loads torch once; exit status and words of each.

    What no command expects ends the process, and the test with it.
    """
    code = (
        "import json, sys\n"
        "from typer.testing import CliRunner\n"
        "from resnet_core.cli import app\n"
        "commands, runner = json.loads(sys.argv[1]), CliRunner()\n"
        "done = [runner.invoke(app, each, catch_exceptions=False) for each in commands]\n"
        "print(json.dumps([(each.exit_code, each.output) for each in done]))\n"
    )
    told = {"RESNET_LAB_HOME": str(home), VARIABLE: plugins, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(commands)],
        cwd=ROOT,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer(done)


def test_net_of_a_plugin_is_listed_taken_apart_and_described(home):
    found = one_after_the_other(
        home,
        ("models", "--json"),
        ("model", "single8", "--layers", "--json"),
        ("settings", "--json"),
    )
    listed, apart, known = (json.loads(words) for _, words in found)
    nets = {net["name"]: net for net in listed}
    # 3x3 stem, four 5x5 (4-4, 4-4, 4-8, 8-8), their norms and factors, the classifier.
    convolutions = 9 * 3 * 4 + 25 * (4 * 4 + 4 * 4 + 4 * 8 + 8 * 8)
    assert nets["single8"]["parameters"] == convolutions + 2 * 4 + 3 * (4 + 4 + 8 + 8) + 90
    labels = {layer["path"]: layer["label"] for layer in apart["layers"]}
    assert labels["stage2.0.conv1"] == "5x5 conv 8 /2"
    assert labels["stage2.0.each"] == "x channel"
    settings = {s["name"]: s for s in known}
    assert settings["model.block"]["choices"][f"{PLUGIN}:single"] == "single: 5x5"


def test_block_of_a_plugin_has_formula_paper_code_depth_and_speed(home):
    code = (
        "from resnet_core.models import model_config\n"
        "from resnet_core.models.explanation import explain_block\n"
        "from resnet_core.models.speed_child import measure_speed_in_child\n"
        "from resnet_core.probes.batches import _kept_mib\n"
        "net = model_config('single8')\n"
        "block = explain_block(net, 'stage1.0')\n"
        "print(net.depth, block.arxiv, r'\\mathrm{each}' in block.exact)\n"
        "print('class ChannelScale' in block.code, _kept_mib(net, 8) > 0)\n"
        "print(len(measure_speed_in_child(net, 8)) > 0)\n"
    )
    assert read_in_child(home, code).split() == ["6", "0000.00000", "True", "True", "True", "True"]


def test_worker_trains_a_plugin_net_and_measures_its_quantity_and_map(home, tmp_path, monkeypatch):
    done = lab(home, "train", "--arms", "single8,resnet8", "--steps", "3", "--json")
    run = answer(done)
    assert (run["phase"], run["step"]) == ("finished", 3)
    code = (
        "from resnet_core.training.flow import read_flow\n"
        f"flows = read_flow({run['run_id']!r}, '{PLUGIN}:peak')\n"
        "print([(f.label, len(f.positions), f.values.shape) for f in flows])"
    )
    flows = read_in_child(home, code)
    assert "('single8', 5, (1, 5))" in flows
    folder = home / "runs" / run["run_id"]
    card = max((folder / "checkpoints").glob("0-single8-*.safetensors"))
    out = tmp_path / "map.json"
    cam = ("cam", str(picture(tmp_path)), "--checkpoint", str(card), "--out", str(out), "--json")
    manifest = answer(lab(home, *cam, "--method", f"{PLUGIN}:mean-map"))
    assert manifest["method"]["title"] == "Mean of maps"
    assert len(list_checkpoints(card.parent)) == 4, "those of the other net alone are known here"

    # Without the module each of them says in one sentence what is missing.
    needs = f"belongs to the module {PLUGIN}, which is not loaded: add {PLUGIN} to {VARIABLE}"
    shipped = ("cam", str(picture(tmp_path)), "--checkpoint", "resnet20-synthetic")
    *refused, trained = one_after_the_other(
        home,
        cam,
        (*shipped, "--method", f"{PLUGIN}:mean-map"),
        ("resume", run["run_id"]),
        ("train", "--arms", "resnet8", "--steps", "1"),
        plugins="",
    )
    for setting, (status, said) in zip(("block", "method", "block"), refused, strict=True):
        assert status == 1
        assert f"The {setting} '{PLUGIN}:" in said
        assert needs in said
    assert trained[0] == 0
    with pytest.raises(RunError, match=needs):
        monkeypatch.setenv("RESNET_LAB_HOME", str(home))
        read_flow(
            max(run_folder.name for run_folder in (home / "runs").iterdir()), f"{PLUGIN}:peak"
        )


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("no_such_module", "there is no module of that name."),
        ("tests.plugins.taken", "There is a net called 'resnet20' already: take another name."),
    ],
)
def test_module_that_cannot_be_loaded_is_said_in_a_sentence(home, module, reason):
    done = lab(home, "models", "--json", plugins=module)
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert f"The module '{module}' in RESNET_LAB_PLUGINS cannot be loaded" in error
    assert reason in error
    assert "Error" not in error


def test_weights_of_a_plugin_net_are_imported_when_it_is_named(home, tmp_path):
    weights = tmp_path / "mine.pt"
    read_in_child(
        home,
        "import torch\n"
        "from resnet_core.models import build_model, model_config\n"
        f"torch.save(build_model(model_config('single8')).state_dict(), {str(weights)!r})",
    )
    brought = ("import", str(weights), "--name", "mine", "--json", "--image-size", "32")
    numbers = ("--mean", "0.5,0.5,0.5", "--std", "0.2,0.2,0.2")
    done = lab(home, *brought, *numbers, "--arch", "single8")
    assert answer(done)["checkpoint"] == "mine"
    unknown = lab(home, *brought, *numbers, "--arch", "single8", plugins="")
    assert unknown.returncode == 1
    assert "There is no net called 'single8'" in unknown.stdout


def picture(folder: Path) -> Path:
    """A picture of one colour."""
    path = folder / "gray.png"
    Image.new("RGB", (32, 32), (120, 90, 60)).save(path)
    return path
