"""What the results of several runs say together, made from their numbers alone."""

from collections.abc import Sequence

from resnet_core.comparing.across_runs import NetResult
from resnet_core.comparing.seed_pairs import SeedPairs
from resnet_core.shares import newcombe_interval, percent

_ABOUT_SEEDS = (
    "These intervals are chance in the choice of pictures; how far seeds are apart is not in them."
)
_OF_SEEDS = "An interval of several seeds says how far chance between seeds reaches"
_OF_ONE_SEED = "one of a single seed, how far chance in the choice of pictures does"


def results_sentence(results: Sequence[NetResult]) -> str:
    """Says which net is right most often, and whether that is more than chance.

    Args:
        results: of one or more runs, in any order.
    """
    if not results:
        return "Nothing has been measured on validation or test pictures yet."
    ordered = sorted(results, key=lambda result: -result.accuracy)
    best, worst = ordered[0], ordered[-1]
    if len(ordered) == 1:
        return (
            f"{_said(best, ordered)}. {_about_intervals(ordered)}"
            if best.interval
            else f"{_said(best, ordered)}."
        )
    if len({(result.split, result.pictures) for result in results}) > 1:
        return (
            f"Highest: {_said(best, ordered)}. These results are of different pictures, so they "
            "do not rank the nets."
        )
    if best.accuracy == worst.accuracy:
        which = "Both" if len(ordered) == len((best, worst)) else f"All {len(ordered)}"
        return f"{which} are right equally often: {percent(best.accuracy)}{_of(best)}."
    first = f"Highest: {_said(best, ordered)}; lowest: {_said(worst, ordered)}."
    return f"{first} {_chance(ordered)}"


def _said(result: NetResult, all_results: Sequence[NetResult]) -> str:
    """Such as `ResNet-20 (First) with 98.4 % of 2,000 test pictures (97.7 to 98.9)`."""
    runs = {other.run_id for other in all_results}
    run = f" ({result.run_name})" if len(runs) > 1 else ""
    interval = result.interval
    words = f"{result.net}{run} with {percent(result.accuracy)}{_of(result)}"
    if len({other.step for other in all_results}) > 1:
        words += f" after step {result.step:,}"
    seeds = _seeds(result)
    if interval is None:
        return f"{words} ({seeds})" if seeds else words
    low, high = (100 * bound for bound in interval)
    span = f"95 % interval {low:.1f} to {high:.1f}"
    return f"{words} ({', '.join(filter(None, (seeds, span)))})"


def _seeds(result: NetResult) -> str:
    """How many seeds the number is of, where that is not simply one."""
    count = len(result.seeds)
    if result.num_stopped:  # those that diverged are no chance sample
        total = count + result.num_stopped
        return f"of the {count} of {total} seeds from which it did not stop early"
    return f"mean of {count} seeds" if count > 1 else ""


def _of(result: NetResult) -> str:
    number = "the" if result.num_pictures is None else f"{result.num_pictures:,}"
    return f" of {number} {result.split} pictures"


def _chance(ordered: Sequence[NetResult]) -> str:
    best, worst = ordered[0], ordered[-1]
    if len(ordered) == 2 and _are_paired(best, worst):
        return _paired(best, worst)
    if best.interval is None or worst.interval is None:
        return "How many pictures stand behind them was not kept, so what chance does is not known."
    # The ends of a row of results are apart by chance as well.
    if len(ordered) > 2 or any(len(result.seeds) > 1 for result in ordered):
        words = "do not overlap" if worst.interval[1] < best.interval[0] else "overlap"
        return f"Their intervals {words}. {_about_intervals(ordered)}"
    counts = [(round(r.accuracy * n), n) for r in ordered if (n := r.num_pictures)]
    low, high = (100 * bound for bound in newcombe_interval(*counts))
    verdict = "not more than chance" if low <= 0 else "more than chance in the pictures"
    return (
        f"The difference of {100 * (best.accuracy - worst.accuracy):.1f} points is {verdict} "
        f"(95 % interval {low:.1f} to {high:.1f}, Newcombe). {_ABOUT_SEEDS}"
    )


def _are_paired(one: NetResult, other: NetResult) -> bool:
    """Whether the two share the order and the first weights of each of several seeds."""
    is_same = (one.run_id, one.step, one.seeds) == (other.run_id, other.step, other.seeds)
    return is_same and len(one.seeds) > 1


def _paired(best: NetResult, worst: NetResult) -> str:
    pairs = SeedPairs(
        step=best.step, seeds=best.seeds, first=best.accuracies, second=worst.accuracies
    )
    assert pairs.interval is not None
    if not pairs.has_spread:
        return (
            f"The difference of {100 * pairs.difference:.1f} points is not more than noise between "
            f"seeds: all {len(pairs.seeds)} give the same difference and tell no spread."
        )
    low, high = (100 * bound for bound in pairs.interval)
    verdict = "more than" if pairs.is_more_than_noise else "not more than"
    return (
        f"The difference of {100 * pairs.difference:.1f} points is {verdict} noise between seeds "
        f"(95 % interval {low:.1f} to {high:.1f}, paired t over {len(pairs.seeds)} seeds)."
    )


def _about_intervals(results: Sequence[NetResult]) -> str:
    """Says which chance the intervals of some results hold."""
    have_several = {len(result.seeds) > 1 for result in results}
    if have_several == {False}:
        return _ABOUT_SEEDS
    return f"{_OF_SEEDS}." if have_several == {True} else f"{_OF_SEEDS}, {_OF_ONE_SEED}."
