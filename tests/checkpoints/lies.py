"""Cards that say what cannot be: how each is made from a good one, and the words that name it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Content = dict[str, Any]
Lie = Callable[[Content], Content | bytes]


def setting(**fields: Any) -> Lie:
    """A card with fields of other values; `model__name` is a field within `model`."""

    def change(card: Content) -> Content:
        for name, value in fields.items():
            outer, _, inner = name.partition("__")
            if inner:
                card[outer] = {**(card[outer] or {}), inner: value}
            else:
                card[outer] = value
        return card

    return change


def raw(text: bytes) -> Lie:
    return lambda card: text


def spelled(name: str, text: str) -> Lie:
    """A card in which a field has a value that no JSON writer gives, such as 1e999."""
    return lambda card: json.dumps({**card, name: "@"}).replace('"@"', text).encode()


NAMES = ("ant", "bee", "cow")
LIES: dict[str, tuple[Lie, str]] = {
    "name leads out": (setting(name="../../escaped"), "its name '../../escaped'"),
    "name is absolute": (setting(name="/tmp/escaped"), "its name '/tmp/escaped'"),
    "name of backslashes": (setting(name="..\\up"), "its name"),
    "name is dots": (setting(name=".."), "its name '..'"),
    "name is empty": (setting(name=""), "its name"),
    "name of 300 letters": (setting(name="a" * 300), "its name"),
    "name with a line break": (setting(name="a\nb"), "its name 'a?b'"),
    "name of markup": (setting(name="<img src=x>"), "its name '<img src=x>'"),
    "name is a number": (setting(name=3), "'name' is wrong"),
    "size 0": (setting(image_size_px=0), "image_size_px is 0"),
    "size negative": (setting(image_size_px=-32), "image_size_px is -32"),
    "size vast": (setting(image_size_px=10**9), "image_size_px is 1,000,000,000"),
    "size a text": (setting(image_size_px="32"), "'image_size_px' is wrong"),
    "size of 400 digits": (spelled("image_size_px", "9" * 400), "image_size_px is more than 10^15"),
    "resize 0": (setting(resize_px=0), "resize_px is 0"),
    "mean of 7 channels": (setting(mean=[0.5] * 7), "mean has 7 numbers"),
    "mean NaN": (spelled("mean", "[NaN, 0.5, 0.5]"), "mean is NaN"),
    "mean of 0 to 255": (setting(mean=[123.7, 116.3, 103.5]), "mean is 123.7"),
    "mean a number": (setting(mean=0.5), "'mean' is wrong"),
    "std 0": (setting(std=[0, 0, 0]), "std is 0"),
    "std negative": (setting(std=[-0.2, 0.2, 0.2]), "std is -0.2"),
    "std infinite": (spelled("std", "[1e999, 0.2, 0.2]"), "std is infinite"),
    "std next to nothing": (setting(std=[1e-30] * 3), "std is 1e-30"),
    "three names of ten": (setting(model__num_classes=10), "class_names has 3 names"),
    "no class names": (setting(class_names=[]), "class_names has 0 names"),
    "a name of 1,000 letters": (setting(class_names=["a" * 1000, "b", "c"]), "1 to 255 letters"),
    "an empty name": (setting(class_names=["", "b", "c"]), "1 to 255 letters"),
    "a name that rings": (setting(class_names=["a\x1b[31m", "b", "c"]), "can be seen"),
    "names are numbers": (setting(class_names=[1, 2, 3]), "'class_names.0' is wrong"),
    "temperature 0": (setting(metrics={"temperature": 0.0}), "metrics.temperature is 0.0"),
    "temperature NaN": (spelled("metrics", '{"temperature": NaN}'), "metrics.temperature is NaN"),
    "accuracy of 250 %": (setting(metrics={"test_accuracy": 2.5}), "between 0 and 1"),
    "accuracy NaN": (spelled("metrics", '{"test_accuracy": NaN}'), "metrics.test_accuracy is NaN"),
    "accuracy a text": (setting(metrics={"test_accuracy": "best"}), "'metrics.test_accuracy'"),
    "loss negative": (setting(metrics={"test_loss": -1.0}), "a loss is at least 0"),
    "energy infinite": (spelled("metrics", '{"energy_threshold": 1e999}'), "is infinite"),
    "responses negative": (setting(layer_responses={"stem.conv": -1.0}), "layer_responses.stem"),
    "step negative": (setting(step=-1), "step is -1"),
    "pictures negative": (setting(num_train=-5), "num_train is -5"),
    "time negative": (setting(training_time_s=-1.0), "training_time_s is -1"),
    "date of nonsense": (setting(date="yesterday"), "date is 'yesterday'"),
    "hash of nonsense": (setting(weights_sha256="../../x"), "weights_sha256"),
    "a book for a title": (setting(data_title="x" * 10_000), "data_title has 10,000 letters"),
    "a title that rings": (setting(hardware="\x1b]0;x\x07"), "hardware holds letters"),
    "no blocks": (setting(model__stage_blocks=[]), "stage_blocks"),
    "a billion blocks": (setting(model__stage_blocks=[10**9, 1]), "at most 5000 blocks"),
    "a thousand stages": (
        setting(model__stage_blocks=[1] * 1000, model__stage_widths=[4] * 1000),
        "model.stage_blocks",
    ),
    "a billion channels": (setting(model__stage_widths=[10**9, 10**9]), "model.stage_widths"),
    "a thousand colours": (setting(model__in_channels=1000), "model.in_channels is 1,000"),
    "an unknown block": (setting(model__block="evil"), "block must be one of"),
    "a recipe that cannot be": (setting(training={"batch_size": 0}), "batch_size must be"),
    "a batch of 400 digits": (
        lambda card: spelled("training", '{"batch_size": ' + "9" * 400 + "}")(card),
        "batch_size must be at most 10^15.",
    ),
    "a field too many": (setting(**{"<b>evil</b>": 1}), "is no field of a card"),
    "a field too few": (lambda card: {k: v for k, v in card.items() if k != "std"}, "'std' is"),
    "a list": (raw(b"[]"), "damaged"),
    "nothing": (raw(b""), "no JSON"),
    "no JSON": (raw(b"hello"), "no JSON"),
    "cut short": (lambda card: json.dumps(card).encode()[:200], "no JSON"),
    "not UTF-8": (raw(b'{"name": "\xff\xfe"}'), "no JSON"),
    "half a surrogate pair": (raw(rb'{"name": "\ud800"}'), "no JSON"),
    "nested 100,000 deep": (raw(b'{"name": ' + b"[" * 100_000), "no JSON"),
    "of 20 MB": (raw(b" " * 20 * 2**20), "has 20 MB"),
}


def write_lie(path: Path, lie: Lie) -> None:
    """Overwrites a good card by what a lie makes of it."""
    content = lie(json.loads(path.read_bytes()))
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def to_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


NO_FILES: dict[str, Callable[[Path], None]] = {
    "folder": to_folder,
    "pipe": to_pipe,
    "endless device": to_device,
    "gone": Path.unlink,
}
