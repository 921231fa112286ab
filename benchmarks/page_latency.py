"""What a training run costs the pages: the same visits with a run paused and with it training.

    python -m benchmarks.page_latency --pairs 10

Starts the real server and a real run of ResNet-20 and plain-20 that uses every core, then pauses
and resumes it in turn.  Each time a browser goes from one page to another, and the time from the
click to the new page's title is taken.  Goal: the median with training is at most half a second
above the one without.
"""

import argparse
import statistics
import time

from playwright.sync_api import Page

from benchmarks.browser import visiting
from benchmarks.home import empty_home
from benchmarks.running import start_run
from resnet_core.runs.control import request
from resnet_core.runs.launcher import kill_run
from resnet_core.runs.status import Phase, read_status, run_dir

_TOUR = ("Runs", "Scoreboard", "Home", "Architecture")
_TITLES = {"Home": "ResNet Lab"}
_TIMEOUT_S = 120.0


def bring_to(run_id: str, phase: Phase) -> None:
    """Pauses or resumes the run, and waits until it is so."""
    request(run_dir(run_id), "pause" if phase == "paused" else "run")
    deadline = time.monotonic() + _TIMEOUT_S
    while read_status(run_id).phase != phase:
        assert time.monotonic() < deadline, read_status(run_id)
        time.sleep(0.1)


def time_tour(page: Page) -> list[float]:
    """Seconds from each click on a page's name to its title."""
    times = []
    for name in _TOUR:
        started = time.perf_counter()
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        title = page.get_by_role("heading", level=1, name=_TITLES.get(name, name))
        title.wait_for()
        times.append(time.perf_counter() - started)
    return times


def main() -> None:
    """Prints both medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    options = parser.parse_args()
    times: dict[Phase, list[float]] = {"paused": [], "training": []}
    with empty_home() as home, visiting(home) as (lab, page):
        run_id = start_run()
        try:
            page.goto(lab.url)
            bring_to(run_id, "training")
            time_tour(page)  # what a first visit loads counts for neither
            for _ in range(options.pairs):
                for phase in times:
                    bring_to(run_id, phase)
                    times[phase] += time_tour(page)
        finally:
            kill_run(run_id)
    for phase, seconds in times.items():
        _, median, _ = statistics.quantiles(seconds, n=4)
        p95 = statistics.quantiles(seconds, n=20)[-1]
        print(
            f"{phase}: click to title median {median:.2f} s, 95 % within {p95:.2f} s, "
            f"n = {len(seconds)}"
        )


if __name__ == "__main__":
    main()
