"""Pictures in, answers out: what a net says of anybody's pictures, and how far to believe it."""

from resnet_core.asking.answers import Answer, ClassScore, Outcome, Refusal
from resnet_core.inference.calibration import (
    Calibration,
    keep_calibration,
    measure_calibration,
    measure_checkpoint_calibration,
)
from resnet_core.inference.many import classify_many
from resnet_core.inference.records import (
    class_accuracy_csv,
    confusion_csv,
    outcome_record,
    outcomes_csv,
    reliability_csv,
)
from resnet_core.inference.report import (
    ClassificationReport,
    Mistake,
    measure_report,
)
from resnet_core.inference.sources import PictureSource, list_picture_sources

__all__ = [
    "Answer",
    "Calibration",
    "ClassScore",
    "ClassificationReport",
    "Mistake",
    "Outcome",
    "PictureSource",
    "Refusal",
    "class_accuracy_csv",
    "classify_many",
    "confusion_csv",
    "keep_calibration",
    "list_picture_sources",
    "measure_calibration",
    "measure_checkpoint_calibration",
    "measure_report",
    "outcome_record",
    "outcomes_csv",
    "reliability_csv",
]
