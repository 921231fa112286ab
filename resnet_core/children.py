"""The processes that the lab starts beside its own: their environment, and asking one a question.

    answers = []
    ask_child("resnet_core.models.speed_child", question, take=answers.append, wait=tell_progress)

A process that is asked so ends its module with `answer_parent`, and need not end well: whatever
becomes of it is one sentence here.
"""

import contextlib
import errno
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from resnet_core.errors import DeviceError, ProcessError, ResNetLabError
from resnet_core.paths import home_dir

_KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "MALLOC_MMAP_THRESHOLD_": str(2**25),  # the largest that mallopt(3) takes
}
_POLL_S = 0.2
_SCARCE = {
    errno.ENOMEM: "its memory is used up",
    errno.EAGAIN: "no more processes are allowed",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


def modest_environment() -> dict[str, str]:
    """Gives the environment of a process that computes while others do.

    Threads that wait for each other sleep instead of spinning: on busy cores a step of a small net
    took nine times as long where they spun (docs/benchmarks.md). And the C library keeps what a
    step frees for the next one: given back to the system, it came anew page by page, 5,000 times a
    step of the demo. Who sets one of these decides. A home that is named from this process's folder
    is named in full, as children run in another.
    """
    own = {"OMP_WAIT_POLICY": "PASSIVE", **_KEEP_MEMORY, **os.environ}
    return own | {"RESNET_LAB_HOME": str(home_dir())} if own.get("RESNET_LAB_HOME") else own


@contextlib.contextmanager
def starting_errors() -> Iterator[None]:
    """Turns the system's refusal to start a process into a sentence.

    Raises:
        ProcessError: saying what was scarce or missing, and what to do.
    """
    try:
        yield
    except OSError as exc:
        raise ProcessError(f"This machine cannot start another process: {_reason(exc)}.") from exc


def _reason(exc: OSError) -> str:
    if exc.errno in _SCARCE:
        return f"{_SCARCE[exc.errno]}; close other programs, then try again"
    if isinstance(exc, FileNotFoundError):
        return f"its Python, {sys.executable} is not there any more; start the lab again"
    return f"the system says: {exc.strerror or exc}"


def ending_problem(status: int) -> str:
    """Says how a process ended before its time, and what to do, as the rest of a sentence.

    Args:
        status: as `subprocess` gives it; below 0 is minus the signal's number.
    """
    if status < 0:
        known = {each.value: each.name for each in signal.Signals}
        return (
            f"was ended by the system ({known.get(-status, f'signal {-status}')}), as happens when "
            "memory runs out: close other programs, then try again."
        )
    return f"ended before its time (status {status}): try again, or start the lab again."


def ask_child(
    module: str, question: object, *, take: Callable[[Any], None], wait: Callable[[], None]
) -> None:
    """Runs a module in a process of its own, asks it a question and hears its answers.

    Args:
        module: one that ends with `answer_parent`.
        question: what JSON knows.
        take: called with each answer.
        wait: called at least five times a second; the process ends when it raises.

    Raises:
        DeviceError: with the process's own words, where it cannot do it.
        ProcessError: if it does not start, or ends before it has answered.
    """
    with starting_errors():
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", module],
            cwd=Path(__file__).resolve().parents[1],
            env=modest_environment(),
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # its errors go where this process's own go
        )
    lines: queue.Queue[str | None] = queue.Queue()
    speaker = threading.Thread(target=_converse, args=(process, question, lines), daemon=True)
    with process:
        try:
            speaker.start()
            num_answers = _hear(lines, take, wait)
            status = _status(process, wait)
            if status or not num_answers:
                raise ProcessError(f"The process that measures {ending_problem(status)}")
        finally:
            process.kill()
            if speaker.is_alive():
                speaker.join()


def _converse(
    process: "subprocess.Popen[str]", question: object, lines: "queue.Queue[str | None]"
) -> None:
    """Asks and listens in a thread, as a process that does not read or write holds up who does."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError), process.stdin:  # its end says why it does not read
        json.dump(question, process.stdin)
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def _hear(
    lines: "queue.Queue[str | None]", take: Callable[[Any], None], wait: Callable[[], None]
) -> int:
    """Takes answers until there are no more, and returns how many there were."""
    num_answers = 0
    while True:
        wait()
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=_POLL_S)
            if line is None:
                return num_answers
            _take(line, take)
            num_answers += 1


def _status(process: "subprocess.Popen[str]", wait: Callable[[], None]) -> int:
    """How a process ended that says no more; one that goes on all the same can be cancelled."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_POLL_S)
        wait()


def _take(line: str, take: Callable[[Any], None]) -> None:
    try:
        record = json.loads(line)
        problem = record.get("problem")
        if problem is None:
            take(record["answer"])
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ProcessError(
            "The process that measures gave an answer of another form, as one of another version "
            "of the lab would: start the lab again."
        ) from exc
    if problem is not None:
        raise DeviceError(problem)


def answer_parent(work: Callable[[Any], Iterable[object]]) -> None:
    """Answers, as a process of its own, the question that `ask_child` asks.

    Args:
        work: takes the question and gives answers, which JSON knows.
    """
    # What a plugin or a library prints meanwhile is no answer, and goes where errors go.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        question = json.loads(sys.stdin.read())
        try:
            for answer in work(question):
                _say(answers, {"answer": answer})
        except ResNetLabError as exc:
            _say(answers, {"problem": str(exc)})


def _say(answers: TextIO, record: dict[str, object]) -> None:
    answers.write(json.dumps(record) + "\n")
    answers.flush()
