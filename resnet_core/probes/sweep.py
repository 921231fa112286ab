"""The alpha sweep: how skip strength and depth together set the gradient at initialisation."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from resnet_core.config import ModelConfig
from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config
from resnet_core.probes.batches import BatchSpec, load_pictures, refuse_giants
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.spread import SeedFactor, factor_over_seeds
from resnet_core.probes.workers import measure_side_by_side
from resnet_core.progress import Progress, ignore_progress

SweepQuantity = Literal["weights", "outputs"]

_FIRST_OVER_LAST: dict[SweepQuantity, str] = {
    "weights": "the first convolution's weight gradient over the last one's",
    "outputs": "the gradient at the stem's output over that at the last block's",
}

ALPHAS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
SWEEP_DEPTHS = (8, 20, 32, 44, 56, 80, 110)


@dataclass(frozen=True, kw_only=True)
class AlphaSweep:
    """First-layer over last-layer gradient norm for D depths and A skip strengths."""

    config: ModelConfig
    """The net whose depth and skip strength were varied."""
    batch: BatchSpec
    """The pictures."""
    seeds: tuple[int, ...]
    """Seeds of weights and pictures."""
    depths: tuple[int, ...]
    """Numbers of layers."""
    alphas: tuple[float, ...]
    """Skip strengths."""
    seed_ratios: dict[SweepQuantity, np.ndarray]
    """Gradient norm at the input over that at the output with each seed, (D, A, S): of the first
    and last convolution's `weights`, of the stem's and the last block's `outputs`; NaN where the
    signal leaves float32's range."""
    elapsed_s: float
    """Seconds that it took."""

    @cached_property
    def ratios(self) -> dict[SweepQuantity, np.ndarray]:
        """Geometric means over the seeds, (D, A); NaN where a seed has none."""
        return {name: np.exp(np.log(r).mean(axis=-1)) for name, r in self.seed_ratios.items()}

    def factor(self, quantity: SweepQuantity, depth: int, alpha: int) -> SeedFactor | None:
        """A cell's ratio with its interval, by the indices of depth and skip strength."""
        ratios = self.seed_ratios[quantity][depth, alpha]
        return factor_over_seeds(ratios) if np.isfinite(ratios).all() else None

    def sentence(self, quantity: SweepQuantity) -> str:
        """What the deepest nets show, in words."""
        ends = dict.fromkeys((0, len(self.alphas) - 1))
        cells = [self._cell_words(quantity, index) for index in ends]
        return (
            f"With {self.depths[-1]} layers {_FIRST_OVER_LAST[quantity]} is {' and '.join(cells)}."
        )

    def _cell_words(self, quantity: SweepQuantity, index: int) -> str:
        factor = self.factor(quantity, -1, index)
        said = "no finite number" if factor is None else factor.words
        return f"{said} at alpha {self.alphas[index]:g}"


def measure_alpha_sweep(
    config: ModelConfig,
    *,
    depths: Sequence[int] = SWEEP_DEPTHS,
    alphas: Sequence[float] = ALPHAS,
    batch: BatchSpec | None = None,
    seeds: Sequence[int] = (0,),
    num_workers: int | None = None,
    progress: Progress = ignore_progress,
) -> AlphaSweep:
    """Measures fresh CIFAR nets of every depth and skip strength, some side by side.

    Raises:
        ProbeError: for a net that has not three stages, an empty list, or too large a batch.
        ConfigError: for a depth that is not 6n+2 or an alpha outside 0 to 1.
        CancelledError: if `progress` cancels.
    """
    if not (depths and alphas and seeds):
        raise ProbeError("A sweep needs at least one depth, one skip strength and one seed.")
    spec = batch or BatchSpec()
    started = time.perf_counter()
    load_pictures(spec, progress=progress)
    refuse_giants(at_depth(config, max(depths)), spec)
    # The deepest first: the last tasks to finish are then short ones.
    cells = sorted(itertools.product(depths, alphas, seeds), reverse=True)
    nets = {(d, a): at_depth(replace(config, skip_strength=a), d) for d, a, _ in cells}
    tasks = [lambda d=d, a=a, s=s: _measure_cell(nets[d, a], spec, s) for d, a, s in cells]
    found = measure_side_by_side(tasks, num_workers=num_workers, progress=progress)
    by_cell = dict(zip(cells, found, strict=True))
    ratios = np.array(
        [[[by_cell[d, a, s] for s in seeds] for a in alphas] for d in depths]
    )  # (D, A, S, 2)
    return AlphaSweep(
        config=config,
        batch=spec,
        seeds=tuple(seeds),
        depths=tuple(depths),
        alphas=tuple(alphas),
        seed_ratios={"weights": ratios[..., 0], "outputs": ratios[..., 1]},
        elapsed_s=time.perf_counter() - started,
    )


def at_depth(config: ModelConfig, depth: int) -> ModelConfig:
    """Gives a net of three stages another depth 6n+2, and keeps its other settings.

    Raises:
        ProbeError: for a net that has not three stages of basic blocks.
        ConfigError: for a depth that is not 6n+2.
    """
    if len(config.stage_blocks) != 3 or config.block != "basic":
        raise ProbeError(
            f"Depth 6n+2 is for nets of three stages of basic blocks, and {config.name} has "
            f"{len(config.stage_blocks)} stages of {config.block} blocks."
        )
    of_depth = cifar_config(
        depth, plain=config.is_plain, preactivation=config.activation_order == "pre"
    )
    return replace(config, name=of_depth.name, stage_blocks=of_depth.stage_blocks)


def _measure_cell(config: ModelConfig, spec: BatchSpec, seed: int) -> tuple[float, float]:
    """First over last gradient norm of the weights and of the outputs; NaN where not finite."""
    try:
        profile = measure_gradients(config, batch=spec, seeds=(seed,))
    except ProbeError:
        return np.nan, np.nan
    weights = profile.weight_norms[0, profile.convolutions]
    outputs = profile.output_norms[0]
    if min(weights[0], weights[-1], outputs[0], outputs[-1]) <= 0:
        return np.nan, np.nan
    return weights[0] / weights[-1], outputs[0] / outputs[-1]
