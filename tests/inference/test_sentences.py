"""Sentences say the opposite when the measurement does, and nothing where it cannot be told."""

import ast
import inspect
import re
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.asking import load_net
from resnet_core.inference import Answer, measure_report, sentences
from resnet_core.inference.sentences import (
    accuracy_sentence,
    alarm_sentence,
    choice_sentence,
    classes_sentence,
    detection_sentence,
    reliability_sentence,
    second_reading_sentence,
    silence_sentence,
    sureness_sentence,
    temperature_sentence,
    unwatched_sentence,
)
from resnet_core.probes.calibration import TEMPERATURES, Sureness, measure_reliability
from resnet_core.probes.temperature import TemperatureFit
from tests.checkpoints.test_statistics import detection
from tests.inference.conftest import picture_bytes, save_tiny
from tests.training.conftest import CLASSES as FOLDERS
from tests.training.conftest import tiny_data


def measured(**rates: float):
    return detection(
        num_pictures=1000, false_alarms=0.05, rates=rates, energy_rates=dict.fromkeys(rates, 0.0)
    )


def test_kinds_are_said_to_be_noticed_as_far_as_the_intervals_go():
    said = detection_sentence(measured(noise=1.0, figures=0.8, leaves=0.2, upside=0.04))
    assert "notices nearly all noise (100\u00a0%)" in said
    assert "many, but not all, of figures (80\u00a0%)" in said
    assert "misses most of leaves (20\u00a0%)" in said
    assert "not shown to notice more often than the net's own pictures upside (4\u00a0%)" in said
    assert "silence does not say" in said
    opposite = detection_sentence(measured(noise=0.05, upside=1.0))
    assert "nearly all upside (100\u00a0%)" in opposite
    assert "own pictures noise (5\u00a0%)" in opposite


def test_few_pictures_say_less_than_many():
    few = replace(measured(noise=1.0), num_pictures=10)
    assert "nearly all" not in detection_sentence(few)


def test_a_kind_that_was_noticed_each_time_is_not_said_to_be_missed_at_times():
    few = replace(measured(noise=1.0), num_pictures=20)
    assert "notices many of noise (100\u00a0%)" in detection_sentence(few)
    assert "not all" not in detection_sentence(few)
    assert "not all, of noise (95\u00a0%)" in detection_sentence(
        replace(few, rates={"noise": 0.95})
    )


def test_a_share_that_may_be_large_is_not_called_missed():
    few = replace(measured(noise=0.6), num_pictures=10, false_alarms=0.3)
    assert "not shown to notice more often than the net's own pictures noise" in (
        detection_sentence(few)
    )
    assert "are missed" not in silence_sentence(few)
    assert "noise (60\u00a0% noticed)" in silence_sentence(few)
    many = replace(measured(noise=0.3), false_alarms=0.3)
    assert "are missed: noise (30\u00a0% noticed)" in silence_sentence(many)


def test_silence_is_never_an_all_clear():
    missing = silence_sentence(measured(noise=1.0, upside=0.04))
    assert "no all-clear" in missing
    assert "upside (4\u00a0% noticed)" in missing
    assert "noise (" not in missing
    nothing_missed = silence_sentence(measured(noise=1.0))
    assert "no all-clear" in nothing_missed
    assert "kinds other than noise" in nothing_missed


def test_a_net_is_said_to_know_its_classes_alone():
    two = ["ant", "bee"]
    assert choice_sentence(two) == "Whatever it is shown, it answers with one of its 2 classes"
    assert classes_sentence(two).endswith("one of its 2 classes: ant, bee.")
    assert "its 3 classes" in choice_sentence([*two, "cow"])


def test_an_unwatched_net_names_its_classes():
    assert "one of its 2 classes: ant, bee." in unwatched_sentence(["ant", "bee"])
    many = unwatched_sentence([f"class {number}" for number in range(1000)])
    assert "class 11 and 988 more." in many


