"""Processes of the lab's own that do not start, die early, talk nonsense or too much.

Each is started with `sys.executable`, in whose place a script stands here that does so for certain.
"""

import contextlib
import dataclasses
import io
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from resnet_core.children import ask_child, ending_problem
from resnet_core.config import DataConfig, ModelConfig
from resnet_core.errors import CancelledError, DeviceError, ProcessError, ResNetLabError
from resnet_core.importing import check_child
from resnet_core.importing.checker import Checker, CheckRequest
from resnet_core.models import model_config
from resnet_core.models.speed_child import measure_speed_in_child
from resnet_core.pictures.door import decode_picture
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.training.estimate import PictureShape, measure_step_time_in_child
from tests.training.conftest import home, tiny_experiment  # noqa: F401 - a fixture

ECHO = "tests.echoing_child"
SHAPE = PictureShape(channels=1, image_size_px=8, num_classes=4)
FAILING = {
    "is killed": "kill -9 $$",
    "gives up": "echo 'Traceback: NoSuchError' >&2; exit 3",
    "says nothing": "exit 0",
    "talks nonsense": "echo nonsense",
    "answers in another form": "echo '[1]'; echo '{\"answer\": {\"no such field\": 1}}'",
    "fills its pipe and is killed": "head -c 300000 /dev/zero >&2; kill -9 $$",
}
"""What a script does in a child's place."""


def tiny_net() -> ModelConfig:
    return model_config("resnet8", stage_blocks=(1, 1), stage_widths=(4, 8), stem_width=4)


def look() -> None:
    with io.BytesIO() as file:
        Image.new("RGB", (16, 16)).save(file, "AVIF")
        decode_picture(file.getvalue(), name="figure.avif")


def checked(file: Path) -> CheckRequest:
    return CheckRequest(
        files=[(file, "zip")], name=file.name, output=file.with_suffix(".safetensors")
    )


def examine() -> None:
    with Checker() as checker:
        checker.check(checked(Path("net.pth")))


ASKED: dict[str, Callable[[], object]] = {
    "speed": lambda: measure_speed_in_child(tiny_net(), 8),
    "step time": lambda: measure_step_time_in_child(tiny_experiment(), SHAPE),
    "picture": look,
    "weights": examine,
}


def sentence_of(ask: Callable[[], object]) -> str:
    with pytest.raises(ResNetLabError) as caught:
        ask()
    sentence = str(caught.value)
    assert re.fullmatch(r"['A-Z][^\n]+\.", sentence), sentence
    assert not re.search(r"[a-z]Error|Exception|Errno|Traceback", sentence), sentence
    return sentence


def in_place_of_python(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


@contextlib.contextmanager
def no_more_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def children(of: int) -> list[int]:
    """Numbers of the processes that another has started and that still live."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == of and state != "Z":
                found.append(int(status.parent.name))
    return found


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("failing", FAILING)
def test_a_child_that_fails_is_told_in_a_sentence(failing, asked, tmp_path, monkeypatch):
    in_place_of_python(FAILING[failing], tmp_path, monkeypatch)
    sentence_of(ASKED[asked])


@pytest.mark.parametrize("asked", ASKED)
def test_a_child_that_cannot_start_says_what_to_do(asked, monkeypatch):
    with no_more_files():
        assert "too many files are open" in sentence_of(ASKED[asked])
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "/nowhere/python is not there" in sentence_of(ASKED[asked])


def test_a_run_whose_worker_cannot_start_leaves_nothing(home, monkeypatch):  # noqa: F811
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    config = dataclasses.replace(tiny_experiment(), data=DataConfig(source="synthetic"))
    with pytest.raises(ProcessError, match="/nowhere/python is not there"):
        launcher.start_experiment(config)
    assert not runs.list_runs()


def test_a_run_whose_worker_cannot_start_again_is_what_it_was(home, monkeypatch):  # noqa: F811
    folder = runs.create_run(tiny_experiment())
    runs.write_state(folder, dataclasses.replace(runs.read_state(folder), phase="stopped"))
    before = runs.read_status(folder.name)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProcessError, match="/nowhere/python is not there"):
        launcher.resume_run(folder.name)
    assert runs.read_status(folder.name) == before


def test_weights_are_not_blamed_for_what_the_machine_lacks(tmp_path):
    with no_more_files():
        assert "too many files are open" in check_child._apart({})["problem"]
    pipe = tmp_path / "net.pth"
    os.mkfifo(pipe)  # whoever reads it waits
    with Checker() as checker, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(sentence_of, lambda: checker.check(checked(pipe)))
        while not asked.done():
            for reader in children(checker._start().pid):
                os.kill(reader, signal.SIGKILL)
            time.sleep(0.05)
    says = asked.result()
    assert "memory runs out" in says and "harm" not in says


def test_a_child_that_is_killed_while_it_measures_is_told_with_its_signal():
    before = set(children(os.getpid()))

    def kill(message: str, fraction: float | None = None) -> None:
        if message != "starting a process of its own":
            (child,) = set(children(os.getpid())) - before
            os.kill(child, signal.SIGKILL)

    with pytest.raises(ProcessError, match="SIGKILL"):
        measure_speed_in_child(model_config("resnet20"), 32, kill)


def test_a_child_ends_when_nobody_waits_any_more():
    before = set(children(os.getpid()))

    def stop(message: str, fraction: float | None = None) -> None:
        if set(children(os.getpid())) - before:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_step_time_in_child(tiny_experiment(), SHAPE, stop)
    assert set(children(os.getpid())) == before


def test_a_child_that_says_no_more_and_does_not_end_is_not_waited_for(tmp_path, monkeypatch):
    in_place_of_python("exec sleep 1000 >&-", tmp_path, monkeypatch)
    told: list[str] = []

    def stop(message: str, fraction: float | None = None) -> None:
        told.append(message)
        if len(told) == 10:
            raise CancelledError("Stopped.")

    before = set(children(os.getpid()))
    with pytest.raises(CancelledError):
        measure_speed_in_child(tiny_net(), 8, stop)
    assert set(children(os.getpid())) == before


def test_a_signal_without_a_name_is_told_by_its_number():
    assert "signal 44" in ending_problem(-44)
    assert "SIGSEGV" in ending_problem(-signal.SIGSEGV)


def test_what_a_library_prints_is_no_answer_and_a_problem_ends_them():
    heard: list[object] = []
    long = "x" * 300_000  # more than a pipe holds
    ask_child(ECHO, {"text": long, "fails": False}, take=heard.append, wait=lambda: None)
    assert heard == [long]
    with pytest.raises(DeviceError, match="It cannot go on"):
        ask_child(ECHO, {"text": "", "fails": True}, take=heard.append, wait=lambda: None)
    assert heard == [long, ""]
