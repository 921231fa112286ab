"""Answers and reports as JSON and CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from resnet_core.asking.answers import Outcome, Refusal
from resnet_core.inference.report import ClassificationReport
from resnet_core.pictures.names import distinct_names
from resnet_core.spreadsheets import harmless


def outcome_record(outcome: Outcome, top: int) -> dict[str, Any]:
    """Describes an outcome for JSON: `file`, `ok`, then `top` and more, or `error`."""
    if isinstance(outcome, Refusal):
        return {"file": outcome.name, "ok": False, "error": outcome.error}
    return {
        "file": outcome.name,
        "ok": True,
        "top": [
            {
                "class": score.class_name,
                "index": score.index,
                "probability": score.probability,
                "raw_probability": score.raw_probability,
            }
            for score in outcome.top(top)
        ],
        "entropy_bits": outcome.entropy_bits,
        "energy": outcome.energy,
        "strangeness": outcome.strangeness,
        "unfamiliar": outcome.is_unfamiliar if outcome.is_watched else None,
        "checkpoint": outcome.checkpoint,
        "temperature": outcome.temperature,
        "seen_sha256": outcome.seen_sha256,
        "format": outcome.format,
        "size_px": list(outcome.original_size_px),
        "notes": list(outcome.notes),
    } | ({"caution": outcome.caution} if outcome.caution else {})


def outcomes_csv(outcomes: Iterable[Outcome], top: int) -> str:
    """Writes outcomes as CSV, one row a file; text that a spreadsheet would run is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    pairs = [f"{what}{rank}" for rank in range(1, top + 1) for what in ("class", "probability")]
    writer.writerow(["file", "ok", *pairs, "entropy_bits", "energy", "unfamiliar", "error"])
    for outcome in outcomes:
        writer.writerow([harmless(cell) for cell in _row(outcome, top)])
    return text.getvalue()


def confusion_csv(report: ClassificationReport) -> str:
    """Writes a confusion matrix as CSV: a row a true class, a column a predicted one."""
    names = [harmless(name) for name in distinct_names(report.class_names)]
    counts = report.confusion.tolist()
    rows = ((name, *row) for name, row in zip(names, counts, strict=True))
    return _table(("true class", *names), rows)


def reliability_csv(report: ClassificationReport) -> str:
    """Writes the bins of confidence as CSV, one row each that has pictures."""
    rows = [
        (name, int(count), f"{100 * sure:.4f}", f"{100 * right:.4f}")
        for name, bins in (("as trained", report.raw), ("with temperature", report.calibrated))
        for count, sure, right in zip(bins.counts, bins.confidence, bins.accuracy, strict=True)
        if count
    ]
    return _table(("probabilities", "pictures", "mean_confidence_percent", "right_percent"), rows)


def class_accuracy_csv(report: ClassificationReport) -> str:
    """Writes the share of each class that is recognised as CSV; empty for one without pictures."""
    names, shares = distinct_names(report.class_names), 100 * report.class_accuracy
    totals = report.confusion.sum(axis=1)
    rows = [
        (harmless(name), int(total), f"{share:.4f}" if total else "")
        for name, total, share in zip(names, totals, shares, strict=True)
    ]
    return _table(("class", "pictures", "recognised_percent"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _row(outcome: Outcome, top: int) -> list[Any]:
    if isinstance(outcome, Refusal):
        return [outcome.name, "no", *[""] * (2 * top + 3), outcome.error]
    scores = outcome.top(top)
    cells: list[Any] = [outcome.name, "yes"]
    for score in scores:
        cells += [score.class_name, f"{score.probability:.6f}"]
    cells += [""] * (2 * (top - len(scores)))
    unfamiliar = str(outcome.is_unfamiliar).lower() if outcome.is_watched else ""
    return [*cells, f"{outcome.entropy_bits:.4f}", _Number(outcome.energy), unfamiliar, ""]


class _Number(float):
    """A number that stays one, although it may begin with a minus."""

    def __str__(self) -> str:
        return f"{float(self):.4f}"
