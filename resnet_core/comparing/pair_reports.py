"""How far two arms are apart in validation accuracy, as programs and tables take it."""

import csv
import io
from dataclasses import dataclass

from resnet_core.comparing.comparison import compare_pairs, pair_arms
from resnet_core.comparing.measured import Comparison
from resnet_core.comparing.seed_sentences import seed_accuracy_sentences, stopped_seed_sentences
from resnet_core.comparing.verdict import accuracy_sentences
from resnet_core.runs.status import RunStatus
from resnet_core.spreadsheets import harmless
from resnet_core.students import Interval

_COLUMNS = ("first", "second", "step", "seed", "first_accuracy", "second_accuracy", "difference")
_INTERVAL_COLUMNS = ("interval_low", "interval_high", "seeds", "test")


@dataclass(frozen=True, kw_only=True)
class PairReport:
    """Two arms of a run, the first's validation accuracy minus the second's."""

    first: str
    """Label."""
    second: str
    step: int | None
    """After which it was measured; `None` before both were evaluated."""
    difference: float | None
    """A share; over several seeds the mean of their differences."""
    interval_95: Interval | None
    """Over seeds; of one seed over pictures, which leaves out how much seeds differ."""
    seeds: int
    """Seeds from which both arms were measured."""
    test: str
    """`paired t` over seeds; of one seed `exact McNemar`, or `Newcombe` where a run of an earlier
    version kept no single answers."""
    p_value: float | None
    sentence: str
    """The same in words, with what it leaves open."""


def report_pairs(status: RunStatus) -> tuple[PairReport, ...]:
    """Reports the two arms of a run as its verdict does, of more each against the first.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its metrics cannot be read.
    """
    return tuple(_report(comparison) for comparison in _compared(status))


def comparison_csv(status: RunStatus) -> str:
    """Writes the same as a table: a row for each pair and seed, then one with the interval.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its metrics cannot be read.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*_COLUMNS, *_INTERVAL_COLUMNS))
    for comparison in _compared(status):
        rows = _seed_rows(comparison, status.seed)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        report = _report(comparison)
        low, high = report.interval_95 or (None, None)
        shares = comparison.mean_accuracies
        start = (report.first, report.second, report.step, "all", *shares, report.difference)
        writer.writerow(map(harmless, (*start, low, high, report.seeds, report.test)))
    return text.getvalue()


def _compared(status: RunStatus) -> tuple[Comparison, ...]:
    count = len(status.arms)
    pairs = pair_arms(status.arms) if count == 2 else [(0, other) for other in range(1, count)]
    return compare_pairs(status, pairs) if pairs else ()


def _report(c: Comparison) -> PairReport:
    over = c.over_seeds
    found = c.accuracies if over is None else over.accuracies
    single_test = "Newcombe" if found is not None and found.p_value is None else "exact McNemar"
    sentences = (
        accuracy_sentences(c.accuracies, c)
        if over is None
        else (*stopped_seed_sentences(c, over), *seed_accuracy_sentences(c, over.accuracies))
    )
    return PairReport(
        first=c.first,
        second=c.second,
        step=None if found is None else found.step,
        difference=None if found is None else found.difference,
        interval_95=None if found is None else found.interval,
        seeds=_count_seeds(c),
        test=single_test if over is None else "paired t",
        p_value=None if found is None else found.p_value,
        sentence=" ".join(sentences),
    )


def _count_seeds(c: Comparison) -> int:
    if c.over_seeds is None:
        return 1
    return 0 if c.over_seeds.accuracies is None else len(c.over_seeds.accuracies.seeds)


def _seed_rows(c: Comparison, first_seed: int) -> list[tuple[object, ...]]:
    pairs = c.over_seeds.accuracies if c.over_seeds is not None else None
    if pairs is not None:
        columns = zip(pairs.seeds, pairs.first, pairs.second, pairs.differences, strict=True)
        return [(c.first, c.second, pairs.step, *each) for each in columns]
    a = c.accuracies
    return (
        []
        if a is None
        else [(c.first, c.second, a.step, first_seed, a.first, a.second, a.difference)]
    )
