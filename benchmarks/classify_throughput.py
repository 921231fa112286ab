"""Pictures per second of `classify` against torchvision's ImageFolder and DataLoader.

    python -m benchmarks.classify_throughput --pictures 1000 --threads 2

Both pass the same JPEGs through the same net on the CPU, in batches, and give the same number of
answers; decoding, resizing and the net are timed, building net and files is not.  Then a shipped
net answers with and without the watch for strange pictures, in processor time.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from resnet_core.asking import NetSource, ReadyNet, load_net
from resnet_core.checkpoints import CheckpointCard, find_checkpoint
from resnet_core.inference import PictureSource, classify_many
from resnet_core.models import build_model, model_config

_BATCH = 64


def main() -> None:
    """Measures both and prints their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2, help="of torch, decoding, and workers")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--checkpoint", default="resnet20-cifar10-jpeg", help="of the second part")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    net = _ready_net(options.net)
    with tempfile.TemporaryDirectory() as place:
        files = _write_pictures(Path(place), options.pictures)
        for workers in (0, options.threads):
            ours, theirs = [], []
            for _ in range(options.repeats):  # in turns, so that both see the same machine
                ours.append(_seconds(lambda: _ours(net, files, options.threads)))
                theirs.append(_seconds(lambda w=workers: _theirs(net, Path(place), w)))
            fast, slow = (options.pictures / statistics.median(times) for times in (ours, theirs))
            print(
                f"{options.net}, {options.pictures} JPEGs, DataLoader with {workers} workers: "
                f"classify {fast:.0f} pictures/s, ImageFolder {slow:.0f} pictures/s, "
                f"ratio {fast / slow:.2f} (median of {options.repeats})"
            )
        _compare_watching(files, options)


def _compare_watching(files: list[Path], options: argparse.Namespace) -> None:
    """Prints what the watch for strange pictures adds to the processor time of a shipped net."""
    watched = load_net(find_checkpoint(options.checkpoint), device="cpu")
    assert watched.watch is not None, watched.watch_problem
    bare = watched.with_card(replace(watched.card, detection=None))
    times: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(options.repeats):  # in turns, so that both see the same machine
        for name, net in (("with", watched), ("without", bare)):
            started = time.process_time()
            _ours(net, files, options.threads)
            times[name].append(time.process_time() - started)
    ratios = [a / b for a, b in zip(times["with"], times["without"], strict=True)]
    print(
        f"{options.checkpoint}, {len(files)} JPEGs, processor time with over without the watch for "
        f"strange pictures: {statistics.median(ratios):.3f} (median of {options.repeats}, "
        f"{min(ratios):.3f} to {max(ratios):.3f})"
    )


def _ready_net(net: str) -> ReadyNet:
    config = model_config(net)
    side = 224 if config.stem == "imagenet" else 32
    card = CheckpointCard(
        name=net,
        model=config,
        class_names=tuple(str(index) for index in range(config.num_classes)),
        image_size_px=side,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        data_title="none",
        data_sha256="",
        step=0,
        num_steps=0,
    )
    return ReadyNet(
        model=build_model(config).eval(),
        card=card,
        device=torch.device("cpu"),
        source=NetSource(title=net, key=net),
    )


def _write_pictures(folder: Path, count: int) -> list[Path]:
    """Writes JPEGs of about ImageNet's usual size, 500 x 375, in one class folder."""
    generator = np.random.default_rng(0)
    (folder / "class").mkdir()
    files = []
    for index in range(count):
        coarse = generator.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC)
        files.append(folder / "class" / f"{index:05}.jpg")
        image.save(files[-1], quality=90)
    return files


def _ours(net: ReadyNet, files: list[Path], threads: int) -> int:
    sources = (PictureSource(path.name, path) for path in files)
    return sum(outcome.ok for outcome in classify_many(net, sources, num_threads=threads))


@torch.inference_mode()
def _theirs(net: ReadyNet, folder: Path, workers: int) -> int:
    card = net.card
    transform = v2.Compose(
        [
            v2.Resize(card.image_size_px),
            v2.CenterCrop(card.image_size_px),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(card.mean, card.std),
        ]
    )
    loader = DataLoader(ImageFolder(folder, transform), batch_size=_BATCH, num_workers=workers)
    return sum(len(net.model(images).softmax(1).topk(5).indices) for images, _ in loader)


def _seconds(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    count = work()
    assert count > 0
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
