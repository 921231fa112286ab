"""The gradient in the first steps of training, when what holds at initialisation stops to hold.

Nets train exactly as the engine trains them, one by one and seed by seed, and the norms of their
weight gradients are kept step by step.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, ModelConfig
from resnet_core.data import DataSet, load_dataset, to_device, training_batch
from resnet_core.data.randomness import NETS, mix_key
from resnet_core.devices import memory_errors, resolve_device
from resnet_core.errors import ProbeError
from resnet_core.probes.batches import BatchSpec, refuse_giants
from resnet_core.probes.gradients import is_on_main_path, layer_depths
from resnet_core.probes.spread import SeedFactor, factor_over_seeds
from resnet_core.probes.workers import measure_side_by_side
from resnet_core.progress import Progress, ignore_progress
from resnet_core.recipes.presets import training_preset
from resnet_core.training.arms import build_arm, train_step
from resnet_core.training.schedules import learning_rate

NUM_FIRST_STEPS = 30
"""Enough for a plain net of 56 layers to stop exploding and begin to vanish."""
SCHEDULE_STEPS = 422
"""The schedule of the shipped nets of 56 layers, whose first learning rates these are."""

_Tell = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class FirstSteps:
    """Weight gradients of one net in its first N steps, with S seeds."""

    config: ModelConfig
    """The net, with the channels and classes of the pictures."""
    source: str
    """The data set."""
    batch_size: int
    """Pictures in a batch."""
    seeds: tuple[int, ...]
    """Seeds of weights, order and augmentation."""
    layers: tuple[str, ...]
    """The L convolutions of the main path, in depth order."""
    depths: np.ndarray
    """Layers of the main path up to and including each, (L,) int64."""
    weight_norms: np.ndarray
    """Norm of the gradient of each layer's weights, before the step, (S, N, L) float64; NaN from
    the step on at which loss or gradient is not finite any more."""
    rates: np.ndarray
    """Learning rate of each step, (N,) float64."""
    elapsed_s: float
    """Seconds of one core that it took."""

    @property
    def num_steps(self) -> int:
        """N."""
        return self.weight_norms.shape[1]

    @cached_property
    def ratios(self) -> np.ndarray:
        """First over last convolution, (S, N) float64; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = self.weight_norms[..., 0] / self.weight_norms[..., -1]
        return np.where(np.isfinite(ratios) & (ratios > 0), ratios, np.nan)

    def at(self, step: int) -> SeedFactor | None:
        """First over last convolution at a step, counted from 1; `None` where a seed has none."""
        ratios = self.ratios[:, step - 1]
        return factor_over_seeds(ratios) if np.isfinite(ratios).all() else None


def measure_first_steps(
    configs: Sequence[ModelConfig],
    *,
    batch: BatchSpec | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    num_steps: int = NUM_FIRST_STEPS,
    num_workers: int | None = None,
    device: str = "cpu",
    progress: Progress = ignore_progress,
) -> tuple[FirstSteps, ...]:
    """Trains nets for their first steps, with the shipped nets' schedule; on the CPU side by side.

    Args:
        configs: the nets.
        batch: source and number of the pictures; they are cropped and flipped as in training.
        seeds: of weights, order and augmentation, the same for every net.
        num_steps: 1 to 422.
        num_workers: nets at a time, each on one core; `None`: one a core.
        device: where to compute, as `resolve_device` names it.
        progress: told while they train; it cancels by raising.

    Raises:
        DeviceError: when this machine does not have the device, or its memory is too small.
        ProbeError: for noise, no seed, too many steps, or a batch that needs too much memory.
        ResNetLabError: when the pictures cannot be loaded.
        CancelledError: if `progress` cancels.
    """
    target = resolve_device(device)
    spec = batch or BatchSpec(num_pictures=32)
    _require(spec, seeds, num_steps)
    progress("Reading the pictures")
    data = load_dataset(DataConfig(source=spec.source), needs=("train",))
    for config in configs:
        refuse_giants(config, spec)
    tell = _Shared(len(configs) * len(seeds), progress)
    tasks = [
        lambda config=config, seed=seed, number=number: _train(
            _experiment(config, spec, seed, target), data, num_steps, tell.of(number)
        )
        for number, (config, seed) in enumerate((c, s) for c in configs for s in seeds)
    ]
    num_workers = num_workers if target.type == "cpu" else 1
    found = measure_side_by_side(tasks, num_workers=num_workers, progress=tell.watch)
    count = len(seeds)
    return tuple(
        _joined(found[start : start + count], tuple(seeds)) for start in range(0, len(found), count)
    )


