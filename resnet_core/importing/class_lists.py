"""Class names as a person gives them: a data set's, a file's, or a list with commas."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resnet_core.checkpoints import MOST_CLASSES
from resnet_core.data.class_names import CIFAR10, CIFAR100, FASHION_MNIST, MNIST
from resnet_core.errors import ConfigError
from resnet_core.pictures.names import plain_name

_MOST_BYTES = 8 * 2**20


def _imagenet() -> tuple[str, ...]:
    from torchvision.models import ResNet18_Weights

    return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])


_SETS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "cifar10": lambda: CIFAR10,
    "cifar100": lambda: CIFAR100,
    "fashion-mnist": lambda: FASHION_MNIST,
    "mnist": lambda: MNIST,
    "imagenet": _imagenet,
}
CLASS_SETS = tuple(_SETS)
"""Data sets whose class names are known by the set's name."""


def read_class_names(text: str) -> tuple[str, ...]:
    """Reads class names in label order.

    Args:
        text: a data set such as `cifar10`; the path of a file with a name a line, or of JSON with a
            list, or a dict between labels and names; or names with commas between.

    Raises:
        ConfigError: for a file that cannot be read, or holds no names.
    """
    text = text.strip()
    if text not in _SETS and "," not in text and _is_file(text):
        return _of_file(Path(text))
    return names_typed(text)


def names_typed(text: str) -> tuple[str, ...]:
    """Reads class names as they are typed into a form, which opens no file of the server.

    Args:
        text: a data set such as `cifar10`, or names with commas between.
    """
    text = text.strip()
    if text in _SETS:
        return _SETS[text]()
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _is_file(text: str) -> bool:
    try:
        return bool(text) and Path(text).is_file()
    except (OSError, ValueError):
        return False


def _of_file(path: Path) -> tuple[str, ...]:
    shown = plain_name(path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"'{shown}' is too large for a list of class names.")
        content = path.read_text("utf-8-sig")
        names = _of_json(json.loads(content)) if path.suffix.lower() == ".json" else _lines(content)
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigError(
            f"'{shown}' holds no class names: a text with a name a line, or JSON with a list of "
            "them, was expected."
        ) from exc
    return names


def _lines(content: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in content.splitlines() if line.strip())


def _of_json(content: Any) -> tuple[str, ...]:
    """A list, or a dict from labels to names or from names to labels; a config's `id2label`."""
    if isinstance(content, dict):
        inner = content.get("id2label") or content.get("class_to_idx") or content
        if not isinstance(inner, dict):
            raise ValueError
        pairs = [(v, k) if isinstance(v, int) else (k, v) for k, v in inner.items()]
        by_label = {int(label): name for label, name in pairs}
        content = [by_label.get(label) for label in range(len(by_label))]
    if not isinstance(content, list) or not 0 < len(content) <= MOST_CLASSES:
        raise ValueError
    if not all(isinstance(name, str) and name.strip() for name in content):
        raise ValueError
    return tuple(content)
