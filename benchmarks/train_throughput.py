"""Training speed against the loops that people start from, ResNet-20 at the same batch.

    python -m benchmarks.train_throughput --pairs 7

The baseline is the loop of the well-known CIFAR-10 repositories, written down plainly: a
DataLoader with worker processes, PIL transforms for each picture, contiguous NCHW tensors, loss and
accuracy read with `.item()` in every step.  Ours is the lab's lockstep with full telemetry.  Goal:
a speed ratio of 1.1 or more on two CPU cores.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.telemetry_overhead import STEPS, Ours
from benchmarks.timing import compare
from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.data import load_dataset
from resnet_core.devices import resolve_device
from resnet_core.models import build_model, model_config


class Pictures(Dataset):
    """Pictures in memory, made into PIL images one by one, as torchvision's CIFAR10 does."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self._images, self._labels = images, labels
        self._transform = transforms.Compose(
            [
                transforms.RandomCrop(32, 4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), int(self._labels[index])


class Usual:
    """The usual loop, its loader's workers alive from one call to the next."""

    def __init__(self, config: ExperimentConfig, data, device: torch.device, workers: int) -> None:
        pictures = Pictures(np.array(data.train.images), np.array(data.train.labels))
        size = config.training.batch_size
        self._loader = DataLoader(pictures, size, shuffle=True, num_workers=workers, drop_last=True)
        self._batches = self._forever()
        self._device = device
        self._model = build_model(config.arms[0].model).to(device).train()
        self._optimizer = torch.optim.SGD(
            self._model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4
        )
        self._loss = self._correct = 0.0

    def __call__(self) -> None:
        """Trains for `STEPS` steps."""
        for _ in range(STEPS):
            images, labels = (part.to(self._device) for part in next(self._batches))
            self._optimizer.zero_grad()
            logits = self._model(images)
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            self._optimizer.step()
            self._loss += loss.item()
            self._correct += logits.argmax(1).eq(labels).sum().item()

    def _forever(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            yield from self._loader


def main() -> None:
    """Prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--loader-workers", type=int, default=2)
    options = parser.parse_args()
    config = ExperimentConfig(
        name="throughput",
        arms=(ArmConfig(label=options.net, model=model_config(options.net)),),
        data=DataConfig(source="synthetic"),
        training=TrainingConfig(
            learning_rate=0.05,
            schedule="constant",
            batch_size=options.batch_size,
            precision=options.precision,
            steps=1_000_000,
        ),
    )
    data, device = load_dataset(config.data), resolve_device(options.device)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(config, data, device, Path(folder))
        usual = Usual(config, data, device, options.loader_workers)
        result = compare(ours, usual, options.pairs)
    batch = f"batch {options.batch_size}, {options.precision}, {device}"
    print(result.report(f"{STEPS} training steps, {options.net}, {batch}"))


if __name__ == "__main__":
    main()
