"""How gradients, activations and skips went over a run: every arm, layers by steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from resnet_core.config import ExperimentConfig
from resnet_core.config.plugins import missing_sentence
from resnet_core.errors import RunError
from resnet_core.runs.folding import Rows, fold_means, fold_norms, fold_positions
from resnet_core.runs.metrics import Profiles, read_curves, read_profiles
from resnet_core.runs.quantities import (
    FLOW_QUANTITIES,
    AxisScale,
    FlowQuantity,
    flow_quantities,
)
from resnet_core.runs.status import read_config, run_dir
from resnet_core.training import observe  # noqa: F401 (registers the lab's own quantities)

__all__ = [
    "FLOW_QUANTITIES",
    "ArmFlow",
    "AxisScale",
    "FlowQuantity",
    "flow_quantities",
    "fold_flow",
    "ratio_of",
    "read_flow",
    "steps_of",
]


@dataclass(frozen=True, kw_only=True)
class ArmFlow:
    """One quantity of one arm over a run, at S steps and P positions."""

    label: str
    """What figures call the arm."""
    is_plain: bool | None
    """Whether its net has no shortcuts; `None` for a watched one that the lab did not build."""
    steps: np.ndarray
    """(S,) int64, ascending."""
    positions: tuple[str, ...]
    """Dotted paths, in depth order."""
    values: np.ndarray
    """(S, P) float32."""
    stored_logs: np.ndarray | None = None
    """log10 of the magnitudes where the run kept that, (S, P) float32."""

    @property
    def logs(self) -> np.ndarray:
        """log10 of the magnitudes, as kept or else taken now, (S, P); minus infinity for zero."""
        if self.stored_logs is not None:
            return self.stored_logs
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(np.abs(self.values))

    def at(self, step: int) -> np.ndarray:
        """Values at the last measured step up to `step`, or at the first one, (P,)."""
        return self.values[self.index_at(step)]

    def index_at(self, step: int) -> int:
        """Index of the last measured step up to `step`, or of the first one."""
        return max(0, int(np.searchsorted(self.steps, step, side="right")) - 1)


def read_flow(run_id: str, quantity: str, *, max_steps: int = 256) -> tuple[ArmFlow, ...]:
    """Reads one quantity of every arm that measures it, thinned out to at most `max_steps`.

    A run of several seeds is read as far as its first one goes, and labels say so.

    Gradient norms are geometric means over stretches of equal length, everything else is picked at
    steps of equal distance; first and last are kept.

    Raises:
        RunNotFoundError: when there is no such run.
        RunError: when no arm has measured it yet, or never will.
    """
    folder, config = run_dir(run_id), read_config(run_id)
    known = tuple(flow_quantities())
    if quantity not in known:
        raise RunError(
            missing_sentence("quantity", quantity, known)
            if ":" in quantity
            else f"A run measures {', '.join(known)}; got '{quantity}'."
        )
    histories = _read_norms(folder) if quantity == "gradient_norm" else None
    found = []
    for index in range(len(config.arms)):
        history = _read_one(folder, index, quantity) if histories is None else histories.get(index)
        if history is not None:
            found.append(_flow_of(config, index, history, max_steps))
    if not found:
        raise RunError(_explain_nothing(folder, config, quantity))
    return tuple(found)


def _flow_of(config: ExperimentConfig, index: int, history: Profiles, max_steps: int) -> ArmFlow:
    kept = _thin_out(len(history.steps), max_steps)
    return ArmFlow(
        label=config.title_of(config.replicas[index]),
        is_plain=config.arms[index].is_plain,
        steps=history.steps[kept],
        positions=history.positions,
        values=history.values[kept],
        stored_logs=None if history.logs is None else history.logs[kept],
    )


def fold_flow(flow: ArmFlow, quantity: str, rows: Rows) -> ArmFlow:
    """Brings a flow into the rows of one picture: weights, all parameters, or modules.

    A module's gradient norm is that of all that it holds, every other quantity the mean of it.
    """
    folding = fold_positions(flow.positions, rows)
    if folding.names == flow.positions:
        return flow
    if not folding.is_folded:
        kept = [place for (place,) in folding.members]
        logs = None if flow.stored_logs is None else flow.stored_logs[:, kept]
        values = flow.values[:, kept]
    elif quantity == "gradient_norm":
        logs = fold_norms(flow.logs, folding)
        values = 10.0**logs
    else:
        logs, values = None, fold_means(flow.values, folding)
    return replace(flow, positions=folding.names, values=values, stored_logs=logs)


def ratio_of(first: ArmFlow, second: ArmFlow, step: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Divides two arms at a step, at the positions that both have.

    Returns:
        The positions, and first over second, NaN where the second is zero.
    """
    at_second = dict(zip(second.positions, second.at(step), strict=True))
    pairs = [
        (path, value, at_second[path])
        for path, value in zip(first.positions, first.at(step), strict=True)
        if path in at_second
    ]
    ratios = [value / other if other else np.nan for _, value, other in pairs]
    return tuple(path for path, _, _ in pairs), np.array(ratios)


def steps_of(flows: Sequence[ArmFlow]) -> list[int]:
    """Lists the steps at which any arm was measured, ascending."""
    return sorted({int(step) for flow in flows for step in flow.steps})


def _read_norms(folder: Path) -> dict[int, Profiles]:
    arms = read_curves(folder).arms
    return {
        arm.arm: Profiles(
            steps=arm.step.astype(np.int64),
            positions=arm.layers,
            values=10.0**arm.layer_norms,
            logs=arm.layer_norms,
        )
        for arm in arms
        if len(arm.step) and arm.seed == arms[0].seed
    }


def _read_one(folder: Path, arm: int, quantity: str) -> Profiles | None:
    try:
        return read_profiles(folder, arm, quantity)
    except (RunError, KeyError):
        return None  # a plain arm has no skips, a young run has measured nothing


def _thin_out(count: int, most: int) -> np.ndarray:
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(int))


def _explain_nothing(folder: Path, config: ExperimentConfig, quantity: str) -> str:
    """Says why no arm of a run has measured a quantity."""
    if config.kind == "watched":
        return _explain_unwatched(folder, quantity)
    without_additions = not any(arm.model.has_additions for arm in config.arms)
    return _explain_absence(folder, quantity, without_additions)


def _explain_unwatched(folder: Path, quantity: str) -> str:
    title = FLOW_QUANTITIES[quantity].title
    return (
        f"Run {folder.name} is watched and has no measurement of '{title}': of such a run there "
        "are gradient norms, updates and, where its net calls them as modules, activations."
    )


def _explain_absence(folder: Path, quantity: str, without_additions: bool) -> str:
    title = FLOW_QUANTITIES[quantity].title
    if without_additions and FLOW_QUANTITIES[quantity].place == "block":
        return f"'{title}' needs a residual net, and every net of this run is plain or dense."
    return (
        f"Run {folder.name} has no measurement of '{title}' (yet): the first one comes with the "
        "first step, and runs of older versions did not take it."
    )
