"""What a watched run shows so far, in sentences that are made from its numbers alone."""

import math
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resnet_core.comparing.measured import WINDOW
from resnet_core.comparing.shared_steps import opened_store
from resnet_core.probes.spread import readable
from resnet_core.runs.folding import fold_positions
from resnet_core.runs.layout import damaged_store_errors, read_arm_layouts
from resnet_core.runs.logged import count_skipped
from resnet_core.runs.status import RunStatus, run_dir

_ROWS = "SELECT loss, layer_norms, start FROM curves WHERE width = 1 AND arm = 0 ORDER BY start"
_EVEN = 2.0


@dataclass(frozen=True, kw_only=True)
class WatchedCourse:
    """How a watched net has fared, as far as it is."""

    label: str
    step: int
    num_recent: int
    """Newest steps that medians are taken over."""
    losses: tuple[float, float] | None
    """Medians of the loss over as many first steps and over the newest; `None` where not logged,
    or where the two would share a step."""
    first_layer: str
    last_layer: str
    ratio: float | None
    """Gradient norm of the first layer that learns over that of the last, median of the newest."""
    num_layers: int
    num_silent: int
    """Layers that got no gradient in any of the newest steps."""
    num_skipped: int
    """Steps that a scaler left out."""
    num_losses: tuple[int, int]
    """Losses behind each median: those of a diverged net are no numbers."""
    num_ratios: int
    """Newest steps behind the ratio: those in which both layers got a gradient above zero."""


def read_watched_course(status: RunStatus) -> WatchedCourse:
    """Reads how a watched run has fared.

    Raises:
        RunNotFoundError: when it is gone.
        RunError: when its metrics cannot be read.
    """
    folder = run_dir(status.run_id)
    with opened_store(folder) as connection, damaged_store_errors(folder):
        layouts = _ask(connection, read_arm_layouts) or []
        newest = _ask(connection, lambda c: c.execute(f"{_ROWS} DESC LIMIT {WINDOW}").fetchall())
        first = _ask(connection, lambda c: c.execute(f"{_ROWS} LIMIT {WINDOW}").fetchall())
        layers = layouts[0].layers if layouts else ()
        places, norms = _learning(layers, newest or [])
    losses = [_finite_losses(rows or []) for rows in (first, newest)]
    ratios = _log_ratios(norms, places)
    return WatchedCourse(
        label=status.arms[0].label,
        step=status.step,
        num_recent=len(newest or []),
        losses=_medians(losses) if _are_apart(first or [], newest or []) else None,
        first_layer=layers[places[0]] if places else "",
        last_layer=layers[places[-1]] if places else "",
        ratio=10.0 ** float(np.median(ratios)) if len(ratios) else None,
        num_layers=len(_weights(layers)),
        num_silent=len(_weights(layers)) - len(places),
        num_skipped=count_skipped(folder),
        num_losses=(len(losses[0]), len(losses[1])),
        num_ratios=len(ratios),
    )


def watched_sentences(course: WatchedCourse) -> tuple[str, ...]:
    """Says in turn how the loss went, where the gradient goes, and what got none or was skipped."""
    if course.num_recent == 0 and course.num_skipped == 0:
        return (f"{course.label} has not logged a step yet.",)
    return tuple(
        said
        for said in (
            _loss_sentence(course),
            _gradient_sentence(course),
            _silent_sentence(course),
            _skipped_sentence(course),
        )
        if said
    )


def _loss_sentence(c: WatchedCourse) -> str:
    words = f"{c.label} has taken {c.step:,} steps"
    if c.losses is None:
        return f"{words}."
    before, now = c.losses
    turn = "fell" if now < before else "rose" if now > before else "stayed"
    way = f"at {readable(now)}"
    if turn != "stayed":
        way = f"from {readable(before)} to {readable(now)}"
    span = f"medians of the first and the last {c.num_recent}"
    if min(c.num_losses) < c.num_recent:
        span += f", of which {c.num_losses[0]} and {c.num_losses[1]} have a finite loss"
    return f"{words}, and its loss {turn} {way} ({span})."


def _gradient_sentence(c: WatchedCourse) -> str:
    if c.ratio is None:
        return ""
    shape = "larger at the input" if c.ratio > 1 else "larger at the output"
    if 1 / _EVEN <= c.ratio <= _EVEN:
        shape = "about even"
    some = "" if c.num_ratios == c.num_recent else f"{c.num_ratios} of "
    return (
        f"The gradient of the first layer, {c.first_layer}, is ×{readable(c.ratio)} that of the "
        f"last, {c.last_layer}, in the median of {some}the last {c.num_recent} steps: {shape}."
    )


def _silent_sentence(c: WatchedCourse) -> str:
    if not c.num_silent or not c.num_recent:
        return ""
    # A store has one gap for none and for one that is no number, as those of a diverged net are.
    is_lost = c.losses is not None and c.num_losses[1] < c.num_recent
    kind = " that is a finite number" if is_lost else ""
    return f"{c.num_silent} of {c.num_layers} layers got no gradient{kind} in these steps."


def _skipped_sentence(c: WatchedCourse) -> str:
    if not c.num_skipped:
        return ""
    steps = "step was" if c.num_skipped == 1 else "steps were"
    return f"{c.num_skipped:,} {steps} skipped, as the scaled gradient was not finite."


def _weights(layers: Sequence[str]) -> list[int]:
    """Places of the weights of layers, or of all there is where there are none."""
    named = set(fold_positions(layers).names)
    kept = [place for place, name in enumerate(layers) if name in named]
    return kept or list(range(len(layers)))


def _learning(
    layers: Sequence[str], rows: Sequence[tuple[Any, bytes, int]]
) -> tuple[list[int], np.ndarray]:
    """Places of the weights that got a gradient, and the log10 norms of all parameters, (S, P)."""
    if not rows:
        return [], np.zeros((0, len(layers)), np.float32)
    norms = np.stack([np.frombuffer(blob, np.float32) for _, blob, _ in rows])
    there: np.ndarray = np.any(~np.isnan(norms), axis=0)
    return [place for place in _weights(layers) if there[place]], norms


def _log_ratios(norms: np.ndarray, places: Sequence[int]) -> np.ndarray:
    """log10 of the first learning layer's norm over the last one's, of the steps that tell it."""
    if len(places) < 2:
        return np.zeros(0)
    logs = norms[:, places[0]].astype(np.float64) - norms[:, places[-1]]
    return logs[np.isfinite(logs)]


def _are_apart(
    first: Sequence[tuple[Any, bytes, int]], newest: Sequence[tuple[Any, bytes, int]]
) -> bool:
    """Whether the first rows and the newest ones, whose last is the oldest, share no step."""
    return bool(first) and first[-1][2] < newest[-1][2]  # steps that were skipped have no row


def _finite_losses(rows: Sequence[tuple[Any, bytes, int]]) -> list[float]:
    return [loss for loss, *_ in rows if isinstance(loss, float) and math.isfinite(loss)]


def _medians(losses: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    before, now = losses
    return (statistics.median(before), statistics.median(now)) if before and now else None


def _ask(connection: sqlite3.Connection, question: Any) -> Any:
    try:
        return question(connection)
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # its program is just making them
            return None
        raise
