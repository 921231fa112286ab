"""Commands that compute take the device they compute on, and refuse one that there is not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from resnet_core.checkpoints import save_checkpoint
from resnet_core.cli import app
from resnet_core.models import build_model, model_config
from tests.explain.test_pictures import card

COMMANDS = {
    "evaluate": ("evaluate", "{net}", "--data", "{pictures}", "--split", "train"),
    "classify": ("classify", "{photo}", "--checkpoint", "{net}"),
    "cam": ("cam", "{photo}", "--checkpoint", "{net}"),
    "features": ("features", "{photo}", "--checkpoint", "{net}"),
    "gradients": (
        *("gradients", "--arms", "resnet8", "--seeds", "2", "--batch", "4", "--steps", "1"),
        *("--pictures", "{pictures}"),
    ),
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    model = model_config("resnet8", num_classes=2, stage_widths=(4, 4, 4), stem_width=4)
    net_card = replace(card(), name="small", model=model, image_size_px=16)
    net = save_checkpoint(tmp_path, net_card, build_model(model).state_dict())
    generator = np.random.default_rng(0)
    for index in range(40):
        folder = tmp_path / "pictures" / "ab"[index % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    photo = tmp_path / "pictures" / "a" / "0.png"
    return {"net": str(net), "photo": str(photo), "pictures": str(tmp_path / "pictures")}


def lab(places: dict[str, str], command: str, *options: str):
    arguments = [part.format(**places) for part in COMMANDS[command]]
    return CliRunner().invoke(app, [*arguments, *options])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_cpu_gives_what_no_device_gives(places, command):
    done = lab(places, command, "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    if not torch.cuda.is_available():
        usual = lab(places, command, "--json")
        timeless = [without_times(json.loads(each.output)) for each in (done, usual)]
        assert timeless[0] == timeless[1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("tpu", "Unknown device 'tpu': use auto, cpu, mps, cuda or cuda:0."),
        ("cuda:99", "There is no device cuda:99: this machine has"),
    ],
)
def test_a_device_that_there_is_not_is_refused_in_a_sentence(places, command, device, sentence):
    done = lab(places, command, "--device", device)
    assert done.exit_code == 1
    assert sentence in " ".join(done.output.split())
    assert "Error" not in done.output


def without_times(content):
    """Leaves out what differs between two runs of the same command."""
    if isinstance(content, dict):
        kept = {k: v for k, v in content.items() if k not in ("elapsed_s", "time_s", "created")}
        return {name: without_times(value) for name, value in kept.items()}
    return [without_times(each) for each in content] if isinstance(content, list) else content
