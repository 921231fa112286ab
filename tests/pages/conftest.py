"""Pages run for real, over run folders that the real worker made."""

import functools
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.ui.shell import jobs
from resnet_core.runs.launcher import kill_run, start_experiment
from resnet_core.runs.lock import is_held
from resnet_core.runs.status import list_runs, read_status, run_dir
from tests.inference.conftest import save_tiny
from tests.pages.saved_runs import no_shipped_nets, saved_run  # noqa: F401  (fixtures)
from tests.pages.tiny import tiny_experiment, write_pictures

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "pages"

OpenPage = Callable[..., AppTest]

_PATIENCE_S = 240


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Streamlit reads what every installed package says of itself for each page that is opened.

    That takes longer than most pages, and says the same each time.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def _finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(home))
        run_id = start_experiment(tiny_experiment(write_pictures(home / "pictures")))
        deadline = time.monotonic() + _PATIENCE_S
        while read_status(run_id).is_live or is_held(run_dir(run_id)):  # its store is closed
            assert time.monotonic() < deadline, read_status(run_id)
            time.sleep(0.1)
        assert read_status(run_id).phase == "finished", read_status(run_id)
        return run_dir(run_id)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own; whatever the pages start there is ended."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    # Nobody leaves a page of a test, however long a busy machine takes to draw it again.
    monkeypatch.setattr("pages.ui.shell.job._ABANDONED_AFTER_S", _PATIENCE_S)
    st.cache_data.clear()
    yield tmp_path
    _end_jobs()
    for status in list_runs():
        kill_run(status.run_id)


def _end_jobs() -> None:
    """Ends what is under way: it would go on in the next test, in its home and with its patches."""
    with jobs._lock:
        going = [job for job in jobs._jobs.values() if not job.is_done]
    for job in going:
        jobs.forget(job.key)
    for job in going:
        assert job.wait(_PATIENCE_S), f"{job.key} does not stop"


@pytest.fixture
def finished_run(_finished_run: Path, home: Path) -> str:
    """A run of 12 steps that the worker finished; a copy, so that a test may spoil it."""
    shutil.copytree(_finished_run, home / "runs" / _finished_run.name)
    return _finished_run.name


@pytest.fixture
def open_page() -> OpenPage:
    """Runs a page alone, as its file stands."""

    def open_alone(name: str, **query: str) -> AppTest:
        return _run(
            AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=_PATIENCE_S), query
        )

    return open_alone


@pytest.fixture
def enter() -> OpenPage:
    """Runs a page through the navigation, as a visitor comes to it."""

    def open_through_navigation(name: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=_PATIENCE_S).run()
        assert not at.exception
        return _run(at.switch_page(f"{name}.py"), query)

    return open_through_navigation


def _run(at: AppTest, query: dict[str, str]) -> AppTest:
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


@pytest.fixture
def net(home: Path) -> Path:
    """A net that a person brought."""
    return save_tiny(home / "imported", "tiny")


@pytest.fixture
def no_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a step has a test of its own; elsewhere it would only cost time."""
    monkeypatch.setattr("pages.ui.train.cost._measured", lambda config, data: None)


@pytest.fixture
def no_old_jobs() -> None:
    """No job of another test is under way or done."""
    with jobs._lock:
        jobs._jobs.clear()
