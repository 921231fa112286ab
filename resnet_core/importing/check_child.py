"""The process that reads weights of unknown origin: a JSON line in, a JSON line out.

It is started with an empty environment.  For each file it forks: the fork limits its own memory and
time, reads the file without running code, fits it to a net, and writes clean safetensors.  A fork
that dies takes nothing with it.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started with -I, as a script

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from resnet_core.config.plugins import VARIABLE
from resnet_core.errors import CheckpointError, ResNetLabError
from resnet_core.importing.architecture import AUTOMATIC, fitting_config
from resnet_core.importing.described import read_described
from resnet_core.importing.keys import ForeignState, find_state, rename_state
from resnet_core.models import ResNet, build_model
from resnet_core.models.nets import build_on_meta

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

EXTRA_BYTES = 1536 * 2**20
"""Memory beyond what torch itself has mapped: the file, the net, and a copy to write."""
CPU_SECONDS = 60
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLE = (torch.int64, torch.int32, torch.uint8, torch.bool)


def main() -> None:
    """Answers requests from standard input until it is closed."""
    torch.set_num_threads(1)
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 (its answer)
    for line in sys.stdin:
        print(json.dumps(_apart(json.loads(line))), flush=True)  # noqa: T201 (its answer)


def _apart(request: dict[str, Any]) -> dict[str, Any]:
    """Examines a file in a fork, and says so if the fork dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _silence()
        verdict = json.dumps(_limited(request)).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(verdict)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if answer:
        return json.loads(answer)
    too_slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    what = "takes too long to read" if too_slow else "ends the process that reads it"
    return {"problem": f"{what}: it is damaged or built to do harm, and was not imported."}


def _silence() -> None:
    """Whatever a library prints must not look like an answer."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _limited(request: dict[str, Any]) -> dict[str, Any]:
    try:
        _limit(EXTRA_BYTES)
        if request["plugins"]:
            sys.path[:] = request["path"]
            os.environ[VARIABLE] = request["plugins"]
        return examine(request)
    except ResNetLabError as exc:
        return {"problem": str(exc)}
    except MemoryError:
        return {"problem": _NO_MEMORY}
    except Exception as exc:
        return {"problem": _explain(exc)}


def _limit(more_bytes: int) -> None:
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        present = int(statm.read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (present + more_bytes, hard))


_NO_MEMORY = "needs far more memory than its size: it is damaged or built to do harm."


def _explain(error: Exception) -> str:
    """Says what torch or safetensors meant, without their words."""
    text = str(error)
    if "Unsupported global" in text or "Unsupported class" in text or "GLOBAL" in text:
        return (
            "holds Python objects beside weights, which could run code when read; nothing was run. "
            "Save model.state_dict() alone, or as safetensors."
        )
    if "memory" in text.lower():
        return _NO_MEMORY
    return "is damaged or cut short, or is no weights file: copy or download it again."


def examine(request: dict[str, Any]) -> dict[str, Any]:
    """Reads one file, fits it to a net, and writes clean weights to `output`.

    Raises:
        CheckpointError: with what is wrong, as the rest of a sentence that begins with the file.
    """
    content, said = _read(Path(request["file"]), request["container"])
    state = find_state(content)
    _check_storage(state)
    foreign = rename_state(state)
    config = fitting_config(request["architecture"], foreign.tensors)
    if foreign.origin == "this lab" and request["architecture"] == AUTOMATIC:
        _refuse_doubt(foreign)
    expected = build_on_meta(config).state_dict()
    _refuse_whole_numbers(state, foreign, expected)
    _check_values(foreign.tensors)  # a counter that is no number would become one
    tensors = _fitted(expected, foreign.tensors, config.name)
    _check_values(tensors)
    model = build_model(config)
    model.load_state_dict(tensors)
    described = read_described(said, num_classes=config.num_classes, channels=config.in_channels)
    side_px = int(request["image_size_px"]) or described.image_size_px
    _check_pass(model.eval(), side_px or (224 if config.stem != "cifar" else 32))
    safetensors.torch.save_file(tensors, request["output"])
    return {
        "architecture": config.name,
        "origin": foreign.origin,
        "num_classes": config.num_classes,
        "channels": config.in_channels,
        "num_left_out": foreign.num_left_out,
        "described": asdict(described),
    }


def _read(path: Path, container: str) -> tuple[Any, Any]:
    """The file's content, and that part of it in which it may describe itself."""
    if container == "safetensors":
        with safetensors.safe_open(path, "pt") as file:
            said = {name: _decoded(text) for name, text in (file.metadata() or {}).items()}
        return safetensors.torch.load_file(path), said
    content = torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    return content, content


