"""What the results of several runs say together, made from their numbers alone."""

from collections.abc import Sequence

from resnet_core.comparing.across_runs import NetResult
from resnet_core.comparing.significance import newcombe_interval

_ABOUT_SEEDS = (
    "These intervals are chance in the choice of pictures; how far seeds are apart is not in them."
)


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
            f"{_said(best, ordered)}. {_ABOUT_SEEDS}"
            if best.interval
            else f"{_said(best, ordered)}."
        )
    if len({(result.split, result.pictures) for result in results}) > 1:
        return (
            f"Highest: {_said(best, ordered)}. These results are of different pictures, so they "
            "do not rank the nets."
        )
    if best.accuracy == worst.accuracy:
        return f"All {len(ordered)} are right equally often: {best.accuracy:.1%}{_of(best)}."
    first = f"Highest: {_said(best, ordered)}; lowest: {_said(worst, ordered)}."
    return f"{first} {_chance(ordered)}"


def _said(result: NetResult, all_results: Sequence[NetResult]) -> str:
    """Such as `ResNet-20 (First) with 98.4 % of 2,000 test pictures (97.7 to 98.9)`."""
    runs = {other.run_id for other in all_results}
    run = f" ({result.run_name})" if len(runs) > 1 else ""
    interval = result.interval
    words = f"{result.net}{run} with {result.accuracy:.1%}{_of(result)}"
    if interval is None:
        return words
    low, high = (100 * bound for bound in interval)
    return f"{words} (95 % interval {low:.1f} to {high:.1f})"


def _of(result: NetResult) -> str:
    number = "the" if result.num_pictures is None else f"{result.num_pictures:,}"
    return f" of {number} {result.split} pictures"


def _chance(ordered: Sequence[NetResult]) -> str:
    best, worst = ordered[0], ordered[-1]
    if best.num_pictures is None or worst.num_pictures is None:
        return "How many pictures stand behind them was not kept, so what chance does is not known."
    if len(ordered) > 2:  # the ends of a row of results are apart by chance as well
        low, high = worst.interval, best.interval
        assert low and high
        words = "do not overlap" if low[1] < high[0] else "overlap"
        return f"Their intervals {words}. {_ABOUT_SEEDS}"
    counts = [(round(r.accuracy * n), n) for r in ordered if (n := r.num_pictures)]
    low, high = (100 * bound for bound in newcombe_interval(*counts))
    verdict = "not more than chance" if low <= 0 else "more than chance in the pictures"
    return (
        f"The difference of {100 * (best.accuracy - worst.accuracy):.1f} points is {verdict} "
        f"(95 % interval {low:.1f} to {high:.1f}, Newcombe). {_ABOUT_SEEDS}"
    )
