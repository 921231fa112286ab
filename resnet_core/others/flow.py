"""How far the gradient reaches in a net of others at the start: norms over its layers.

As `resnet_core.probes.gradients` has them of the lab's own nets: the Euclidean norm of the whole
tensor, after backward and before any clipping or step, from one batch in training mode.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.data import Batch
from resnet_core.devices import memory_errors, resolve_device, where_doubles_are
from resnet_core.errors import ProbeError
from resnet_core.models import model_config
from resnet_core.others.building import BuiltNet, build_other
from resnet_core.others.card import OtherCard
from resnet_core.others.code import quoted
from resnet_core.others.cost import measure_other_cost
from resnet_core.others.requests import OtherRequest
from resnet_core.probes.batches import (
    PROBE_MEMORY_LIMIT_MIB,
    BatchSpec,
    draw_batch,
    fit_config,
)
from resnet_core.probes.hooks import borrowed, capture_output_gradients, capture_outputs
from resnet_core.probes.own_nets import LossFunction, measure_layer_gradients
from resnet_core.probes.verdict import FlowVerdict, Quantity, judge_curve
from resnet_core.progress import Progress, ignore_progress

_WHY_SILENT = (
    "A classifier that its code fills with zeros lets no gradient pass before the first step."
)
_MOST_SEEDS = 200
_FEWEST_LAYERS = 3
"""Over which a curve can do anything."""
_ANY_NET = "resnet8"
"""Pictures are drawn as for one of the lab's nets, whose channels and classes are theirs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherFlow:
    """Gradients and activations over the layers of a net of others, for S seeds."""

    name: str
    """What the person calls the net."""
    card: OtherCard
    """How it wants pictures, and whether it learned."""
    pictures: str
    """The data set, or `noise`."""
    num_pictures: int
    """In each batch."""
    seeds: tuple[int, ...]
    """Of the pictures, and of the weights where no file gives them."""
    layers: tuple[str, ...]
    """Paths of the L layers with a weight of two or more dimensions, in forward order."""
    weight_norms: np.ndarray
    """Norm of the gradient of each layer's weight, (S, L) float64; NaN where none arrived."""
    output_norms: np.ndarray
    """Norm of the gradient that reaches each layer's output, (S, L) float64; NaN likewise."""
    activation_stds: np.ndarray
    """Standard deviation of each layer's output, (S, L) float64; NaN where it gives no tensor."""
    losses: np.ndarray
    """Cross-entropy, (S,) float64."""
    elapsed_s: float
    """Seconds that building and measuring took, all seeds together."""

    @property
    def depths(self) -> np.ndarray:
        """Place of each layer in the forward pass, from 1, (L,) int64."""
        return np.arange(1, len(self.layers) + 1)


