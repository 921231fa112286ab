"""What a weights file says of itself beside the tensors: classes, mean and std, size.

Spellings differ from author to author; one table knows them.  Nothing here is believed before it
was checked against the net, and what cannot be used is told, never replaced by a guess.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from resnet_core.checkpoints import MOST_CLASSES, NORMALISATION
from resnet_core.config import Intervention, config_from_json
from resnet_core.data.texts import decode_text
from resnet_core.errors import ConfigError
from resnet_core.importing.inert import Placeholder, plain_value
from resnet_core.importing.numpy_texts import plain_texts
from resnet_core.importing.states import key_name
from resnet_core.pictures.names import plain_name

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "class_names": (
        "class_names",
        "classes",
        "class_to_idx",
        "idx_to_class",
        "labels",
        "categories",
        "label_names",
        "id2label",
        "label2id",
        "idx2label",
        "label2idx",
        "id_to_label",
        "idx_to_label",
        "index_to_name",
        "label_map",
        "class_labels",
    ),
    "mean": ("mean", "means", "image_mean"),
    "std": ("std", "stds", "image_std"),
    "image_size_px": ("input_size", "image_size", "img_size", "image_size_px"),
    "interventions": ("interventions",),
    "architecture": ("arch", "architecture", "model_name", "model"),
}
"""Our fields, and what files call them, the first that is there taken."""
_AMBIGUOUS = ("classes", "labels", "categories", "label_map", "class_labels")
"""Names under which files also keep a number, a path, or the labels of pictures."""
_LONGEST_ARCHITECTURE = 60
_DEEPEST = 2
"""Dicts within each other that are looked into."""
_HOLDERS = (
    "pretrained_cfg",
    "default_cfg",
    "hyper_parameters",
    "hparams",
    "meta",
    "dataset_meta",
    "config",
    "args",
    "cfg",
    "opt",
    "params",
    "net",
    "model",
)
"""Dicts in which timm, Lightning and scripts keep such things, beside the tensors."""
IMPORTED_SIDES_PX = (8, 512)
"""Sides of the square that an imported net may take, px."""


@dataclass(frozen=True)
class Described:
    """What a file says of itself, checked; a field is empty where it says nothing of use."""

    class_names: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    image_size_px: int | None = None
    interventions: tuple[Intervention, ...] = ()
    """What was done to a net of this lab since it was built."""
    architecture: str = ""
    """What it calls its net, such as `resnet50`."""
    problems: tuple[tuple[str, str], ...] = ()
    """Fields that it states but that cannot be used, and why, as the rest of a sentence."""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Described":
        """Reads it as it came through JSON, in which tuples are lists."""
        return cls(
            class_names=tuple(record["class_names"]),
            mean=tuple(record["mean"]),
            std=tuple(record["std"]),
            image_size_px=record["image_size_px"],
            interventions=tuple(Intervention(**each) for each in record["interventions"]),
            architecture=record["architecture"],
            problems=tuple((field, why) for field, why in record["problems"]),
        )


class _Unusable(Exception):  # noqa: N818 (a verdict, not a failure)
    """Why what a file says cannot be used."""


def read_described(content: Any, *, num_classes: int, channels: int) -> Described:
    """Reads what a file says of itself, and checks it against the net.

    Args:
        content: what the file holds, tensors and all.
        num_classes: logits of the net.
        channels: of the net's pictures.
    """
    readers: dict[str, Callable[[Any], Any]] = {
        "class_names": lambda found: _class_names(found, num_classes),
        "mean": lambda found: _per_channel(found, "mean", channels),
        "std": lambda found: _per_channel(found, "std", channels),
        "image_size_px": _side,
        "interventions": _interventions,
        "architecture": lambda found: found.lower(),
    }
    fields: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field, (spelling, found) in _stated(content).items():
        try:
            fields[field] = readers[field](found)
        except _Unusable as why:
            problems[field] = f"under '{spelling}' {why}"
    for one, other in (("mean", "std"), ("std", "mean")):
        if one in fields and other not in fields:
            problems.setdefault(other, f"a {one} under a name that is known, and no {other}")
    return Described(**fields, problems=tuple(problems.items()))


def _stated(content: Any) -> dict[str, tuple[str, Any]]:
    """What the file states, by our field: the spelling that it uses, and the value."""
    found: dict[str, tuple[str, Any]] = {}
    for named in _holders(content):
        named = {key_name(key): value for key, value in named.items()}
        holder = {name.lower(): value for name, value in named.items() if name}
        for field, spellings in _SPELLINGS.items():
            for spelling in spellings:
                value = plain_texts(plain_value(holder.get(spelling)))
                if field == "architecture" and not _is_word(value):
                    continue
                is_names = isinstance(value, (list, tuple, Mapping)) and len(value) > 0
                if field in found or value is None or (spelling in _AMBIGUOUS and not is_names):
                    continue
                found[field] = (spelling, value)
    return found


def _holders(content: Any, depth: int = 0) -> Iterator[Mapping[Any, Any]]:
    """The file's own dict, then those in it that describe it; a state dict states nothing."""
    if not isinstance(content, Mapping):
        return
    yield content
    by_name = {key_name(key): inner for key, inner in content.items()}
    for name in _HOLDERS if depth < _DEEPEST else ():
        inner = by_name.get(name)
        if isinstance(inner, Placeholder):
            inner = inner.attributes
        if isinstance(inner, Mapping) and not all(isinstance(v, Tensor) for v in inner.values()):
            yield from _holders(inner, depth + 1)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ARCHITECTURE and value.isascii()