class _Shared:
    """Progress of several trainings as one; whoever watches it can cancel all of them."""

    def __init__(self, count: int, progress: Progress) -> None:
        self._shares, self._progress = [0.0] * count, progress
        self._problem: BaseException | None = None

    def of(self, number: int) -> _Tell:
        def tell(share: float) -> None:
            if self._problem is not None:
                raise self._problem
            self._shares[number] = share

        return tell

    def watch(self, message: str, fraction: float | None = None) -> None:
        try:
            self._progress("Training the first steps", sum(self._shares) / len(self._shares))
        except BaseException as exc:
            self._problem = exc
            raise


def _require(spec: BatchSpec, seeds: Sequence[int], num_steps: int) -> None:
    if not seeds:
        raise ProbeError("A measurement needs at least one seed.")
    if spec.kind == "noise":
        raise ProbeError("The first steps train on labelled pictures: name a data set, not noise.")
    if not 1 <= num_steps <= SCHEDULE_STEPS:
        raise ProbeError(
            f"The schedule has {SCHEDULE_STEPS} steps, of which the first 1 to {SCHEDULE_STEPS} "
            f"can be measured; got {num_steps}."
        )


def _experiment(
    config: ModelConfig, spec: BatchSpec, seed: int, device: torch.device
) -> ExperimentConfig:
    training = replace(training_preset("fast"), steps=SCHEDULE_STEPS, batch_size=spec.num_pictures)
    return ExperimentConfig(
        name="First steps",
        arms=(ArmConfig(label=config.name, model=config),),
        data=DataConfig(source=spec.source),
        training=training,
        seed=seed,
        device=str(device),
    )


def _train(experiment: ExperimentConfig, data: DataSet, num_steps: int, tell: _Tell) -> FirstSteps:
    started = time.thread_time()
    training, seed = experiment.training, experiment.seed
    device = torch.device(experiment.device)
    arm = build_arm(0, experiment, data.card, device)
    split = to_device(data.train, device)
    rates = [learning_rate(training, step, SCHEDULE_STEPS) for step in range(num_steps)]
    for step, rate in enumerate(rates):
        tell(step / num_steps)
        batch = training_batch(
            split,
            data.card,
            experiment.data,
            seed=seed,
            step=step,
            batch_size=training.batch_size,
        )
        torch.manual_seed(mix_key(NETS, seed, step))
        with memory_errors(training.batch_size):
            train_step(arm, batch, training, rate)
    tell(1.0)
    chosen = [
        index
        for index, path in enumerate(arm.layers)
        if is_on_main_path(path) and path != "classifier"
    ]
    return FirstSteps(
        config=arm.config.model,
        source=experiment.data.source,
        batch_size=training.batch_size,
        seeds=(seed,),
        layers=tuple(arm.layers[index] for index in chosen),
        depths=layer_depths(arm.layers)[chosen],
        weight_norms=_norms(torch.stack(arm.pending).cpu().double().numpy(), chosen)[None],
        rates=np.array(rates),
        elapsed_s=time.thread_time() - started,
    )


def _norms(rows: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    """Norms of the chosen layers out of the steps' rows: loss, accuracy, norm, then the logs."""
    is_sound = np.logical_and.accumulate(np.isfinite(rows[:, 0]) & np.isfinite(rows[:, 2]))
    return np.where(is_sound[:, None], 10.0 ** rows[:, 3:][:, chosen], np.nan)


def _joined(found: Sequence[FirstSteps], seeds: tuple[int, ...]) -> FirstSteps:
    return replace(
        found[0],
        seeds=seeds,
        weight_norms=np.concatenate([each.weight_norms for each in found]),
        elapsed_s=sum(each.elapsed_s for each in found),
    )
