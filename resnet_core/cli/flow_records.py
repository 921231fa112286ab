"""What `gradients` says in the same words and keys of the lab's own nets and of those of others."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from resnet_core.cli.console import print_text

if TYPE_CHECKING:  # it loads torch
    from resnet_core.probes.verdict import FlowVerdict, Quantity

_TITLES: "dict[Quantity, str]" = {
    "outputs": "gradient at outputs",
    "weights": "gradient of weights",
    "activations": "activations",
}


def judged(judge: "Callable[[Quantity], FlowVerdict]") -> "dict[Quantity, FlowVerdict | str]":
    """Gives each quantity's verdict, or the sentence that says why there is none."""
    from resnet_core.errors import ProbeError

    found: dict[Quantity, FlowVerdict | str] = {}
    for quantity in _TITLES:
        try:
            found[quantity] = judge(quantity)
        except ProbeError as exc:
            found[quantity] = str(exc)
    return found


def print_judged(
    verdicts: "Mapping[Quantity, FlowVerdict | str]", say: "Callable[[FlowVerdict], str]"
) -> None:
    """Prints a line for each quantity."""
    for quantity, verdict in verdicts.items():
        print_text(
            f"  {_TITLES[quantity]}: {verdict if isinstance(verdict, str) else say(verdict)}"
        )


def verdict_json(verdict: "FlowVerdict | str") -> dict[str, Any]:
    """A verdict by its stable keys, or the sentence that says why there is none."""
    if isinstance(verdict, str):
        return {"trend": None, "sentence": verdict}
    return {
        "trend": verdict.trend,
        "factor_per_layer": verdict.factor,
        "interval_95": verdict.interval,
        "expected_factor": verdict.expected_factor,
        "law": verdict.law,
        "power_of_depth": verdict.power,
        "total_factor": verdict.total_factor,
        "total_interval_95": verdict.total.interval,
        "sentence": verdict.sentence,
    }


def mean_over_seeds(values: Any) -> list[float | None]:
    """Geometric mean over the seeds; 0 where some seed has 0, `None` where nothing was measured."""
    import numpy as np

    with np.errstate(divide="ignore"):
        means = np.exp(np.log(values).mean(axis=0))
    return [None if np.isnan(mean) else float(mean) for mean in means]


def shown_mean(value: float | None) -> str:
    """A mean as tables have it."""
    return "none" if value is None else f"{value:.4g}"