def _class_names(found: Any, count: int) -> tuple[str, ...]:
    names = _in_order(found)
    if len(names) != count:
        raise _Unusable(f"{len(names):,} class names, and the net tells {count:,} classes apart")
    names = [_as_text(name) for name in names]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise _Unusable("class names that are not all texts")
    return tuple(plain_name(name) for name in names)


def _as_text(name: Any) -> Any:
    """Bytes, as old pickles have them, made texts."""
    name = plain_texts(name)
    return decode_text(name).text if isinstance(name, bytes) else name


def _in_order(found: Any) -> list[Any]:
    """Names in label order: a list, or a dict from label to name or from name to label."""
    if isinstance(found, (list, tuple)):
        return list(found[: MOST_CLASSES + 1])
    if not isinstance(found, Mapping) or not 0 < len(found) <= MOST_CLASSES:
        raise _Unusable("what is no list of class names")
    pairs = [(_plain(key), _plain(value)) for key, value in found.items()]
    if all(isinstance(value, int) for _, value in pairs):
        pairs = [(value, key) for key, value in pairs]
    by_label = {_label(label): name for label, name in pairs}
    if set(by_label) != set(range(len(pairs))):
        raise _Unusable(f"class labels that are not 0 to {len(pairs) - 1:,}")
    return [by_label[label] for label in range(len(pairs))]


def _plain(value: Any) -> Any:
    return _as_text(plain_value(value))


def _label(label: Any) -> int | None:
    """A label as a number; JSON makes texts of numbers that are keys."""
    if isinstance(label, str) and label.isascii() and label.isdigit() and len(label) < 9:
        return int(label)
    return label if isinstance(label, int) and not isinstance(label, bool) else None


def _per_channel(found: Any, field: str, channels: int) -> tuple[float, ...]:
    values, span = _numbers(found, field), NORMALISATION[field]
    if len(values) != channels:
        raise _Unusable(
            f"{len(values):,} numbers as {field}, and the net takes {channels} channels"
        )
    if not all(span.holds(value) for value in values):
        raise _Unusable(
            f"a {field} of {', '.join(f'{value:g}' for value in values)}, which on the scale of 0 "
            f"to 1 must lie between {span}"
        )
    return tuple(values)


def _numbers(found: Any, what: str) -> list[float]:
    if isinstance(found, (list, tuple)):
        found = [plain_value(value) for value in found[:65]]
    if isinstance(found, Tensor) and found.numel() <= 64 and not found.is_complex():
        found = found.flatten().tolist()
    if _is_number(found):
        found = [found]
    if not isinstance(found, (list, tuple)) or not all(_is_number(value) for value in found[:65]):
        raise _Unusable(f"a {what} that is no list of numbers")
    return [float(value) for value in found]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, float) or abs(value) < 2**53


def _interventions(found: Any) -> tuple[Intervention, ...]:
    try:
        return tuple(config_from_json(Intervention, json.dumps(each)) for each in found)
    except (ConfigError, TypeError, ValueError, RecursionError) as exc:
        raise _Unusable("interventions that are none of this lab's") from exc


def _side(found: Any) -> int:
    """Side of a square, from a number, (H, W), or (C, H, W) as timm states it."""
    values = _numbers(found, "size")[-2:]
    low, high = IMPORTED_SIDES_PX
    if not values or len(set(values)) != 1 or not math.isfinite(values[0]) or values[0] % 1:
        raise _Unusable("a size that is not that of a square")
    if not low <= values[0] <= high:
        raise _Unusable(f"a size of {values[0]:g} px, which must lie between {low} and {high}")
    return int(values[0])
