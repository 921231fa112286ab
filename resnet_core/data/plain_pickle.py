"""Pickles of numbers, texts and arrays, read without looking anything up.

A pickle may name any code, claim memory that no machine has, and nest a few lists so that walking
through them takes for ever.  Here names stand for nothing but the handful that arrays are made of,
keys are texts or numbers, and arrays are made of the bytes that the pickle has, when asked for.
"""

import io
import math
import pickle
import re
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

_MOST_READS = 10_000_000
"""Reads of one pickle; CIFAR-100's training file, the longest known, needs a million."""
_MOST_DIMENSIONS = 8
_KIND = re.compile(r"[biuf][1248]")
_OPCODES = (
    "PROTO STOP MARK POP POP_MARK MEMOIZE PUT BINPUT LONG_BINPUT GET BINGET LONG_BINGET "
    "NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 "
    "BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_LIST LIST EMPTY_DICT "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 GLOBAL STACK_GLOBAL"
)
"""Those that are read as Python reads them; what is not named here or below is refused."""


class PickledArray:
    """An array of numbers, or one number of numpy's; made only when it is asked for."""

    def __init__(self, name: str, args: Any) -> None:
        self._name, self._args = name, args
        self.state: Any = None

    def numbers(self) -> np.ndarray:
        """Makes the array.

        Raises:
            ValueError: if it is none of numbers, or not as long as it claims.
            TypeError: if it was not written by numpy.
        """
        if self._name == "scalar":
            kind, content = self._args
            return _shaped(content, kind, (), "C")
        if self._name == "_frombuffer":
            content, kind, shape, order = self._args
            return _shaped(content, kind, shape, order)
        if not isinstance(self.state, tuple):
            raise TypeError("The array has no content.")
        shape, kind, is_fortran, content = self.state[-4:]
        return _shaped(content, kind, shape, "F" if is_fortran else "C")


