"""What may be said of a lesion bench: no more than the intervals of its accuracies allow."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resnet_core.probes.lesions import BlockLesion, LesionBench, LesionReading, LesionScore
from resnet_core.shares import percent
from resnet_core.students import CONFIDENCE, Interval

_READING_WORDS: dict[LesionReading, str] = {
    "as_is": "as it is",
    "recalibrated": "with batch norm recalibrated",
}
_COMPARED: dict[LesionReading, str] = {
    "as_is": "As they are",
    "recalibrated": "With batch norm recalibrated",
}
_SEED_CAVEAT = "Each is one training; how much seeds differ is not known."


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """How many lesions leave more than half of what a net knows above chance."""

    surely: int
    perhaps: int
    """Those that surely do with them."""
    total: int


def lesion_sentence(label: str, bench: LesionBench) -> str:
    """Says what one block does to a net, in each reading.

    Args:
        label: what the net is called.
        bench: what was measured of it.
    """
    if not bench.removable:
        return f"No block of {label} can be removed: {bench.blocks[0].reason}"
    if is_guessing(bench):
        return (
            f"{label} guesses with all its blocks in place: {_share(bench.whole)} of "
            f"{bench.num_pictures:,} pictures are right, and chance is {percent(bench.chance, 0)}. "
            "Removing one shows nothing: choose a net that has learned."
        )
    words = [f"{label} gets {_share(bench.whole)} of {bench.num_pictures:,} pictures right."]
    return " ".join([*words, *(_reading_words(bench, reading) for reading in bench.readings)])


def compare_lesions_sentence(
    benches: Mapping[str, LesionBench], reading: LesionReading = "as_is"
) -> str:
    """Says whether nets with or without skips do better without a block, as far as that is sure.

    A lesion counts as withstood where more than half of what the net knows above chance is left.

    Args:
        benches: by what each net is called.
        reading: which accuracies are compared.
    """
    judged = {label: b for label, b in benches.items() if b.removable and reading in b.readings}
    guessing = [label for label, bench in judged.items() if is_guessing(bench)]
    if guessing:
        return (
            f"{' and '.join(guessing)} guesses with all blocks in place, so that nothing can be "
            "compared: choose a net that has learned."
        )
    kept = {label: _count_kept(bench, reading) for label, bench in judged.items()}
    told = "; ".join(_kept_words(label, found) for label, found in kept.items())
    sides = [
        [kept[label] for label, bench in judged.items() if bench.is_plain is is_plain]
        for is_plain in (False, True)
    ]
    if not all(sides):
        wanted = "a plain" if sides[0] else "a residual"
        told = f"{_COMPARED[reading]}: {told}" if told else "No block can be removed"
        return f"{told}. Choose {wanted} net to compare with."
    which = "with so many pictures it is not sure that the skips make the difference"
    if _all_beyond(*sides):
        which = "a net with skips misses one block less, as Veit et al. 2016 found"
    elif _all_beyond(*reversed(sides)):
        which = (
            "a net without skips misses one block less, the opposite of what Veit et al. 2016 found"
        )
    return f"{_COMPARED[reading]}: {told}; {which}. {_SEED_CAVEAT}"


def random_lesions_sentence(
    label: str, bench: LesionBench, reading: LesionReading = "as_is"
) -> str:
    """Says how many blocks, drawn at random, a net can lose before it guesses.

    Args:
        label: what the net is called.
        bench: what was measured of it, with draws.
        reading: which accuracies are meant.
    """
    rows = [(r.num_removed, r.mean(reading), r.interval(reading)) for r in bench.at_random]
    known = [(count, mean, found) for count, mean, found in rows if mean is not None and found]
    if not known:
        return f"No blocks of {label} were removed at random."
    half, draws = (bench.whole.accuracy + bench.chance) / 2, len(bench.at_random[0].draws)
    held = list(itertools.takewhile(lambda row: row[2][0] > half, known))
    guessed = [row for row in known if row[2][0] <= bench.chance]
    words = f"Over {draws} draws, {label}, {_READING_WORDS[reading]}, "
    if held:
        count, mean, found = held[-1]
        words += (
            f"surely keeps more than half of what it knows above chance up to {_blocks(count)} "
            f"removed at random ({percent(mean)} right, {_reach(found)})"
        )
    else:
        count, mean, found = known[0]
        words += (
            f"is not sure to keep half of what it knows above chance even with {_blocks(count)} "
            f"removed at random ({percent(mean)} right, {_reach(found)})"
        )
    if not guessed:
        return f"{words}, and does better than a guess with any number that was tried."
    return f"{words}; with {_blocks(guessed[0][0])} it is no longer sure to do better than a guess."


def is_guessing(bench: LesionBench) -> bool:
    """Whether the net with all its blocks is not sure to do better than a guess."""
    return bench.whole.interval_95[0] <= bench.chance


def _reading_words(bench: LesionBench, reading: LesionReading) -> str:
    scored = _scored(bench, reading)
    worst, best = (choose(scored, key=lambda pair: pair[1].accuracy) for choose in (min, max))
    middle = statistics.median(score.accuracy for _, score in scored)
    unharmed = sum(score.lost_interval(bench.whole)[0] <= 0 for _, score in scored)
    guessing = sum(score.interval_95[0] <= bench.chance for _, score in scored)
    return (
        f"Without one of {len(scored)} blocks, {_READING_WORDS[reading]}, it gets from "
        f"{_share(worst[1])} without {worst[0].path} to {_share(best[1])} without {best[0].path}, "
        f"in the median {percent(middle)}; {unharmed or 'none'} of these losses may be chance, and "
        f"{guessing or 'none'} of these nets may only guess."
    )


def _count_kept(bench: LesionBench, reading: LesionReading) -> _Kept:
    half = (bench.whole.accuracy + bench.chance) / 2
    reaches = [score.interval_95 for _, score in _scored(bench, reading)]
    return _Kept(
        surely=sum(low > half for low, _ in reaches),
        perhaps=sum(high > half for _, high in reaches),
        total=len(reaches),
    )


def _kept_words(label: str, kept: _Kept) -> str:
    count = f"{kept.surely}" if kept.surely == kept.perhaps else f"{kept.surely} to {kept.perhaps}"
    return (
        f"{label} keeps more than half of what it knows above chance without {count} of its "
        f"{kept.total} removable blocks"
    )


def _all_beyond(these: Sequence[_Kept], those: Sequence[_Kept]) -> bool:
    """Whether these surely withstand a larger share of lesions than those perhaps do."""
    return min(k.surely / k.total for k in these) > max(k.perhaps / k.total for k in those)


def _scored(bench: LesionBench, reading: LesionReading) -> list[tuple[BlockLesion, LesionScore]]:
    pairs = ((block, block.score(reading)) for block in bench.removable)
    return [(block, score) for block, score in pairs if score is not None]


def _share(score: LesionScore) -> str:
    return f"{percent(score.accuracy)} ({_reach(score.interval_95)})"


def _reach(interval: Interval) -> str:
    low, high = interval
    return f"{CONFIDENCE} interval {percent(low)} to {percent(high)}"


def _blocks(count: int) -> str:
    return "one block" if count == 1 else f"{count} blocks"
