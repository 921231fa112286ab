"""What may be said of how sure a net is and of what it notices: no more than was measured."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from resnet_core.asking import Answer
from resnet_core.checkpoints import Detection
from resnet_core.inference.report import ClassificationReport
from resnet_core.probes.calibration import FAMILIAR_SHARE, Reliability, Sureness
from resnet_core.probes.temperature import TemperatureFit
from resnet_core.shares import newcombe_interval, percent, wilson_interval

_NEARLY_ALL, _FEW = 0.95, 0.5
_CLASSES_NAMED = 12


def detection_sentence(detection: Detection) -> str:
    """Says which strange pictures are noticed and which are not, and that silence is no proof.

    A kind is said to be noticed, or missed, only where the 95 % interval of its share says so.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for kind, rate in detection.rates.items():
        groups[_how_well(detection, rate)].append(f"{kind} ({percent(rate, 0)})")
    parts = [
        f"{words} {_listed(groups[group])}"
        for group, words in (
            ("always", "notices nearly all"),
            ("each", "notices many of"),
            ("often", "notices many, but not all, of"),
            ("seldom", "misses most of"),
            ("not", "is not shown to notice more often than the net's own pictures"),
        )
        if groups[group]
    ]
    return (
        f"With {detection.num_pictures:,} pictures of each kind, the watch on the net's channels "
        f"{'; '.join(parts)}. It also flags {percent(detection.false_alarms, 0)} of the net's own "
        "test pictures. So silence does not say that a picture is one that the net knows."
    )


def alarm_sentence(answer: Answer) -> str:
    """Says by what reading a picture is unlike the net's own; only for one that is announced."""
    share = _share(FAMILIAR_SHARE)
    if answer.strangeness is not None and answer.strangeness_threshold is not None:
        reading, usual = answer.strangeness, answer.strangeness_threshold
        return (
            f"Unlike {share} of the net's own pictures, so its answer may mean nothing: "
            f"strangeness {reading:.1f}, where those stay below {usual:.1f}."
        )
    assert answer.energy_threshold is not None  # or it would not be announced
    return (
        f"Unlike {share} of the net's own pictures, so its answer may mean nothing: energy "
        f"{answer.energy:.1f}, where those stay below {answer.energy_threshold:.1f}."
    )


def silence_sentence(detection: Detection) -> str:
    """Says of a picture that is not announced which strange ones would not have been either."""
    missed, unshown = [], []
    for kind, rate in detection.rates.items():
        noticed = f"{kind} ({percent(rate, 0)} noticed)"
        if _interval(detection, rate)[1] < _FEW:
            missed.append(noticed)
        elif _how_well(detection, rate) == "not":
            unshown.append(noticed)
    parts = [f"pictures of these kinds are missed: {_listed(missed)}"] if missed else []
    if unshown:
        parts.append(f"not shown to be noticed more often than its own are {_listed(unshown)}")
    if parts:
        return f"Nothing strange was noticed, which is no all-clear: {'; '.join(parts)}."
    return (
        "Nothing strange was noticed, which is no all-clear: nothing is known of kinds other than "
        f"{_listed(list(detection.rates))}."
    )


def second_reading_sentence(answer: Answer) -> str:
    """Says that the energy alone finds a picture unusual."""
    assert answer.energy_threshold is not None  # or it could not
    return (
        f"By a second reading it is unusual all the same: its energy, {answer.energy:.1f}, is "
        f"above that of {_share(FAMILIAR_SHARE)} of known pictures ({answer.energy_threshold:.1f})."
    )


def choice_sentence(class_names: Sequence[str]) -> str:
    """Says that a net takes every picture for one of its classes."""
    return f"Whatever it is shown, it answers with one of its {len(class_names):,} classes"


def classes_sentence(class_names: Sequence[str]) -> str:
    """Names what a net takes every picture for, the first of many."""
    named = list(class_names[:_CLASSES_NAMED])
    more = len(class_names) - len(named)
    rest = f" and {more:,} more" if more else ""
    return f"{choice_sentence(class_names)}: {', '.join(named)}{rest}."


