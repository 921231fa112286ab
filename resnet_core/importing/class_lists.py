"""Class names as a person gives them: a data set's, a file's, or a list with commas."""

import codecs
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resnet_core.checkpoints import MOST_CLASSES
from resnet_core.data.class_names import CIFAR10, CIFAR100, FASHION_MNIST, MNIST
from resnet_core.errors import ConfigError
from resnet_core.pictures.names import plain_name

_MOST_BYTES = 8 * 2**20
_ENDINGS = (".txt", ".json", ".csv", ".names", ".yaml", ".yml", ".tsv")
_NUMBERED = re.compile(r"(\d{1,6})\s*[:,;=\t ]\s*(\S.*)")
"""A label before its name."""
_HOLDERS = ("id2label", "class_to_idx", "class_names", "names", "classes", "labels")
"""What files of JSON keep names under."""


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
    if text not in _SETS and _is_file(text):
        return _of_file(Path(text))
    if "," not in text and text.lower().endswith(_ENDINGS):
        raise ConfigError(f"There is no file '{plain_name(text)}': check its path.")
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
        content = _decoded(path.read_bytes())
        is_json = path.suffix.lower() == ".json" or content.lstrip()[:1] in ("[", "{")
        names = _of_json(json.loads(content)) if is_json else _of_lines(content)
    except UnicodeDecodeError as exc:
        raise ConfigError(
            f"'{shown}' is no text in UTF-8 or UTF-16, so that its letters are not known: save it "
            "as UTF-8."
        ) from exc
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigError(
            f"'{shown}' holds no class names: a text with a name a line, or JSON with a list of "
            "them, was expected."
        ) from exc
    return names


def _decoded(content: bytes) -> str:
    """UTF-8, or what the first bytes say; a text with other signs is none.

    Raises:
        ValueError: for anything else.
    """
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if is_wide else "utf-8-sig")
    if any(unicodedata.category(sign) == "Cc" for sign in set(text) - set("\r\n\t")):
        raise ValueError
    return text


def _of_lines(content: str) -> tuple[str, ...]:
    """A name a line, perhaps behind its label or a dash, or all of them between commas.

    Raises:
        ValueError: if there are none, or labels are left out.
    """
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    if len(lines) == 1 and "," in lines[0]:
        lines = [part.strip() for part in lines[0].split(",") if part.strip()]
    rows = lines[1:] if lines and not _NUMBERED.fullmatch(lines[0]) else lines
    numbered = [found for line in rows if (found := _NUMBERED.fullmatch(line))]
    if (
        rows
        and len(numbered) == len(rows)
        and sorted(int(m[1]) for m in numbered) == [*range(len(rows))]
    ):
        return _of_labels({int(found[1]): _unquoted(found[2]) for found in numbered})
    lines = lines[1:] if len(lines) > 1 and lines[0] in ("names:", "classes:") else lines
    if not lines:
        raise ValueError
    return tuple(_unquoted(line.removeprefix("- ").strip()) for line in lines)


def _unquoted(name: str) -> str:
    is_quoted = len(name) > 2 and name[0] == name[-1] and name[0] in "'\""
    return name[1:-1] if is_quoted else name


def _of_json(content: Any) -> tuple[str, ...]:
    """A list, or a dict from labels to names or from names to labels, alone or below a name."""
    if isinstance(content, dict):
        inner = next((content[name] for name in _HOLDERS if name in content), content)
        if isinstance(inner, dict):
            pairs = [(v, k) if isinstance(v, int) else (k, v) for k, v in inner.items()]
            return _of_labels({int(label): name for label, name in pairs})
        content = inner
    if not isinstance(content, list):
        raise ValueError
    return _of_labels(dict(enumerate(content)))


def _of_labels(by_label: Mapping[int, Any]) -> tuple[str, ...]:
    """Names in label order; of a list of names for a label, as ImageNet's index has, the last."""
    if not 0 < len(by_label) <= MOST_CLASSES:
        raise ValueError
    names = [by_label.get(label) for label in range(len(by_label))]
    names = [name[-1] if isinstance(name, list) and name else name for name in names]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError
    return tuple(str(name) for name in names)
