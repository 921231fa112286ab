"""What may be said of a net that was taught: no more than its held-out pictures show."""

from resnet_core.shares import percent
from resnet_core.students import CONFIDENCE
from resnet_core.teaching.outcome import TaughtNet


def taught_sentence(net: TaughtNet) -> str:
    """Says how often a taught net is right on pictures that it did not learn from."""
    low, high = net.interval_95
    share, guessing = _guessing(net)
    verdict = "better than" if low > share else "not shown to be better than"
    return (
        f"{net.title} is right on {net.num_right:,} of {net.num_held_out:,} pictures that were "
        f"{_set_apart(net)}: {percent(net.accuracy)}, {CONFIDENCE} interval {percent(low)} to "
        f"{percent(high)}, {verdict} {guessing}.{_learned(net)}{_untested(net)}"
    )


def _learned(net: TaughtNet) -> str:
    count = net.facts.learned
    if not count:
        return ""
    return (
        f" {count:,} of these pictures it learned from as well, pixel by pixel: they say nothing "
        "of new ones."
    )


def _untested(net: TaughtNet) -> str:
    count = net.facts.untested
    if not count:
        return ""
    have = "class has" if count == 1 else "classes have"
    return (
        f" {count:,} {have} no picture among them, and nothing is shown of what it learned there."
    )


def _guessing(net: TaughtNet) -> tuple[float, str]:
    """The share that is right without looking at a picture, and how that is done."""
    count, commonest = len(net.class_names), net.facts.commonest
    if commonest * count <= net.num_held_out:
        return 1 / count, f"guessing among {count:,} classes"
    share = commonest / net.num_held_out
    return share, f"naming the commonest class always, which is right on {percent(share)} of them"


def _set_apart(net: TaughtNet) -> str:
    return "held out by their own folder" if net.is_own_split else "held out, drawn at random"