def unwatched_sentence(class_names: Sequence[str]) -> str:
    """Says of a net without statistics that no picture is strange to it."""
    return (
        "Nothing was measured that tells strange pictures from this net's own. "
        f"{classes_sentence(class_names)}"
    )


def temperature_sentence(fit: TemperatureFit) -> str:
    """Says which temperature fits, how sure that is, and whether it is applied."""
    if fit.is_at_limit:
        return (
            f"No temperature can be told from {fit.num_pictures:,} held-out pictures: "
            f"{_why_at_limit(fit)}. None is applied or kept."
        )
    what = (
        f"The temperature that fits {fit.num_pictures:,} held-out pictures best is {fit.best:.3f} "
        f"({_share(FAMILIAR_SHARE)} interval {fit.low:.3f} to {fit.high:.3f})"
    )
    if fit.is_worth_it:
        return (
            f"{what}: it is applied, since it saves {fit.gain:.4f} nats a picture on pictures that "
            "it was not fitted on."
        )
    return (
        f"{what}: it is not applied, since pictures that it was not fitted on gain nothing by it."
    )


def _why_at_limit(fit: TemperatureFit) -> str:
    if fit.best > 1:
        return "the net's answers hardly tell their classes"
    if fit.num_wrong:
        return "the net is far less sure than it is right"
    return "none of them was answered wrongly, so that being surer would never cost anything"


def sureness_sentence(sureness: Sureness) -> str:
    """Says whether a net is surer than it is right, as trained, where the interval tells it."""
    size = (
        f"by {percent(abs(sureness.excess))} on average ({_share(FAMILIAR_SHARE)} interval of the "
        f"difference {percent(sureness.low, signed=True)} to "
        f"{percent(sureness.high, signed=True)}, {sureness.num_pictures:,} pictures)"
    )
    if sureness.low > 0:
        return f"As trained, the net is surer than it is right, {size}."
    if sureness.high < 0:
        return f"As trained, the net is less sure than it is right, {size}."
    return f"As trained, whether the net is too sure or not sure enough cannot be told: {size}."


def reliability_sentence(reliability: Reliability, what: str) -> str:
    """Says whether an ECE is more than honest probabilities show by chance.

    Args:
        reliability: of the probabilities.
        what: what they are called, such as `as trained`.
    """
    verdict = "more than" if reliability.ece > reliability.floor_high else "no more than"
    return (
        f"ECE {what} {percent(reliability.ece)}: {verdict} chance makes of honest probabilities, "
        f"which show {percent(reliability.floor)} in the mean over "
        f"{int(reliability.counts.sum()):,} pictures, and {_share(FAMILIAR_SHARE)} of the time "
        f"less than {percent(reliability.floor_high)}."
    )


def accuracy_sentence(report: ClassificationReport) -> str:
    """Says how often a net is right, how sure that is, and whether guessing would do as well."""
    right, count = int(np.trace(report.confusion)), report.num_pictures
    low, high = wilson_interval(right, count)
    guessing = float(report.confusion.sum(axis=1).max() / count)
    verdict = "better than" if low > guessing else "not shown to be better than"
    return (
        f"Right in {percent(report.accuracy, 2)} of {count:,} test pictures "
        f"({_share(FAMILIAR_SHARE)} interval {percent(low)} to {percent(high)}): {verdict} always "
        f"saying the most frequent class ({percent(guessing)})."
    )


def _how_well(detection: Detection, rate: float) -> str:
    count = detection.num_pictures
    flagged = round(rate * count)
    alarms = round(detection.false_alarms * count)
    low, high = _interval(detection, rate)
    if newcombe_interval((flagged, count), (alarms, count))[0] <= 0:
        return "not"
    if low >= _NEARLY_ALL:
        return "always"
    if high < _FEW:
        return "seldom"
    return "each" if flagged == count else "often"


def _interval(detection: Detection, rate: float) -> tuple[float, float]:
    """How far the share of a kind that is flagged is known."""
    return wilson_interval(round(rate * detection.num_pictures), detection.num_pictures)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _share(share: float) -> str:
    return percent(share, 0)
