"""Does a page ever stay white?  Presses and page changes under load, and what a tab asks for.

    python -m benchmarks.page_changes --presses 60 --changes 200 --busy-loops 2 --json

Starts the real server with an empty home.  A press opens Home in a browser of its own, presses
"Start the demo" and waits for the live view; the run is stopped again.  The changes go from page to
page in one tab while a run trains.  Between both an idle and a live tab are left alone for a while,
to count their requests.  A page is white when its heading does not come within `--patience`
seconds.  Goal: no white page, no browser error.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from playwright.sync_api import Browser, Error, Page

from benchmarks.browser import browsing
from benchmarks.home import empty_home
from benchmarks.running import start_run
from pages.ui.shell.site_map import entries
from resnet_core.runs.launcher import kill_run
from resnet_core.runs.status import list_runs

_TITLES = {"Home": "ResNet Lab"}


@dataclass
class Tally:
    """What was tried and what went wrong."""

    presses: int = 0
    changes: int = 0
    white: int = 0
    browser_errors: list[str] = field(default_factory=list)
    press_to_view_s: list[float] = field(default_factory=list)
    requests_a_minute: dict[str, float] = field(default_factory=dict)


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Keeps cores busy while the context lasts."""
    loop = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(count)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()


@contextmanager
def _tab(browser: Browser, tally: Tally) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.on("pageerror", lambda error: tally.browser_errors.append(str(error)))
    yield page
    context.close()


def press(browser: Browser, url: str, tally: Tally, patience_s: float) -> None:
    """Presses the demo's button once, and looks whether its live view comes."""
    with _tab(browser, tally) as page:
        page.goto(url)
        page.get_by_role("button", name="Start the demo").click()
        started = time.monotonic()
        try:
            page.wait_for_url("**/train?run=*", timeout=1000 * patience_s)
            page.get_by_text("Gradient norm").first.wait_for(timeout=1000 * patience_s)
        except Error:
            tally.white += 1
        tally.press_to_view_s.append(round(time.monotonic() - started, 2))
        tally.presses += 1
    for status in list_runs():
        kill_run(status.run_id)


def change_pages(page: Page, count: int, tally: Tally, patience_s: float) -> None:
    """Goes through all pages again and again, by the side bar."""
    titles = [entry.title for entry in entries()]
    for number in range(count):
        title = titles[(number + 1) % len(titles)]
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        heading = page.get_by_role("heading", level=1, name=_TITLES.get(title, title), exact=True)
        try:
            heading.wait_for(timeout=1000 * patience_s)
        except Error:
            tally.white += 1
        tally.changes += 1


def count_requests(page: Page, seconds: float) -> float:
    """Counts what a tab that is left alone asks of the server, per minute: HTTP and websocket."""
    asked = [0]

    def note(*_: object) -> None:
        asked[0] += 1

    page.on("request", note)
    page.on("websocket", lambda socket: socket.on("framesent", note))
    page.reload()
    page.wait_for_timeout(8000)
    asked[0] = 0
    page.wait_for_timeout(1000 * seconds)
    return round(asked[0] * 60 / seconds, 1)


def measure(options: argparse.Namespace) -> Tally:
    """Does all of it against a server of its own."""
    tally = Tally()
    with empty_home() as home, browsing(home) as (lab, browser), busy_loops(options.busy_loops):
        with _tab(browser, tally) as page:
            page.goto(lab.url)
            tally.requests_a_minute["idle"] = count_requests(page, options.seconds)
        for number in range(options.presses):
            press(browser, lab.url, tally, options.patience)
            print(f"press {number + 1}: {tally.white} white", file=sys.stderr)
        run_id = start_run()
        try:
            with _tab(browser, tally) as page:
                page.goto(f"{lab.url}/train?run={run_id}")
                tally.requests_a_minute["live"] = count_requests(page, options.seconds)
                change_pages(page, options.changes, tally, options.patience)
        finally:
            kill_run(run_id)
    return tally


def main() -> None:
    """Prints the tally; exits with 1 if a page stayed white or the browser met an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--busy-loops", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--seconds", type=float, default=60.0, help="to count a tab's requests")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tally = measure(options)
    tally.press_to_view_s.sort()
    found = {**asdict(tally), "load": os.getloadavg()[0], "busy_loops": options.busy_loops}
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name}: {value}")
    sys.exit(1 if tally.white or tally.browser_errors else 0)


if __name__ == "__main__":
    main()
