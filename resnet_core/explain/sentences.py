"""What the measurements of a map say, in one sentence each, and whether that is good.

Every figure in a sentence is read from the measurement; what counts as much stands here by name.
"""

from collections.abc import Sequence

import numpy as np

from resnet_core.explain.attribution import Attribution
from resnet_core.explain.chance import ChanceRank, Measure
from resnet_core.explain.draws import DrawAgreement
from resnet_core.explain.many_pictures import MeanDifference
from resnet_core.explain.over_training import StepMap
from resnet_core.explain.randomisation import RandomisationCheck
from resnet_core.explain.ranks import rank_correlation
from resnet_core.shares import percent, probability_text
from resnet_core.students import CONFIDENCE

ALIKE = 0.5
"""Rank correlation from which on two maps are called alike."""
BETTER_SHARE = WORSE_SHARE = 0.95
"""Shares of random maps that a map beats, or that beat it, from which on it is no chance."""
STRONGEST_SHARE = 0.1
"""Share of the places whose part of the evidence is told, as near as whole places come to it."""


_NAMES: dict[Measure, str] = {"deletion": "deletion", "insertion": "insertion", "road": "ROAD"}


def map_sentence(title: str, answer: Attribution, names: Sequence[str], label: str | None) -> str:
    """Says what a map shows, and whether the net is right where that is known.

    Args:
        title: of the method.
        answer: the map.
        names: of the net's classes.
        label: of the picture, if it has one that the net knows.
    """
    best = int(answer.probabilities.argmax())
    judged = (
        "" if label is None else ", rightly" if names[best] == label else f", but it is {label}"
    )
    says = f"The net says {names[best]} ({probability_text(answer.probabilities[best])}){judged}"
    if answer.is_flat:
        return f"{says}; {title}'s map has one value everywhere, so it says nothing about places."
    target = answer.target
    assert target.class_index is not None
    against = "" if target.against is None else f" against {names[target.against]}"
    where = f" at {answer.layer}" if answer.layer else ""
    places = _num_strongest(answer.values) / answer.values.size
    return (
        f"{says}; {title}{where} finds {percent(evidence_share(answer.values), 0)} of its "
        f"evidence for {names[target.class_index]}{against} in {percent(places, 0)} of "
        "the places. Whether the net needs those places is measured under “Is it faithful?”."
    )


def evidence_share(values: np.ndarray) -> float:
    """Share of a map's magnitude in its strongest places, about `STRONGEST_SHARE` of them."""
    magnitudes = np.sort(np.abs(values).ravel())[::-1]
    total = float(magnitudes.sum())
    return float(magnitudes[: _num_strongest(values)].sum()) / total if total > 0 else 0.0


def _num_strongest(values: np.ndarray) -> int:
    return max(1, round(STRONGEST_SHARE * values.size))


def chance_sentence(title: str, ranks: Sequence[ChanceRank]) -> str:
    """Says how a map ranks among random ones, by each measure."""
    beaten = ", ".join(f"{r.num_beaten} in {_NAMES[r.measure]}" for r in ranks)
    total = ranks[0].num_maps
    return f"Of {total} random maps {title} beats {beaten}: {_chance_verdict(ranks)}."


def _chance_verdict(ranks: Sequence[ChanceRank]) -> str:
    good = [_NAMES[r.measure] for r in ranks if r.num_beaten / r.num_maps >= BETTER_SHARE]
    bad = [_NAMES[r.measure] for r in ranks if r.num_better / r.num_maps >= WORSE_SHARE]
    if len(good) == len(ranks):
        return "better than chance on this picture by every measure"
    if not good and not bad:
        return "no more than chance does on this picture"
    parts = [f"better than chance in {_listed(good)}"] if good else []
    parts += [f"worse than chance in {_listed(bad)}"] if bad else []
    parts += ["no more than chance in the rest"] if len(good) + len(bad) < len(ranks) else []
    return ", ".join(parts)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)


def many_sentence(title: str, difference: MeanDifference) -> str:
    """Says whether a method is better than chance in the mean over pictures."""
    d = difference
    side = "above" if d.gain >= 0 else "below"
    if d.low > 0:
        verdict = "better than chance"
    elif d.high < 0:
        verdict = "worse than chance"
    else:
        verdict = "not more than noise"
    return (
        f"Over {d.num_pictures} pictures {title} is {abs(d.gain):.3f} {side} chance in "
        f"{_NAMES[d.measure]} ({CONFIDENCE} interval {d.low:+.3f} to {d.high:+.3f}): {verdict}."
    )


def randomisation_sentence(title: str, check: RandomisationCheck) -> str:
    """Says whether a map changes when the net forgets, in the mean and range over seeds."""
    if len(check.maps) < 2 or np.isnan(check.mean[-1]):
        return f"{title}'s map is flat, so nothing can be said of how it changes."
    first, last = check.maps[1].part, check.maps[-1].part
    ends = [f"{_range(check, 1)} once {first} has forgotten"] if len(check.maps) > 2 else []
    ends.append(f"{_range(check, -1)} once all down to {last} has")
    if check.high[-1] < ALIKE:
        verdict = "it depends on what the net has learned"
    elif check.low[-1] >= ALIKE:
        verdict = "it hardly depends on what the net has learned"
    else:
        verdict = "the seeds disagree on whether it depends on what the net has learned"
    return (
        f"{title}'s map keeps a rank correlation of {', and '.join(ends)}, over "
        f"{_seeds_words(check)}: {verdict}."
    )


def _seeds_words(check: RandomisationCheck) -> str:
    """How many seeds tell of the last map; of a flat one there is no correlation."""
    total, known = len(check.seeds), int((~np.isnan(check.correlations[:, -1])).sum())
    if known == total:
        return f"{total} seeds"
    return f"the {known} of {total} seeds whose last map is not flat"


def _range(check: RandomisationCheck, place: int) -> str:
    mean, low, high = check.mean[place], check.low[place], check.high[place]
    return "none (flat)" if np.isnan(mean) else f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


def draws_sentence(title: str, draws: DrawAgreement) -> str:
    """Says how far two draws of a random map agree, and whether that was enough."""
    if draws.correlation is None:
        return f"{title}'s two draws are flat, so they cannot be compared."
    told = f"Two draws of {title}, of {draws.num_samples} samples each, agree with rank correlation"
    if draws.is_enough:
        return f"{told} {draws.correlation:.2f}: enough, {draws.wanted:.2f} was wanted."
    return (
        f"{told} {draws.correlation:.2f} only, where {draws.wanted:.2f} was wanted: another draw "
        "would look otherwise."
    )


def steps_sentence(title: str, steps: Sequence[StepMap]) -> str:
    """Says how the answer and the map changed over training."""
    first, last = steps[0], steps[-1]
    explained = last.attribution.target.class_index
    assert explained is not None
    name = last.card.class_names[explained]
    shares = [float(step.attribution.probabilities[explained]) for step in (first, last)]
    if len(steps) == 1:
        return (
            f"At step {first.step:,}, the only one saved, the net's probability of {name} is "
            f"{probability_text(shares[0])}: there is no other map to compare with."
        )
    told = (
        f"From step {first.step:,} to {last.step:,} the net's probability of {name} went from "
        f"{probability_text(shares[0])} to {probability_text(shares[1])}"
    )
    alike = rank_correlation(first.attribution.values, last.attribution.values)
    if alike is None:
        return f"{told}; one of both maps of {title} is flat."
    verdict = "it had that shape before" if alike >= ALIKE else "training moved it"
    return (
        f"{told}; {title}'s last map has a rank correlation of {alike:+.2f} with the first: "
        f"{verdict}."
    )
