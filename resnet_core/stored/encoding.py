"""Frozen dataclasses of arrays as JSON, exact to the last bit, and back."""

import base64
import dataclasses
import importlib
import zlib
from typing import Any

import numpy as np

_ARRAY, _TUPLE, _MAP, _OBJECT = "array", "tuple", "map", "object"


def encode(value: Any) -> Any:
    """Writes a result as what JSON has: dataclasses, tuples, dicts, arrays, numbers and texts."""
    if isinstance(value, np.ndarray):
        packed = zlib.compress(np.ascontiguousarray(value).tobytes(), 9)
        text = base64.b64encode(packed).decode()
        return {_ARRAY: text, "type": value.dtype.str, "shape": list(value.shape)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        names = [field.name for field in dataclasses.fields(value)]
        return {_OBJECT: kind, "fields": {name: encode(getattr(value, name)) for name in names}}
    if isinstance(value, tuple | list | range):
        return {_TUPLE: [encode(each) for each in value]}
    if isinstance(value, dict):
        return {_MAP: [[encode(key), encode(each)] for key, each in value.items()]}
    assert value is None or isinstance(value, bool | int | float | str), type(value)
    return value


def decode(written: Any) -> Any:
    """Reads what `encode` wrote; lists come back as tuples."""
    if not isinstance(written, dict):
        return written
    if _ARRAY in written:
        content = zlib.decompress(base64.b64decode(written[_ARRAY]))
        return np.frombuffer(content, written["type"]).reshape(written["shape"]).copy()
    if _TUPLE in written:
        return tuple(decode(each) for each in written[_TUPLE])
    if _MAP in written:
        return {decode(key): decode(each) for key, each in written[_MAP]}
    fields = {name: decode(each) for name, each in written["fields"].items()}
    return _dataclass(written[_OBJECT])(**fields)


def _dataclass(kind: str) -> type:
    module, _, name = kind.partition(":")
    assert module.startswith("resnet_core."), f"{kind} is not of the lab"
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, type), f"{kind} is no class"
    assert dataclasses.is_dataclass(found), f"{kind} is no dataclass"
    return found
