"""Labels mean the net's outputs by name; by place only where there are no names, and then said."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.checkpoints import (
    CheckpointCard,
    match_all_classes,
    match_classes,
    read_card,
    read_class_map,
    relabelled,
)
from resnet_core.data import DataCard
from resnet_core.errors import CheckpointError, ConfigError
from tests.inference.conftest import save_tiny
from tests.training.conftest import tiny_data

NAMELESS = ("class 0", "class 1", "class 2")


@pytest.fixture
def card(tmp_path) -> CheckpointCard:
    return read_card(save_tiny(tmp_path, class_names=("airplane", "aquarium_fish", "cat")))


def data_of(*names: str) -> DataCard:
    return replace(tiny_data().card, class_names=names)


def test_the_same_names_mean_themselves_and_nothing_is_said(card):
    found = match_classes(card, data_of(*card.class_names))
    assert (found.by, found.outputs, found.sentence) == ("name", (0, 1, 2), "")


def test_another_order_is_put_right(card):
    found = match_classes(card, data_of("cat", "airplane", "aquarium_fish"))
    assert (found.by, found.outputs, found.sentence) == ("name", (2, 0, 1), "")
    data = tiny_data()
    named = replace(data, card=data_of("cat", "airplane", "aquarium_fish"))
    again = relabelled(named, found)
    assert again.card.class_names == card.class_names
    assert again.test.labels.tolist() == [(2, 0, 1)[label] for label in data.test.labels]
    assert match_classes(card, again.card).outputs == (0, 1, 2)


def test_capitals_spaces_and_hyphens_make_no_other_class(card):
    found = match_classes(card, data_of("Aquarium Fish", "CAT", "Air-plane".replace("-", "")))
    assert found.outputs == (1, 2, 0)


def test_other_names_are_refused_with_both_lists(card):
    with pytest.raises(CheckpointError) as refused:
        match_classes(card, data_of("cat", "fish", "plane"))
    said = str(refused.value)
    assert "tiny knows 3 classes (airplane, aquarium_fish, cat)" in said
    assert "'Tiny noise' has 3 (cat, fish, plane), and the net does not know fish, plane" in said


def test_two_folders_of_one_class_are_refused(card):
    with pytest.raises(CheckpointError, match="several are one class of the net"):
        match_classes(card, data_of("cat", "Cat", "airplane"))


def test_a_person_may_say_which_is_which(card):
    said = {"plane": "airplane", "jet": "airplane"}
    found = match_classes(card, data_of("cat", "jet", "plane"), said)
    assert (found.by, found.outputs) == ("map", (2, 0, 0))
    assert "with plane as airplane, jet as airplane" in found.sentence
    assert "none of aquarium_fish" in found.sentence


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"plan": "airplane"}, "Tiny noise has no class 'plan'"),
        ({"plane": "aeroplane"}, "tiny has no class 'aeroplane'"),
    ],
)
def test_what_is_said_of_classes_that_are_not_there_is_refused(card, said, words):
    with pytest.raises(ConfigError, match=words):
        match_classes(card, data_of("cat", "plane"), said)


def test_a_part_of_the_classes_is_said_and_refused_where_all_are_needed(card):
    some = data_of("cat", "airplane")
    assert "2 of the 3 classes of tiny, none of aquarium_fish" in match_classes(card, some).sentence
    with pytest.raises(CheckpointError, match="all of the net's classes"):
        match_all_classes(card, some)
    assert not match_all_classes(card, data_of(*card.class_names)).sentence


def test_a_net_without_names_is_matched_by_position_and_that_is_said(tmp_path):
    card = read_card(save_tiny(tmp_path, class_names=NAMELESS))
    found = match_classes(card, data_of("cat", "dog", "eel"))
    assert (found.by, found.outputs) == ("position", (0, 1, 2))
    assert found.class_names == ("cat", "dog", "eel")
    assert "tiny has no class names of its own" in found.sentence
    with pytest.raises(CheckpointError, match="knows 3 classes"):
        match_classes(card, data_of("cat", "dog"))
    mapped = match_classes(
        card, data_of("cat", "dog", "eel"), {"cat": "class 2", "dog": "class 0", "eel": "class 1"}
    )
    assert mapped.outputs == (2, 0, 1)


def test_a_name_that_a_net_has_twice_stands_for_neither(tmp_path):
    card = read_card(save_tiny(tmp_path, class_names=("crane", "crane", "cat")))
    assert match_classes(card, data_of("crane", "crane", "cat")).outputs == (0, 1, 2)
    with pytest.raises(CheckpointError, match="does not know crane"):
        match_classes(card, data_of("cat", "crane"))


def test_pairs_are_read_with_commas_or_one_by_one():
    assert read_class_map(["plane=airplane, car=automobile"]) == {
        "plane": "airplane",
        "car": "automobile",
    }
    assert read_class_map(["a=tench, Tinca", "b=c"]) == {"a": "tench, Tinca", "b": "c"}
    assert read_class_map([]) == {}


@pytest.mark.parametrize("text", ["plane", "=airplane", "plane=", "a=b,a=c"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(ConfigError, match=r"no pair|cannot be both"):
        read_class_map([text])


def test_labels_stay_whole_numbers(card):
    data = replace(tiny_data(), card=data_of("cat", "airplane", "aquarium_fish"))
    assert relabelled(data, match_classes(card, data.card)).train.labels.dtype == np.int64
