"""Alternating measurements: on a shared machine only ratios of neighbours mean anything."""

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import torch


@dataclass(frozen=True)
class Comparison:
    """Times of two ways to do the same thing, measured in turn."""

    ours_s: list[float]
    baseline_s: list[float]

    @property
    def ratio(self) -> float:
        """Median over the pairs of baseline time over ours: above 1, ours is faster."""
        pairs = zip(self.baseline_s, self.ours_s, strict=True)
        return statistics.median(baseline / ours for baseline, ours in pairs)

    def report(self, title: str) -> str:
        """One line: the ratio with its quartiles, both medians, n, and where and when."""
        ratios = sorted(b / o for b, o in zip(self.baseline_s, self.ours_s, strict=True))
        low, _, high = statistics.quantiles(ratios, n=4)
        return (
            f"{title}: speed ratio {self.ratio:.3f} (quartiles {low:.3f} to {high:.3f}), "
            f"ours {statistics.median(self.ours_s):.3f} s, "
            f"baseline {statistics.median(self.baseline_s):.3f} s, n = {len(ratios)} pairs; "
            f"torch {torch.__version__}, {torch.get_num_threads()} threads, "
            f"{platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
        )


def compare(
    ours: Callable[[], object],
    baseline: Callable[[], object],
    num_pairs: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Times both in turn, after one uncounted round; which goes first changes with each pair.

    With one thread and all work in this process, `clock=time.process_time` counts what the
    neighbours on a shared machine cannot disturb.
    """
    ours()
    baseline()
    times: dict[str, list[float]] = {"ours": [], "baseline": []}
    for pair in range(num_pairs):
        order = [("ours", ours), ("baseline", baseline)]
        for name, action in order if pair % 2 == 0 else reversed(order):
            started = clock()
            action()
            times[name].append(clock() - started)
    return Comparison(times["ours"], times["baseline"])
