"""What the last edit of a net did, in sentences made from its numbers alone."""

import statistics
from collections.abc import Sequence

from resnet_core.comparing.edit_effect import EditEffect
from resnet_core.comparing.wording import loss_words
from resnet_core.shares import percent

_MOST_DEEDS = 3
"""Named one by one; of more, the last is named and the others are counted."""
FEWEST = 5
"""Losses on either side of an edit below which nothing is said of what it did to them."""


def edit_sentences(effect: EditEffect | None) -> tuple[str, ...]:
    """Says what became of the loss, and of the answers to the same pictures; nothing of no edit."""
    if effect is None:
        return ()
    loss = edit_loss_sentence(effect)
    return (loss, *_left_out(effect), *_caveats(effect), *_answer_sentences(effect))


def edit_loss_sentence(e: EditEffect) -> str:
    """Says whether the training loss rose, fell or stayed, and whether it came back.

    A rise is claimed only where the median with the edit lies above every single loss before it.
    """
    start = f"After {_joined(e.deeds)} at step {e.step:,}"
    if e.stopped:
        return f"{start}, {e.label} trains no more: {e.stopped}"
    if min(len(e.before), len(e.after)) < FEWEST:
        return f"{start}, {_too_few(e)}."
    before, now = statistics.median(e.before), statistics.median(e.now)
    if e.did_rise or e.did_fall:
        words = f"{start}, the training loss of {e.label} {_moved(e, before)}"
    else:
        words = f"{start}, the training loss of {e.label} stayed among those of the steps before: "
        words += f"{loss_words(before)} then, {loss_words(now)} in the newest"
    return f"{words} ({_basis(e)})."


def _moved(e: EditEffect, before: float) -> str:
    after, now = statistics.median(e.after), statistics.median(e.now)
    verb = "rose" if e.did_rise else "fell"
    words = f"{verb} from {loss_words(before)} to {loss_words(after)}"
    if e.is_back:
        return f"{words} and came back to {loss_words(now)} in {_steps(e.num_later)}"
    crossed = (now < before) if e.did_rise else (now > before)
    if crossed:
        return f"{words}, and is {loss_words(now)} after {_steps(e.num_later)}"
    return f"{words} and did not come back in {_steps(e.num_later)}" + (
        "" if e.now == e.after else f", at {loss_words(now)}"
    )


def _left_out(e: EditEffect) -> tuple[str, ...]:
    """Which seeds are in no mean, since those that diverged are no chance sample."""
    if not e.left_out:
        return ()
    rest = f"of the {e.num_seeds} of {e.num_all_seeds} seeds from which it trains."
    why = f"{e.label} trains no more from some seeds. {e.left_out}"
    return (f"{why} What is said here of the edit is {rest}",)


def _caveats(e: EditEffect) -> tuple[str, ...]:
    """What the loss may owe to something else than the edit."""
    if e.stopped or min(len(e.before), len(e.after)) < FEWEST:
        return ()
    fell = "A loss falls while a net learns, edited or not: a fork without the edit tells how much."
    since = _joined([f"{deed} at step {step:,}" for deed, step in e.later])
    share = f"Since then {since}: what the loss did after that is not one edit's alone."
    return ((fell,) if e.did_fall else ()) + ((share,) if e.later else ())


def _joined(deeds: Sequence[str]) -> str:
    if len(deeds) > _MOST_DEEDS:
        return f"{deeds[-1]} and {len(deeds) - 1:,} other edits were done"
    return " and ".join(deeds)


def _too_few(e: EditEffect) -> str:
    if len(e.before) < FEWEST:
        tell = "tells" if len(e.before) == 1 else "tell"
        return f"its loss cannot be compared: only {_steps(len(e.before))} before it {tell} of it"
    return f"{e.label} has trained {_steps(e.num_later)}: too few to say what that does"


def _basis(e: EditEffect) -> str:
    means = f", means of {e.num_seeds} seeds" if e.num_seeds > 1 else ""
    return (
        f"medians of {_steps(len(e.after))}{means}; single steps before lay between "
        f"{loss_words(min(e.before))} and {loss_words(max(e.before))}"
    )


def _answer_sentences(e: EditEffect) -> tuple[str, ...]:
    if e.accuracies is None:
        return ()
    before, after = e.accuracies
    words = f"On the same {e.num_pictures:,} validation pictures it was right on "
    words += f"{percent(before)} just before and {percent(after)} just after"
    mean = f", in the mean of {e.num_seeds} seeds" if e.num_seeds > 1 else ""
    return (f"{words}{mean}.",)


def _steps(count: int) -> str:
    return f"{count:,} step" if count == 1 else f"{count:,} steps"
