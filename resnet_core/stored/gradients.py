"""The stored measurements of Gradient flow: its views as they open."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from resnet_core.asking import source_of_card
from resnet_core.checkpoints import find_checkpoint, load_checkpoint, read_card
from resnet_core.config import ModelConfig, fingerprint
from resnet_core.models import cifar_config, twin_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.gradients import GradientProfile, measure_nets
from resnet_core.probes.path_lengths import PathLengths, measure_path_lengths
from resnet_core.probes.shattering import Autocorrelation, measure_shattering
from resnet_core.probes.spread import FEWEST_SEEDS
from resnet_core.probes.sweep import AlphaSweep, measure_alpha_sweep
from resnet_core.progress import Progress
from resnet_core.stored.files import StoredQuestion
from resnet_core.stored.plan import Storable
from resnet_core.training.first_steps import FirstSteps, measure_first_steps

FLOW, TWO_BY_TWO, FIRST_STEPS = "gradient_flow", "gradient_two_by_two", "gradient_first_steps"
SWEEP, SHATTERING, PATHS = "gradient_sweep", "gradient_shattering", "gradient_paths"
COARSE_DEPTHS = (8, 20, 56)
COARSE_ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)
PATH_PICTURES = 4
PATH_SAMPLES = 16

PATHS_NET = "resnet56-synthetic"
"""Checkpoint with which the view of paths opens."""

_BATCH = BatchSpec(num_pictures=32)
_SEEDS = (0, 1, 2, 3, 4)
NET_CODE = tuple(
    f"models/{name}.py"
    for name in ("blocks", "convolutions", "initialisation", "layers", "nets", "operations")
)
"""Files of the core that decide what a net computes."""
PICTURE_CODE = (
    *(f"data/{name}.py" for name in ("batches", "randomness", "scenes", "shapes", "synthetic")),
    "probes/batches.py",
)
"""Files of the core that decide which pictures a net is shown."""
_PROFILE = (*NET_CODE, *PICTURE_CODE, "probes/gradients.py", "probes/hooks.py")
_TRAINING = (
    "recipes/presets.py",
    "training/arms.py",
    "training/schedules.py",
    "training/first_steps.py",
)


def flow_question(
    nets: Sequence[ModelConfig], batch: BatchSpec, seeds: Sequence[int]
) -> StoredQuestion:
    """Asks for nets on pictures with seeds."""
    return {
        "nets": [fingerprint(net) for net in nets],
        "batch": asdict(batch),
        "seeds": list(seeds),
    }


def sweep_question(net: ModelConfig, batch: BatchSpec, seeds: Sequence[int]) -> StoredQuestion:
    """Asks for the coarse sweep over depth and skip strength around a net."""
    asked = flow_question([net], batch, seeds)
    return {**asked, "depths": list(COARSE_DEPTHS), "alphas": list(COARSE_ALPHAS)}


def paths_question(net_key: str, batch: BatchSpec) -> StoredQuestion:
    """Asks for the path lengths of a trained net, named by its source's key."""
    return {"net": net_key, "batch": asdict(batch), "samples": PATH_SAMPLES}


def default_pair() -> tuple[ModelConfig, ModelConfig]:
    """ResNet-56 and its plain twin, with which the page opens."""
    residual = cifar_config(56)
    return residual, replace(twin_config(residual), skip_strength=0.0)


def _cells() -> list[ModelConfig]:
    return [replace(net, norm=norm) for norm in ("batch", "none") for net in default_pair()]


def _measure_flow(progress: Progress) -> tuple[GradientProfile, ...]:
    return measure_nets(default_pair(), batch=_BATCH, seeds=_SEEDS, progress=progress)


def _measure_cells(progress: Progress) -> tuple[GradientProfile, ...]:
    return measure_nets(_cells(), batch=_BATCH, seeds=_SEEDS, progress=progress)


def _measure_first_steps(progress: Progress) -> tuple[FirstSteps, ...]:
    seeds = _SEEDS[:FEWEST_SEEDS]
    return measure_first_steps(default_pair(), batch=_BATCH, seeds=seeds, progress=progress)


def _measure_sweep(progress: Progress) -> AlphaSweep:
    return measure_alpha_sweep(
        default_pair()[0],
        depths=COARSE_DEPTHS,
        alphas=COARSE_ALPHAS,
        batch=_BATCH,
        seeds=_SEEDS,
        progress=progress,
    )


def _measure_shattering(progress: Progress) -> tuple[Autocorrelation, ...]:
    return tuple(
        measure_shattering(net, batch=_BATCH, seeds=_SEEDS, progress=progress)
        for net in default_pair()
    )


def _paths_key() -> str:
    path = find_checkpoint(PATHS_NET)
    return source_of_card(read_card(path), path, PATHS_NET).key


def _path_batch() -> BatchSpec:
    return replace(_BATCH, num_pictures=PATH_PICTURES)


def _measure_paths(progress: Progress) -> PathLengths:
    model, card = load_checkpoint(find_checkpoint(PATHS_NET))
    normalisation = (card.mean, card.std)
    batch = draw_batch(card.model, _path_batch(), seed=0, normalisation=normalisation)
    return measure_path_lengths(model, batch, num_samples=PATH_SAMPLES, progress=progress)


GRADIENT_STORABLES = (
    Storable(
        name=FLOW,
        question=lambda: flow_question(default_pair(), _BATCH, _SEEDS),
        measure=_measure_flow,
        modules=_PROFILE,
    ),
    Storable(
        name=TWO_BY_TWO,
        question=lambda: flow_question(_cells(), _BATCH, _SEEDS),
        measure=_measure_cells,
        modules=_PROFILE,
    ),
    Storable(
        name=FIRST_STEPS,
        question=lambda: flow_question(default_pair(), _BATCH, _SEEDS[:FEWEST_SEEDS]),
        measure=_measure_first_steps,
        modules=(*_PROFILE, *_TRAINING),
    ),
    Storable(
        name=SWEEP,
        question=lambda: sweep_question(default_pair()[0], _BATCH, _SEEDS),
        measure=_measure_sweep,
        modules=(*_PROFILE, "probes/sweep.py"),
    ),
    Storable(
        name=SHATTERING,
        question=lambda: flow_question(default_pair(), _BATCH, _SEEDS),
        measure=_measure_shattering,
        modules=(*NET_CODE, *PICTURE_CODE, "probes/shattering.py"),
    ),
    Storable(
        name=PATHS,
        question=lambda: paths_question(_paths_key(), _path_batch()),
        measure=_measure_paths,
        modules=(*NET_CODE, *PICTURE_CODE, "probes/hooks.py", "probes/path_lengths.py"),
    ),
)
