"""Many people at once, on each page in turn, while a run trains: how long their reruns take.

    python -m benchmarks.sessions --sessions 50 --json

Starts the real server and a real run that uses every core.  Then, page by page, that many sessions
arrive within a few seconds and rerun the page every few seconds, as people do who press things;
their charts and side bars poll as well, and so does somebody who asks whether the server is well.
A rerun lasts from the message to the server until the server says that the script has ended.  Goal:
95 % within 5 s on every page without an error, and health within 1 s.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from benchmarks.health import polled_health
from benchmarks.home import empty_home
from benchmarks.processes import cpu_s, hardware, memory_mib
from benchmarks.running import start_run, wait_until_training
from benchmarks.server import Lab
from benchmarks.visitor import WITH_CHART, ChartReader, NewsReader, visiting
from pages.ui.shell.site_map import entries
from resnet_core.runs.launcher import kill_run

_ARRIVE_WITHIN_S = 5.0
_THINK_S = (2.0, 6.0)
_SHOWN_ERRORS = 3
_KEEP_ALIVE_S = 2.0
"""The server ends idle connections after 5 s; a browser asks again when they cross, httpx fails."""


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Who visits a page, and for how long."""

    sessions: int
    seconds: float
    run_id: str | None
    """The run that trains meanwhile, which charts show."""


@dataclass(kw_only=True)
class Notes:
    """What a crowd saw on one page; every session adds to it."""

    arrivals_s: list[float] = field(default_factory=list)
    reruns_s: list[float] = field(default_factory=list)
    health_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    server_cpu_s: float = 0.0
    """What the server spent on all of it: it tells less of what else the machine does."""


def percentile_95(values: list[float]) -> float | None:
    """The value that 95 % do not exceed, or `None` without any."""
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


async def visit(lab: Lab, page: str, crowd: Crowd) -> Notes:
    """Sends a crowd to a page and gives what it saw."""
    notes = Notes()
    spent_before_s = cpu_s(lab.process_id)
    limits = httpx.Limits(
        max_connections=None,
        max_keepalive_connections=crowd.sessions,
        keepalive_expiry=_KEEP_ALIVE_S,
    )
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:
        sitting = [_sit(lab, page, crowd, client, notes) for _ in range(crowd.sessions)]
        with polled_health(lab.url, notes.health_s):
            await asyncio.gather(*sitting)
    notes.server_cpu_s = cpu_s(lab.process_id) - spent_before_s
    return notes


async def _sit(lab: Lab, page: str, crowd: Crowd, client: httpx.AsyncClient, notes: Notes) -> None:
    """One person: comes, looks, presses something every few seconds, and goes."""
    leaves_at = time.monotonic() + _ARRIVE_WITHIN_S + crowd.seconds
    await asyncio.sleep(random.uniform(0, _ARRIVE_WITHIN_S))
    address = f"{lab.url}/api/runs/{crowd.run_id}/metrics"
    chart, news = ChartReader(client, address), NewsReader(client, lab.url)
    try:
        async with visiting(lab.url) as visitor, asyncio.TaskGroup() as group:
            notes.arrivals_s.append(await visitor.arrive(page))
            reading = [group.create_task(news.read_on())]
            if crowd.run_id is not None and page in WITH_CHART:
                reading.append(group.create_task(chart.read_on()))
            is_first = True  # who came late presses once all the same
            while (is_first or time.monotonic() < leaves_at) and not visitor.errors:
                await asyncio.sleep(random.uniform(*_THINK_S))
                notes.reruns_s.append(await visitor.rerun())
                is_first = False
            assert visitor.errors or visitor.page == page, visitor.page
            for task in reading:
                task.cancel()
            notes.errors += visitor.errors + chart.errors + news.errors
    except (OSError, TimeoutError) as exc:
        notes.errors.append(f"A session could not be opened: {exc!r}")


def measure(pages: list[str], sessions: int, seconds: float, *, trains: bool) -> dict[str, Any]:
    """Visits each page in turn, and gives what is printed."""
    with empty_home() as home:
        lab = Lab(home)
        lab.start()
        run_id = start_run() if trains else None
        try:
            if run_id is not None:
                wait_until_training(run_id)
            crowd = Crowd(sessions=sessions, seconds=seconds, run_id=run_id)
            notes = {page: _told(page, asyncio.run(visit(lab, page, crowd))) for page in pages}
            rss_mib = round(memory_mib(lab.process_id))
        finally:
            if run_id is not None:
                kill_run(run_id)
            lab.stop()
    health = [value for seen in notes.values() for value in seen.health_s]
    return {
        "pages": {page: summarise(seen) for page, seen in notes.items()},
        "health_p95_s": _rounded(percentile_95(health)),
        "health_max_s": _rounded(max(health, default=None)),
        "rss_mib": rss_mib,
        "sessions": sessions,
        "seconds_per_page": seconds,
        "run_trains": trains,
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "hardware": hardware(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def summarise(notes: Notes) -> dict[str, Any]:
    """Gives the figures of one page."""
    num_runs = len(notes.reruns_s) + len(notes.arrivals_s)
    return {
        "p95_s": _rounded(percentile_95(notes.reruns_s)),
        "median_s": _rounded(statistics.median(notes.reruns_s) if notes.reruns_s else None),
        "arrival_p95_s": _rounded(percentile_95(notes.arrivals_s)),
        "n": len(notes.reruns_s),
        "server_cpu_s_per_run": _rounded(notes.server_cpu_s / num_runs) if num_runs else None,
        "errors": len(notes.errors),
        "first_errors": sorted(set(notes.errors))[:_SHOWN_ERRORS],
        "health_p95_s": _rounded(percentile_95(notes.health_s)),
        "health_max_s": _rounded(max(notes.health_s, default=None)),
    }


def _told(page: str, notes: Notes) -> Notes:
    load, _, _ = os.getloadavg()
    print(f"{page}: {summarise(notes)}, load average {load:.1f}", file=sys.stderr, flush=True)
    return notes


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def main() -> None:
    """Prints the figures of every page."""
    names = [entry.name for entry in entries()]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--pages", nargs="+", choices=names, default=names, metavar="PAGE")
    parser.add_argument("--seconds", type=float, default=40.0, help="on each page")
    parser.add_argument("--no-run", action="store_true", help="train nothing meanwhile")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    # Told to end, it still ends server and run.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    found = measure(options.pages, options.sessions, options.seconds, trains=not options.no_run)
    if options.json:
        print(json.dumps(found))
        return
    for page, figures in found.pop("pages").items():
        print(f"{page}: {figures}")
    print(found)


if __name__ == "__main__":
    main()
