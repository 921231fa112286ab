"""What may be said of a net's sharpness: no more than its intervals allow."""

from collections.abc import Sequence

from resnet_core.probes.sharpness.records import Sharpness
from resnet_core.probes.spread import readable
from resnet_core.students import CONFIDENCE, t_quantile_95

LINE_WORDS = "2 (1 + momentum) / learning rate"
"""The line, in words."""
NESTEROV_WORDS = "Nesterov's momentum"
"""Which momentum has a lower line, in words."""
SMALL_BATCHES = (
    "The line is one of full batches: there the sharpness rises to it and stays about it (Cohen et "
    "al. 2021). With small batches, as here, it settles below, the lower the smaller they are, so "
    "that being below says nothing against the law."
)
"""What has to be known of the line; it measures nothing."""


def sharpness_sentence(sharpness: Sharpness) -> str:
    """Says how sharply the loss bends at a net, and on which side of its line that is."""
    least = "" if sharpness.is_converged else "at least "
    trace, half = sharpness.trace.value, trace_margin(sharpness)
    span = f"{CONFIDENCE} interval {readable(trace - half)} to {readable(trace + half)}"
    return (
        f"At {sharpness.label} the loss bends most by {least}{readable(sharpness.largest)}; the "
        f"trace is {readable(trace)} ({span}, {sharpness.trace.num_draws} random vectors). "
        f"{threshold_words(sharpness)}"
    )


def compare_sharpness_sentence(arms: Sequence[Sequence[Sharpness]]) -> str:
    """Compares two nets at their first and last saved step, or at their only one each.

    Of another number of nets it tells each.

    Args:
        arms: the saved steps of each net, in order of training.
    """
    if len(arms) != 2:
        return " ".join([*map(over_steps_sentence, arms), _SEED_CAVEAT])
    ends = ((0, "At the first step the "), (-1, "At the last step the "))
    if all(len(steps) == 1 for steps in arms):
        ends = ((0, "The "),)
    told = [_sharper_words([steps[place] for steps in arms], when) for place, when in ends]
    return " ".join([*told, _SEED_CAVEAT])


def over_steps_sentence(steps: Sequence[Sharpness]) -> str:
    """Says how a net's sharpness began and ended, and at how many steps it was above its line."""
    ends = (steps[0], steps[-1]) if len(steps) > 1 else steps
    said = ", ".join(f"{readable(each.largest)} at step {each.step:,}" for each in ends)
    words = f"{steps[-1].label}: {said}"
    taken = [(each, each.threshold.value_at_step) for each in steps]
    sides = [_side(each, line) for each, line in taken if line is not None]
    if not sides:
        return f"{words}."
    return (
        f"{words}; above the line of its learning rate of then at {sides.count('above')} of "
        f"{len(sides)} saved steps."
    )


def trace_margin(sharpness: Sharpness) -> float:
    """Half of the interval of the trace."""
    return t_quantile_95(sharpness.trace.num_draws - 1) * sharpness.trace.standard_error


def threshold_words(sharpness: Sharpness) -> str:
    """Says on which side of the recipe's line a net is, or why there is no line."""
    line = sharpness.threshold.value
    if line is None:
        return f"There is no line to compare with. {sharpness.threshold.reason}"
    side = _side(sharpness, line)
    rate = sharpness.threshold.learning_rate
    words = f"That is {side} the line of its peak learning rate {rate:g}, which is {readable(line)}"
    lower = sharpness.threshold.nesterov_value
    if lower is None:
        return f"{words}."
    return f"{words}, and {_side(sharpness, lower)} that of {NESTEROV_WORDS}, {readable(lower)}."


_SEED_CAVEAT = "Each is one training; how much seeds differ is not known."


def _side(sharpness: Sharpness, line: float) -> str:
    """An eigenvalue is known up to its residual, one that has not converged only from below."""
    residual = float(sharpness.residuals[0])
    if sharpness.largest - residual > line:
        return "above"
    if sharpness.is_converged and sharpness.largest + residual < line:
        return "below"
    return "not told apart from"


def _sharper_words(nets: Sequence[Sharpness], start: str) -> str:
    low, high = sorted(nets, key=lambda each: each.largest)
    is_sure = low.is_converged and low.largest + low.residuals[0] < high.largest - high.residuals[0]
    if not is_sure:
        return f"{start}two are not told apart."
    times = f"{readable(high.largest / low.largest)} times as much" if low.largest > 0 else "more"
    than = "as" if low.largest > 0 else "than"
    return f"{start}loss bends {times} at {high.label} {than} at {low.label}."
