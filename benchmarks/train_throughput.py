"""Training speed against the loops that people start from, the same net at the same batch.

    python -m benchmarks.train_throughput --pairs 15
    python -m benchmarks.train_throughput --recipe cifar10-resnet18-cifar-fast --device cuda

The baselines are the loops of two well-known CIFAR-10 repositories, written down plainly: a
DataLoader with worker processes, PIL transforms for each picture, contiguous NCHW tensors in
float32, loss and accuracy read with `.item()` in every step.  The third, `fair`, is the second one
as it could be: tensors in channels_last, and as many workers as are quickest on this machine.  Ours
is the lab's lockstep with full telemetry and its store.  Goals: a speed ratio of 1.1 or more on two
CPU cores, and of 8 or more for the fast recipe of ResNet-18 on a GPU.
"""

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.telemetry_overhead import Ours
from benchmarks.timing import compare
from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.devices import resolve_device
from resnet_core.models import build_model, model_config
from resnet_core.recipes.files import load_recipe

STEPS = 10
_WORKERS = (0, 1, 2, 4)
_CROP, _FLIP = transforms.RandomCrop(32, 4), transforms.RandomHorizontalFlip()
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Pictures(Dataset):
    """Pictures in memory, made into PIL images one by one, as torchvision's CIFAR10 does."""

    def __init__(self, data: DataSet, augmentation: list[nn.Module]) -> None:
        self._images, self._labels = np.array(data.train.images), np.array(data.train.labels)
        normalised = [transforms.ToTensor(), transforms.Normalize(_MEAN, _STD)]
        self._transform = transforms.Compose([*augmentation, *normalised])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image: torch.Tensor = self._transform(Image.fromarray(self._images[index]))  # pyright: ignore[reportAssignmentType] - `ToTensor` ends it
        return image, int(self._labels[index])


