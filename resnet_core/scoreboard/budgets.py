"""Own results that may be compared with each other: the same pictures, recipe and steps."""

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resnet_core.config import TrainingConfig, settings_of
from resnet_core.probes.spread import readable
from resnet_core.scoreboard.entries import Entry
from resnet_core.shares import newcombe_interval
from resnet_core.students import t_quantile_95

_FAMILY = re.compile(r"(resnet|plain)[0-9]+")
"""Nets of one design at several depths; those with another name differ in more than depth."""
_LENGTH = ("epochs", "steps")
"""Settings that the title tells."""
_NO_SPREAD = 1e-12
"""Shares of one set of pictures are equal up to the rounding of their quotients."""


@dataclass(frozen=True, kw_only=True)
class EqualBudget:
    """Nets that learned from the same pictures by the same recipe, for as many steps."""

    data_title: str
    epochs: float | None
    steps: int
    is_own: bool
    """Whether a person's runs measured it, not the project's."""
    entries: tuple[Entry, ...]
    """Residual nets before plain ones, in order of depth."""
    apart: str = ""
    """What follows in the title, to tell it from others of the same pictures and length."""

    @property
    def title(self) -> str:
        """Such as `CIFAR-10, 9 epochs`; of all budgets each has its own."""
        owner = "yours: " if self.is_own else ""
        return f"{owner}{self.data_title}, {self.length}{self.apart}"

    @property
    def length(self) -> str:
        """How long they trained, such as `9 epochs`."""
        return f"{self.steps:,} steps" if self.epochs is None else f"{readable(self.epochs)} epochs"

    @property
    def num_seeds(self) -> int:
        """Seeds behind each net; of the one with the fewest."""
        return min(entry.num_seeds for entry in self.entries)

    def line(self, *, plain: bool) -> tuple[Entry, ...]:
        """The residual or the plain nets, in order of depth."""
        return tuple(entry for entry in self.entries if entry.is_plain is plain)


@dataclass(frozen=True, kw_only=True)
class DepthEffect:
    """What more layers did to nets of one kind, with everything else equal."""

    is_plain: bool
    shallow: Entry
    deep: Entry
    difference: float
    """Test error of the deep net minus that of the shallow one; below 0 the deep one is better."""
    interval: tuple[float, float] | None
    """95 %; over seeds where each has two or more, else over test pictures where they are known.
    `None` where neither is, or equal seeds tell no spread."""
    num_seeds: int

    @property
    def is_more_than_noise(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def equal_budgets(entries: Sequence[Entry]) -> tuple[EqualBudget, ...]:
    """Groups own results by budget: those with most depths first, then those with most seeds."""
    groups: defaultdict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.origin != "published" and entry.depth and entry.steps is not None:
            is_own = entry.origin == "run"
            made = entry.steps, entry.training, entry.learned
            groups[is_own, entry.data_title, *made].append(entry)
    budgets = _told_apart([_budget(group) for group in groups.values()])
    return tuple(sorted(budgets, key=_order))


def depth_effect(budget: EqualBudget, *, plain: bool) -> DepthEffect | None:
    """Compares the deepest net of a kind with the shallowest; nothing for fewer than two depths."""
    line = [e for e in budget.line(plain=plain) if _FAMILY.fullmatch(e.net)]
    if len({entry.depth for entry in line}) < 2:
        return None
    shallow, deep = line[0], line[-1]
    return DepthEffect(
        is_plain=plain,
        shallow=shallow,
        deep=deep,
        difference=deep.test_error - shallow.test_error,
        interval=_interval(deep, shallow),
        num_seeds=min(shallow.num_seeds, deep.num_seeds),
    )


def _budget(group: Sequence[Entry]) -> EqualBudget:
    first = group[0]
    assert first.steps is not None  # those without are left out
    return EqualBudget(
        data_title=first.data_title,
        epochs=first.epochs,
        steps=first.steps,
        is_own=first.origin == "run",
        entries=tuple(sorted(group, key=lambda entry: (entry.is_plain, entry.depth or 0))),
    )


def _told_apart(budgets: Sequence[EqualBudget]) -> Iterator[EqualBudget]:
    """Budgets of one title get the settings in which they differ, and a number where none does."""
    alike: defaultdict[str, list[EqualBudget]] = defaultdict(list)
    for budget in budgets:
        alike[budget.title].append(budget)
    for group in alike.values():
        words = _differences(group) if len(group) > 1 else [""]
        for place, (budget, apart) in enumerate(zip(group, words, strict=True), start=1):
            number = f" ({place})" if words.count(apart) > 1 else ""
            yield replace(budget, apart=apart + number)


def _differences(budgets: Sequence[EqualBudget]) -> list[str]:
    """What each budget has apart: steps, and settings of its recipe."""
    known = [_words(budget.entries[0]) for budget in budgets]
    fields = list(dict.fromkeys(field for words in known for field in words))
    telling = [field for field in fields if len({w[field] for w in known if field in w}) > 1]
    return ["".join(f", {w[field]}" for field in telling if w.get(field)) for w in known]


def _words(entry: Entry) -> dict[str, str]:
    varied = f"augmentation {entry.augmentation}" if entry.augmentation else ""
    own = {"steps": f"{entry.steps:,} steps", "augmentation": varied}
    return own | _recipe_words(entry.training)


def _recipe_words(training: TrainingConfig | None) -> dict[str, str]:
    if training is None:
        return {"recipe": "recipe not known"}
    words = {"recipe": ""}
    for name, setting in settings_of(TrainingConfig).items():
        value = getattr(training, name)
        if name not in _LENGTH:
            words[name] = f"no {setting.title.lower()}" if value is None else setting.say(value)
    return words


def _order(budget: EqualBudget) -> tuple[int, int, str]:
    depths = len({entry.depth for entry in budget.entries})
    return -depths, -budget.num_seeds, budget.title


def _interval(deep: Entry, shallow: Entry) -> tuple[float, float] | None:
    if min(len(deep.test_errors), len(shallow.test_errors)) > 1:
        return _welch_interval(deep.test_errors, shallow.test_errors)
    if deep.num_test is None or shallow.num_test is None:
        return None
    wrong = [(round(e.test_error * n), n) for e in (deep, shallow) if (n := e.num_test)]
    return newcombe_interval(*wrong)


def _welch_interval(first: Sequence[float], second: Sequence[float]) -> tuple[float, float] | None:
    """Welch's 95 % interval of a difference of means; `None` where nothing tells a spread.

    Source: Welch 1947, Biometrika 34, 28-35; degrees of freedom by Satterthwaite, rounded down.
    """
    parts = [(statistics.variance(each) / len(each), len(each) - 1) for each in (first, second)]
    variance = sum(part for part, _ in parts)
    if math.sqrt(variance) < _NO_SPREAD:
        return None
    degrees = variance**2 / sum(part**2 / freedom for part, freedom in parts)
    middle = statistics.mean(first) - statistics.mean(second)
    half = t_quantile_95(math.floor(degrees)) * math.sqrt(variance)
    return middle - half, middle + half
