"""What a quantity of a run does over depth at one step, in a sentence made from it alone."""

from collections.abc import Sequence

import numpy as np

from resnet_core.probes.spread import readable
from resnet_core.shares import percent
from resnet_core.training.flow import ArmFlow, FlowQuantity

_EVEN = 2.0
"""Up to this factor between first and last place counts as even, as in verdicts on gradients."""
_WHY_EVEN = {
    "gradient_norm": "Even is good: then no layer is told more loudly than others what to change.",
    "update_ratio": "Even is good: then no layer learns much faster than another.",
    "activation_std": "Even is good: then the signal neither dies nor explodes on its way forward.",
}
_HIGH_SHARE = 0.5
_FULL_SHARE = 1.0


def flow_sentence(flows: Sequence[ArmFlow], quantity: FlowQuantity, step: int) -> str:
    """Says how each arm's profile looks at the last measured step up to `step`, and if it is good.

    Args:
        flows: the arms, at least one.
        quantity: what they measured.
        step: at which step.
    """
    say = {"log": _magnitudes, "share": _shares}.get(quantity.scale, _signed)
    if quantity.name == "skip_gradient_share":
        say = _through_skip
    told = "; ".join(f"{flow.label} {say(flow, quantity, step)}" for flow in flows)
    why = _WHY_EVEN.get(quantity.name, "")
    if quantity.scale == "share":
        why = "Few is good: a unit that is never active learns nothing."
    seed = "One seed: how much seeds differ is not known."
    what = (
        f"first over last {quantity.place}" if say is _magnitudes else f"over the {quantity.place}s"
    )
    words = f"{quantity.title} {_when(flows, step)}, {what}: {told}."
    return " ".join(part for part in (words, why, seed) if part)


def _when(flows: Sequence[ArmFlow], step: int) -> str:
    steps = sorted({int(flow.steps[flow.index_at(step)]) for flow in flows})
    return f"at step {' and '.join(f'{each:,}' for each in steps)}"


def _magnitudes(flow: ArmFlow, quantity: FlowQuantity, step: int) -> str:
    values = np.abs(flow.at(step).astype(np.float64))
    first, last = values[0], values[-1]
    if not (np.isfinite(first) and np.isfinite(last) and first > 0 and last > 0):
        return "no finite ratio"
    ratio = float(first / last)
    if 1 / _EVEN <= ratio <= _EVEN:
        shape = "about even"
    else:
        shape = f"larger at the {'input' if ratio > 1 else 'output'}"
    return f"×{readable(ratio)} ({shape})"


def _shares(flow: ArmFlow, quantity: FlowQuantity, step: int) -> str:
    values = flow.at(step)
    most = int(np.nanargmax(values)) if np.isfinite(values).any() else 0
    return (
        f"{percent(np.nanmedian(values))} in the median {quantity.place}, at most "
        f"{percent(values[most])} ({flow.positions[most]})"
    )


def _signed(flow: ArmFlow, quantity: FlowQuantity, step: int) -> str:
    values = flow.at(step)
    against = int((values < 0).sum())
    return (
        f"from {np.nanmin(values):.2f} to {np.nanmax(values):.2f}, below zero in {against} of "
        f"{len(values)} {quantity.place}s"
    )


def _through_skip(flow: ArmFlow, quantity: FlowQuantity, step: int) -> str:
    values = flow.at(step)
    mostly, against = int((values > _HIGH_SHARE).sum()), int((values > _FULL_SHARE).sum())
    return (
        f"sends the larger part of the gradient back through the skip in {mostly} of "
        f"{len(values)} {quantity.place}s, and in {against} the branch works against it"
    )
