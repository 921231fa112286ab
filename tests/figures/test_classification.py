# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
"""Figures of reports, by value."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.checkpoints import ClassMatching, Detection
from resnet_core.figures.classification import (
    class_accuracy_figure,
    confusion_figure,
    reliability_figure,
)
from resnet_core.inference import Calibration, ClassificationReport
from resnet_core.inference.records import confusion_csv
from resnet_core.probes.calibration import measure_reliability, measure_sureness
from resnet_core.probes.temperature import TemperatureFit

DETECTION = Detection(
    threshold=2.0,
    statistics_sha256="0" * 64,
    num_training=3,
    num_held_out=3,
    num_pictures=3,
    false_alarms=0.0,
    energy_false_alarms=0.0,
    rates={"noise": 1.0},
    energy_rates={"noise": 0.0},
)
CLASSES = ("ant", "<b>bee</b>", "cow")


def test_classes_of_one_name_stand_apart(report: ClassificationReport) -> None:
    cranes = replace(report, class_names=("crane", "ant", "crane"))
    (heat,) = confusion_figure(cranes).data
    assert list(heat.x) == list(heat.y) == ["crane (0)", "ant", "crane (2)"]
    (bars,) = class_accuracy_figure(cranes).data
    assert sorted(bars.x) == ["ant", "crane (0)", "crane (2)"]
    assert confusion_csv(cranes).splitlines()[0] == "true class,crane (0),ant,crane (2)"


@pytest.fixture
def report() -> ClassificationReport:
    probabilities = np.array([[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])
    labels = np.array([0, 1, 1])
    reliability = measure_reliability(probabilities, labels)
    return ClassificationReport(
        checkpoint="tiny",
        resizing=2,
        data_title="Noise",
        class_names=CLASSES,
        num_pictures=3,
        accuracy=2 / 3,
        loss=0.5,
        confusion=np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]]),
        calibration=Calibration(
            temperature=TemperatureFit(
                best=1.5, low=1.2, high=1.8, gain=0.1, num_pictures=3, num_wrong=1
            ),
            energy_threshold=-1.0,
            matching=ClassMatching(
                net="tiny", data="Noise", by="name", outputs=(0, 1, 2), class_names=CLASSES
            ),
            blocks=(),
            detection=DETECTION,
        ),
        raw=reliability,
        calibrated=reliability,
        sureness=measure_sureness(probabilities, labels),
        calibrated_loss=0.4,
        mistakes=(),
    )


def test_confusion_is_per_cent_of_the_true_class(report):
    (cells,) = confusion_figure(report).data
    assert cells.z.tolist() == [[100, 0, 0], [50, 50, 0], [0, 0, 0]]
    assert cells.customdata.tolist() == report.confusion.tolist()


def test_reliability_shows_filled_bins_only(report):
    honest, raw, calibrated = reliability_figure(report).data
    assert (honest.x, honest.y) == ((0, 100), (0, 100))
    assert len(raw.x) == np.count_nonzero(report.raw.counts)
    assert raw.x == pytest.approx((60, 70, 90))
    assert raw.y == pytest.approx((0, 100, 100))
    assert "temperature 1.50" in calibrated.name


def test_hardest_class_comes_first(report):
    (bars,) = class_accuracy_figure(report).data
    assert bars.x[:2] == ("&lt;b&gt;bee&lt;/b&gt;", "ant")
    assert bars.y[:2] == pytest.approx((50, 100))
