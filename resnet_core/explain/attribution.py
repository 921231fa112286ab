"""One question to a net, and the map that answers it."""

import functools
import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.checkpoints import NetCard
from resnet_core.errors import ProbeError
from resnet_core.explain.draws import DrawAgreement
from resnet_core.explain.layers import find_map_layer
from resnet_core.explain.lending import lent
from resnet_core.explain.registry import Method, Reduction, find_method
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet, Target
from resnet_core.models import ResNet
from resnet_core.probes.calibration import softmax, temperature_of
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a net about a picture."""

    method: str = "grad-cam"
    """Name of the method."""
    layer: str = ""
    """Dotted path of the layer; methods that look at none ignore it."""
    target: Target = field(default_factory=Target)
    """The score that is explained."""
    settings: MethodSettings = field(default_factory=MethodSettings)
    """How finely the method samples."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """Where the evidence for a target lies in a picture, with all that it depends on."""

    values: np.ndarray
    """float32 (h, w), in units of the score; at the layer's resolution or the picture's."""
    channels: np.ndarray
    """float32 (K, h, w), what `values` was made of: one map, or one for each input channel."""
    method: str
    """Name of the method."""
    layer: str | None
    """Path of the layer, `None` for a method that looks at none."""
    target: Target
    """The target with its class filled in."""
    is_signed: bool
    """Whether negative values speak against the target, or cannot occur."""
    score: float
    """The target's score: a logit, or a difference of two."""
    logits: np.ndarray
    """float32 (num_classes,), the net's answer to the picture."""
    image_size_px: int
    """Side of the picture, px."""
    settings: MethodSettings
    """The knobs as used."""
    time_s: float
    """Seconds that it took."""
    draws: DrawAgreement | None = None
    """How far two draws agree, of a method that draws at random."""
    temperature: float = 1.0
    """What the logits are divided by for the probabilities; see `calibrated`."""

    @functools.cached_property
    def probabilities(self) -> np.ndarray:
        """float64 (num_classes,), softmax of the logits over the temperature."""
        return softmax(self.logits, self.temperature)

    @functools.cached_property
    def raw_probabilities(self) -> np.ndarray:
        """float64 (num_classes,), softmax of the logits as they are."""
        return softmax(self.logits)

    @property
    def is_flat(self) -> bool:
        """Whether every place has the same value, so that the map says nothing about places."""
        return float(self.values.max()) == float(self.values.min())


def attribute(
    model: ResNet, picture: Tensor, question: Question, progress: Progress = ignore_progress
) -> Attribution:
    """Answers a question with a map, and leaves the net as it was.

    Args:
        model: a net that nobody else uses meanwhile.
        picture: (1, C, H, W) float32, normalised as the net wants it, square.
        question: method, layer, target and knobs.
        progress: told after each pass; it may cancel.

    Raises:
        ProbeError: for a method, layer or class that is not there, or an answer that is not finite.
        CancelledError: if `progress` cancels.
    """
    method = find_method(question.method)
    side = check_picture(model, picture)
    channels, layer = 1, ""
    if method.needs_layer:
        point = find_map_layer(model, side, question.layer).point
        channels, layer = point.channels, point.path
    return attribute_at(model, picture, replace(question, layer=layer), channels, progress)


def attribute_at(
    model: nn.Module,
    picture: Tensor,
    question: Question,
    channels: int,
    progress: Progress = ignore_progress,
) -> Attribution:
    """Does what `attribute` does of any net, once picture and layer were found to fit it.

    Args:
        model: maps pictures (N, C, H, W) to logits (N, K).
        picture: (1, C, S, S) float32.
        question: its layer is there, or empty for a method that looks at none.
        channels: of that layer; 1 without one.
        progress: told after each pass; it may cancel.
    """
    method, layer, side = find_method(question.method), question.layer, picture.shape[-1]
    num_pictures = method.num_pictures(question.settings, channels, side)
    started = time.perf_counter()
    with lent(model):
        scored = ScoredNet(model, question.target, progress=progress, num_pictures=num_pictures)
        values = _compute(method, scored, picture.to(_device(model)), layer, question.settings)
        score = _score(scored)
    return Attribution(
        values=_reduce(values, method.reduction).cpu().numpy(),
        channels=values.cpu().numpy(),
        method=method.name,
        layer=layer or None,
        target=scored.target,
        is_signed=method.is_signed,
        score=score,
        logits=_logits(scored).float().cpu().numpy(),
        image_size_px=side,
        settings=question.settings,
        time_s=time.perf_counter() - started,
        draws=scored.draws,
    )


def calibrated(attribution: Attribution, card: NetCard) -> Attribution:
    """Divides the logits by the temperature of a card, so that a map says what the net says."""
    return replace(attribution, temperature=temperature_of(card.metrics))


def check_picture(model: ResNet, picture: Tensor) -> int:
    """Gives the side of a picture (1, C, S, S) that fits the net, px.

    Raises:
        ProbeError: for any other shape, or values that are not finite.
    """
    channels = model.config.in_channels
    if picture.ndim != 4 or picture.shape[:2] != (1, channels) or len({*picture.shape[2:]}) > 1:
        raise ProbeError(
            f"A picture for this net has the shape (1, {channels}, S, S), got "
            f"{tuple(picture.shape)}."
        )
    # A sum is finite only if its terms are, and takes a tenth of the time of asking each.
    if not torch.isfinite(picture.sum()):
        raise ProbeError("The picture holds values that are not finite numbers.")
    return picture.shape[-1]


def _compute(
    method: Method, scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings
) -> Tensor:
    if not method.starts_with_picture:
        with torch.no_grad():
            scored(picture)
    values = method.compute(scored, picture, layer, settings).detach().float()
    if not torch.isfinite(values).all():
        raise ProbeError(
            f"{method.title} gives values that are not finite for this net and picture: its "
            "weights may be about to diverge; take an earlier step or another layer."
        )
    return values


def _reduce(values: Tensor, reduction: Reduction) -> Tensor:
    """Makes one map (h, w) of K."""
    if reduction == "largest":
        return values.abs().amax(dim=0)
    return values.sum(dim=0) if reduction == "sum" else values.mean(dim=0)


def _score(scored: ScoredNet) -> float:
    assert scored.target.class_index is not None
    score = _logits(scored)[scored.target.class_index]
    if scored.target.against is not None:
        score = score - _logits(scored)[scored.target.against]
    return float(score)


def _logits(scored: ScoredNet) -> Tensor:
    assert scored.logits is not None
    return scored.logits


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
