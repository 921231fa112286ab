"""Which reading of a net its batch norms were trained in, measured on pictures.

For every channel of every batch norm, what arrives on a batch of pictures is compared with what was
recorded in training: how far the means are apart in standard deviations, and by which factor the
spreads differ.  The median over a norm's channels is small for the right net, if the pictures are
of a suitable kind: photographs for a net of photographs, noise for one that saw noise.  Two
readings are compared in the few norms where they differ most, since the rest is the same in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.config import ModelConfig
from resnet_core.importing.lookalikes import list_lookalikes
from resnet_core.importing.readings import OpenQuestion, open_questions
from resnet_core.models import measure_cost
from resnet_core.models.nets import build_on_meta

FITS = 0.2
"""Largest distance at which a net is believed to be the one that was trained."""
_LEAST_GAIN, _LEAST_FACTOR = 0.05, 1.5
"""By how much, and how many times, another answer must be worse for a question to be settled."""
_SURE_GAIN, _SURE_FACTOR = 0.05, 3.0
"""The same for a net that cannot be built: then the weights are refused."""
_COMPARED = 3
"""Norms in which two readings are compared."""
_MACS = 2e9
"""Of one pass, so that all of them take seconds."""
_PICTURES = (8, 64)
_LARGEST_SIDE_PX = 96
_MOST_ROUNDS = 3


@dataclass(frozen=True)
class Settled:
    """What became of the questions about a net."""

    config: ModelConfig
    answers: Mapping[str, str]
    """By question: what was taken."""
    assumed: tuple[str, ...]
    """Questions whose answer is custom alone."""
    distance: float | None
    """Of the net that was taken; `None` where nothing could be measured."""
    alike: str = ""
    """What a net does that fits far better and cannot be built here, after "a net that"."""


def settle_reading(
    config: ModelConfig,
    tensors: Mapping[str, Tensor],
    given: Mapping[str, str],
    pictures: Mapping[str, Tensor],
) -> Settled:
    """Settles what tensors do not tell: what is given first, then by statistics, then by custom.

    Args:
        config: the net with the commonest answers.
        tensors: its weights under our names.
        given: answers of a person, by question.
        pictures: by kind, normalised (N, C, H, W), float32.
    """
    questions = {each.question.name: each for each in open_questions(config)}
    answers = {name: given.get(name) or each.usual for name, each in questions.items()}
    config = _answered(config, questions, answers)
    open_ = [each for name, each in questions.items() if not given.get(name)]
    if not _was_trained(tensors):
        return Settled(config, answers, tuple(each.question.name for each in open_), None)
    measured = _Measured(tensors, pictures)
    measured.choose_kind(config)
    for _ in range(_MOST_ROUNDS):
        better = _better(config, open_, answers, measured)
        if better is None:
            break
        answers |= better
        config = _answered(config, questions, answers)
    assumed = tuple(
        each.question.name
        for each in open_
        if not _is_settled(config, each, answers[each.question.name], measured)
    )
    return Settled(
        config, answers, assumed, measured.distance(config), _far_better(config, measured)
    )


def _far_better(config: ModelConfig, measured: "_Measured") -> str:
    """What the lookalike does that fits best, if it fits far better than the net itself."""
    found = []
    for other in list_lookalikes(config):
        apart = measured.apart_of(other.build(), config)
        if measured.is_far_better(apart, config):
            found.append((float(apart.median()), other.what))
    return min(found)[1] if found else ""


def _answered(
    config: ModelConfig, questions: Mapping[str, OpenQuestion], answers: Mapping[str, str]
) -> ModelConfig:
    for name, each in questions.items():
        config = each.answered(config, answers[name])
    return config


def _was_trained(tensors: Mapping[str, Tensor]) -> bool:
    """Whether batch norms have recorded anything: at first all means are zero."""
    means = [tensor for key, tensor in tensors.items() if key.endswith("running_mean")]
    return any(bool(mean.count_nonzero()) for mean in means)


def _better(
    config: ModelConfig,
    open_: list[OpenQuestion],
    answers: Mapping[str, str],
    measured: "_Measured",
) -> dict[str, str] | None:
    """The other answer that fits clearly better, and of several the one that fits best."""
    found = []
    for each in open_:
        for answer in _others(each, answers[each.question.name]):
            other = each.answered(config, answer)
            if measured.is_better(other, config):
                found.append((measured.distance(other), each.question.name, answer))
    return {name: answer for _, name, answer in [min(found)]} if found else None


def _is_settled(
    config: ModelConfig, each: OpenQuestion, answer: str, measured: "_Measured"
) -> bool:
    if answer in each.question.alike:
        return False
    others = [each.answered(config, other) for other in _others(each, answer)]
    return all(other == config or measured.is_better(config, other) for other in others)


def _others(each: OpenQuestion, answer: str) -> list[str]:
    return [other for other in each.question.answers if other != answer]


class _Measured:
    """Distances of nets, each measured once."""

    def __init__(self, tensors: Mapping[str, Tensor], pictures: Mapping[str, Tensor]) -> None:
        self._tensors, self._pictures = tensors, pictures
        self._known: dict[tuple[ModelConfig, str], Tensor] = {}
        self._kind = next(iter(pictures), "")

    def choose_kind(self, config: ModelConfig) -> None:
        """Goes on with the kind of pictures that suits a net best."""
        self._kind = min(self._pictures, key=lambda kind: float(self._apart(config, kind).median()))

    def distance(self, config: ModelConfig) -> float:
        """Median over all norms."""
        return float(self._apart(config, self._kind).median())

    def is_better(self, one: ModelConfig, other: ModelConfig) -> bool:
        """Whether one net fits, and clearly better than another where the two differ most."""
        here, there = self._apart(one, self._kind), self._apart(other, self._kind)
        where = (here - there).abs().nan_to_num(0.0).topk(min(_COMPARED, len(here))).indices
        near, far = float(here[where].mean()), float(there[where].mean())
        fits = max(near, float(here.median())) <= FITS
        return fits and far >= near + _LEAST_GAIN and far >= near * _LEAST_FACTOR

    def is_far_better(self, here: Tensor, config: ModelConfig) -> bool:
        """Whether distances of another net leave no doubt that it is the one."""
        there = self._apart(config, self._kind)
        where = (here - there).abs().nan_to_num(0.0).topk(min(_COMPARED, len(here))).indices
        near, far = float(here[where].mean()), float(there[where].mean())
        fits = max(near, float(here.median())) <= FITS and here.median() <= there.median()
        return bool(fits) and far >= near + _SURE_GAIN and far >= near * _SURE_FACTOR

    def apart_of(self, model: nn.Module, config: ModelConfig) -> Tensor:
        """Distances of a net that was built already, on what `config` is measured on."""
        model.load_state_dict(self._tensors, assign=True)
        return norms_apart(model.eval(), _affordable(config, self._pictures[self._kind]))

    def _apart(self, config: ModelConfig, kind: str) -> Tensor:
        if (config, kind) not in self._known:
            model = build_on_meta(config)
            model.load_state_dict(self._tensors, assign=True)
            batch = _affordable(config, self._pictures[kind])
            self._known[config, kind] = norms_apart(model.eval(), batch)
        return self._known[config, kind]


@torch.no_grad()
def norms_apart(model: nn.Module, pictures: Tensor) -> Tensor:
    """Distance between what each batch norm meets and what it has recorded.

    Every norm works by the batch meanwhile, as in training, so that a strange scale of the pictures
    goes no further than the first.

    Args:
        model: a net in evaluation mode.
        pictures: normalised, (N, C, H, W).

    Returns:
        (norms,): medians over a norm's channels, of the distance of means in standard deviations,
        plus of the logarithm of the spreads' ratio.
    """
    shifts: list[Tensor] = []
    spreads: list[Tensor] = []

    def compare(norm: nn.BatchNorm2d, arguments: tuple[Tensor]) -> None:
        variance, mean = torch.var_mean(arguments[0], dim=(0, 2, 3))
        usual, spread = _recorded(norm)
        shifts.append((mean - usual).abs() / spread.sqrt())
        spreads.append(((variance + norm.eps) / spread).log().abs() / 2)

    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(compare) for norm in norms]
    for norm in norms:
        norm.track_running_stats = False  # it then normalises by the batch, as in training
        norm.train()
    try:
        model(pictures)
    finally:
        for hook, norm in zip(hooks, norms, strict=True):
            hook.remove()
            norm.track_running_stats = True
            norm.eval()
    apart = [a.median() + b.median() for a, b in zip(shifts, spreads, strict=True)]
    return torch.stack(apart).nan_to_num(float("inf"))


def _recorded(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel as training met them.

    Running statistics start at 0 and 1, of which a short training leaves a share that is known.
    """
    mean, variance, steps = norm.running_mean, norm.running_var, norm.num_batches_tracked
    assert mean is not None
    assert variance is not None
    left = (1 - (norm.momentum or 0.1)) ** int(steps) if steps is not None and steps > 0 else 0.0
    share = 1 - left
    return mean / share, ((variance - left) / share).clamp(min=0) + norm.eps


def _affordable(config: ModelConfig, pictures: Tensor) -> Tensor:
    """As many pictures as a pass may see, and no larger than it may."""
    side_px = min(pictures.shape[-1], _LARGEST_SIDE_PX)
    least, most = _PICTURES
    count = int(_MACS / max(1, measure_cost(config, side_px).macs))
    chosen = pictures[: max(least, min(most, count))]
    if side_px == pictures.shape[-1]:
        return chosen
    size = (side_px, side_px)
    return functional.interpolate(chosen, size, mode="bilinear", antialias=True)
