"""What a new visitor waits for and downloads: the demo, press to end, and each page's first visit.

    python -m benchmarks.first_minute --repeats 5 --json

The real server over an empty home folder, warm, and a real Chromium of 1280 x 800.  The demo is
started on Home again and again; times count from the press.  Then each page is visited once by a
browser that has seen none.  Goals on two quiet cores: first point within 5 s, apart within 20 s,
whole within 60 s, at most 3 MB and a layout shift of 0.1 a page.
"""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import browsing
from benchmarks.command import benchmark_options, measure_and_tell
from benchmarks.home import empty_home
from benchmarks.processes import hardware
from pages.ui.shell.site_map import entries
from resnet_core.runs.launcher import kill_run
from resnet_core.runs.status import delete_run, list_runs

_AXE = Path(__file__).resolve().parents[1] / "tests/javascript/node_modules/axe-core/axe.min.js"
_VIEW = {"width": 1280, "height": 800}
_PATIENCE_S = 900.0
_SETTLING_MS = 4000
_CHART = "document.querySelector('[data-testid=live-chart]:not(.rl-is-replay)')"
_HAS_POINT = f"() => ({_CHART}?.dataset.steps ?? '0').split(',').every((step) => step > 0)"
_IS_WHOLE = f"() => {_CHART}?.dataset.phase === 'finished'"
_APART_WORDS = "is lower by"
_SHIFTS = """
    window.labShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.labShift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


def time_demo(page: Page, url: str) -> dict[str, float]:
    """Starts the demo on Home and follows it to its end; seconds from the press."""
    page.goto(url)
    button = page.get_by_role("button", name="Start the demo")
    button.wait_for()
    page.wait_for_timeout(_SETTLING_MS)
    started = time.perf_counter()
    button.click()
    page.wait_for_function(_HAS_POINT, polling=50)
    point_s = time.perf_counter() - started
    # Home's own verdict is no listener, so a page that is just being left does not count.
    page.get_by_test_id("listener").filter(has_text=_APART_WORDS).first.wait_for()
    apart_s = time.perf_counter() - started
    page.wait_for_function(_IS_WHOLE, polling=50)
    whole_s = time.perf_counter() - started
    return {"press_to_point_s": point_s, "apart_s": apart_s, "whole_s": whole_s}


def clear_runs() -> None:
    """Ends and deletes all runs, so that each demo begins like the first."""
    for status in list_runs():
        kill_run(status.run_id)
        delete_run(status.run_id)


def visit(browser: Browser, address: str) -> dict[str, Any]:
    """Visits a page as the first one ever: its megabytes, its layout shift, its violations."""
    context = browser.new_context(viewport=_VIEW)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.add_init_script(_SHIFTS)
        sizes: list[float] = []
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.goto(address)
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(_SETTLING_MS)
        shift = page.evaluate("() => window.labShift")
        return {
            "transferred_mb": round(sum(sizes) / 1e6, 3),
            "layout_shift": round(shift, 4),
            "axe": count_violations(page),
        }
    finally:
        context.close()


def count_violations(page: Page) -> int | None:
    """Counts what axe-core finds wrong with a page; `None` where it is not installed."""
    if not _AXE.is_file():
        return None
    page.evaluate(_AXE.read_text())
    return len(page.evaluate("() => axe.run().then((found) => found.violations)"))


def _median(measure: Callable[[], dict[str, float]], repeats: int) -> dict[str, float]:
    found = [measure() for _ in range(repeats)]
    return {name: round(statistics.median(each[name] for each in found), 2) for name in found[0]}


def measure_first_minute(repeats: int) -> dict[str, Any]:
    """Measures everything, with the load of the machine before and after."""
    load_before = os.getloadavg()[0]
    with empty_home() as home, browsing(home) as (lab, browser):
        page = browser.new_page(viewport=_VIEW)  # type: ignore[arg-type]
        page.set_default_timeout(1000 * _PATIENCE_S)

        def demo() -> dict[str, float]:
            clear_runs()
            return time_demo(page, lab.url)

        try:
            times = _median(demo, repeats) if repeats else {}
        finally:
            clear_runs()
        page.close()
        visits = {entry.name: visit(browser, _address(lab.url, entry.name)) for entry in entries()}
    pages = {
        what: {name: found[what] for name, found in visits.items()}
        for what in ("transferred_mb", "layout_shift", "axe")
    }
    load = {"before": load_before, "after": os.getloadavg()[0]}
    return {**times, **pages, "n": repeats, "load": load, "hardware": hardware()}


def _address(url: str, name: str) -> str:
    return url if name == "home" else f"{url}/{name}"


def lines(found: dict[str, Any]) -> str:
    """A line for each quantity."""
    return "\n".join(f"{name}: {value}" for name, value in found.items())


def main() -> None:
    """Prints what was measured, or JSON."""
    parser = benchmark_options(__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="demos; with 0 only the visits")
    measure_and_tell(
        parser,
        lambda options: measure_first_minute(options.repeats),
        lines,
        at_least={"repeats": 0},
    )


if __name__ == "__main__":
    main()
