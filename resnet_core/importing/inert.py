"""Pickles of training scripts, read without running anything.

Beside weights such files hold what a script had at hand: `argparse.Namespace`, numpy scalars,
paths, defaultdicts, whole modules.  Whatever is no tensor becomes a `Placeholder`, an object that
keeps what it was given and does nothing.  Nothing is looked up by name, so no name can be run;
a file that names what would run commands is refused all the same, since nobody saves such weights.

`torch.load(..., pickle_module=FOR_TORCH)` reads by it.
"""

import collections
import io
import pickle
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
import torch._utils

from resnet_core.errors import CheckpointError

RUNS_CODE = (
    "holds Python objects beside weights, which could run code when read; nothing was run. "
    "Save model.state_dict() alone, or as safetensors."
)
_RUNNING_MODULES = frozenset(
    [
        "os",
        "posix",
        "nt",
        "sys",
        "subprocess",
        "importlib",
        "runpy",
        "pty",
        "socket",
        "shutil",
        "ctypes",
        "webbrowser",
        "code",
        "codeop",
        "commands",
        "multiprocessing",
        "threading",
        "signal",
        "builtins.exec",
        "builtins.eval",
        "builtins.compile",
        "builtins.open",
        "builtins.__import__",
        "builtins.breakpoint",
        "builtins.execfile",
    ]
)
"""Modules, and functions, that a file of weights has no reason to name."""
_MOST_NODES = 200_000


class Placeholder:
    """Stands for an object of a kind that is not looked up, and does nothing."""

    kind: ClassVar[str] = ""
    """Dotted name of what it stands for."""
    dump_patches: ClassVar[bool] = False  # torch asks it of modules in old files

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.items: dict[Any, Any] = {}
        self.state: Any = None

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def append(self, value: Any) -> None:
        """Keeps nothing: a list of an unknown kind says nothing of weights."""

    extend = add = append

    @property
    def attributes(self) -> Mapping[Any, Any]:
        """What the object held by name: its items, and its attributes."""
        state = self.state[0] if isinstance(self.state, tuple) and self.state else self.state
        return {**(state if isinstance(state, dict) else {}), **self.items}


def plain_value(value: Any) -> Any:
    """Gives the numbers of numpy's scalars and arrays; anything else as it is."""
    if not isinstance(value, Placeholder):
        return value
    try:
        return _numbers(value)
    except (TypeError, ValueError, IndexError, KeyError, RuntimeError):
        return value


def plain_tensor(value: Any) -> torch.Tensor | None:
    """Gives a tensor, or the tensor of the numbers of one of numpy's arrays; else `None`."""
    if isinstance(value, torch.Tensor) or not isinstance(value, Placeholder):
        return value if isinstance(value, torch.Tensor) else None
    try:
        return _array_of(value)
    except (TypeError, ValueError, IndexError, KeyError, RuntimeError):
        return None


def module_state(value: Any) -> dict[str, torch.Tensor]:
    """Gives the tensors of a module that was saved whole, by the names that a state dict has."""
    found: dict[str, torch.Tensor] = {}
    for path, held in _walk(value):
        for table in ("_parameters", "_buffers"):
            tensors = held.get(table)
            for name, tensor in tensors.items() if isinstance(tensors, Mapping) else ():
                if isinstance(tensor, torch.Tensor):
                    found[f"{path}{name}"] = tensor
    return found


def module_kinds(value: Any) -> dict[str, str]:
    """Gives the dotted kind of each module in a module that was saved whole, by its path."""
    kinds = {}
    for path, held in _walk(value):
        modules = held.get("_modules")
        for name, inner in modules.items() if isinstance(modules, Mapping) else ():
            if isinstance(inner, Placeholder):
                kinds[f"{path}{name}"] = inner.kind
    return kinds


def _walk(value: Any) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Every module in a saved module with its path, which ends in a dot; parents first."""
    waiting, count = [("", value)], 0
    while waiting and count < _MOST_NODES:
        path, module = waiting.pop(0)
        count += 1
        held = module.attributes if isinstance(module, Placeholder) else {}
        yield path, held
        modules = held.get("_modules")
        if isinstance(modules, Mapping) and path.count(".") < 20:
            waiting += [(f"{path}{name}.", inner) for name, inner in modules.items()]


def _numbers(value: Placeholder) -> Any:
    """Numbers of a numpy scalar or array, of kinds that are plain numbers."""
    if value.kind.endswith("multiarray.scalar"):
        kind, content = value.args
        return _array(kind, content).item()
    array = _array_of(value)
    return value if array is None else array.tolist()


def _array_of(value: Placeholder) -> torch.Tensor | None:
    """The numbers of one of numpy's arrays, as its pickles hold them."""
    if value.kind.endswith("multiarray._reconstruct") and isinstance(value.state, tuple):
        shape, kind, is_fortran, content = value.state[-4:]
        return _shaped(_array(kind, content), shape, is_by_column=bool(is_fortran))
    if value.kind.endswith("numeric._frombuffer"):
        content, kind, shape, order = value.args
        return _shaped(_array(kind, bytes(content)), shape, is_by_column=order == "F")
    return None


