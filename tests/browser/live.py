"""Reading the live chart, and waiting for it."""

import json
import os
import signal
import time
from collections.abc import Callable

from playwright.sync_api import Page

from resnet_core.runs.status import run_dir

CHART = "[data-testid=live-chart]"
PATIENCE_S = 30.0
"""What a person waits for an answer of a page, with both cores busy: held by those alone."""
TOGETHER_PATIENCE_S = 120.0
"""The same beside another test with a server, a browser and a worker of its own."""
WORKER_PATIENCE_S = 300.0
"""A worker is modest: beside busy cores it trains when they leave something over."""


def measures(page: Page) -> dict[str, str]:
    """What the chart says of itself: phase, step, steps, points, bytes, theme."""
    return page.evaluate(f"() => ({{...document.querySelector('{CHART}')?.dataset}})")


def arm_steps(page: Page) -> list[int]:
    """Newest step that is drawn, for each arm."""
    return [int(step) for step in measures(page).get("steps", "0").split(",")]


def drawn_steps(page: Page) -> dict[str, int]:
    """Newest step of the first curve of each figure, as Plotly has drawn it."""
    figures = ("loss", "accuracy", "rate", "norm")
    last = "name => document.querySelector(`.rl-${name}`).calcdata[0].at(-1).x"
    return {name: page.evaluate(last, name) for name in figures}


def wait_for(condition: Callable[[], bool], what: str, page: Page) -> None:
    deadline = time.monotonic() + WORKER_PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"Waited in vain for {what}: {measures(page)}"
        page.wait_for_timeout(100)


def wait_for_phase(page: Page, phase: str) -> None:
    wait_for(lambda: measures(page).get("phase") == phase, f"phase {phase}", page)


def wait_for_growth(page: Page, by: int = 2) -> None:
    """Waits until every arm's curve is longer by some steps."""
    page.wait_for_selector(CHART)
    before = arm_steps(page)
    goal = max(before) + by
    wait_for(lambda: min(arm_steps(page)) >= goal and len(arm_steps(page)) == 2, "growth", page)


def kill_worker(run_id: str) -> None:
    """Kills a run's worker as a crash would."""
    identity = json.loads((run_dir(run_id) / "lock").read_text())
    os.kill(identity["pid"], signal.SIGKILL)
