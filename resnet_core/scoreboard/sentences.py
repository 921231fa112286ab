"""What the results say of depth, in sentences that are made from them alone."""

from collections.abc import Sequence
from itertools import pairwise

from resnet_core.checkpoints import CheckpointCard
from resnet_core.models import net_label
from resnet_core.scoreboard.budgets import DepthEffect, EqualBudget, depth_effect
from resnet_core.scoreboard.entries import Entry
from resnet_core.shares import percent


def budget_sentence(budget: EqualBudget) -> str:
    """Says what depth did to residual and to plain nets that had the same budget."""
    effects = [depth_effect(budget, plain=plain) for plain in (False, True)]
    known = [effect for effect in effects if effect is not None]
    if not known:
        return (
            f"{budget.title}: no two depths of one kind share this budget, so it says nothing "
            "of depth."
        )
    start = f"After {budget.length} on {budget.data_title}, {_seeds(known)}:"
    said = "; ".join(_effect_words(effect) for effect in known)
    return " ".join([f"{start} {said}.", *_training_words(known)])


def published_sentences(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Says of each published row of depths where its error is lowest, and what it does beyond."""
    rows: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.origin == "published" and entry.is_ranked and entry.depth:
            rows.setdefault((entry.source, entry.kind), []).append(entry)
    long_rows = [
        sorted(row, key=lambda entry: entry.depth or 0) for row in rows.values() if len(row) > 2
    ]
    return tuple(f"{_row_words(row)}." for row in long_rows)


def ranking_sentence(entries: Sequence[Entry]) -> str:
    """Says which ranked number is lowest, how many were picked among several, and what is apart."""
    ranked = sorted((e for e in entries if e.is_ranked), key=lambda entry: entry.test_error)
    if not ranked:
        return "No result here may be ranked with the papers'."
    best = ranked[0]
    flattered = sum(entry.picked.startswith("best ") for entry in ranked)
    rest = len(entries) - len(ranked)
    return (
        f"Lowest of {len(ranked)} numbers that may be ranked: {best.title} with "
        f"{_percent(best.test_error)} ({best.source}; {best.picked}). {flattered} of them are the "
        f"best of several runs or of several epochs on the test set, which flatters; {rest} more "
        "are of other data, of a shorter budget or inexact, and stand apart."
    )


def responses_sentence(cards: Sequence[CheckpointCard]) -> str:
    """Compares the mean response of each residual net with that of its plain twin."""
    means = {net_label(card.model.name): _mean_response(card) for card in cards}
    twins = [
        (net_label(f"resnet{depth}"), net_label(f"plain{depth}"))
        for depth in sorted({card.model.depth for card in cards})
    ]
    pairs = [pair for pair in twins if means.keys() >= set(pair)]
    if not pairs:
        return "No residual net stands beside its plain twin here, so there is nothing to compare."
    said = [
        f"{residual} {means[residual]:.3f}, {plain} {means[plain]:.3f}" for residual, plain in pairs
    ]
    smaller = sum(means[residual] < means[plain] for residual, plain in pairs)
    return (
        f"Mean response of a layer: {'; '.join(said)}. The residual net's is the smaller in "
        f"{smaller} of {len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}; with one seed a net "
        "this is no more than what these nets show."
    )


def _mean_response(card: CheckpointCard) -> float:
    return sum(card.layer_responses.values()) / max(1, len(card.layer_responses))


def _seeds(effects: Sequence[DepthEffect]) -> str:
    number = min(effect.num_seeds for effect in effects)
    return "one seed a net" if number == 1 else f"{number} seeds a net"


def _effect_words(effect: DepthEffect) -> str:
    kind = "plain" if effect.is_plain else "residual"
    shallow, deep = effect.shallow, effect.deep
    words = (
        f"with {deep.depth} instead of {shallow.depth} layers the {kind} net is right on "
        f"{_percent(1 - deep.test_error)} instead of {_percent(1 - shallow.test_error)} of the "
        "test pictures"
    )
    if effect.interval is None:
        return f"{words}, and how far chance reaches is not known"
    low, high = (-100 * bound for bound in reversed(effect.interval))
    verdict = "not more than noise"
    if effect.is_more_than_noise:
        verdict = "worse" if effect.difference > 0 else "better"
    return f"{words}: {verdict} (95 % interval {low:+.1f} to {high:+.1f} points)"


def _training_words(effects: Sequence[DepthEffect]) -> list[str]:
    """Says whether a net that more depth made worse is worse on its training pictures as well."""
    return [
        _overfitting_words(effect)
        for effect in effects
        if effect.is_more_than_noise and effect.difference > 0 and _has_training(effect)
    ]


def _has_training(effect: DepthEffect) -> bool:
    return None not in (effect.deep.training_error, effect.shallow.training_error)


def _overfitting_words(effect: DepthEffect) -> str:
    deep, shallow = effect.deep.training_error or 0.0, effect.shallow.training_error or 0.0
    numbers = f"{_percent(deep)} wrong against {_percent(shallow)}"
    kind = "plain" if effect.is_plain else "residual"
    if deep > shallow:
        return (
            f"The deeper {kind} net is worse on its own training pictures too ({numbers}), so "
            "this is not overfitting but degradation."
        )
    return (
        f"On its own training pictures the deeper {kind} net is not worse ({numbers}), so this "
        "may be overfitting."
    )


def _row_words(row: Sequence[Entry]) -> str:
    first, last = row[0], row[-1]
    best = min(row, key=lambda entry: entry.test_error)
    name = f"{first.source}, {first.kind} nets"
    errors = [entry.test_error for entry in row]
    if all(later > former for former, later in pairwise(errors)):
        return f"{name}: error rises with depth, {_from_to(first, last)}"
    if best is last:
        steps = "with each step in depth" if all(b < a for a, b in pairwise(errors)) else "in all"
        return f"{name}: error falls {steps}, {_from_to(first, last)}"
    return (
        f"{name}: error is lowest at {best.depth} layers ({_percent(best.test_error)}) and higher "
        f"at {last.depth} ({_percent(last.test_error)})"
    )


def _from_to(first: Entry, last: Entry) -> str:
    return (
        f"from {_percent(first.test_error)} at {first.depth} layers to "
        f"{_percent(last.test_error)} at {last.depth}"
    )


def _percent(share: float) -> str:
    return percent(share, 2)
