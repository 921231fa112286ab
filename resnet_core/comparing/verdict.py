"""What a comparison of two arms says, in sentences that are made from its numbers alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_core.comparing.comparison import compare_arms
from resnet_core.comparing.edit_effect import read_edit_effect
from resnet_core.comparing.edit_sentences import edit_sentences
from resnet_core.comparing.measured import WINDOW, Accuracies, Comparison
from resnet_core.comparing.seed_pairs import SeedPairs
from resnet_core.comparing.seed_sentences import seed_sentences
from resnet_core.comparing.watched_course import read_watched_course, watched_sentences
from resnet_core.comparing.wording import (
    p_words,
    place_words,
    ratio_words,
    waiting_sentence,
    warmup_words,
)
from resnet_core.runs.status import RunStatus
from resnet_core.shares import percent

APART = 0.3
"""Difference of the median losses, in nats, from which on two arms count as apart.

While a deep residual net warms up it is behind its plain twin by up to 0.27 (docs/benchmarks.md).
"""
CHANCE = 0.05
"""A p-value from here on is no evidence of a difference."""


@dataclass(frozen=True, kw_only=True)
class RunVerdict:
    """What a run shows so far, as other programs take it."""

    sentence: str
    loss_difference: float | None
    """Residual minus plain, or first arm minus second: median training loss of the last steps."""
    accuracy_difference: float | None
    """The same of the validation accuracy, a share, at the last step; `None` where none was."""
    p_value: float | None
    """McNemar's exact p-value of that difference; over several seeds that of the paired t test."""
    seeds: int = 1
    """Seeds behind it."""


def judge_run(status: RunStatus) -> RunVerdict:
    """Gives the verdict on a run as far as it is.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its metrics cannot be read.
    """
    comparisons = compare_arms(status)
    sentence = " ".join(said for told in _tell(status, comparisons) for said in told)
    if not comparisons:
        return RunVerdict(
            sentence=sentence,
            loss_difference=None,
            accuracy_difference=None,
            p_value=None,
            seeds=status.seeds,
        )
    first = comparisons[0]
    last = first.accuracies if first.over_seeds is None else first.over_seeds.accuracies
    if last is not None and last.step != first.step:
        last = None  # an accuracy of an earlier step is not one of the last
    return RunVerdict(
        sentence=sentence,
        loss_difference=first.loss_difference,
        accuracy_difference=None if last is None else last.difference,
        p_value=None if last is None else last.p_value,
        seeds=len(last.seeds) if isinstance(last, SeedPairs) else status.seeds,
    )


def tell_run(status: RunStatus) -> tuple[tuple[str, ...], ...]:
    """Says in parts, each of some sentences, what a run shows so far.

    First what the last edit of a net did, if there was one; then how each pair of arms compares.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its metrics cannot be read.
    """
    return _tell(status, compare_arms(status))


def _tell(status: RunStatus, comparisons: Sequence[Comparison]) -> tuple[tuple[str, ...], ...]:
    if status.is_watched:
        return (watched_sentences(read_watched_course(status)),)
    edited = edit_sentences(read_edit_effect(status))
    compared = tuple(sentences_of(comparison) for comparison in comparisons)
    return (*((edited,) if edited else ()), *(compared or ((lonely_sentence(status),),)))


def lonely_sentence(status: RunStatus) -> str:
    """Says why a run without a pair of arms has no verdict."""
    if not status.arms:
        return "The run does not tell its nets, so there is no verdict."
    return f"{status.arms[0].label} trains alone: there is nothing to compare it with."


def sentences_of(comparison: Comparison) -> tuple[str, ...]:
    """Says in turn how the losses, the answers and the gradients of two arms differ."""
    if comparison.over_seeds is not None:
        return seed_sentences(comparison, comparison.over_seeds)
    return (
        loss_sentence(comparison),
        *accuracy_sentences(comparison.accuracies, comparison),
        *gradient_sentences(comparison),
    )


def loss_sentence(comparison: Comparison) -> str:
    """Says whether the losses are apart, and which is lower."""
    c = comparison
    if c.stopped:
        return _stopped_sentence(c)
    difference = c.loss_difference
    if difference is None or c.num_losses < WINDOW:
        return waiting_sentence(c)
    values = {c.first: c.first_loss, c.second: c.second_loss}
    better, worse = (c.first, c.second) if difference < 0 else (c.second, c.first)
    span = f"medians of the last {c.num_losses} steps"
    if abs(difference) < APART:
        start = (
            f"Not apart after {c.step:,} steps" if c.is_over else f"Not yet apart {place_words(c)}"
        )
        words = f"{start}: training loss {values[better]:.2f} with {better}, {values[worse]:.2f} "
        words += f"with {worse} ({span}; apart from a difference of {APART:g} on)."
    else:
        words = f"{place_words(c).capitalize()} the training loss of {better} is lower by "
        words += f"{abs(difference):.2f}: {values[better]:.2f} against {values[worse]:.2f} "
        words += f"with {worse} ({span})."
    return words + warmup_words(c)


def accuracy_sentences(accuracies: Accuracies | None, comparison: Comparison) -> tuple[str, ...]:
    """Says who is right more often on the validation pictures, and how sure that is."""
    if accuracies is None:
        return ()
    a, c = accuracies, comparison
    better, worse = (c.first, c.second) if a.difference >= 0 else (c.second, c.first)
    high, low = max(a.first, a.second), min(a.first, a.second)
    pictures = "validation pictures" if a.num_pictures is None else f"{a.num_pictures:,} pictures"
    words = f"On the same {pictures}, at step {a.step:,}, {better} is right on {percent(high)}, "
    words += f"{worse} on {percent(low)}"
    words += f": {100 * (high - low):.1f} points more." if high > low else ": equally often."
    return words, _chance_sentence(a, c), "One seed: how much seeds differ is not known."


def gradient_sentences(comparison: Comparison) -> tuple[str, ...]:
    """Says how the whole gradients compared at the first step, and how they do now."""
    c, found = comparison, []
    if c.start_ratio is not None:
        found.append(f"At step 1 {ratio_words(c, c.start_ratio)}.")
    if c.recent_ratio is not None and c.num_losses == WINDOW:
        span = f"In the median of the last {c.num_losses} steps, up to {c.step:,},"
        found.append(f"{span} {ratio_words(c, c.recent_ratio)}.")
    return tuple(found)


def _stopped_sentence(c: Comparison) -> str:
    stops = " ".join(f"{label} trains no more: {reason}" for label, reason in c.stopped)
    names = {c.first, c.second} - {label for label, _ in c.stopped}
    alone = f" {names.pop()} went on alone, to step {c.step:,}." if names else ""
    return f"{stops}{alone} So there are no losses to set beside each other."


def _chance_sentence(a: Accuracies, c: Comparison) -> str:
    if a.p_value is not None:
        noun = "picture" if a.only_first == 1 else "pictures"
        words = f"{a.only_first:,} {noun} only {c.first} gets right, {a.only_second:,} only "
        words += f"{c.second}: chance splits them so unevenly with {p_words(a.p_value)} "
        words += "(exact McNemar)"
        return words + (", so this is no evidence of a difference." if a.p_value >= CHANCE else ".")
    if a.interval is None:
        return "The run did not keep single answers, so what chance does to this is not known."
    low, high = (100 * bound for bound in a.interval)
    words = f"The 95 % interval of {c.first} minus {c.second} is {low:.1f} to {high:.1f} points "
    words += "(Newcombe, as the run did not keep single answers)"
    return words + (", so this is no evidence of a difference." if low <= 0 <= high else ".")
