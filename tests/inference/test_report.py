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
    keep_calibration,
    measure_calibration,
    measure_rates,
    measure_report,
)
from tests.inference.conftest import picture_bytes, save_tiny
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
    net = load_net(path, device="cpu")
    assert net.temperature == card.metrics["temperature"]
    assert card.detection is not None
    assert card.detection.rates.keys() == card.detection.energy_rates.keys()
    assert {"uniform noise", "upside down", "synthetic figures"} <= card.detection.rates.keys()
    answer = net.answer(net.see(picture_bytes(), name="a.png"))
    assert answer.strangeness_threshold == card.detection.threshold
    assert answer.strangeness is not None
    assert answer.strangeness_threshold is not None
    assert answer.is_unfamiliar == (answer.strangeness > answer.strangeness_threshold)


def test_rates_measured_anew_are_those_of_the_calibration(tmp_path, data):
    path = save_tiny(tmp_path)
    calibration = measure_calibration(load_net(path, device="cpu"), data)
    keep_calibration(path, calibration)
    net = load_net(path, device="cpu")
    found = measure_rates(net, data, calibration.detection.num_pictures)
    assert found == calibration.detection.rates
    alone, (together, _) = (
        [net.answer(net.see_pixels(image)) for image in data.test.images[:1]],
        net.answer_all([net.see_pixels(image) for image in data.test.images[:2]]),
    )
    assert alone[0].strangeness == pytest.approx(together.strangeness, abs=1e-3)


def test_a_net_without_statistics_has_no_rates(net, data):
    with pytest.raises(CheckpointError, match="not measured"):
        measure_rates(net, data, 3)
