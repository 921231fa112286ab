"""What must hold of a card, whoever wrote it: ranges, lengths, agreement with its net.

The limits are those of what this lab can write: a data set's pictures have at most 512 px a side,
an imported net at most 100,000 classes.  Whatever a card gets past here, pages may show, figures
may draw and nets may be fed with.
"""

import datetime
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from resnet_core.checkpoints.card import Brought, CheckpointCard, Detection
from resnet_core.checkpoints.naming import name_problem
from resnet_core.config import ModelConfig, TrainingConfig, check_intervention
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models.picture_size import smallest_picture_px
from resnet_core.pictures.names import plain_name

SIDES_PX = (1, 512)
"""Sides of the square that a net takes, px."""
MOST_CLASSES = 100_000


@dataclass(frozen=True)
class Span:
    """The smallest and the largest value that are allowed."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within; NaN never does."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """How sentences name it."""
        return f"{self.low:,} and {self.high:,}"


NORMALISATION = {"mean": Span(-10, 10), "std": Span(0.001, 10)}
"""What mean and standard deviation may be on the 0..1 scale; a set of one colour has 1/255."""

_RESIZE_PX = Span(1, 4096)
_CHANNELS = Span(1, 64)
_WIDTHS = Span(1, 65_536)
_STAGES = Span(1, 16)
_COUNTS = Span(0, 10**15)
_SOME = Span(1, 10**15)
_ANY_COUNT = Span(-(10**15), 10**15)
_SECONDS = Span(0, 10**12)
_SHARE = Span(0, 1)
_TEMPERATURE = Span(0.001, 1000)
_FINITE = Span(-1e300, 1e300)
_RESPONSES = Span(0, 1e300)
_MOST_ENTRIES = 20_000
_MOST_EDITS = 20_000
_MOST_SAID = 100
_LONGEST_CLASS_NAME, _LONGEST_KEY, _LONGEST_TEXT = 255, 200, 2_000
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line breaks, and marks that turn the direction of writing."""
_HASH = re.compile(r"([0-9a-f]{64})?")


def check_card(card: CheckpointCard, file_name: str) -> None:
    """Refuses a card that contradicts itself or says what no net can be.

    Raises:
        CheckpointError: one sentence that names the file, the field and what is right.
    """
    found = next(_problems(card), None)
    if found is not None:
        raise CheckpointError(f"The card '{plain_name(file_name)}' cannot be used: {found}.")


def _problems(card: CheckpointCard) -> Iterator[str]:
    wrong_name = name_problem(card.name)
    if wrong_name:
        yield wrong_name
    yield from _net_problems(card.model)
    yield from _intervention_problems(card)
    yield from _picture_problems(card)
    yield from _class_problems(card)
    yield from _training_problems(card)
    yield from _metric_problems(card)
    yield from _detection_problems(card.detection)
    yield from _text_problems(card)
    yield from _brought_problems(card.brought)


def _net_problems(model: ModelConfig) -> Iterator[str]:
    """Bounds what is built: the settings themselves agree, or there would be no `ModelConfig`."""
    yield from _outside("the length of model.stage_blocks", len(model.stage_blocks), _STAGES)
    for width in model.stage_widths:
        yield from _outside("model.stage_widths", width, _WIDTHS)
    for name in ("stem_width", "width_factor"):
        yield from _outside(f"model.{name}", getattr(model, name), _WIDTHS)
    yield from _outside("model.squeeze_reduction", model.squeeze_reduction, Span(0, _WIDTHS.high))
    yield from _outside("model.in_channels", model.in_channels, _CHANNELS)
    yield from _outside("model.num_classes", model.num_classes, Span(2, MOST_CLASSES))


def _intervention_problems(card: CheckpointCard) -> Iterator[str]:
    for name in ("interventions", "edits"):
        yield from _outside(f"the length of {name}", len(getattr(card, name)), Span(0, _MOST_EDITS))
    for intervention in card.interventions:
        try:
            check_intervention(card.model, intervention)
        except ConfigError as exc:
            yield f"interventions hold one that its net cannot have had ({str(exc).rstrip('.')})"
    for said in card.edits:
        yield from _unfit_text("edits", said, _LONGEST_KEY)


def _picture_problems(card: CheckpointCard) -> Iterator[str]:
    smallest = max(SIDES_PX[0], smallest_picture_px(card.model))
    yield from _outside("image_size_px", card.image_size_px, Span(smallest, SIDES_PX[1]))
    yield from _outside("resize_px", card.resize_px, _RESIZE_PX)
    for name, span in NORMALISATION.items():
        values, channels = getattr(card, name), card.model.in_channels
        if len(values) != channels:
            yield f"{name} has {len(values):,} numbers, and the net takes {channels} channels"
        for value in values:
            yield from _outside(name, value, span)


def _class_problems(card: CheckpointCard) -> Iterator[str]:
    names, count = card.class_names, card.model.num_classes
    if len(names) != count:
        yield f"class_names has {len(names):,} names, and the net tells {count:,} classes apart"
    for name in names:
        if not name.strip() or len(name) > _LONGEST_CLASS_NAME or _HIDDEN.search(name):
            yield (
                f"class_names holds '{plain_name(name)}', and a name has 1 to "
                f"{_LONGEST_CLASS_NAME} letters that can be seen"
            )


