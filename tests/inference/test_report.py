import csv
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.asking import load_net
from resnet_core.checkpoints import read_card, update_metrics
from resnet_core.config import DataConfig
from resnet_core.data import DataSet, Split
from resnet_core.errors import CancelledError, CheckpointError
from resnet_core.inference import (
    calibration,
    class_accuracy_csv,
    confusion_csv,
    keep_calibration,
    measure_calibration,
    measure_checkpoint_calibration,
    measure_report,
    reliability_csv,
)
from resnet_core.inference.showing import of_all_classes, pixels_of
from tests.inference.conftest import CLASSES, picture_bytes, save_tiny
from tests.strange_rates import measure_rates
from tests.training.conftest import CLASSES as FOLDERS
from tests.training.conftest import picture_folder, tiny_data  # noqa: F401 - fixture


@pytest.fixture
def data() -> DataSet:
    return named(tiny_data(), CLASSES)


def named(data: DataSet, names: tuple[str, ...]) -> DataSet:
    return replace(data, card=replace(data.card, class_names=names))


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


def test_reliability_and_accuracy_by_class_are_written_as_they_are_drawn(net, data):
    report = replace(measure_report(net, data), class_names=("=ant", "bee", "bee"))
    bins = list(csv.DictReader(reliability_csv(report).splitlines()))
    counts = [int(row["pictures"]) for row in bins if row["probabilities"] == "as trained"]
    assert (sum(counts), min(counts) > 0) == (report.num_pictures, True)
    classes = list(csv.DictReader(class_accuracy_csv(report).splitlines()))
    assert [row["class"] for row in classes] == ["'=ant", "bee (1)", "bee (2)"]
    shares = [float(row["recognised_percent"]) for row in classes]
    assert shares == pytest.approx(100 * report.class_accuracy, abs=1e-3)


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


def test_of_sorted_pictures_all_classes_say_what_is_usual(net, data, monkeypatch):
    def by_class(split: Split) -> Split:
        order = np.argsort(split.labels, kind="stable")
        return Split(split.images[order], split.labels[order])

    ordered = replace(data, train=by_class(data.train), test=by_class(data.test))
    first = np.bincount(ordered.train.labels)[0]
    monkeypatch.setattr(calibration, "_MOST_TRAINING", int(first))
    monkeypatch.setattr(calibration, "_MOST_STRANGE_PICTURES", 6)
    found = measure_calibration(net, ordered)
    assert {len(block.centres) for block in found.blocks} == {3}
    chosen = of_all_classes(ordered.test.labels, 6)
    assert set(ordered.test.labels[chosen].tolist()) == {0, 1, 2}
    assert found.detection.num_pictures == len(ordered.test.labels[chosen]) <= 6


def test_of_mixed_pictures_the_first_are_taken():
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    assert of_all_classes(labels, 4) == slice(0, 4)
    assert labels[of_all_classes(np.sort(labels), 4)].tolist() == labels[[0, 3, 6]].tolist()
    assert len(labels[of_all_classes(np.sort(labels), 99)]) == 9
    assert len(labels[:0][of_all_classes(labels[:0], 4)]) == 0


def test_reports_match_classes_by_name_whatever_their_order(net, data):
    order = np.array([2, 0, 1])
    turned = [
        Split(split.images, np.argsort(order)[split.labels])
        for split in (data.train, data.validation, data.test)
    ]
    other = DataSet(named(data, tuple(CLASSES[place] for place in order)).card, *turned)
    first, second = measure_report(net, data), measure_report(net, other)
    assert np.array_equal(second.confusion, first.confusion)
    assert second.class_names == first.class_names == CLASSES
    assert second.calibration.metrics == first.calibration.metrics
    assert not second.calibration.matching.sentence


def test_a_temperature_at_its_limit_is_not_kept_and_the_former_stays(tmp_path, data):
    path = save_tiny(tmp_path, metrics={"temperature": 1.5})
    net = load_net(path, device="cpu")
    answers = net.logits(pixels_of(net, data.validation.images)).argmax(axis=1)
    sure = replace(data, validation=Split(data.validation.images, answers))
    lost = replace(data, validation=Split(data.validation.images, (answers + 1) % 3))
    for each in (sure, lost):
        calibration = measure_calibration(net, each)
        assert calibration.temperature.is_at_limit
        assert calibration.temperature.applied == 1
        assert not [name for name in calibration.metrics if name.startswith("temperature")]
        keep_calibration(path, calibration)
        assert read_card(path).metrics["temperature"] == 1.5
        assert read_card(path).metrics["calibration_pictures"] == len(data.validation)
    update_metrics(path, {"temperature": 20.0})  # as former versions kept it
    assert keep_calibration(path, calibration).metrics["temperature"] == 1


def test_a_persons_calibration_of_a_shipped_net_lies_at_home_and_is_used(
    tmp_path, data, monkeypatch
):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("resnet_core.paths.checkpoints_dir", lambda: tmp_path / "shipped")
    path = save_tiny(tmp_path / "shipped")
    before = path.with_suffix(".json").read_bytes()
    calibration = measure_calibration(load_net(path, device="cpu"), data)
    keep_calibration(path, calibration)
    assert path.with_suffix(".json").read_bytes() == before
    assert not path.with_suffix(".statistics").exists()
    net = load_net(path, device="cpu")
    assert net.card.detection == calibration.detection
    assert net.watch is not None


def test_calibration_is_kept_in_the_card_and_used(tmp_path, picture_folder):  # noqa: F811
    path = save_tiny(tmp_path / "nets", class_names=FOLDERS)
    found = measure_checkpoint_calibration(
        path, DataConfig(source=str(picture_folder)), device="cpu"
    )
    card = keep_calibration(path, found)
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


def test_a_net_without_statistics_says_so(net):
    assert net.watch is None
    assert "not measured" in net.watch_problem
