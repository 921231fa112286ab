"""What a training step takes: the lab's, a bare loop's, and a bare loop's recorded as a CUDA graph.

    python -m benchmarks.gpu_step --json
    python -m benchmarks.gpu_step --nets resnet20 --steps 10 --batch-size 32 --device cpu

Each row is a net in a precision, and a kind of step: `training`, as a run takes them, with
telemetry, its store, and measurements inside the net every fiftieth time; `statistics`, where each
step measures inside.  The three ways take turns.  `telemetry_ratio` is the speed that is left of
the quickest bare way: on CUDA its graph, on a CPU the bare loop.  `identical` tells whether the
lab's step gives the same weights bit for bit when it is done one operation at a time: on CUDA its
graph against its operations, with deterministic algorithms; on a CPU its static buffers against the
step as it is taken there.  Goals on an H100 in bfloat16: 2.5 ms for ResNet-20, 7 ms for ResNet-56,
3.2 ms for ResNet-18, and 0.97 of a bare graph's speed.  It needs what `resnet_core` needs.
"""

import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks.endless import endless_experiment
from benchmarks.telemetry_overhead import Bare, Ours
from resnet_core.config import DataConfig, ExperimentConfig
from resnet_core.config.training import Precision
from resnet_core.data import DataSet, assemble_batch, load_dataset, to_device
from resnet_core.devices import describe_device, resolve_device
from resnet_core.errors import ResNetLabError
from resnet_core.models import build_model
from resnet_core.training.arms import autocast, build_optimizer
from resnet_core.training.captured_step import CapturedSteps
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.recording import WARM_UPS, Recording, cuda_recorder
from resnet_core.training.step_tables import StepTables

_NETS = ("resnet20", "resnet56", "resnet18_cifar")
_PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
_STATISTICS_EVERY = {"training": 50, "statistics": 1}
_ROUNDS = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepTimes:
    """Medians over alternating rounds."""

    net: str
    precision: str
    step: str
    """`training` or `statistics`."""
    ours_ms: float
    bare_ms: float
    graph_ms: float | None
    """`None` without CUDA."""
    telemetry_ratio: float
    identical: bool
    card: str


class BareGraph:
    """The bare loop recorded as a CUDA graph, on the same batches, with nothing measured."""

    def __init__(self, config: ExperimentConfig, data: DataSet, device: torch.device) -> None:
        self._config, self._card = config, data.card
        work = Lockstep(config, data, device).step_work()
        self._tables = StepTables(work.source, config.seed, device)
        self._split = to_device(data.train, device)
        model = build_model(config.arms[0].model).to(device)
        self._model = model.to(memory_format=torch.channels_last).train()
        self._optimizer = build_optimizer(self._model, config.training, device)
        self._stream = torch.cuda.Stream(device)
        self._cursor = torch.zeros(1, dtype=torch.int64, device=device)
        self._recording = Recording(self._step, cuda_recorder(self._stream))
        self._taken = 0

    def __call__(self, num_steps: int) -> None:
        """Trains for some steps."""
        for _ in range(num_steps):
            row = self._tables.row_of(self._taken)
            self._stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._stream):
                if row == 0:
                    self._cursor.zero_()
                self._recording.run()
            torch.cuda.current_stream().wait_stream(self._stream)
            self._taken += 1
        torch.cuda.synchronize()
        if self._recording.problem is not None:
            raise RuntimeError(f"The bare loop could not be recorded: {self._recording.problem}.")

    def _step(self) -> None:
        drawn = self._tables.draws.index_select(0, self._cursor)[0]
        batch = assemble_batch(self._split, self._card, self._config.data, drawn)
        self._optimizer.zero_grad(set_to_none=True)
        with autocast(self._config.training, batch.images.device):
            loss = functional.cross_entropy(self._model(batch.images), batch.labels)
        loss.backward()
        self._optimizer.step()
        self._cursor.add_(1)


