import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from benchmarks.server import Lab
from resnet_core.paths import runs_dir
from resnet_core.runs.launcher import kill_run, start_experiment
from resnet_core.runs.lock import is_held
from resnet_core.runs.status import list_runs, read_status, run_dir
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.live import PATIENCE_S, TOGETHER_PATIENCE_S, WORKER_PATIENCE_S
from tests.pages.tiny import tiny_experiment, write_pictures

_CAMERA = "--use-fake-device-for-media-stream"  # on every machine

OpenPage = Callable[..., Page]
StartRun = Callable[[str], str]
_SHORT = 8
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def _same_home(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives the test the server's home, and ends every run: a device trains one at a time."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(lab.home))
    yield
    for status in list_runs():
        kill_run(status.run_id)


@pytest.fixture(scope="session")
def _pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("own") / "pictures")


@pytest.fixture
def start_endless(lab: Lab, _pictures: Path) -> StartRun:
    """Starts a tiny run of that name, too long to end by itself, and gives its id."""
    return lambda name: start_experiment(tiny_experiment(_pictures, name, steps=500_000))


@dataclass(frozen=True)
class FinishedRuns:
    """Two runs that are done, in the lab's home."""

    run_ids: tuple[str, ...]
    steps: int


@pytest.fixture(scope="session")
def _two_runs(lab: Lab, _pictures: Path) -> Path:
    """Trains two short runs and keeps a copy of their folders."""
    kept = lab.home / "kept"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(lab.home))
        for name in ("First", "Second"):
            run_id = start_experiment(tiny_experiment(_pictures, name, steps=_SHORT))
            deadline = time.monotonic() + WORKER_PATIENCE_S
            while read_status(run_id).is_live or is_held(run_dir(run_id)):  # its store is closed
                assert time.monotonic() < deadline, read_status(run_id)
                time.sleep(0.1)
            shutil.copytree(run_dir(run_id), kept / run_id)
    return kept


@pytest.fixture
def finished_runs(_two_runs: Path) -> FinishedRuns:
    """Exactly two finished runs, whatever other tests left or took away."""
    while runs_dir().exists():  # a worker that was just killed may still have a journal there
        shutil.rmtree(runs_dir(), ignore_errors=True)
    shutil.copytree(_two_runs, runs_dir())
    return FinishedRuns(tuple(status.run_id for status in list_runs()), _SHORT)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            pytest.skip("There is no Chromium: install Debian's, or `playwright install chromium`.")
        chromium = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, _CAMERA])
        yield chromium
        chromium.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(autouse=True)
def _patience_ms(request: pytest.FixtureRequest) -> float:
    """How long anything is waited for that says nothing else."""
    is_alone = request.node.get_closest_marker("alone") is not None
    patience_ms = 1000 * (PATIENCE_S if is_alone else TOGETHER_PATIENCE_S)
    expect.set_options(timeout=patience_ms)
    return patience_ms


@pytest.fixture
def open_page(
    browser: Browser,
    lab: Lab,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    _patience_ms: float,
) -> Iterator[OpenPage]:
    """Opens a path of the lab, or another address of it, in a browser of its own.

    It fails on whatever must not happen: an error of a script, a request to another host.

    A test that fails leaves a picture of each of its pages in its temporary folder.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_path(path: str = "/", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 1400}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(path=Path(__file__).with_name("talk.js"))
        page = context.new_page()
        page.set_default_timeout(_patience_ms)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        target = urljoin(lab.url, path)
        page.on("request", lambda request: _check_host(request.url, target, faults))
        page.goto(target)
        return page

    yield open_path
    for number, context in enumerate(contexts):
        if request.node.stash.get(_FAILED, False):
            context.pages[0].screenshot(path=tmp_path / f"page-{number}.png")
        context.close()
    assert not faults, faults


def _check_host(url: str, target: str, faults: list[str]) -> None:
    if not url.startswith((urljoin(target, "/"), "data:", "blob:")):
        faults.append(f"request to another host: {url}")
