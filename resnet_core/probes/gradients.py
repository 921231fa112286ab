"""How far the gradient reaches at initialisation: norms over depth.

Every norm is the Euclidean one of the whole tensor, read after backward and before any clipping or
step, from one batch in training mode, so that batch norm uses the batch as it does in training.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from resnet_core.config import ModelConfig
from resnet_core.data import Batch
from resnet_core.devices import memory_errors, resolve_device, where_doubles_are
from resnet_core.errors import ProbeError
from resnet_core.models import ResNet, build_model, weight_layers
from resnet_core.probes.batches import (
    BatchSpec,
    draw_batch,
    fit_config,
    image_size_px,
    load_pictures,
)
from resnet_core.probes.hooks import borrowed, capture_output_gradients, capture_outputs
from resnet_core.probes.workers import measure_side_by_side
from resnet_core.progress import Progress, ignore_progress

_MAIN_PATH = re.compile(r"(stem|stage\d+\.(\d+|transition))\.conv\d*")


@dataclass(frozen=True, kw_only=True)
class GradientProfile:
    """Gradients and activations over depth, for S seeds of weights and pictures."""

    config: ModelConfig
    """The net, with the channels and classes of the pictures."""
    batch: BatchSpec
    """The pictures."""
    image_size_px: int
    """Side of a picture, px."""
    seeds: tuple[int, ...]
    """Seeds of weights and pictures."""
    layers: tuple[str, ...]
    """The L weight layers, in depth order."""
    layer_depths: np.ndarray
    """Layers of the main path from the picture up to and including each, (L,) int64; a projection
    is as deep as the last convolution beside it."""
    weight_norms: np.ndarray
    """Norm of the gradient of each layer's weights, (S, L) float64."""
    trunk: tuple[str, ...]
    """The T positions of the trunk: the stem, then every block."""
    trunk_depths: np.ndarray
    """Layers of the main path from the picture up to each output, (T,) int64."""
    output_norms: np.ndarray
    """Norm of the gradient that reaches each output, (S, T) float64."""
    activation_stds: np.ndarray
    """Standard deviation of each output over channels, pictures and places, (S, T) float64."""
    losses: np.ndarray
    """Cross-entropy, (S,) float64."""
    elapsed_s: float
    """Seconds that building and measuring took, all seeds together."""

    @property
    def convolutions(self) -> np.ndarray:
        """Which layers are convolutions of the main path, (L,) bool: the classifier is not.

        Slopes are fitted over these: the others have gradients on a scale of their own.
        """
        chosen = [is_on_main_path(path) and path != "classifier" for path in self.layers]
        return np.array(chosen)


@dataclass(frozen=True)
class _Sample:
    layers: tuple[str, ...]
    weight_norms: np.ndarray
    output_norms: np.ndarray
    activation_stds: np.ndarray
    loss: float


