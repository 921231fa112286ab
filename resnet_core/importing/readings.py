"""What tensors cannot tell of a net, which a person, statistics or custom has to settle.

Pooling, strides, skips without weights leave no trace in a file.  Each is a *question* with a few
answers.  A person's answer counts first.  Else the running statistics of batch norm decide: on
pictures of a suitable kind the right net's layers see the means that were recorded in training.
Else the commonest answer is taken, and named.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from resnet_core.config import ModelConfig
from resnet_core.errors import ConfigError

Change = Callable[[ModelConfig], ModelConfig]


@dataclass(frozen=True, kw_only=True)
class ReadingQuestion:
    """Something that tensors do not tell."""

    name: str
    """Field of `ImportRequest`."""
    option: str
    """How the command line says otherwise."""
    title: str
    """What forms call it."""
    answers: Mapping[str, str]
    """What may be the case, and how a sentence says that it was taken."""
    alike: tuple[str, ...] = ()
    """Answers that statistics alone do not settle, as what else looks so cannot be built here."""

    @property
    def choices(self) -> str:
        """The answers, as an option's help lists them."""
        return "|".join(self.answers)


QUESTIONS = (
    ReadingQuestion(
        name="stem_pool",
        option="--stem-pool",
        title="Pooling behind the stem",
        answers={
            "keep": "a 3x3 max pooling of stride 2 behind the stem",
            "none": "no pooling behind the stem",
        },
    ),
    ReadingQuestion(
        name="skips",
        option="--skips",
        title="Shortcuts without weights",
        answers={
            "zeros-around": "shortcuts that pad new channels with zeros on both sides",
            "zeros-behind": "shortcuts that put all new channels of zeros behind",
            "plain": "no shortcuts: a plain net",
        },
    ),
    ReadingQuestion(
        name="stride_on",
        option="--stride-on",
        title="Stride of bottlenecks",
        answers={
            "3x3": "the stride of bottlenecks on their 3x3",
            "1x1": "the stride of bottlenecks on their first 1x1",
        },
    ),
    ReadingQuestion(
        name="blur",
        option="--blur",
        title="Blur before maps shrink",
        answers={
            "no": "maps that shrink by strides, without a blur",
            "yes": "maps that are blurred before they shrink",
        },
        alike=("yes",),  # an average over 2x2 pixels fits better than strides, too
    ),
    ReadingQuestion(
        name="projection_pool",
        option="--projection-pool",
        title="Averaging before projections",
        answers={
            "no": "projections that take every second pixel",
            "yes": "projections of the average of 2x2 pixels",
        },
    ),
    ReadingQuestion(
        name="pre_shortcut",
        option="--pre-shortcut",
        title="Start of pre-activation shortcuts",
        answers={
            "shared": "shortcuts that start after the first ReLU where shapes change and at first",
            "projections": "shortcuts that start after the first ReLU where shapes change",
            "raw": "shortcuts that start at the raw input",
        },
    ),
)
"""Everything that is asked; which of it concerns a net says `open_questions`."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that concerns a net, with the nets that each answer makes of it."""

    question: ReadingQuestion
    usual: str
    """The commonest answer."""

    def answered(self, config: ModelConfig, answer: str) -> ModelConfig:
        """Gives the net with an answer."""
        return _CHANGES[self.question.name](config, answer)


def open_questions(config: ModelConfig) -> tuple[OpenQuestion, ...]:
    """Lists what its tensors do not tell of a net, with the answers that custom gives."""
    by_name = {question.name: question for question in QUESTIONS}
    return tuple(OpenQuestion(by_name[name], usual) for name, usual in _usual(config))


def hints_of(architecture: str, kinds: Mapping[str, str]) -> dict[str, str]:
    """What a file says of open questions itself.

    Args:
        architecture: what it calls its net, such as `resnetblur50`.
        kinds: kind of each module by its path, where a module was saved whole.
    """
    hints = {}
    pools = [kind for path, kind in kinds.items() if path.rpartition(".")[2] == "maxpool"]
    if pools:
        hints["stem_pool"] = "keep" if "MaxPool2d" in pools[0] else "none"
    if "blur" in architecture or any("BlurPool" in kind for kind in kinds.values()):
        hints["blur"] = "yes"
    if re.match(r"plain\d", architecture):
        hints["skips"] = "plain"
    return hints


def check_answer(name: str, answer: str) -> None:
    """Refuses an answer that a question does not have; an empty one leaves it open.

    Raises:
        ConfigError: naming those that it has.
    """
    question = next(question for question in QUESTIONS if question.name == name)
    if answer and answer not in question.answers:
        raise ConfigError(
            f"{question.option} must be one of {', '.join(question.answers)}, got '{answer}'."
        )


def _usual(config: ModelConfig) -> Iterator[tuple[str, str]]:
    if config.is_dense:
        return
    yield "stem_pool", "keep" if config.pools_in_stem else "none"
    if config.shortcut == "A" or config.is_plain:
        yield "skips", "plain" if config.is_plain else f"zeros-{config.zero_pad}"
    if len(config.stage_blocks) > 1:
        if config.block in ("bottleneck", "bottleneck_first"):
            yield "stride_on", "3x3" if config.block == "bottleneck" else "1x1"
        if config.block in ("basic", "bottleneck", "basic_blur", "bottleneck_blur"):
            yield "blur", "yes" if config.family.blurs else "no"
    if len(config.stage_blocks) > 1 and config.shortcut in ("B", "D"):
        yield "projection_pool", "yes" if config.shortcut == "D" else "no"
    if config.activation_order == "pre":
        yield "pre_shortcut", config.pre_shortcut


def _pool(config: ModelConfig, answer: str) -> ModelConfig:
    usual = replace(config, stem_pool="usual")
    is_usual = usual.pools_in_stem == (answer == "keep")
    return usual if is_usual else replace(config, stem_pool="keep" if answer == "keep" else "none")


def _skips(config: ModelConfig, answer: str) -> ModelConfig:
    if answer == "plain":
        return replace(config, skip_strength=0.0, zero_pad="around")
    return replace(
        config, skip_strength=1.0, zero_pad="behind" if answer == "zeros-behind" else "around"
    )


def _stride(config: ModelConfig, answer: str) -> ModelConfig:
    if config.family.blurs:  # only the one has a blur
        return config
    return replace(config, block="bottleneck" if answer == "3x3" else "bottleneck_first")


def _blur(config: ModelConfig, answer: str) -> ModelConfig:
    plain = {"basic_blur": "basic", "bottleneck_blur": "bottleneck"}.get(config.block, config.block)
    blurred = {"basic": "basic_blur", "bottleneck": "bottleneck_blur"}.get(plain, plain)
    return replace(config, block=blurred if answer == "yes" else plain)


def _projection_pool(config: ModelConfig, answer: str) -> ModelConfig:
    return replace(config, shortcut="D" if answer == "yes" else "B")


def _pre_shortcut(config: ModelConfig, answer: str) -> ModelConfig:
    return replace(config, pre_shortcut=answer)


_CHANGES: Mapping[str, Callable[[ModelConfig, str], ModelConfig]] = {
    "stem_pool": _pool,
    "skips": _skips,
    "stride_on": _stride,
    "blur": _blur,
    "projection_pool": _projection_pool,
    "pre_shortcut": _pre_shortcut,
}
