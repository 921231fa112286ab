"""How long the answer of a knob takes: the 56-layer pair of Gradient flow, in a real browser.

    python -m benchmarks.knob_latency --turns 40

A knob is turned to a place where it was not before, a second after the last answer, while the
exact measurement of that place is still under way.  The time runs from the key press to the frame
that shows other curves.  Goal: a median of one second or less on 2 CPU cores.
"""

import argparse
import os
import platform
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.browser import visiting

_LINKS = ("norm=batch+norm", "norm=none", "init=Xavier", "shortcut=B%3A+project")
_TURNS_A_LINK = 20
_PAUSE_MS = 1_000
_WATCH = """() => {
  const read = () => JSON.stringify(
    (document.querySelector('[data-testid=figure] .js-plotly-plot')?.data ?? [])
      .filter(({ meta }) => meta?.kind === 'measured').map(({ y }) => y));
  window.answer = new Promise((resolve) => {
    document.addEventListener('keydown', () => {
      const [before, pressed] = [read(), performance.now()];
      const look = () => read() === before
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => resolve(performance.now() - pressed));
      look();
    }, { once: true, capture: true });
  });
}"""


def measure_answers(page: Page, url: str, num_turns: int) -> list[float]:
    """Turns the skip strength down step by step, on one page after the other; seconds each."""
    answers_s: list[float] = []
    for link in _LINKS:
        page.goto(f"{url}/gradient_flow?depth=56&{link}")
        page.wait_for_selector("[data-testid=figure][data-drawn] .main-svg")
        slider = page.get_by_role("slider", name="Skip strength")
        for _ in range(_TURNS_A_LINK):
            if len(answers_s) == num_turns:
                return answers_s
            page.wait_for_timeout(_PAUSE_MS)
            page.evaluate(_WATCH)
            slider.press("ArrowLeft")
            answers_s.append(page.evaluate("() => window.answer") / 1000)
    return answers_s


def report(answers_s: list[float]) -> str:
    """One line: the median with its quartiles, n, and where and when."""
    low, median, high = statistics.quantiles(answers_s, n=4)
    return (
        f"answer of a knob, ResNet-56 and plain-56: median {median:.2f} s (quartiles {low:.2f} to "
        f"{high:.2f}, worst {max(answers_s):.2f}), n = {len(answers_s)} turns; "
        f"{os.cpu_count()} cores, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def main() -> None:
    """Starts a server and a browser, turns the knob, and prints how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40, help="at most 80")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, visiting(Path(home)) as (lab, page):
        print(report(measure_answers(page, lab.url, options.turns)))


if __name__ == "__main__":
    main()