def measure_gradients(
    config: ModelConfig,
    *,
    batch: BatchSpec | None = None,
    seeds: Sequence[int] = (0,),
    device: str = "cpu",
    progress: Progress = ignore_progress,
) -> GradientProfile:
    """Measures a net's gradients, each seed with weights and pictures of its own.

    Raises:
        DeviceError: when this machine does not have the device, or its memory is too small.
        ProbeError: when there is no seed, when a gradient is not finite, or when the batch needs
            too much memory.
        ResNetLabError: when the pictures cannot be loaded.
        CancelledError: if `progress` cancels.
    """
    _require_seeds(seeds)
    target = resolve_device(device)
    spec = batch or BatchSpec()
    config = fit_config(config, spec)
    started = time.perf_counter()
    samples = []
    for number, seed in enumerate(seeds):
        progress(f"Measuring {config.name}, seed {seed}", number / len(seeds))
        drawn = draw_batch(config, spec, seed=seed)
        with memory_errors(spec.num_pictures):
            drawn = Batch(drawn.images.to(target), drawn.labels.to(target))
            model = build_model(config, seed=seed).to(target, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
            samples.append(_measure(model, drawn))
    return _profile(config, spec, tuple(seeds), samples, time.perf_counter() - started)


def measure_nets(
    configs: Sequence[ModelConfig],
    *,
    batch: BatchSpec | None = None,
    seeds: Sequence[int] = (0,),
    num_workers: int | None = None,
    device: str = "cpu",
    progress: Progress = ignore_progress,
) -> tuple[GradientProfile, ...]:
    """Measures several nets on the same pictures, on the CPU some side by side.

    Args:
        configs: the nets.
        batch: the pictures.
        seeds: of weights and pictures, the same for every net.
        num_workers: measurements at a time, each on one core; `None`: one a core.
        device: where to compute, as `resolve_device` names it.
        progress: told after each net and seed; it cancels by raising.

    Raises:
        ProbeError: as `measure_gradients`.
        DeviceError: when this machine does not have the device, or its memory is too small.
        CancelledError: if `progress` cancels.
    """
    _require_seeds(seeds)
    on_cpu = resolve_device(device).type == "cpu"
    spec = batch or BatchSpec()
    load_pictures(spec, progress=progress)
    tasks = [
        lambda config=config, seed=seed: measure_gradients(
            config, batch=spec, seeds=(seed,), device=device
        )
        for config in configs
        for seed in seeds
    ]
    num_workers = num_workers if on_cpu else 1
    found = measure_side_by_side(tasks, num_workers=num_workers, progress=progress)
    count = len(seeds)
    return tuple(
        merge_profiles(found[start : start + count]) for start in range(0, len(found), count)
    )


def merge_profiles(profiles: Sequence[GradientProfile]) -> GradientProfile:
    """Puts seeds together that were measured apart; all else must be equal."""
    first = profiles[0]
    assert all((p.config, p.batch) == (first.config, first.batch) for p in profiles)
    return replace(
        first,
        seeds=tuple(seed for profile in profiles for seed in profile.seeds),
        weight_norms=np.concatenate([profile.weight_norms for profile in profiles]),
        output_norms=np.concatenate([profile.output_norms for profile in profiles]),
        activation_stds=np.concatenate([profile.activation_stds for profile in profiles]),
        losses=np.concatenate([profile.losses for profile in profiles]),
        elapsed_s=sum(profile.elapsed_s for profile in profiles),
    )


def trunk_paths(config: ModelConfig) -> tuple[str, ...]:
    """Lists the trunk's positions: the stem, then every block."""
    blocks = [
        f"stage{stage}.{index}"
        for stage, count in enumerate(config.stage_blocks, start=1)
        for index in range(count)
    ]
    return ("stem", *blocks)


def is_on_main_path(path: str) -> bool:
    """Whether a weight layer is one that a net's depth counts: no projection, gate or squeeze."""
    return path == "classifier" or _MAIN_PATH.fullmatch(path) is not None


def layer_depths(layers: Sequence[str]) -> np.ndarray:
    """Counts the layers of the main path up to and including each, (L,) int64."""
    return np.cumsum([is_on_main_path(path) for path in layers])


def trunk_depths(layers: Sequence[str], trunk: Sequence[str]) -> np.ndarray:
    """Counts the layers of the main path up to each trunk position, (T,) int64."""
    depths = layer_depths(layers)
    owners = {path.rpartition(".")[0]: depth for path, depth in zip(layers, depths, strict=True)}
    return np.array([owners[position] for position in trunk])


def _require_seeds(seeds: Sequence[int]) -> None:
    if not seeds:
        raise ProbeError("A measurement needs at least one seed.")


def _measure(model: ResNet, batch: Batch) -> _Sample:
    layers, trunk = weight_layers(model), trunk_paths(model.config)
    with (
        borrowed(model, training=True),
        capture_outputs(model, trunk, reduce=_std) as stds,
        capture_output_gradients(model, trunk, reduce=_norm) as norms,
    ):
        loss = functional.cross_entropy(model(batch.images), batch.labels)
        loss.backward()
        weights = [_norm(_gradient(model, path)) for path in layers]
    sample = _Sample(
        layers=layers,
        weight_norms=torch.stack(weights).cpu().numpy(),
        output_norms=torch.stack([norms[path] for path in trunk]).cpu().numpy(),
        activation_stds=torch.stack([stds[path] for path in trunk]).cpu().numpy(),
        loss=loss.item(),
    )
    _refuse_infinities(model.config, sample, layers, trunk)
    return sample


def _gradient(model: ResNet, path: str) -> Tensor:
    gradient = model.get_parameter(f"{path}.weight").grad
    assert gradient is not None
    return gradient


def _norm(tensor: Tensor) -> Tensor:
    # float64: squares of what a deep net without normalisation has leave float32's range.
    return torch.linalg.vector_norm(where_doubles_are(tensor.detach()), dtype=torch.float64)


def _std(tensor: Tensor) -> Tensor:
    return where_doubles_are(tensor.detach()).double().std()


def _refuse_infinities(
    config: ModelConfig, sample: _Sample, layers: Sequence[str], trunk: Sequence[str]
) -> None:
    advice = "choose batch normalisation, a smaller initialisation or fewer layers."
    for what, values, places in (
        ("signal", sample.activation_stds, trunk),
        ("gradient", sample.output_norms[::-1], trunk[::-1]),
        ("gradient", sample.weight_norms, layers),
    ):
        if not np.isfinite(values).all():
            place = places[int(np.argmin(np.isfinite(values)))]
            raise ProbeError(
                f"The {what} of {config.name} is not finite any more at {place}: {advice}"
            )


def _profile(
    config: ModelConfig,
    spec: BatchSpec,
    seeds: tuple[int, ...],
    samples: Sequence[_Sample],
    elapsed_s: float,
) -> GradientProfile:
    layers, trunk = samples[0].layers, trunk_paths(config)
    return GradientProfile(
        config=config,
        batch=spec,
        image_size_px=image_size_px(spec),
        seeds=seeds,
        layers=layers,
        layer_depths=layer_depths(layers),
        weight_norms=np.stack([sample.weight_norms for sample in samples]),
        trunk=trunk,
        trunk_depths=trunk_depths(layers, trunk),
        output_norms=np.stack([sample.output_norms for sample in samples]),
        activation_stds=np.stack([sample.activation_stds for sample in samples]),
        losses=np.array([sample.loss for sample in samples]),
        elapsed_s=elapsed_s,
    )
