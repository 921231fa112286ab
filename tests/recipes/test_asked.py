"""A recipe with changes: what was asked is in it, and the rest is the recipe's."""

from dataclasses import replace
from pathlib import Path

import pytest

from resnet_core.config import NEWEST_RESIZING
from resnet_core.errors import ConfigError
from resnet_core.recipes.asked import ask_experiment
from resnet_core.recipes.files import load_recipe


def test_nothing_asked_is_the_recipe() -> None:
    assert ask_experiment("demo", nets=None, seed=None, epochs=None) == load_recipe("demo")


def test_what_was_asked_is_in_it() -> None:
    asked = ask_experiment(
        "demo", nets="resnet8, plain8", steps=3, learning_rate=0.5, seed=7, name="mine", seeds=2
    )
    recipe = load_recipe("demo")
    assert [arm.label for arm in asked.arms] == ["resnet8", "plain8"]
    assert (asked.name, asked.seed, asked.seeds, asked.data) == ("mine", 7, 2, recipe.data)
    assert asked.training == replace(recipe.training, steps=3, learning_rate=0.5)
    assert ask_experiment("demo", nets=("resnet8", "plain8")).name == "resnet8 and plain8, demo"


def test_epochs_outrank_the_steps_of_a_recipe() -> None:
    assert load_recipe("demo").training.steps is not None
    asked = ask_experiment("demo", epochs=2.0).training
    assert (asked.steps, asked.epochs) == (None, 2.0)


def test_data_are_resized_as_today_and_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    data = ask_experiment("demo", data="pictures").data
    assert (data.source, data.resizing) == (str(tmp_path / "pictures"), NEWEST_RESIZING)


def test_setting_that_is_not_there_is_told_with_its_neighbours() -> None:
    with pytest.raises(ConfigError, match=r"no setting 'learnrate': did you mean learning_rate"):
        ask_experiment("demo", learnrate=0.1)
    with pytest.raises(ConfigError, match="Name at least one net"):
        ask_experiment("demo", nets=" , ")
