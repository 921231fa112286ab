"""What several seeds of two arms say together: means, and intervals over the seeds."""

from collections.abc import Sequence

from resnet_core.comparing.measured import WINDOW, Comparison, OverSeeds
from resnet_core.comparing.seed_pairs import SeedPairs
from resnet_core.comparing.wording import place_words, ratio_words, waiting_sentence, warmup_words
from resnet_core.probes.spread import readable
from resnet_core.shares import percent

WITHIN_NOISE = "not yet more than noise"
"""What a difference is whose interval contains 0."""


def seed_sentences(comparison: Comparison, over: OverSeeds) -> tuple[str, ...]:
    """Says in turn how losses, answers and gradients of two arms differ over their seeds."""
    return (
        _loss_sentence(comparison, over.losses) + warmup_words(comparison),
        *stopped_seed_sentences(comparison, over),
        *seed_accuracy_sentences(comparison, over.accuracies),
        *_gradient_sentences(comparison, over),
    )


def seed_accuracy_sentences(c: Comparison, pairs: SeedPairs | None) -> tuple[str, ...]:
    """Says who is right more often on average, and whether seeds differ by less than that."""
    if pairs is None:
        return ()
    difference = pairs.difference
    means = sum(pairs.first) / len(pairs.seeds), sum(pairs.second) / len(pairs.seeds)
    better, worse = (c.first, c.second) if difference >= 0 else (c.second, c.first)
    words = f"On the same validation pictures, at step {pairs.step:,}, in the mean of "
    words += f"{_seeds(pairs)} {better} is right on {percent(max(means))}, "
    words += f"{worse} on {percent(min(means))}"
    apart = f"{100 * abs(difference):.1f} points more" if difference else "equally often"
    return f"{words}: {apart}.", _interval_sentence(c, pairs, 100, "points", 1)


def _loss_sentence(c: Comparison, pairs: SeedPairs | None) -> str:
    if pairs is None or c.num_losses < WINDOW:
        return waiting_sentence(c)
    means = sum(pairs.first) / len(pairs.seeds), sum(pairs.second) / len(pairs.seeds)
    better, worse = (c.first, c.second) if means[0] < means[1] else (c.second, c.first)
    low, high = (f"{mean:.2f}" for mean in sorted(means))
    span = f"in the mean of {_seeds(pairs)} (medians of the last {c.num_losses} steps)."
    if pairs.is_more_than_noise:
        words = f"{place_words(c).capitalize()} the training loss of {better} is lower by "
        words += f"{abs(pairs.difference):.2f}: {low} against {high} with {worse}, {span}"
    else:
        words = f"{WITHIN_NOISE.capitalize()} {place_words(c)}: training loss {low} with {better}, "
        words += f"{high} with {worse}, {span}"
    return f"{words} {_interval_sentence(c, pairs, 1, 'nats', 2)}"


def _interval_sentence(c: Comparison, pairs: SeedPairs, scale: int, unit: str, digits: int) -> str:
    """Says what the seeds leave open of a difference."""
    if pairs.interval is None:
        return "One seed is left of both: how much seeds differ is not known."
    if not pairs.has_spread:
        return f"All {_seeds(pairs)} give the same difference and tell no spread: {WITHIN_NOISE}."
    low, high = (f"{scale * bound:.{digits}f}" for bound in pairs.interval)
    words = f"The 95 % interval of {c.first} minus {c.second} is {low} to {high} {unit} "
    words += f"(paired t over {_seeds(pairs)})"
    return f"{words}." if pairs.is_more_than_noise else f"{words}: it contains 0, {WITHIN_NOISE}."


def stopped_seed_sentences(c: Comparison, over: OverSeeds) -> tuple[str, ...]:
    """Says which seeds are left out, since those that diverged are no chance sample."""
    if not c.stopped:
        return ()
    left = 0 if over.losses is None else len(over.losses.seeds)
    reasons = " ".join(f"{label} trains no more from some seeds. {why}" for label, why in c.stopped)
    rest = f"What is said here is of the {left} of {over.num_seeds} seeds from which both train."
    return (f"{reasons} {rest}",)


def _gradient_sentences(c: Comparison, over: OverSeeds) -> tuple[str, ...]:
    found = []
    if c.start_ratio is not None:
        found.append(f"At step 1 {_spread_words(c, c.start_ratio, over.start_ratios)}.")
    if c.recent_ratio is not None and c.num_losses == WINDOW:
        span = f"In the median of the last {c.num_losses} steps, up to {c.step:,},"
        found.append(f"{span} {_spread_words(c, c.recent_ratio, over.recent_ratios)}.")
    return tuple(found)


def _spread_words(c: Comparison, mean: float, ratios: Sequence[float]) -> str:
    return (
        f"{ratio_words(c, mean)} (geometric mean of {len(ratios)} seeds; {c.first} over {c.second} "
        f"is {readable(min(ratios))} to {readable(max(ratios))})"
    )


def _seeds(pairs: SeedPairs) -> str:
    count = len(pairs.seeds)
    return "1 seed" if count == 1 else f"{count} seeds"
