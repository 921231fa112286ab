"""What switching blocks of a net did, in one sentence each, made from what was measured."""

from collections.abc import Mapping, Sequence

from resnet_core.asking.answers import Answer
from resnet_core.asking.held_pictures import HeldAnswers
from resnet_core.asking.switches import Switches
from resnet_core.config import ALL_BLOCKS, BlockState, Intervention, ModelConfig
from resnet_core.shares import percent, probability_text
from resnet_core.students import CONFIDENCE

_MOST_NAMED = 3


def switch_words(switches: Switches, states: Mapping[str, BlockState]) -> str:
    """Says what is switched, such as `without the skip of stage2.1`; begins in lower case.

    A block whose branch is off hands on all that comes over its skip, whatever was set there: such
    a skip is not called cut.

    Args:
        switches: what differs from the net as it was loaded.
        states: what holds of each block with them.
    """
    said = [words for switch in switches if (words := _words(switch, states))]
    if not said:
        return "with nothing changed, as a block without its branch keeps its skip,"
    named = said[:_MOST_NAMED]
    more = len(said) - len(named)
    if more:
        named.append(f"{more} more switches")
    return _listed(named)


def accuracy_change_sentence(words: str, whole: HeldAnswers, now: HeldAnswers) -> str:
    """Says what switches did to the accuracy on held pictures, no surer than its interval.

    Args:
        words: what was switched, as `switch_words` says it.
        whole: the net's answers as it was loaded.
        now: its answers as it is switched; what both were shown is compared.
    """
    count = min(whole.num_pictures, now.num_pictures)
    before, after = whole.first(count), now.first(count)
    low, high = after.gain_over(before)
    if high < 0:
        verdict = "it falls"
    elif low > 0:
        verdict = "it rises"
    else:
        verdict = "no difference is shown"
    return (
        f"{words[:1].upper()}{words[1:]} accuracy on {count:,} held pictures goes from "
        f"{percent(before.accuracy)} to {percent(after.accuracy)} ({CONFIDENCE} interval of the "
        f"change {100 * low:+.1f} to {100 * high:+.1f} points): {verdict}."
    )


def held_sentence(held: HeldAnswers) -> str:
    """Says how accurate a net is on held pictures."""
    low, high = held.interval
    return (
        f"It names {held.num_right:,} of {held.num_pictures:,} held pictures rightly: "
        f"{percent(held.accuracy)} ({CONFIDENCE} interval {percent(low)} to {percent(high)})."
    )


def answer_change_sentence(whole: Answer, now: Answer) -> str:
    """Says what a net, as it is switched, says of a picture that it said something of before."""
    before, after = whole.top(1)[0], now.top(1)[0]
    if before.index != after.index:
        return (
            f"It says {after.class_name} ({probability_text(after.probability)}) where the net "
            f"as it was says {before.class_name} ({probability_text(before.probability)})."
        )
    return (
        f"It says {after.class_name} still, with {probability_text(after.probability)}; the net "
        f"as it was has {probability_text(before.probability)}."
    )


def no_switch_sentence(model: ModelConfig, why_no_skip: str, why_no_drop: str) -> str:
    """Says why a block's switches cannot be turned; empty where all can.

    Args:
        model: the net's design.
        why_no_skip: why its skips cannot be weighed, empty where they can.
        why_no_drop: why this block cannot be dropped, empty where it can.
    """
    if model.is_dense:
        return (
            f"The blocks of {model.name} append their maps, which all later ones take: there is no "
            "sum to cut a skip from, and no block can be left out."
        )
    if not why_no_skip:
        return why_no_drop
    no_skip = f"{model.name} is a plain net: it has no skip to switch"
    return f"{no_skip}. {why_no_drop}".strip() if why_no_drop else f"{no_skip}, only its branches."


def _words(switch: Intervention, states: Mapping[str, BlockState]) -> str:
    """Says what one switch does; empty where it does nothing."""
    paths = _paths(switch.blocks, states)
    where = "all blocks" if switch.blocks == ALL_BLOCKS else switch.blocks
    if switch.what == "drop":
        what = _of_many("branch", "branches", len(paths))
        return f"{'without' if switch.value else 'with'} the {what} of {where}"
    off = [path for path in paths if states[path].is_dropped]
    if len(off) == len(paths):
        return ""
    verb = "with" if switch.value else "without"
    weighed = f" at {switch.value:g}" if switch.value else ""
    skips = _of_many("skip", "skips", len(paths))
    return f"{verb} the {skips} of {where}{_but(off, states)}{weighed}"


def _but(off: Sequence[str], states: Mapping[str, BlockState]) -> str:
    """Excepts blocks whose branch is off, stages by their names."""
    if not off:
        return ""
    names = []
    for stage in dict.fromkeys(path.partition(".")[0] for path in off):
        own = [path for path in off if path.partition(".")[0] == stage]
        names += [stage] if own == _paths(stage, states) else own
    named = names[:_MOST_NAMED]
    if len(names) > len(named):
        named.append(f"{len(names) - len(named)} more")
    those = _of_many("that", "those", len(off))
    return f" but {those} of {_listed(named)}"


def _paths(blocks: str, states: Mapping[str, BlockState]) -> list[str]:
    return [path for path in states if blocks in (ALL_BLOCKS, path, path.partition(".")[0])]


def _of_many(one: str, several: str, count: int) -> str:
    return one if count == 1 else several


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
