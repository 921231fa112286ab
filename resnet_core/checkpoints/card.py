"""What a reader must know of a checkpoint."""

import functools
import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, ClassVar, NoReturn, TypeVar

import pydantic

from resnet_core.checkpoints.net_card import NetCard
from resnet_core.config import FIRST_RESIZING, Intervention, ModelConfig, Resizing, TrainingConfig

Key = TypeVar("Key")
_Value = TypeVar("_Value")


class FrozenDict(dict[Key, _Value]):
    """A dict that nobody can change, since cards are shared between threads and sessions.

    It copies, pickles and becomes JSON like a dict; `|` gives an ordinary one.
    """

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("A card cannot be changed: build another with dataclasses.replace.")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = _refuse
    setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __reduce__(self) -> tuple[type, tuple[dict[Key, _Value]]]:
        return type(self), (dict(self),)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """How well pictures unlike a net's own are noticed, as it was measured."""

    __pydantic_config__: ClassVar = pydantic.ConfigDict(extra="forbid")

    threshold: float
    """Strangeness below which 95 % of held-out pictures of its own kind lie."""
    statistics_sha256: str
    """Hash of the file beside the card that says what is usual."""
    num_training: int
    """Training pictures that it was learned from."""
    num_held_out: int
    """Held-out pictures that the threshold was taken from."""
    num_pictures: int
    """Pictures behind each of the shares below."""
    false_alarms: float
    """Share of test pictures of its own kind that are flagged all the same."""
    energy_false_alarms: float
    """The same by the energy of the logits."""
    rates: dict[str, float]
    """Kind of strange picture to the share that is flagged."""
    energy_rates: dict[str, float]
    """The same by the energy of the logits."""

    def __post_init__(self) -> None:
        for name, value in _dicts(self):
            object.__setattr__(self, name, FrozenDict(value))


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What there is to know of weights that somebody else trained."""

    __pydantic_config__: ClassVar = pydantic.ConfigDict(extra="forbid")

    family: str
    """Whose names the tensors had."""
    assumed: tuple[str, ...] = ()
    """What the file does not tell and custom alone says, each with the option for otherwise."""
    warnings: tuple[str, ...] = ()
    """What speaks against the net, in sentences."""
    left_out: dict[str, int] = field(default_factory=dict)
    """What beside the net was left out, in words, and how many tensors it was."""

    def __post_init__(self) -> None:
        for name, value in _dicts(self):
            object.__setattr__(self, name, FrozenDict(value))


@dataclass(frozen=True, kw_only=True)
class CheckpointCard:
    """What a reader must know of a checkpoint; nobody can change one."""

    __pydantic_config__: ClassVar = pydantic.ConfigDict(extra="forbid")

    name: str
    model: ModelConfig
    interventions: tuple[Intervention, ...] = ()
    """What was done to the net since it was built and still holds, such as skips that are cut."""
    edits: tuple[str, ...] = ()
    """What was changed while it trained, in words, each with its step."""
    class_names: tuple[str, ...]
    image_size_px: int
    """Side of the square that the net takes, px."""
    resize_px: int | None = None
    """Side to which a picture is brought before a centred square of `image_size_px` is cut from
    it; `None` cuts nothing."""
    resizing: Resizing = FIRST_RESIZING
    """Version of the resizing of the data sets that it is measured on; see `DataConfig`."""
    mean: tuple[float, ...]
    """Mean of each channel on the 0..1 scale, subtracted from a picture."""
    std: tuple[float, ...]
    """Standard deviation of each channel on the 0..1 scale, by which a picture is divided."""
    data_title: str
    """The data set as used, such as `CIFAR-10 (JPEG copy)`."""
    data_sha256: str
    num_train: int | None = None
    """Training pictures, without those held out for validation."""
    step: int
    """Training steps behind these weights."""
    num_steps: int
    """Steps of the whole run."""
    training: TrainingConfig | None = None
    """The recipe; `None` for weights that somebody else trained."""
    seed: int | None = None
    hardware: str = ""
    date: str = ""
    """Day of the training, ISO 8601."""
    training_time_s: float | None = None
    """Seconds of the training steps of the run, which may have trained several nets."""
    budget: str = ""
    """What it had to learn with, in a sentence."""
    metrics: dict[str, float] = field(default_factory=dict)
    """Measured values by name, such as `test_accuracy`; shares between 0 and 1."""
    detection: Detection | None = None
    """How well strange pictures are noticed; `None` where it was not measured."""
    layer_responses: dict[str, float] = field(default_factory=dict)
    """Standard deviation of each 3x3 layer's response on training pictures, in depth order (He et
    al. 2015, fig. 7)."""
    source: str = ""
    """The run, or the file and its author, that these weights come from."""
    brought: Brought | None = None
    """What was assumed of weights that somebody else trained; `None` for this lab's own."""
    libraries: dict[str, str] = field(default_factory=dict)
    weights_sha256: str = ""
    """Hash of the weights file; filled in by `save_checkpoint`."""

    @property
    def caution(self) -> str:
        """What forbids to believe its answers: nothing that is known of a net with a card."""
        return ""

    def __post_init__(self) -> None:
        for name, value in _dicts(self):
            object.__setattr__(self, name, FrozenDict(value))


def library_versions() -> dict[str, str]:
    """Versions of what computes: Python, torch, torchvision."""
    names = ("torch", "torchvision")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def today() -> str:
    """Today's date (UTC), ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def card_from_json(content: bytes) -> CheckpointCard:
    """Reads a card whose types are right; `check_card` looks at the values.

    Raises:
        pydantic.ValidationError: when it is no JSON, or a field is missing or of another type.
        ConfigError: when the net or the recipe that it describes cannot be.
    """
    return _adapter().validate_json(content, strict=True)


def card_to_json(card: CheckpointCard) -> bytes:
    """Writes a card as its file holds it."""
    content: Any = _adapter().dump_python(card, mode="json")
    if card.resizing == FIRST_RESIZING:
        del content["resizing"]  # cards of that time do not say it, and keep their hash
    for name in ("detection", "brought"):
        if content[name] is None:
            del content[name]  # likewise
    for name in ("interventions", "edits"):
        if not content[name]:
            del content[name]  # likewise
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def card_sha256(card: NetCard) -> str:
    """Hash of a card: for a checkpoint's, that of the file that `save_checkpoint` writes for it."""
    if isinstance(card, CheckpointCard):
        return hashlib.sha256(card_to_json(card)).hexdigest()
    return hashlib.sha256(repr(card).encode()).hexdigest()  # a frozen dataclass of plain values


def _dicts(card: CheckpointCard | Detection | Brought) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in fields(card):
        value = getattr(card, each.name)
        if isinstance(value, dict):
            yield each.name, value


@functools.cache
def _adapter() -> pydantic.TypeAdapter[CheckpointCard]:
    """Reads and writes cards; building one costs as much as reading dozens of cards."""
    return pydantic.TypeAdapter(CheckpointCard)