def test_a_temperature_that_gains_nothing_is_said_not_to_be_applied():
    fit = TemperatureFit(best=1.5, low=1.2, high=1.8, gain=0.01, num_pictures=500, num_wrong=9)
    assert "1.500 (95\u00a0% interval 1.200 to 1.800): it is applied" in temperature_sentence(fit)
    assert "it is not applied" in temperature_sentence(replace(fit, gain=-0.01))


def test_a_temperature_at_its_limit_is_explained_by_the_answers():
    coldest, hottest = TEMPERATURES
    fit = TemperatureFit(best=coldest, low=coldest, high=1.0, gain=1, num_pictures=54, num_wrong=0)
    assert "from 54 held-out pictures: none of them was answered wrongly" in (
        temperature_sentence(fit)
    )
    assert "less sure than it is right" in temperature_sentence(replace(fit, num_wrong=3))
    lost = replace(fit, best=hottest, high=hottest, num_wrong=50)
    assert "hardly tell their classes" in temperature_sentence(lost)


def test_sureness_is_said_only_where_the_interval_tells():
    sureness = Sureness(excess=0.05, low=0.03, high=0.07, num_pictures=500)
    assert "surer than it is right, by 5.0\u00a0%" in sureness_sentence(sureness)
    less = replace(sureness, excess=-0.05, low=-0.07, high=-0.03)
    assert "less sure than it is right" in sureness_sentence(less)
    assert "cannot be told" in sureness_sentence(replace(sureness, low=-0.01))


def test_an_ece_within_chance_is_said_to_be():
    generator = np.random.default_rng(0)
    sure = generator.uniform(0.5, 1, 2000)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    honest = measure_reliability(probabilities, (generator.random(2000) > sure).astype(int))
    assert "no more than chance makes" in reliability_sentence(honest, "as trained")
    assert 0 < honest.floor < honest.floor_high
    wrong = measure_reliability(probabilities, np.ones(2000, int))
    assert ": more than chance makes" in reliability_sentence(wrong, "as trained")


def test_accuracy_is_set_against_the_most_frequent_class(tmp_path):
    net = load_net(save_tiny(tmp_path, class_names=FOLDERS), device="cpu")
    report = measure_report(net, tiny_data())
    count = report.num_pictures
    good = replace(
        report, accuracy=1.0, confusion=np.diag([count // 3] * 3), num_pictures=3 * (count // 3)
    )
    assert ": better than always saying" in accuracy_sentence(good)
    bad = replace(good, accuracy=1 / 3, confusion=np.tile([[count // 3, 0, 0]], (3, 1)))
    assert "not shown to be better" in accuracy_sentence(bad)


@pytest.fixture
def answer(tmp_path) -> Answer:
    net = load_net(save_tiny(tmp_path), device="cpu")
    return net.answer(net.see(picture_bytes(), name="a.png"))


def test_an_alarm_gives_the_reading_that_raised_it(answer):
    by_channels = replace(answer, strangeness=7.5, strangeness_threshold=2.8)
    assert by_channels.is_unfamiliar
    assert "strangeness 7.5" in alarm_sentence(by_channels)
    by_energy = replace(answer, energy_threshold=answer.energy - 1)
    assert by_energy.is_unfamiliar
    assert "energy " in alarm_sentence(by_energy)


def test_energy_is_a_second_reading_beside_the_channels(answer):
    quiet = replace(
        answer, strangeness=1.0, strangeness_threshold=2.8, energy_threshold=answer.energy - 1
    )
    assert not quiet.is_unfamiliar
    assert quiet.has_odd_energy
    assert "second reading" in second_reading_sentence(quiet)


def literals(tree: ast.AST) -> list[str]:
    """Texts that are written out, without docstrings and the formats of numbers."""
    nodes = list(ast.walk(tree))
    formats = {
        id(part)
        for node in nodes
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
        for part in ast.walk(node.format_spec)
    }
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in formats | docstrings
    ]


def test_generators_hold_no_figure_of_their_own():
    found = literals(ast.parse(inspect.getsource(sentences)))
    assert "surer" in " ".join(found)
    assert not [text for text in found if re.search(r"\d", text)]