def measure(
    config: ExperimentConfig, data: DataSet, device: torch.device, options: argparse.Namespace
) -> list[float]:
    """Seconds of a step, each way in turn: ours, bare, and bare as a graph where there is one."""
    deadline = time.perf_counter() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        ways: list[Callable[[int], None]] = [
            Ours(config, data, device, Path(folder)),
            Bare(config, data, device),
        ]
        if device.type == "cuda":
            ways.append(BareGraph(config, data, device))
        for way in ways:
            way(_warm_up_steps(config, device))
        times: list[list[float]] = [[] for _ in ways]
        count = max(1, options.steps // _ROUNDS)
        for _ in range(-(-options.steps // count)):
            if times[0] and time.perf_counter() > deadline:
                break
            for kept, way in zip(times, ways, strict=True):
                started = time.perf_counter()
                way(count)
                kept.append((time.perf_counter() - started) / count)
    return [statistics.median(kept) for kept in times]


def _warm_up_steps(config: ExperimentConfig, device: torch.device) -> int:
    """On CUDA as many as it takes until the steps that measure inside are recorded, too."""
    if device.type != "cuda":
        return 1
    return WARM_UPS * config.training.statistics_every + WARM_UPS


def is_identical(
    config: ExperimentConfig, data: DataSet, device: torch.device, options: argparse.Namespace
) -> bool:
    """Whether recorded steps, or on a CPU those on static buffers, give the weights of others."""
    deadline = time.perf_counter() + options.seconds / 2
    with _deterministic():
        pair = [Lockstep(config, data, device) for _ in range(2)]
        is_cuda = device.type == "cuda"
        pair[0].captured = _on_buffers(pair[0], graph=is_cuda)
        pair[1].captured = _on_buffers(pair[1], graph=False) if is_cuda else None
        for step in range(options.steps):
            if step and time.perf_counter() > deadline:
                break
            for lockstep in pair:
                lockstep.advance()
                lockstep.drain()
        weights = [lockstep.arms[0].model.state_dict() for lockstep in pair]
    return all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


def _on_buffers(lockstep: Lockstep, *, graph: bool) -> CapturedSteps:
    return CapturedSteps(lockstep.arms, lockstep.step_work(), lockstep.device, graph=graph)


@contextlib.contextmanager
def _deterministic() -> Iterator[None]:
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    # A pooling stem has an operation that no setting makes deterministic: that may be seen.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]


def measure_row(
    net: str, precision: Precision, step: str, options: argparse.Namespace, data: DataSet
) -> StepTimes:
    """Measures one net in one precision."""
    device = resolve_device(options.device)
    config = endless_experiment(
        net,
        batch_size=options.batch_size,
        statistics_every=_STATISTICS_EVERY[step],
        precision=precision,
        compile=options.compile,
    )
    ours, bare, *graph = measure(config, data, device, options)
    return StepTimes(
        net=net,
        precision=precision,
        step=step,
        ours_ms=1000 * ours,
        bare_ms=1000 * bare,
        graph_ms=1000 * graph[0] if graph else None,
        telemetry_ratio=(graph[0] if graph else bare) / ours,
        identical=is_identical(config, data, device, options),
        card=describe_device(device),
    )


def measure_rows(options: argparse.Namespace) -> Iterator[StepTimes]:
    """Measures every net in every precision and kind of step."""
    torch.backends.cudnn.benchmark = resolve_device(options.device).type == "cuda"
    data = load_dataset(DataConfig(source="synthetic"))
    for asked in itertools.product(options.nets, options.precisions, options.kinds):
        yield measure_row(*asked, options, data)


def words(row: StepTimes) -> str:
    """One line for a person."""
    graph = "-" if row.graph_ms is None else f"{row.graph_ms:.2f} ms"
    return (
        f"{row.net}, {row.precision}, {row.step}: ours {row.ours_ms:.2f} ms, bare "
        f"{row.bare_ms:.2f} ms, bare graph {graph}, telemetry keeps {row.telemetry_ratio:.3f}, "
        f"{'identical' if row.identical else 'NOT identical'}, {row.card}"
    )


def main() -> None:
    """Prints a line a row as it comes, or all of them as JSON."""
    # Before CUDA is first used: cuBLAS sums in one order only with a workspace of this kind.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nets", nargs="+", default=list(_NETS))
    parser.add_argument("--precisions", nargs="+", default=list(_PRECISIONS), choices=_PRECISIONS)
    parser.add_argument("--kinds", nargs="+", default=["training"], choices=_STATISTICS_EVERY)
    parser.add_argument("--steps", type=int, default=250, help="of each way, in rounds")
    parser.add_argument("--seconds", type=float, default=30.0, help="of a row, about, at most")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compile", action="store_true", help="compile ours, where CUDA is")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.steps < 1:
        parser.error(f"--steps must be at least 1, got {options.steps}")
    rows = []
    try:
        for row in measure_rows(options):
            rows.append(row)
            if not options.json:
                print(words(row), flush=True)
    except ResNetLabError as exc:
        parser.exit(1, f"{exc}\n")
    if options.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