def measure_other_flow(
    request: OtherRequest,
    *,
    batch: BatchSpec,
    seeds: Sequence[int],
    device: str = "cpu",
    progress: Progress = ignore_progress,
) -> OtherFlow:
    """Measures a net of others at the start: fresh weights and pictures for each seed.

    With weights from a file, the pictures alone differ.

    Args:
        request: the net; its seed is not looked at.
        batch: the pictures, which are brought to the side that the net takes.
        seeds: one or more.
        device: where it is measured.
        progress: told before each seed; it may cancel.

    Raises:
        ProbeError: when a gradient is not finite, the net gives no logits in training, or it does
            not take such pictures.
        CheckpointError: when the net cannot be built.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    if not 1 <= len(seeds) <= _MOST_SEEDS:
        raise ProbeError(f"1 to {_MOST_SEEDS} seeds can be measured, got {len(seeds)}.")
    started, target = time.perf_counter(), resolve_device(device)
    _refuse_giants(request, batch.num_pictures)
    found: list[_Measured] = []
    for number, seed in enumerate(seeds):
        progress(f"{request.name}, seed {seed}", number / len(seeds))
        found.append(_measure(build_other(replace(request, seed=seed)), batch, seed, target))
    return OtherFlow(
        name=request.name,
        card=found[0].card,
        pictures="noise" if batch.kind == "noise" else batch.source,
        num_pictures=batch.num_pictures,
        seeds=tuple(seeds),
        layers=found[0].layers,
        weight_norms=np.stack([each.weights for each in found]),
        output_norms=np.stack([each.outputs for each in found]),
        activation_stds=np.stack([each.stds for each in found]),
        losses=np.array([each.loss for each in found]),
        elapsed_s=time.perf_counter() - started,
    )


def judge_flow(flow: OtherFlow, quantity: Quantity) -> FlowVerdict:
    """Says what a curve over the layers does; the classifier, the last of them, is left out.

    Theory expects nothing of nets of others.

    Raises:
        ProbeError: when fewer than three layers have a value, or one above zero.
    """
    values = {
        "weights": flow.weight_norms,
        "outputs": flow.output_norms,
        "activations": flow.activation_stds,
    }[quantity]
    # What takes part as a weight alone, such as a matrix of attention, has no place in the order.
    in_order = np.flatnonzero(np.isfinite(flow.activation_stds).all(axis=0))[:-1]
    chosen = in_order[np.isfinite(values[:, in_order]).all(axis=0)]
    if len(chosen) < _FEWEST_LAYERS:
        raise ProbeError(
            f"{flow.name} has {len(chosen)} layers with weights in the order of its pass, without "
            f"its last: it takes {_FEWEST_LAYERS} to say what a curve over them does."
        )
    curve = flow.depths[chosen], values[:, chosen]
    return judge_curve(curve, quantity, None, (flow.name, _WHY_SILENT))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Measured:
    card: OtherCard
    layers: tuple[str, ...]
    weights: np.ndarray
    outputs: np.ndarray
    stds: np.ndarray
    loss: float


def _measure(built: BuiltNet, spec: BatchSpec, seed: int, device: torch.device) -> _Measured:
    model, batch = built.model.to(device), draw_for(built.card, spec, seed)
    images, labels = batch.images.to(device), batch.labels.to(device)
    with in_training(built.card, images, seed):
        weights = measure_layer_gradients(model, images, labels, loss=_loss_of(built.card))
        outputs, stds = _outputs(model, weights.layers, images, labels)
    return _Measured(
        card=built.card,
        layers=weights.layers,
        weights=weights.weight_norms,
        outputs=outputs,
        stds=stds,
        loss=weights.loss,
    )


@contextlib.contextmanager
def in_training(card: OtherCard, images: Tensor, seed: int) -> Iterator[None]:
    """Seeds what a net drops at random, and says in a sentence why a pass in training failed.

    Raises:
        ProbeError: for whatever other people's code raises.
        OutOfMemoryError: when the device is too small.
    """
    with torch.random.fork_rng(devices=[]), memory_errors(len(images)):
        torch.manual_seed(seed)
        try:
            yield
        except (RuntimeError, ValueError, TypeError, AttributeError, AssertionError) as exc:
            if "memory" in str(exc):
                raise
            raise ProbeError(
                f"{card.name} cannot be trained on {len(images)} pictures of "
                f"{images.shape[-1]} px: {quoted(exc)}."
            ) from exc


def _loss_of(card: OtherCard) -> LossFunction:
    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        if not isinstance(logits, Tensor) or logits.ndim != 2:
            raise ProbeError(
                f"{card.name} gives no logits of the shape (N, K) while it trains: let it return "
                "them alone, without further classifiers."
            )
        return functional.cross_entropy(logits, labels)

    return loss


def _outputs(
    model: nn.Module, layers: Sequence[str], images: Tensor, labels: Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Norms of gradients at outputs, and the spread of outputs, each (L,)."""
    gradients = capture_output_gradients(model, layers, reduce=_norm)
    outputs = capture_outputs(model, layers, reduce=_std)
    with borrowed(model, training=True), gradients as norms, outputs as stds:
        functional.cross_entropy(model(images), labels).backward()
    for what, seen in (("signal", stds), ("gradient", norms)):
        endless = [path for path in layers if path in seen and not seen[path].isfinite()]
        if endless:  # which is not the same as none at all
            raise ProbeError(
                f"The {what} is not finite at the output of {endless[0]}: take smaller weights, or "
                "other pictures."
            )
    return _in_order(layers, norms), _in_order(layers, stds)


def _in_order(layers: Sequence[str], seen: Mapping[str, Tensor]) -> np.ndarray:
    return np.array([float(seen[path]) if path in seen else np.nan for path in layers])


def _norm(gradient: Tensor) -> Tensor:
    # float64: squares of what a deep net without normalisation has leave float32's range.
    return torch.linalg.vector_norm(where_doubles_are(gradient.detach()), dtype=torch.float64)


def _std(output: Tensor) -> Tensor:
    return output.detach().float().std(correction=0)


def draw_for(card: OtherCard, spec: BatchSpec, seed: int) -> Batch:
    """Draws pictures (N, C, S, S) of the side that a net takes, and N labels.

    The classes of a data set are none of the net's, so where there are more of them than the net
    has, they begin again from its first.

    Raises:
        ProbeError: when it takes pictures of other channels.
    """
    side, channels = card.image_size_px, card.model.in_channels
    config = replace(
        model_config(_ANY_NET), in_channels=channels, num_classes=card.model.num_classes
    )
    if spec.kind == "noise":
        drawn = draw_batch(config, replace(spec, noise_size_px=min(side, 512)), seed=seed)
    else:
        fitted = fit_config(config, spec)
        if fitted.in_channels != channels:
            raise ProbeError(
                f"{card.name} takes pictures of {channels} channels, and {spec.source} has "
                f"{fitted.in_channels}: choose other pictures, or noise."
            )
        drawn = draw_batch(fitted, spec, seed=seed)
    labels = drawn.labels % card.model.num_classes
    if drawn.images.shape[-1] == side:
        return Batch(drawn.images, labels)
    size = [side, side]
    resized = functional.interpolate(drawn.images, size, mode="bilinear", antialias=True)
    return Batch(resized, labels)


def _refuse_giants(request: OtherRequest, num_pictures: int) -> None:
    """Refuses a measurement that would keep too much memory, before it begins."""
    cost = measure_other_cost(request)
    one_mib = cost.activation_mib
    needed_mib = one_mib * num_pictures
    if needed_mib <= PROBE_MEMORY_LIMIT_MIB:
        return
    fitting = int(PROBE_MEMORY_LIMIT_MIB / one_mib)
    advice = f"take at most {fitting} pictures" if fitting >= 2 else "take a smaller --image-size"
    raise ProbeError(
        f"{request.name} keeps about {needed_mib:,.0f} MiB for {num_pictures} pictures of "
        f"{cost.image_size_px} px, and a measurement may keep {PROBE_MEMORY_LIMIT_MIB:,} MiB: "
        f"{advice}, or smaller ones."
    )