def _shaped(flat: torch.Tensor, shape: Any, *, is_by_column: bool) -> torch.Tensor:
    sizes = tuple(shape)
    if not is_by_column:
        return flat.reshape(sizes)
    return flat.reshape(sizes[::-1]).permute(*reversed(range(len(sizes)))).contiguous()


def _array(kind: Placeholder, content: bytes) -> torch.Tensor:
    names = {"f2": torch.float16, "f4": torch.float32, "f8": torch.float64, "i1": torch.int8}
    names |= {"i2": torch.int16, "i4": torch.int32, "i8": torch.int64, "u1": torch.uint8}
    name = str(kind.args[0]).lstrip("<|=")
    if isinstance(kind.state, tuple) and kind.state[1] == ">":  # the largest byte comes first
        content = np.frombuffer(content, f">{name}").astype(name).tobytes()
    return torch.frombuffer(bytearray(content), dtype=names[name])


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> torch.Tensor:
    return torch._utils._rebuild_tensor(storage, offset, size, stride)


def _storage(content: bytes) -> Any:
    """What pickles of Python hold in place of a storage: a file of torch with nothing else."""
    storage = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(storage, (torch.TypedStorage, torch.UntypedStorage)):
        raise pickle.UnpicklingError("A storage was expected.")
    return storage


def _first(value: Any, *_: Any) -> Any:
    """What a parameter is made of: its tensor."""
    return value


def _bytes(text: str, encoding: str = "latin1") -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"Bytes are never written as {encoding}.")
    return text.encode("latin1")


def _dict(*_: Any) -> dict[Any, Any]:
    return {}


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch.storage._load_from_bytes": _storage,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch.nn.parameter.Parameter": _first,
    "torch.Size": lambda sizes=(): tuple(sizes),
    "collections.OrderedDict": collections.OrderedDict,
    "collections.defaultdict": _dict,
    "collections.Counter": _dict,
    "builtins.dict": _dict,
    "builtins.list": lambda values=(): list(values),
    "builtins.tuple": lambda values=(): tuple(values),
    "builtins.set": lambda values=(): set(values),
    "_codecs.encode": _bytes,
}
"""The only things that are called, each of which makes data of data."""


class Unpickler(pickle._Unpickler):
    """Reads a pickle in which every name is a placeholder or one of a few makers of data."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)

    stack: list[Any]
    append: Callable[[Any], None]

    def find_class(self, module: str, name: str) -> Any:
        """Looks nothing up: gives a maker of data, a type of numbers, or a placeholder."""
        module = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(module, module)
        full = f"{module}.{name}"
        if module.partition(".")[0] in _RUNNING_MODULES or full in _RUNNING_MODULES:
            raise CheckpointError(RUNS_CODE)
        if full == "torch.storage.UntypedStorage":
            return torch.UntypedStorage
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        return _FUNCTIONS.get(full) or type("Named", (Placeholder,), {"kind": full})

    def _made(self, maker: Any, args: Any) -> Any:
        is_placeholder = isinstance(maker, type) and issubclass(maker, Placeholder)
        if not is_placeholder and not any(maker is known for known in _FUNCTIONS.values()):
            raise pickle.UnpicklingError("Only data can be made here.")
        return maker(*args)

    def _instantiate(self, klass: Any, args: Any) -> None:
        self.append(self._made(klass, args))

    def load_reduce(self) -> None:
        """Makes data, or a placeholder, of what precedes."""
        args = self.stack.pop()
        self.stack[-1] = self._made(self.stack[-1], args)

    def load_newobj(self) -> None:
        """Makes an empty one of what precedes."""
        args = self.stack.pop()
        self.stack[-1] = self._made(self.stack[-1], args)

    def load_newobj_ex(self) -> None:
        """Makes an empty one of what precedes; what goes by name is kept by nobody."""
        self.stack.pop()
        self.load_newobj()

    def load_build(self) -> None:
        """Gives a placeholder its attributes; data needs none."""
        state = self.stack.pop()
        if isinstance(self.stack[-1], Placeholder):
            self.stack[-1].state = state

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.BUILD[0]] = load_build


def read_pickle(file: io.BufferedIOBase, **options: Any) -> Any:
    """Reads one pickle of a file, as torch asks it of a module called pickle."""
    return Unpickler(file, **options).load()


FOR_TORCH = types.SimpleNamespace(__name__=__name__, Unpickler=Unpickler, load=read_pickle)
"""What torch takes in place of the module `pickle`."""
