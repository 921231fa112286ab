"""Whether memory stays where it is: hours of use while one run trains.

    python -m benchmarks.soak --hours 2 --sessions 10 --json

Starts the real server and a real run, and lets sessions wander from page to page, rerun what they
see, look at the live chart, and leave for a new session now and then.  Resident memory of server
and worker is read every 30 s; the start counts after a warm-up, as medians of five readings at
either end.  What is known so far is kept in the file `--output`, so that an end before its time
loses nothing.  Goal: at most 10 % more.
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
from pathlib import Path
from typing import Any

import httpx

from benchmarks.home import empty_home
from benchmarks.processes import hardware, memory_mib, worker_of
from benchmarks.running import start_run, wait_until_training
from benchmarks.server import Lab
from benchmarks.visitor import WITH_CHART, ChartReader, Visitor, visiting
from pages.ui.shell.site_map import entries
from resnet_core.atomic import write_atomically
from resnet_core.runs.launcher import kill_run

_SAMPLE_EVERY_S = 30.0
_READINGS = 5
_RERUNS_A_PAGE = (2, 8)
_PAGES_A_SESSION = (5, 15)
_PAUSE_AFTER_FAILURE_S = 5.0
_KEPT_ERRORS = 100


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how many, and where the results are kept."""

    hours: float
    sessions: int
    warm_up_s: float
    output: Path
    think_s: tuple[float, float]
    """Shortest and longest time between two reruns of a session."""


@dataclass(kw_only=True)
class Log:
    """What has happened so far; every session adds to it."""

    started: float = field(default_factory=time.monotonic)
    reruns: int = 0
    num_errors: int = 0
    errors: list[str] = field(default_factory=list)
    """The first of them."""
    samples: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the start, MiB of the server, MiB of the worker."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def note(self, errors: list[str]) -> None:
        """Counts errors and keeps the first of them."""
        self.num_errors += len(errors)
        self.errors += errors[: max(0, _KEPT_ERRORS - len(self.errors))]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is running."""

    lab: Lab
    run_id: str
    client: httpx.AsyncClient
    think_s: tuple[float, float]


async def _wander(place: Place, log: Log) -> None:
    """One person after another: each visits some pages in one session, and goes."""
    while True:
        try:
            async with visiting(place.lab.url) as visitor:
                await _visit_some(place, visitor, log)
            log.note(visitor.errors)
        except (OSError, TimeoutError) as exc:
            log.note([f"A session could not be opened: {exc!r}"])
            await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)


async def _visit_some(place: Place, visitor: Visitor, log: Log) -> None:
    await visitor.arrive("home")
    for _ in range(random.randint(*_PAGES_A_SESSION)):
        page = random.choice([entry.name for entry in entries()])
        await _look_around(place, visitor, page, log)
        if visitor.errors:
            return


async def _look_around(place: Place, visitor: Visitor, page: str, log: Log) -> None:
    await visitor.go_to(page)
    chart = ChartReader(place.client, f"{place.lab.url}/api/runs/{place.run_id}/metrics")
    reading = asyncio.create_task(chart.read_on()) if page in WITH_CHART else None
    try:
        for _ in range(random.randint(*_RERUNS_A_PAGE)):
            await asyncio.sleep(random.uniform(*place.think_s))
            await visitor.rerun()
            log.reruns += 1
    finally:
        if reading is not None:
            reading.cancel()
        log.note(chart.errors)


async def _sample(place: Place, plan: Plan, log: Log) -> None:
    """Reads memory until the time is over, and keeps what is known in a file."""
    worker = worker_of(place.run_id)
    while log.elapsed_s < plan.hours * 3600:
        await asyncio.sleep(min(_SAMPLE_EVERY_S, plan.hours * 3600 - log.elapsed_s))
        sample = (log.elapsed_s, memory_mib(place.lab.process_id), memory_mib(worker))
        log.samples.append(sample)
        found = {**summarise(log, plan), "errors_seen": log.errors, "samples": log.samples}
        write_atomically(plan.output, json.dumps(found).encode())
        told = {name: found[name] for name in ("hours", "server_mib", "worker_mib", "errors")}
        print(told, file=sys.stderr, flush=True)


async def soak(lab: Lab, run_id: str, plan: Plan) -> Log:
    """Lets sessions wander for the planned time."""
    log = Log()
    async with httpx.AsyncClient(timeout=30) as client:
        place = Place(lab=lab, run_id=run_id, client=client, think_s=plan.think_s)
        wandering = [asyncio.create_task(_wander(place, log)) for _ in range(plan.sessions)]
        await _sample(place, plan, log)
        for task in wandering:
            task.cancel()
        ended = await asyncio.gather(*wandering, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault
    return log


def summarise(log: Log, plan: Plan) -> dict[str, Any]:
    """Gives the figures so far."""
    return {
        "server_mib": _growth([sample[1] for sample in _after_warm_up(log, plan)]),
        "worker_mib": _growth([sample[2] for sample in _after_warm_up(log, plan)]),
        "errors": log.num_errors,
        "reruns": log.reruns,
        "hours": round(log.elapsed_s / 3600, 3),
        "sessions": plan.sessions,
        "warm_up_s": plan.warm_up_s,
        "think_s": plan.think_s,
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "hardware": hardware(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _after_warm_up(log: Log, plan: Plan) -> list[tuple[float, float, float]]:
    return [sample for sample in log.samples if sample[0] >= plan.warm_up_s]


def _growth(readings: list[float]) -> list[float] | None:
    """Start and end in MiB and growth in percent, or `None` while the warm-up lasts."""
    if not readings:
        return None
    start = statistics.median(readings[:_READINGS])
    end = statistics.median(readings[-_READINGS:])
    return [round(start, 1), round(end, 1), round(100 * (end / start - 1), 2)]


def run(plan: Plan) -> Log:
    """Starts server and run, soaks them, and ends them."""
    with empty_home() as home:
        lab = Lab(home)
        lab.start()
        run_id = start_run()
        try:
            wait_until_training(run_id)
            return asyncio.run(soak(lab, run_id, plan))
        finally:
            kill_run(run_id)
            lab.stop()


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--warm-up", type=float, default=10.0, help="minutes before the start")
    parser.add_argument("--think", type=float, nargs=2, default=(2.0, 6.0), help="seconds")
    parser.add_argument("--output", type=Path, default=Path("soak.json"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    # Told to end, it still ends server and run.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = Plan(
        hours=options.hours,
        sessions=options.sessions,
        warm_up_s=60 * options.warm_up,
        output=options.output,
        think_s=tuple(options.think),
    )
    found = summarise(run(plan), plan)
    print(json.dumps(found) if options.json else found)


if __name__ == "__main__":
    main()
