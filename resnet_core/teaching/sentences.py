"""What may be said of a net that was taught: no more than its held-out pictures show."""

from resnet_core.students import CONFIDENCE
from resnet_core.teaching.outcome import TaughtNet


def taught_sentence(net: TaughtNet) -> str:
    """Says how often a taught net is right on pictures that it did not learn from."""
    low, high = net.interval_95
    count = len(net.class_names)
    verdict = "better than" if low > 1 / count else "not shown to be better than"
    return (
        f"{net.title} is right on {net.num_right:,} of {net.num_held_out:,} pictures that were "
        f"{_set_apart(net)}: {net.accuracy:.1%}, {CONFIDENCE} interval {low:.1%} to {high:.1%}, "
        f"{verdict} guessing among {count:,} classes."
    )


def _set_apart(net: TaughtNet) -> str:
    return "held out by their own folder" if net.is_own_split else "held out, drawn at random"
