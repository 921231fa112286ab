"""A machine with a card has neither a page's libraries nor a figure's: it is served without."""

import json
from pathlib import Path

import pytest

from tests.bare_machine import ROOT, run_bare
from tests.cli.tiny_net import tiny_net_arguments

BENCHMARKS = (
    *("gpu_session", "gpu_step", "seeds_together", "train_throughput", "time_to_accuracy"),
    "precision",
)
COMMANDS = {
    "evaluate": ("{net}", "--data", "{data}", "--split", "train"),
    "classify": ("{photo}", "--checkpoint", "{net}"),
    "cam": ("{photo}", "--checkpoint", "{net}", "--method", "layer-cam"),
    "features": ("{photo}", "--checkpoint", "{net}"),
    "gradients": ("--arms", "resnet8", "--seeds", "2", "--batch", "4", "--pictures", "{data}"),
    "lesions": ("{net}", "--data", "{data}", "--pictures", "10", "--calibration", "0"),
    "landscape": ("{net}", "--data", "{data}", "--pictures", "10", "--dimensions", "1"),
    "sharpness": ("{net}", "--data", "{data}", "--pictures", "10", "--top", "1", "--draws", "2"),
    "take-apart": ("{net}", "--image", "{photo}"),
    "finetune": ("{data}", "--from", "{net}", "--steps", "2", "--threads", "1"),
}
"""Commands that compute, with arguments for a tiny net; all of them take a device."""
RUN = """
import json, sys
from typer.testing import CliRunner
from resnet_core.cli import app

found = {}
for name, arguments in json.loads(sys.argv[1]).items():
    done = CliRunner().invoke(app, [name, *arguments, "--device", "cpu", "--json"])
    found[name] = [done.exit_code, done.output, repr(done.exception)]
print(json.dumps(found))
"""
WATCH = """
import torch
from resnet_core import watch

net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
run = watch(net, optimizer, name="watched")
for _ in range(3):
    optimizer.zero_grad()
    loss = net(torch.randn(4, 3, 2, 2)).square().mean()
    loss.backward()
    optimizer.step()
    run.log(loss=loss)
run.finish()
"""


def run_commands(folder: Path, commands: dict[str, tuple[str, ...]]) -> dict[str, list]:
    """Gives each command's exit code, output and error, all of them run in one process."""
    net, _, data = tiny_net_arguments(folder, pictures_each=40)
    places = {"net": net, "data": data, "photo": next(Path(data).rglob("*.png"))}
    asked = {
        name: [part.format(**places) for part in arguments] for name, arguments in commands.items()
    }
    return json.loads(run_bare(folder, "-c", RUN, json.dumps(asked)))


def test_benchmarks_of_a_card_need_nothing_else(tmp_path):
    names = ", ".join(f"benchmarks.{name}" for name in BENCHMARKS)
    run_bare(tmp_path, "-c", f"import {names}, resnet_core.cli, resnet_core.training.session")


def test_gpu_tests_are_found_without_what_a_card_s_machine_lacks(tmp_path):
    options = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert "tests/gpu/test_captured_step.py" in run_bare(tmp_path, *options, "tests/gpu")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_that_computes_runs_there(tmp_path):
    for name, (code, output, problem) in run_commands(tmp_path, COMMANDS).items():
        assert code == 0, (name, output, problem)


def test_a_map_of_captum_s_says_what_it_lacks(tmp_path):
    asked = {"cam": ("{photo}", "--checkpoint", "{net}", "--method", "grad-cam")}
    code, output, _ = run_commands(tmp_path, asked)["cam"]
    assert code == 1
    assert json.loads(output)["error"] == (
        "This map is computed by captum, which cannot be loaded without the package 'captum': "
        "install it, or choose Layer-CAM, Grad-CAM++ or Score-CAM."
    )


def test_somebody_s_own_loop_is_watched_there(tmp_path):
    run_bare(tmp_path, "-c", WATCH)
    (run,) = (tmp_path / "home" / "runs").iterdir()
    assert json.loads((run / "state.json").read_text())["phase"] == "finished"


def test_every_gpu_test_stands_where_they_are_run():
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts and "pytest.mark.gpu" in path.read_text()
    ]
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert sorted(set(marked) - {here}) == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/gpu").glob("test_*.py")
    )
