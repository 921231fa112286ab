"""The root of the package: ten names at most, each loaded when asked for, each with an example."""

import doctest
import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import resnet_core
from resnet_core.runs.launcher import kill_run
from resnet_core.runs.status import list_runs

LOAD = """
import sys, time
start = time.process_time()
import resnet_core
took = time.process_time() - start
known = set(dir(resnet_core)) >= set(resnet_core.__all__)
print(took, known, {"torch", "numpy", "streamlit"} & set(sys.modules))
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ends the run that an example starts: it would train on, in the home of all other tests."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    yield
    for status in list_runs():
        kill_run(status.run_id)


def test_import_loads_nothing_heavy_and_takes_a_fifth_of_a_second_at_most() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    took, known, heavy = done.stdout.split(maxsplit=2)
    assert (float(took) <= 0.2, known, heavy.strip()) == (True, "True", "set()")


def test_names_are_those_of_the_rooms() -> None:
    assert sorted(resnet_core._ROOMS) == resnet_core.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        resnet_core.nothing  # noqa: B018


@pytest.mark.parametrize("name", resnet_core.__all__)
def test_name_is_typed_and_its_example_holds(name: str) -> None:
    function = getattr(resnet_core, name)
    assert function.__module__ == resnet_core._ROOMS[name]
    hints = typing.get_type_hints(function)
    assert hints.keys() == {*inspect.signature(function).parameters, "return"}
    (test,) = [
        found
        for found in doctest.DocTestFinder(recurse=False).find(function, name)
        if found.examples
    ]
    told: list[str] = []
    failed = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        test, out=told.append
    )
    assert failed.failed == 0, "".join(told)
