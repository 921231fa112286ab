"""How long it takes until a net knows one's own classes, and how often it is right then.

    python -m benchmarks.finetune --fashion /usr/share/datasets/fashion-mnist --json
    python -m benchmarks.finetune --net resnet50 --size 224 --json

The first teaches bag against sneaker of Fashion-MNIST (100 pictures each) to a shipped net, and
holds 400 test pictures out.  Goal: at least 90 % of them within 60 s on 2 cores.  The second
teaches 200 drawn pictures to a net with a frozen body and first weights: it is about time alone.
Goal: 180 s for ResNet-50 at 224 px.  Each runs the command in a process of its own, from an empty
home, so that nothing was prepared before.
"""

import argparse
import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.command import benchmark_options, measure_and_tell
from benchmarks.home import empty_home
from resnet_core import paths
from resnet_core.checkpoints import CheckpointCard, save_checkpoint
from resnet_core.models import build_model, model_config

_CLASSES = {"bag": 8, "sneaker": 7}
_NUM_TRAIN, _NUM_TEST, _NUM_DRAWN = 100, 200, 100
_IDX_HEADERS = {"images-idx3": 16, "labels-idx1": 8}
_SIDE_PX = 28
_IMAGENET: dict[str, Any] = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def save_bags_and_sneakers(fashion: Path, folder: Path) -> Path:
    """Writes class folders of 100 training and 200 test pictures each from the idx files."""
    for part, prefix, count in (("train", "train", _NUM_TRAIN), ("test", "t10k", _NUM_TEST)):
        images = _read_idx(fashion, prefix, "images-idx3").reshape(-1, _SIDE_PX, _SIDE_PX)
        labels = _read_idx(fashion, prefix, "labels-idx1")
        for name, label in _CLASSES.items():
            place = folder / part / name
            place.mkdir(parents=True)
            for number in np.flatnonzero(labels == label)[:count]:
                Image.fromarray(images[number]).save(place / f"{number}.png")
    return folder


def save_patterns(folder: Path, size_px: int) -> Path:
    """Draws 100 pictures each of stripes and of dots."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:size_px, :size_px] / size_px
    for name in ("stripes", "dots"):
        (folder / name).mkdir(parents=True)
        for number in range(_NUM_DRAWN):
            waves = np.sin(x * generator.uniform(20, 60) + generator.uniform(0, 3))
            if name == "dots":
                waves = waves * np.sin(y * generator.uniform(20, 60))
            colour = 127 + 100 * waves[..., None] * generator.uniform(0.5, 1, 3)
            pixels = colour + generator.normal(0, 10, colour.shape)
            picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            picture.save(folder / name / f"{number}.jpg")
    return folder


def finetune(folder: Path, start: str, *options: str) -> dict[str, Any]:
    """Runs the command; gives what it printed, and the seconds of the whole process."""
    command = [sys.executable, "-m", "resnet_core", "finetune", str(folder), "--from", start]
    began = time.monotonic()
    done = subprocess.run(
        [*command, *options, "--json"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout) | {"process_s": time.monotonic() - began}


def untrained_checkpoint(net: str, size_px: int) -> str:
    """Keeps a net of the registry with its first weights among the brought ones; gives its name."""
    model, folder = model_config(net), paths.imported_dir()
    folder.mkdir(parents=True, exist_ok=True)
    card = CheckpointCard(
        name=f"{net}-first-weights",
        model=model,
        class_names=tuple(f"class {number}" for number in range(model.num_classes)),
        image_size_px=size_px,
        data_title="nothing",
        data_sha256="",
        step=0,
        num_steps=0,
        **_IMAGENET,
    )
    save_checkpoint(folder, card, build_model(model).state_dict())
    return card.name


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measures one of the two goals."""
    with empty_home() as home:
        if options.fashion:
            folder = save_bags_and_sneakers(options.fashion, home / "bags-and-sneakers")
            return finetune(folder, options.start)
        folder = save_patterns(home / "patterns", options.size)
        start = untrained_checkpoint(options.net, options.size)
        return finetune(folder, start, "--size", str(options.size))


def sentence(found: dict[str, Any]) -> str:
    """Says how often the net was right, with its interval, and how long it took."""
    low, high = found["interval_95"]
    return (
        f"{found['accuracy']:.1%} of {found['held_out']} held out right ({low:.1%} to "
        f"{high:.1%}), {found['process_s']:.0f} s"
    )


def main() -> None:
    """Prints a sentence, or JSON."""
    parser = benchmark_options(__doc__)
    parser.add_argument("--fashion", type=Path, help="folder of Fashion-MNIST's idx files")
    parser.add_argument("--start", default="resnet20-cifar10-jpeg", help="net for bag and sneaker")
    parser.add_argument("--net", default="resnet50", help="net of the registry, else")
    parser.add_argument("--size", type=int, default=224, help="side of its pictures, px")
    measure_and_tell(parser, measure, sentence)


def _read_idx(folder: Path, prefix: str, kind: str) -> np.ndarray:
    content = gzip.decompress((folder / f"{prefix}-{kind}-ubyte.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=_IDX_HEADERS[kind])


if __name__ == "__main__":
    main()
