"""What full telemetry costs: our step against a bare PyTorch loop over the same net and data.

    python -m benchmarks.telemetry_overhead --pairs 30 --threads 1 --cpu-time

Goal: a speed ratio of 0.95 or more.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks.endless import endless_experiment
from benchmarks.timing import compare
from resnet_core.config import ExperimentConfig
from resnet_core.data import DataSet, load_dataset, to_device, training_batch
from resnet_core.devices import resolve_device
from resnet_core.models import build_model
from resnet_core.runs.store import MetricsWriter
from resnet_core.training.arms import autocast
from resnet_core.training.lockstep import Lockstep

STEPS = 10


class Ours:
    """The lab's loop: lockstep, statistics, and a commit every few steps."""

    def __init__(
        self, config: ExperimentConfig, data: DataSet, device: torch.device, folder: Path
    ) -> None:
        self._lockstep = Lockstep(config, data, device)
        self._writer = MetricsWriter(folder)

    def __call__(self, num_steps: int = STEPS) -> None:
        """Trains for some steps."""
        for _ in range(num_steps):
            self._lockstep.advance()
            if self._lockstep.is_full:
                self._store()
        self._store()

    def _store(self) -> None:
        rows, profiles = self._lockstep.drain()
        with self._writer.transaction():
            self._writer.add_steps(rows)
            for profile in profiles:
                for quantity, values in profile.values.items():
                    self._writer.add_profile(profile.step, profile.arm, quantity, values)


class Bare:
    """The loop that everybody writes, on the same batches, with nothing measured."""

    def __init__(self, config: ExperimentConfig, data: DataSet, device: torch.device) -> None:
        self._config, self._card, self._step = config, data.card, 0
        self._split = to_device(data.train, device)
        model = build_model(config.arms[0].model).to(device)
        self._model = model.to(memory_format=torch.channels_last).train()
        self._optimizer = torch.optim.SGD(
            self._model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, fused=True
        )

    def __call__(self, num_steps: int = STEPS) -> None:
        """Trains for some steps."""
        for _ in range(num_steps):
            batch = training_batch(
                self._split,
                self._card,
                self._config.data,
                seed=0,
                step=self._step,
                batch_size=self._config.training.batch_size,
            )
            self._optimizer.zero_grad(set_to_none=True)
            with autocast(self._config.training, batch.images.device):
                loss = functional.cross_entropy(self._model(batch.images), batch.labels)
            loss.backward()
            self._optimizer.step()
            self._step += 1
        if self._split.images.is_cuda:
            torch.cuda.synchronize()


def main() -> None:
    """Prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds instead of wall time")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = endless_experiment(options.net, batch_size=options.batch_size, statistics_every=50)
    data, device = load_dataset(config.data), resolve_device(options.device)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(config, data, device, Path(folder))
        clock = time.process_time if options.cpu_time else time.perf_counter
        result = compare(ours, Bare(config, data, device), options.pairs, clock=clock)
    print(result.report(f"telemetry, {options.net}, batch {options.batch_size}, {device}"))


if __name__ == "__main__":
    main()