def read_plain_pickle(content: bytes) -> Any:
    """Reads a pickle: dicts, lists, tuples, texts, numbers and `PickledArray`s.

    Raises:
        ValueError: if it is damaged, or asks for anything else.
    """
    try:
        return _Unpickler(_Counted(content), encoding="latin1").load()
    except (  # what pickle's documentation says that loading may raise, and what it does
        pickle.UnpicklingError,
        struct.error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as exc:
        raise ValueError("This is no pickle of plain data.") from exc


def pickled_numbers(value: Any) -> np.ndarray:
    """The numbers of an array, or of a list that holds nothing but whole numbers.

    Raises:
        ValueError: if it is anything else.
        TypeError: likewise.
    """
    if isinstance(value, PickledArray):
        return value.numbers()
    if not isinstance(value, (list, tuple)):
        raise TypeError("Numbers were expected.")
    return np.array([_whole(each) for each in value], np.int64)


def pickled_text(value: Any) -> str:
    """A text, as Python 2 and 3 pickle it.

    Raises:
        TypeError: if it is none.
    """
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise TypeError("A text was expected.")
    return value


def _whole(value: Any) -> int:
    number = value.numbers().item() if isinstance(value, PickledArray) else value
    if not isinstance(number, int) or not -(2**62) < number < 2**62:
        raise ValueError("A whole number was expected.")
    return number


def _shaped(content: Any, kind: Any, shape: Any, order: Any) -> np.ndarray:
    """Makes an array of bytes, if they are exactly as many as its shape says."""
    if isinstance(content, str):  # Python 2's bytes
        content = content.encode("latin1")
    if not isinstance(content, (bytes, bytearray)) or not isinstance(kind, _Kind):
        raise TypeError("An array of numbers was expected.")
    dtype, sizes = kind.dtype(), tuple(map(_whole, shape[:_MOST_DIMENSIONS]))
    if min(sizes, default=0) < 0 or math.prod(sizes) * dtype.itemsize != len(content):
        raise ValueError("The array has another size than it says.")
    flat = np.frombuffer(content, dtype)
    return flat.reshape(sizes, order="F" if order == "F" else "C")


class _Kind:
    """A kind of numbers, such as `u1`."""

    def __init__(self, args: Any) -> None:
        self._args = args
        self.state: Any = None

    def dtype(self) -> np.dtype:
        name = pickled_text(self._args[0]).lstrip("<>|=")
        if not _KIND.fullmatch(name):
            raise ValueError("Numbers were expected.")
        order = self.state[1] if isinstance(self.state, tuple) else "|"
        return np.dtype(name).newbyteorder(">" if order == ">" else "<")


class _Counted(io.BytesIO):
    """A file that is read so often and no more."""

    left = _MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._count()
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        self._count()
        return super().readline(size)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise pickle.UnpicklingError("This is longer than any set of pictures.")


def _latin1(args: Any) -> bytes:
    """What Python 3 writes for bytes in an old protocol."""
    text, encoding = args
    if encoding != "latin1" or not isinstance(text, str):
        raise pickle.UnpicklingError("Bytes are never written so.")
    return text.encode("latin1")


def _no_bytes(args: Any) -> bytes:
    """What Python 3 writes for no bytes in an old protocol."""
    if args != ():
        raise pickle.UnpicklingError("Bytes are never written so.")
    return b""


_ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy._core.numeric")
_MAKERS: dict[str, Callable[[Any], Any]] = {
    **{
        f"{module}.{name}": lambda args, name=name: PickledArray(name, args)
        for module in (*_ARRAY_MODULES, "numpy.core.numeric")
        for name in ("_reconstruct", "scalar", "_frombuffer")
    },
    "numpy.dtype": _Kind,
    "_codecs.encode": _latin1,
    "__builtin__.bytes": _no_bytes,
}
"""The only things that are made, each of data alone."""


class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    """Reads few opcodes; the others may call, look up, or reserve memory."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        getattr(pickle, name)[0]: pickle._Unpickler.dispatch[getattr(pickle, name)[0]]  # type: ignore[attr-defined]
        for name in _OPCODES.split()
    }

    stack: list[Any]
    read: Callable[[int], bytes]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]

    def find_class(self, module: str, name: str) -> Any:
        """Looks nothing up: gives a maker of data, or the name of an array's own kind."""
        full = f"{module}.{name}"
        if full not in _MAKERS and full != "numpy.ndarray":
            raise pickle.UnpicklingError("Something else than data is named.")
        return full

    def load_reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = _MAKERS[self.stack[-1]](args)

    def load_build(self) -> None:
        state = self.stack.pop()
        if not isinstance(self.stack[-1], (PickledArray, _Kind)):
            raise pickle.UnpicklingError("Only arrays have a state.")
        self.stack[-1].state = state

    def load_frame(self) -> None:
        self.read(8)  # frames only help to read ahead

    def load_bytearray8(self) -> None:
        (size,) = struct.unpack("<Q", self.read(8))
        content = self.read(min(size, 2**62))
        if len(content) != size:
            raise EOFError
        self.append(content)

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.append({})
        self._set_all(items)

    def load_append(self) -> None:
        value = self.stack.pop()
        self._on_top(list).append(value)

    def load_appends(self) -> None:
        values = self.pop_mark()
        self._on_top(list).extend(values)

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set(key, value)

    def load_setitems(self) -> None:
        self._set_all(self.pop_mark())

    def _set_all(self, items: list[Any]) -> None:
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._set(key, value)

    def _set(self, key: Any, value: Any) -> None:
        if not isinstance(key, (str, bytes, int)):  # hashing nested tuples may never end
            raise pickle.UnpicklingError("Keys are texts or numbers.")
        self._on_top(dict)[pickled_text(key) if isinstance(key, bytes) else key] = value

    def _on_top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise pickle.UnpicklingError("Nothing can be put into this.")
        return self.stack[-1]

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.FRAME[0]] = load_frame
    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8
    dispatch[pickle.DICT[0]] = load_dict
    dispatch[pickle.APPEND[0]] = load_append
    dispatch[pickle.APPENDS[0]] = load_appends
    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
