import csv
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.asking import load_net
from resnet_core.checkpoints import read_card
from resnet_core.config import DataConfig
from resnet_core.data import DataSet, Split
from resnet_core.errors import CancelledError, CheckpointError
from resnet_core.inference import (
    calibrate_checkpoint,
    confusion_csv,
    measure_report,
)
from tests.inference.conftest import save_tiny
from tests.training.conftest import picture_folder, tiny_data  # noqa: F401 - fixture


@pytest.fixture
def data() -> DataSet:
    return tiny_data()


def test_report_counts_what_the_net_says(net, data):
    report = measure_report(net, data)
    labels = data.test.labels
    assert report.confusion.sum() == report.num_pictures == len(labels)
    assert report.confusion.sum(axis=1).tolist() == np.bincount(labels, minlength=3).tolist()
    assert np.trace(report.confusion) / len(labels) == pytest.approx(report.accuracy)
    assert report.class_accuracy.shape == (3,)
    assert report.raw.counts.sum() == report.calibrated.counts.sum() == len(labels)
    assert 0 <= report.calibrated.ece <= 1
    assert 0.05 <= report.temperature <= 20


def test_confusion_is_written_with_its_names(net, data):
    report = replace(measure_report(net, data), class_names=("=ant", "bee, wild", "cow"))
    rows = list(csv.reader(confusion_csv(report).splitlines()))
    assert rows[0] == ["true class", "'=ant", "bee, wild", "cow"]
    assert [row[0] for row in rows[1:]] == rows[0][1:]
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], int), report.confusion)


def test_mistakes_are_wrong_and_the_surest_come_first(net, data):
    report = measure_report(net, data)
    chances = [mistake.probability for mistake in report.mistakes]
    assert chances == sorted(chances, reverse=True)
    for mistake in report.mistakes:
        assert mistake.label == data.test.labels[mistake.index] != mistake.predicted
        again = net.logits(mistake.pixels[None])
        assert again.argmax() == mistake.predicted


def test_report_can_be_cancelled(net, data):
    def stop(message, fraction=None):
        raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_report(net, data, stop)


def test_report_refuses_other_classes(net, data):
    card = replace(data.card, class_names=("a", "b"))
    two = DataSet(card, data.train, data.validation, Split(data.test.images, data.test.labels % 2))
    with pytest.raises(CheckpointError, match="knows 3 classes"):
        measure_report(net, two)


def test_calibration_is_kept_in_the_card_and_used(tmp_path, picture_folder):  # noqa: F811
    path = save_tiny(tmp_path / "nets")
    card = calibrate_checkpoint(path, DataConfig(source=str(picture_folder)), device="cpu")
    assert card == read_card(path)
    assert {"temperature", "energy_threshold", "calibration_pictures"} <= set(card.metrics)
    assert load_net(path).temperature == card.metrics["temperature"]