class UsualLoop:
    """A loop over a DataLoader whose workers stay alive from one call to the next."""

    augmentation: tuple[nn.Module, ...]
    num_workers: int
    weight_decay: float

    def __init__(self, experiment: ExperimentConfig, data: DataSet, device: torch.device) -> None:
        self._loader = DataLoader(
            Pictures(data, list(self.augmentation)),
            experiment.training.batch_size,
            shuffle=True,
            num_workers=self.num_workers,
            pin_memory=device.type == "cuda",
            drop_last=True,
        )
        self._batches = self._forever()
        self._device = device
        self.model = build_model(experiment.arms[0].model).to(device).train()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=0.05, momentum=0.9, weight_decay=self.weight_decay
        )
        self.total_loss = self.total_correct = self.num_seen = 0.0

    def __call__(self) -> None:
        """Trains for `STEPS` steps."""
        for _ in range(STEPS):
            images, labels = (part.to(self._device) for part in next(self._batches))
            self.step(images, labels)

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """Trains on one batch and keeps its loss and accuracy."""
        raise NotImplementedError

    def _forever(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            yield from self._loader


class Akamaster(UsualLoop):
    """As in akamaster/pytorch_resnet_cifar10: four loader workers, averages after the step."""

    augmentation, num_workers, weight_decay = (_FLIP, _CROP), 4, 1e-4

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """Trains on one batch; accuracy comes from a top-k."""
        output = self.model(images)
        loss = functional.cross_entropy(output, labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        _, predicted = output.float().topk(1)
        correct = predicted.t().eq(labels.view(1, -1)).float().sum()
        self.total_loss += loss.float().item() * len(labels)
        self.total_correct += correct.mul(100.0 / len(labels)).item() * len(labels)
        self.num_seen += len(labels)


class Kuangliu(UsualLoop):
    """As in kuangliu/pytorch-cifar: two loader workers, sums read in every step."""

    augmentation, num_workers, weight_decay = (_CROP, _FLIP), 2, 5e-4

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """Trains on one batch; accuracy comes from the largest logit."""
        self.optimizer.zero_grad()
        outputs = self.model(images)
        loss = functional.cross_entropy(outputs, labels)
        loss.backward()
        self.optimizer.step()
        self.total_loss += loss.item()
        _, predicted = outputs.max(1)
        self.num_seen += labels.size(0)
        self.total_correct += predicted.eq(labels).sum().item()


class Tuned(Kuangliu):
    """The same loop with tensors in channels_last and a number of workers that was chosen."""

    def __init__(
        self, experiment: ExperimentConfig, data: DataSet, device: torch.device, num_workers: int
    ) -> None:
        self.num_workers = num_workers
        super().__init__(experiment, data, device)
        self.model.to(memory_format=torch.channels_last)

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """Trains on one batch, its channels last."""
        super().step(images.contiguous(memory_format=torch.channels_last), labels)


def quickest_tuned(experiment: ExperimentConfig, data: DataSet, device: torch.device) -> Tuned:
    """Tries the loop with several numbers of workers, and keeps the quickest."""
    found = min(
        (Tuned(experiment, data, device, workers) for workers in _WORKERS), key=_seconds_of_a_call
    )
    print(f"fair baseline: {found.num_workers} loader workers are quickest", flush=True)
    return found


def _seconds_of_a_call(loop: UsualLoop) -> float:
    loop()  # its workers start
    start = time.perf_counter()
    loop()
    return time.perf_counter() - start


BASELINES = {"akamaster": Akamaster, "kuangliu": Kuangliu, "fair": quickest_tuned}


def family_cpu_s() -> float:
    """CPU seconds of this process and its children, living and gone, such as a loader's (Linux).

    On a machine that others load, wall time favours whoever has more processes.
    """
    children = "".join(
        path.read_text() for path in Path("/proc/self/task").glob("*/children")
    ).split()
    ticks = sum(_ticks(Path(f"/proc/{pid}/stat")) for pid in children)
    gone = os.times()
    return (
        time.process_time()
        + gone.children_user
        + gone.children_system
        + ticks / os.sysconf("SC_CLK_TCK")
    )


def _ticks(stat: Path) -> int:
    if not stat.exists():
        return 0
    # Fields 14 and 15 of proc_pid_stat(5), counted after the name: user and system time.
    return sum(int(field) for field in stat.read_text().rpartition(")")[2].split()[11:13])


def with_peak_mib(build: Callable[[], Callable[[], None]], device: torch.device):
    """Builds a loop, lets it train once, and tells what that took at most on a GPU, MiB."""
    if device.type != "cuda":
        return build(), None
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    loop = build()
    loop()
    return loop, (torch.cuda.max_memory_allocated() - before) / 2**20


def make_experiment(options: argparse.Namespace) -> ExperimentConfig:
    """The recipe's arithmetic on one net, at a learning rate that never changes."""
    recipe = load_recipe(options.recipe)
    net = options.net or recipe.arms[0].model.name
    training = replace(
        recipe.training,
        learning_rate=0.05,
        schedule="constant",
        steps=1_000_000,
        statistics_every=50,
    )
    if options.batch_size:
        training = replace(training, batch_size=options.batch_size)
    arms = (ArmConfig(label=net, model=model_config(net)),)
    data = replace(recipe.data, source=options.data)
    return replace(recipe, arms=arms, training=training, data=data)


def report(options: argparse.Namespace, name: str) -> str:
    """Compares ours with one baseline, in turn."""
    experiment, device = make_experiment(options), resolve_device(options.device)
    data = load_dataset(experiment.data)
    clock = family_cpu_s if options.cpu_time else time.perf_counter
    with tempfile.TemporaryDirectory() as folder:
        ours, our_mib = with_peak_mib(lambda: Ours(experiment, data, device, Path(folder)), device)
        usual, their_mib = with_peak_mib(lambda: BASELINES[name](experiment, data, device), device)
        result = compare(ours, usual, options.pairs, clock=clock)
    training = experiment.training
    what = (
        f"{experiment.arms[0].label}, batch {training.batch_size}, {training.precision}, {device}"
    )
    memory = "" if our_mib is None else f"; peak memory {our_mib:.0f} against {their_mib:.0f} MiB"
    rate = STEPS * training.batch_size
    speeds = ", ".join(
        f"{who} {rate / np.median(times):,.0f} pictures/s"
        for who, times in (("ours", result.ours_s), ("baseline", result.baseline_s))
    )
    clock_name = "CPU time" if options.cpu_time else "wall time"
    return f"{result.report(f'{what}, {clock_name}, against {name}')}; {speeds}{memory}"


def main() -> None:
    """Prints a line for each baseline."""
    warnings.filterwarnings("ignore", "This DataLoader will create")  # as the original does
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="fast", help="whose precision, batch and compilation")
    parser.add_argument("--net", help="instead of the recipe's first")
    parser.add_argument("--batch-size", type=int, help="instead of the recipe's")
    parser.add_argument("--data", default="synthetic")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--against", nargs="+", default=list(BASELINES), choices=list(BASELINES))
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds, loaders included")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.against:
        print(report(options, name), flush=True)


if __name__ == "__main__":
    main()
