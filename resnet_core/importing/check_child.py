"""The process that reads weights of unknown origin: a JSON line in, a JSON line out.

It is started with an empty environment.  For each file it forks: the fork limits its own memory and
time, reads the file without running code, fits it to a net, and writes clean safetensors.  A fork
that dies takes nothing with it.
"""

import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started with -I, as a script

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional

from resnet_core.config import ModelConfig, config_to_json
from resnet_core.config.plugins import VARIABLE
from resnet_core.devices import compute_with
from resnet_core.errors import CheckpointError, ResNetLabError
from resnet_core.importing.architecture import AUTOMATIC
from resnet_core.importing.described import Described, read_described
from resnet_core.importing.opening import NO_MEMORY, read_parts, reading_problem
from resnet_core.importing.origins import OWN
from resnet_core.importing.plain_tensors import check_values
from resnet_core.importing.readings import hints_of, open_questions
from resnet_core.importing.recognising import Recognised, recognise
from resnet_core.importing.settling import Settled, settle_reading
from resnet_core.importing.shapes import named, usual_side_px
from resnet_core.models import ResNet, build_model

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

EXTRA_BYTES = 1536 * 2**20
"""Memory beyond what torch itself has mapped: the file, the net, and a copy to write."""
CPU_SECONDS = 90
_NO_PROCESS = (
    "was not imported: this machine cannot start another process, or too many files are open; "
    "close other programs, then try again."
)
_NOISE = 64
"""Pictures of noise that statistics are compared on, beside photographs."""


def main() -> None:
    """Answers requests from standard input until it is closed."""
    compute_with(1)
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 (its answer)
    for line in sys.stdin:
        print(json.dumps(_apart(json.loads(line))), flush=True)  # noqa: T201 (its answer)


def _apart(request: dict[str, Any]) -> dict[str, Any]:
    """Examines a file in a fork, and says so if there can be none or it dies."""
    try:
        reading, writing = os.pipe()
    except OSError:
        return {"problem": _NO_PROCESS}
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return {"problem": _NO_PROCESS}
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
    return json.loads(answer) if answer and status == 0 else {"problem": _death(status)}


def _death(status: int) -> str:
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if ended_by == signal.SIGKILL:  # what takes too long is ended by another signal
        return (
            "was not imported: the system ended what read it, as happens when memory runs out; "
            "close other programs, then try again."
        )
    too_slow = ended_by == signal.SIGXCPU
    what = "takes too long to read" if too_slow else "ends the process that reads it"
    return f"{what}: it is damaged or built to do harm, and was not imported."


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
        return {"problem": NO_MEMORY}
    except Exception as exc:
        return {"problem": reading_problem(exc)}


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


def examine(request: dict[str, Any]) -> dict[str, Any]:
    """Reads a file, or all parts of one, finds the net, and writes clean weights to `output`.

    Raises:
        CheckpointError: with what is wrong, as the rest of a sentence that begins with the file.
    """
    content, said = read_parts([(Path(file), container) for file, container in request["files"]])
    found = recognise(content, request["architecture"], request["part"])
    check_values(found.tensors)
    net = found.config
    described = read_described(said, num_classes=net.num_classes, channels=net.in_channels)
    side_px = int(request["image_size_px"]) or described.image_size_px or usual_side_px(net)
    settled = _settle(found, described, request, side_px)
    if request["architecture"] == AUTOMATIC:
        _refuse_lookalike(settled, found)
        settled = replace(settled, config=named(settled.config))
    model = build_model(settled.config)
    model.load_state_dict(dict(found.tensors))
    _check_pass(model.eval(), side_px)
    safetensors.torch.save_file(dict(found.tensors), request["output"])
    return {
        "model": config_to_json(settled.config),
        "family": found.family,
        "path": found.path,
        "beside": found.beside,
        "mean": found.mean,
        "std": found.std,
        "is_normalised": found.is_normalised,
        "answers": settled.answers,
        "assumed": settled.assumed,
        "distance": settled.distance,
        "alike": settled.alike,
        "left_out": found.left_out,
        "described": asdict(described),
    }


def _settle(
    found: Recognised, described: Described, request: dict[str, Any], side_px: int
) -> Settled:
    """Settles what the tensors do not tell; a net that was named is taken at its word."""
    given = hints_of(described.architecture, found.kinds) | request["answers"]
    if request["architecture"] != AUTOMATIC or found.family == OWN:
        usual = {each.question.name: each.usual for each in open_questions(found.config)}
        given = usual | request["answers"]
    mean = request["mean"] or described.mean or found.mean
    std = request["std"] or described.std or found.std
    pictures = _pictures(found.config, side_px, request["pictures"], (mean, std))
    return settle_reading(found.config, found.tensors, given, pictures)


def _refuse_lookalike(settled: Settled, found: Recognised) -> None:
    if settled.alike and found.family != OWN:
        raise CheckpointError(
            f"has the tensors of {named(settled.config).name}, but its batch norms tell of a net "
            f"that {settled.alike}, which the lab cannot build: it would answer as another net."
        )


def _pictures(
    net: ModelConfig, side_px: int, file: str, normalisation: tuple[Any, Any]
) -> dict[str, Tensor]:
    """Noise, and photographs where there are some and it is known how they are normalised."""
    shape = (_NOISE, net.in_channels, side_px, side_px)
    pictures = {"noise": torch.randn(shape, generator=torch.Generator().manual_seed(0))}
    mean, std = (torch.tensor(part).reshape(1, -1, 1, 1) for part in normalisation)
    if file and mean.numel() == std.numel() == net.in_channels:
        photographs = safetensors.torch.load_file(file)["photographs"].float() / 255
        if net.in_channels == 1:
            photographs = photographs.mean(dim=1, keepdim=True)
        if photographs.shape[1] == net.in_channels:
            size = (side_px, side_px)
            scaled = functional.interpolate(photographs, size, mode="bilinear", antialias=True)
            pictures["photographs"] = (scaled - mean) / std
    return pictures


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
