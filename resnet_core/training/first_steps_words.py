"""What the first steps of training show, in sentences made from the measurement alone."""

from collections.abc import Sequence

import numpy as np

from resnet_core.models import net_label
from resnet_core.probes.spread import FEWEST_SEEDS, SeedFactor
from resnet_core.students import CONFIDENCE
from resnet_core.training.first_steps import FirstSteps


def first_steps_sentence(nets: Sequence[FirstSteps]) -> str:
    """Says where each net's first over last weight gradient begins, ends, and changes sides."""
    num_seeds = len(nets[0].seeds)
    spread = "one seed" if num_seeds == 1 else f"{CONFIDENCE} intervals, {num_seeds} seeds"
    courses = " ".join(_course(net) for net in nets)
    return f"First over last convolution's weight gradient ({spread}): {courses}"


def _course(net: FirstSteps) -> str:
    label, start, last = net_label(net.config.name), net.at(1), _last_step(net)
    if start is None or last is None:
        return f"{label} has no finite ratio at initialisation."
    words = f"{label} {start.short_words} at initialisation"
    end = net.at(last)
    if last > 1 and end is not None:
        words += f", {end.short_words} at step {last}"
    if last < net.num_steps:
        words += f", and from step {last + 1} on none that is finite"
    return f"{words}: {_shape(net, start, end or start)}."


def _shape(net: FirstSteps, start: SeedFactor, end: SeedFactor) -> str:
    """What may be said of the change: nothing before three seeds."""
    if len(net.seeds) < FEWEST_SEEDS:
        return "so few seeds do not tell what it does"
    begins, ends = _side(start), _side(end)
    if begins is None and ends is None:
        return "neither can be told from an even gradient"
    said = f"towards the picture it {begins or _UNSURE} at first and {ends or _UNSURE} in the end"
    crossing = crossing_step(net)
    if begins is not None and ends is not None and begins != ends and crossing is not None:
        return f"{said}; the mean passes an even gradient at step {crossing}"
    return said


def crossing_step(net: FirstSteps) -> int | None:
    """First step at which the geometric mean lies on the other side of 1 than at the start."""
    factors = [net.at(step) for step in range(1, net.num_steps + 1)]
    logs = [np.nan if each is None else float(np.log(each.mean)) for each in factors]
    sides = np.sign(logs) * np.sign(logs[0])
    crossed = np.flatnonzero(sides < 0)
    return int(crossed[0]) + 1 if len(crossed) else None


_UNSURE = "cannot be told from an even gradient"


def _side(factor: SeedFactor) -> str | None:
    """Where the whole interval lies."""
    assert factor.interval is not None
    low, high = factor.interval
    if low > 1:
        return "grows"
    return "vanishes" if high < 1 else None


def _last_step(net: FirstSteps) -> int | None:
    """The last step that has a ratio with every seed."""
    finite = np.flatnonzero(np.isfinite(net.ratios).all(axis=0))
    return int(finite[-1]) + 1 if len(finite) else None
