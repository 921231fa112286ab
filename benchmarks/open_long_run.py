"""How long a browser takes to open a run of 200,000 steps of two nets of 110 layers.

    python -m benchmarks.open_long_run --steps 200000 --repeats 5

Writes the run through the real store, starts the real server, opens the Train page on it in a
headless Chromium, and times from the request to the drawn heatmap: a first visit, which also
fetches the plotting library and fills the browser's caches, and visits after it.  Beside it, the
same for a run of 1,000 steps, which costs what the page costs by itself.  Goal: 2 s.
"""

import argparse
import statistics
import time
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import CDPSession, Page

from benchmarks.browser import visiting
from benchmarks.history_cost import BLOCK, write_block
from benchmarks.home import empty_home
from resnet_core.config import ArmConfig, ExperimentConfig, TrainingConfig
from resnet_core.models import build_model, model_config, weight_layers
from resnet_core.runs.status import WorkerState, create_run, write_state
from resnet_core.runs.store import MetricsWriter

NETS = ("resnet110", "plain110")
_SHORT_STEPS = 1_000
_DRAWN = "[data-testid=live-chart] .rl-flow .heatmaplayer .hm"


def write_run(num_steps: int) -> str:
    """Writes a finished run of two nets of 110 layers into the lab's home; gives its id."""
    arms = tuple(ArmConfig(label=net, model=model_config(net)) for net in NETS)
    training = TrainingConfig(steps=num_steps)
    folder = create_run(ExperimentConfig(name=f"{num_steps:,} steps", arms=arms, training=training))
    layers = weight_layers(build_model(arms[0].model))
    generator = np.random.default_rng(0)
    writer = MetricsWriter(folder)
    with writer.transaction():
        layout = [{"label": arm.label, "layers": layers, "positions": {}} for arm in arms]
        writer.write_meta("arms", layout)
    for first in range(1, num_steps + 1, BLOCK):
        write_block(writer, first, generator, len(layers))
    writer.close()
    write_state(folder, WorkerState(phase="finished", num_steps=num_steps, device="none"))
    return folder.name


@dataclass(frozen=True)
class Visit:
    """What opening the page took."""

    wall_s: float
    """Seconds from the request until both heatmaps are drawn."""
    cpu_s: float
    """CPU seconds of the page's main thread, which neighbours on the machine cannot disturb."""


def open_run(page: Page, address: str) -> Visit:
    """Opens the page and waits for its heatmaps."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, started = _busy_s(session), time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        f"document.querySelectorAll('{_DRAWN}').length === {len(NETS)}", polling=20
    )
    visit = Visit(time.perf_counter() - started, _busy_s(session) - before)
    session.detach()
    return visit


def _busy_s(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def visit_in_turn(page: Page, addresses: dict[str, str], repeats: int) -> dict[str, list[Visit]]:
    """Opens the runs in turn; at the first visit of all the browser has nothing in its caches."""
    visits: dict[str, list[Visit]] = {name: [] for name in addresses}
    for _ in range(repeats + 1):
        for name, address in addresses.items():
            visits[name].append(open_run(page, address))
    return visits


def main() -> None:
    """Prints the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000, help="a multiple of 1,000")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with empty_home() as home:
        runs = {f"{steps:,} steps": write_run(steps) for steps in (options.steps, _SHORT_STEPS)}
        with visiting(home) as (lab, page):
            addresses = {title: f"{lab.url}/train?run={run}" for title, run in runs.items()}
            visits = visit_in_turn(page, addresses, options.repeats)
    for title, (first, *later) in visits.items():
        walls = [visit.wall_s for visit in later]
        cpu_s = statistics.median(visit.cpu_s for visit in later)
        print(
            f"{title}: first visit {first.wall_s:.2f} s, later median "
            f"{statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}), of which "
            f"{cpu_s:.2f} s CPU of the page's main thread, n = {len(later)}"
        )


if __name__ == "__main__":
    main()
