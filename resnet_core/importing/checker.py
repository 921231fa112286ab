"""The process that examines weights, seen from outside: started once, asked file by file."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_core.children import starting_errors
from resnet_core.config import ModelConfig, config_from_json
from resnet_core.config.plugins import VARIABLE
from resnet_core.errors import CheckpointError
from resnet_core.importing.described import Described
from resnet_core.importing.envelope import Container
from resnet_core.pictures.names import plain_name

START_TIMEOUT_S = 120.0
"""Longest wait for the process; torch takes seconds to load, and more on a busy machine."""
CHECK_TIMEOUT_S = 180.0
_MOST_SHOWN = 400
_CHILD = Path(__file__).with_name("check_child.py")


@dataclass(frozen=True, kw_only=True)
class CheckedFile:
    """What the process found in a good file."""

    model: ModelConfig
    """The net that the weights fill."""
    family: str
    """Whose names the tensors had."""
    path: str
    """Where in the file the net stands; "" for the file itself."""
    beside: tuple[str, ...]
    """Where other nets stand in the file."""
    mean: tuple[float, ...]
    """What the family's pictures are normalised with; empty where that is not known."""
    std: tuple[float, ...]
    is_normalised: bool
    """Whether mean and std are the file's own."""
    answers: Mapping[str, str]
    """What was taken where tensors cannot tell, by question."""
    assumed: tuple[str, ...]
    """Questions that custom alone has answered."""
    distance: float | None
    """Between the net's batch norms and what they meet on pictures, in standard deviations."""
    alike: str
    """What a net does that fits far better and cannot be built here, after "a net that"."""
    left_out: Mapping[str, int]
    """What beside the net was left out, in words, and how many tensors it was."""
    described: Described
    """What the file says of itself beside its tensors."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "CheckedFile":
        """Reads it as it came through JSON, in which tuples are lists."""
        lists = ("beside", "mean", "std", "assumed")
        return cls(
            **{**record, **{name: tuple(record[name]) for name in lists}}
            | {
                "model": config_from_json(ModelConfig, record["model"]),
                "described": Described.from_record(record["described"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class CheckRequest:
    """A file that passed the look from outside, and what it should be."""

    files: Sequence[tuple[Path, Container]]
    """The file, or all that one net is split over."""
    name: str
    """What the person calls it; refusals begin with it."""
    output: Path
    """Where clean safetensors are to be written."""
    architecture: str = "auto"
    image_size_px: int = 0
    """Side of the picture that is passed through, px; 0 takes the net's usual one."""
    part: str = ""
    """Which of several nets in the file, by where it stands."""
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a person says of open questions."""
    mean: tuple[float, ...] = ()
    """What a person says of the pictures."""
    std: tuple[float, ...] = ()
    pictures: Path | None = None
    """Photographs that statistics are compared on: safetensors, uint8 (N, 3, H, W)."""


class Checker:
    """A process with torch loaded and nothing else; a context that ends it.

    Each file is read in a fork of it, so one `Checker` may examine many.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Checker":
        """Starts the process without waiting for it."""
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self, request: CheckRequest) -> CheckedFile:
        """Has a file examined.

        Raises:
            CheckpointError: one sentence that names the file and says what was expected.
            ProcessError: if the process does not start.
        """
        process = self._start()
        shown = plain_name(request.name)
        line = {
            "files": [(str(path), container) for path, container in request.files],
            "output": str(request.output),
            "architecture": request.architecture,
            "image_size_px": request.image_size_px,
            "part": request.part,
            "answers": dict(request.answers),
            "mean": request.mean,
            "std": request.std,
            "pictures": str(request.pictures or ""),
            # Only a net that is named can be a plugin's, whose module is then looked up there.
            "plugins": os.environ.get(VARIABLE, "") if request.architecture != "auto" else "",
            "path": sys.path,
        }
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()
            answer = self._read_line(process, CHECK_TIMEOUT_S)
            if "problem" not in answer:
                return CheckedFile.from_record(answer)
        except TimeoutError as exc:
            self.close()
            raise CheckpointError(
                f"'{shown}' could not be examined in time and was not imported: it may be built to "
                "do harm; try again, or bring another file."
            ) from exc
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            self.close()
            raise CheckpointError(
                f"'{shown}' was not imported: the process that examines it ended or made no sense. "
                "Try again; if it happens anew, the file may be built to do harm: bring another."
            ) from exc
        raise CheckpointError(f"'{shown}' {_tidy(str(answer['problem']))}")

    def close(self) -> None:
        """Ends the process and whatever it forked."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            with starting_errors():
                self._process = subprocess.Popen(  # noqa: S603 (our own script)
                    [sys.executable, "-I", str(_CHILD)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={"OMP_NUM_THREADS": "1"},
                    start_new_session=True,
                )
            self._is_ready = False
        return self._process

    def _read_line(self, process: subprocess.Popen[bytes], timeout_s: float) -> dict[str, Any]:
        if not self._is_ready:
            _next_line(process, START_TIMEOUT_S)
            self._is_ready = True
        return json.loads(_next_line(process, timeout_s))


def _next_line(process: subprocess.Popen[bytes], timeout_s: float) -> bytes:
    """Reads one line, waiting for it at most so long; the process writes one line at a time."""
    assert process.stdout is not None
    deadline, line = time.monotonic() + timeout_s, b""
    while not line.endswith(b"\n"):
        left = max(0.0, deadline - time.monotonic())
        if not select.select([process.stdout], [], [], left)[0]:
            raise TimeoutError
        part = os.read(process.stdout.fileno(), 65_536)
        if not part:
            raise OSError("The process has ended.")
        line += part
    return line


def _tidy(sentence: str) -> str:
    """Makes a sentence that quotes a stranger's names fit to be shown on one line."""
    clean = "".join("?" if unicodedata.category(c)[0] == "C" else c for c in sentence)
    return clean if len(clean) <= _MOST_SHOWN else f"{clean[:_MOST_SHOWN]}…"