def _decoded(text: str) -> Any:
    """A header's metadata are texts; lists and dicts stand in them as JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _check_storage(state: Any) -> None:
    """Refuses tensors that claim more numbers than the file has, or that are not plain."""
    for key, tensor in state.items():
        if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
            raise CheckpointError(f"has a tensor '{key}' that is not plain (sparse or quantised).")
        if tensor.dtype not in (*_FLOATS, *_WHOLE):
            raise CheckpointError(
                f"has a tensor '{key}' of numbers that no weights are ({_type_name(tensor)}): save "
                "them as float32, float16 or bfloat16."
            )
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise CheckpointError(f"has a tensor '{key}' that claims more numbers than it holds.")


def _refuse_whole_numbers(
    state: Mapping[str, Tensor], foreign: ForeignState, expected: dict[str, Tensor]
) -> None:
    """Refuses whole numbers where the net computes with fractions: rounded, weights are lost."""
    for key, tensor in foreign.tensors.items():
        needs_fractions = key in expected and expected[key].is_floating_point()
        if needs_fractions and not tensor.is_floating_point():
            theirs = next((name for name, value in state.items() if value is tensor), key)
            raise CheckpointError(
                f"has a tensor '{theirs}' of whole numbers ({_type_name(tensor)}) where the net "
                "needs floating-point ones: save the weights as float32, float16 or bfloat16."
            )


def _type_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _refuse_doubt(foreign: ForeignState) -> None:
    """A plain net and one with option-A shortcuts have the same tensors."""
    if not any(".shortcut." in key for key in foreign.tensors):
        raise CheckpointError(
            "may be a residual net with parameter-free shortcuts or a plain one, which have the "
            "same tensors: name the net, such as resnet20 or plain20."
        )


def _fitted(expected: dict[str, Tensor], tensors: dict[str, Tensor], net: str) -> dict[str, Tensor]:
    """Brings tensors to the types of a net, after every name and shape was found right."""
    for key, wanted in expected.items():
        if key not in tensors:
            raise CheckpointError(f"does not fit {net}: '{key}' is missing.")
        found, shape = tuple(tensors[key].shape), tuple(wanted.shape)
        if found != shape:
            raise CheckpointError(
                f"does not fit {net}: '{key}' has the shape {found}, expected {shape}."
            )
    extra = sorted(set(tensors) - set(expected))
    if extra:
        raise CheckpointError(f"does not fit {net}: '{extra[0]}' is not part of it.")
    return {key: tensors[key].to(wanted.dtype).contiguous() for key, wanted in expected.items()}


def _check_values(tensors: dict[str, Tensor]) -> None:
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"holds values at '{key}' that are not finite numbers: take an earlier checkpoint."
            )
        if key.endswith("running_var") and (tensor < 0).any():
            raise CheckpointError(f"has a negative variance at '{key}': it is damaged.")


@torch.no_grad()
def _check_pass(model: ResNet, side_px: int) -> None:
    generator = torch.Generator().manual_seed(0)
    picture = torch.randn(1, model.config.in_channels, side_px, side_px, generator=generator)
    if not torch.isfinite(model(picture)).all():
        raise CheckpointError(
            "gives answers that are not finite numbers: its weights are too large; take an "
            "earlier checkpoint."
        )


if __name__ == "__main__":
    main()