def _training_problems(card: CheckpointCard) -> Iterator[str]:
    for name in ("num_train", "step", "num_steps", "seed"):
        yield from _outside(name, getattr(card, name), _COUNTS)
    yield from _outside("training_time_s", card.training_time_s, _SECONDS)
    for name, value in _numbers(card.training):
        yield from _outside(f"training.{name}", value, _ANY_COUNT)
    if card.date:
        try:
            datetime.date.fromisoformat(card.date)
        except ValueError:
            yield f"date is '{plain_name(card.date)}', and a day is written such as 2026-11-27"
    if not _HASH.fullmatch(card.weights_sha256):
        yield "weights_sha256 is no SHA-256, which has 64 hexadecimal digits"


def _metric_problems(card: CheckpointCard) -> Iterator[str]:
    for name, value in card.metrics.items():
        if name.endswith("_loss"):  # of weights that are finite still, it may be infinite or NaN
            if value < 0:
                yield f"metrics.{plain_name(name)} is {value:g}, and a loss is at least 0"
        else:
            yield from _outside(f"metrics.{plain_name(name)}", value, _metric_span(name))
    for name, value in card.layer_responses.items():
        yield from _outside(f"layer_responses.{plain_name(name)}", value, _RESPONSES)


def _metric_span(name: str) -> Span:
    if name in ("temperature", "temperature_low", "temperature_high"):
        return _TEMPERATURE
    if "accuracy" in name:
        return _SHARE
    return _COUNTS if name.endswith("_pictures") else _FINITE


def _detection_problems(detection: Detection | None) -> Iterator[str]:
    if detection is None:
        return
    yield from _outside("detection.threshold", detection.threshold, _FINITE)
    for name in ("num_training", "num_held_out", "num_pictures"):
        yield from _outside(f"detection.{name}", getattr(detection, name), _SOME)
    for name in ("false_alarms", "energy_false_alarms"):
        yield from _outside(f"detection.{name}", getattr(detection, name), _SHARE)
    if detection.rates.keys() != detection.energy_rates.keys():
        yield "detection.rates and detection.energy_rates are not of the same kinds of pictures"
    for table in (detection.rates, detection.energy_rates):
        for kind, rate in table.items():
            yield from _outside(f"detection of '{plain_name(kind)}'", rate, _SHARE)
    if not detection.statistics_sha256 or not _HASH.fullmatch(detection.statistics_sha256):
        yield "detection.statistics_sha256 is no SHA-256, which has 64 hexadecimal digits"


def _text_problems(card: CheckpointCard) -> Iterator[str]:
    texts = ("data_title", "data_sha256", "hardware", "budget", "source")
    for name in texts:
        yield from _unfit_text(name, getattr(card, name), _LONGEST_TEXT)
    yield from _unfit_text("model.name", card.model.name, _LONGEST_KEY)
    tables: dict[str, Mapping[str, object]] = {
        "metrics": card.metrics,
        "detection.rates": card.detection.rates if card.detection else {},
        "layer_responses": card.layer_responses,
        "libraries": card.libraries,
    }
    for name, table in tables.items():
        if len(table) > _MOST_ENTRIES:
            yield f"{name} has {len(table):,} entries; at most {_MOST_ENTRIES:,} are allowed"
        for key, value in itertools.islice(table.items(), _MOST_ENTRIES):
            yield from _unfit_text(f"a key of {name}", key, _LONGEST_KEY)
            yield from _unfit_text(f"{name}.{plain_name(key)}", str(value), _LONGEST_KEY)


def _brought_problems(brought: Brought | None) -> Iterator[str]:
    if brought is None:
        return
    yield from _unfit_text("brought.family", brought.family, _LONGEST_KEY)
    for name in ("assumed", "warnings"):
        said = getattr(brought, name)
        yield from _outside(f"the length of brought.{name}", len(said), Span(0, _MOST_SAID))
        for text in said[:_MOST_SAID]:
            yield from _unfit_text(f"brought.{name}", text, _LONGEST_TEXT)
    for what, count in itertools.islice(brought.left_out.items(), _MOST_ENTRIES):
        yield from _unfit_text("a key of brought.left_out", what, _LONGEST_KEY)
        yield from _outside("brought.left_out", count, _COUNTS)


def _numbers(training: TrainingConfig | None) -> Iterator[tuple[str, float]]:
    for each in fields(training) if training else ():
        value = getattr(training, each.name)
        if isinstance(value, (int, float)):
            yield each.name, value


def _unfit_text(name: str, text: str, most: int) -> Iterator[str]:
    if len(text) > most:
        yield f"{name} has {len(text):,} letters; at most {most:,} are allowed"
    if _HIDDEN.search(text):
        yield f"{name} holds letters that cannot be seen, and must not"


def _outside(name: str, value: float | None, span: Span) -> Iterator[str]:
    if value is not None and not span.holds(value):
        shown = f"{value:,}" if abs(value) < 10**15 else _vast(value)
        yield f"{name} is {shown}, and must lie between {span}"


def _vast(value: float) -> str:
    """A number whose digits would fill the screen, or that has none."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinite"
    return "more than 10^15" if value > 0 else "less than -10^15"
