"""Which pictures a net can be taught with, how it sees them, and the experiment that does it."""

import dataclasses

import numpy as np
import pytest

from resnet_core.checkpoints import read_card
from resnet_core.config import FROZEN_BODY, DataConfig, ExperimentConfig, Intervention, StartingNet
from resnet_core.data import DataSet, Split
from resnet_core.errors import CheckpointError, ConfigError, DataError
from resnet_core.pictures.channels import as_gray
from resnet_core.recipes.finetuning import TeachingRequest, teaching_data, teaching_experiment
from resnet_core.teaching.preparing import prepare_teaching
from resnet_core.training.starting import refuse_unteachable, seen_by_start
from tests.data.conftest import save_class_folders, save_picture
from tests.inference.conftest import save_tiny
from tests.teaching.conftest import frozen, lockstep_of, train
from tests.training.conftest import tiny_data, tiny_experiment


def gray_data() -> DataSet:
    data = tiny_data()
    parts = [Split(as_gray(s.images), s.labels) for s in (data.train, data.validation, data.test)]
    return DataSet(dataclasses.replace(data.card, channels=1, mean=(0.5,), std=(0.3,)), *parts)


def with_labels(data: DataSet, **labels: np.ndarray) -> DataSet:
    parts = {part: Split(getattr(data, part).images, found) for part, found in labels.items()}
    return dataclasses.replace(data, **parts)


def test_pictures_are_seen_as_the_trained_net_saw_its_own(trained):
    card = read_card(trained)
    data = seen_by_start(frozen(trained), gray_data())
    assert data.train.images.shape == (40, 8, 8, 3)
    assert np.array_equal(data.train.images[..., :1], gray_data().train.images)
    assert (data.card.mean, data.card.std, data.card.channels) == (card.mean, card.std, 3)
    train(lockstep_of(frozen(trained), gray_data()))


def test_other_runs_see_pictures_as_they_are():
    data = tiny_data()
    assert seen_by_start(tiny_experiment(), data) is data


def test_a_class_with_one_picture_is_refused_with_its_number():
    data = tiny_data()
    labels = {
        "train": np.zeros(40, np.int64),
        "validation": np.ones(16, np.int64),
        "test": np.array([2] + [0] * 15),
    }
    with pytest.raises(DataError) as refused:
        refuse_unteachable(with_labels(data, **labels))
    said = str(refused.value)
    assert "'b' (16, 0 of them to learn from), 'c' (1, 0 of them to learn from)" in said
    assert "a class needs at least 2" in said
    refuse_unteachable(data)


def _start(config: ExperimentConfig) -> StartingNet:
    start = config.arms[0].start
    assert start is not None
    return start


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": -3},
        {"epochs": 0.0},
        {"epochs": -1.0},
        {"epochs": float("nan")},
        {"epochs": float("inf")},
        {"batch_size": 0},
    ],
)
def test_a_length_that_cannot_be_is_refused(tmp_path, wrong):
    path = save_tiny(tmp_path)
    request = TeachingRequest(source="zoo", start=str(path), **wrong)
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        teaching_experiment(request, read_card(path), "zoo", 160)


def test_a_recipe_follows_from_what_learns_and_how_many_pictures_there_are(trained):
    card = read_card(trained)
    request = TeachingRequest(source="zoo", start=str(trained))
    few = teaching_experiment(request, card, "zoo", 160)
    assert (_start(few).interventions, few.data.augmentation) == ((FROZEN_BODY,), "none")
    assert (few.training.steps, few.training.statistics_every) == (300, 300)
    assert few.name == "zoo taught to tiny"
    many = teaching_experiment(request, card, "zoo", 32_000)
    assert many.training.steps == 3000
    whole = teaching_experiment(dataclasses.replace(request, is_frozen=False), card, "zoo", 160)
    assert (_start(whole).interventions, whole.data.augmentation) == ((), "crop_flip")
    assert whole.training.learning_rate == pytest.approx(0.01)
    own = dataclasses.replace(request, epochs=2, batch_size=8, learning_rate=0.5, name="Zoo")
    asked = teaching_experiment(own, card, "zoo", 160)
    assert (asked.training.steps, asked.training.learning_rate, asked.name) == (40, 0.5, "Zoo")


def test_what_was_done_to_the_net_holds_on_and_a_former_freeze_does_not(tmp_path):
    cut = Intervention(what="skip_strength", blocks="stage2", value=0)
    path = save_tiny(tmp_path, interventions=(cut, FROZEN_BODY))
    request = TeachingRequest(source="zoo", start=str(path), is_frozen=False)
    config = teaching_experiment(request, read_card(path), "zoo", 9)
    assert _start(config).interventions == (cut,)


def test_the_size_is_the_nets_own_or_as_asked_within_bounds(trained, tmp_path):
    card = read_card(trained)
    request = TeachingRequest(source="zoo", start=str(trained))
    assert teaching_data(request, card).image_size_px == 32  # its own 16 px are too few
    wide = dataclasses.replace(request, image_size_px=96)
    assert teaching_data(wide, card) == DataConfig(
        source="zoo", image_size_px=96, augmentation="none", crop_padding_px=12
    )
    for side in (31, 225):
        with pytest.raises(ConfigError, match="32 to 224 px"):
            teaching_data(dataclasses.replace(request, image_size_px=side), card)


def test_preparing_reads_the_pictures_and_refuses_what_cannot_be_taught(home, trained):
    request = TeachingRequest(source="", start=str(trained))
    good = save_class_folders(home / "zoo", {"<b>ant": 6, "a|b_*c*": 6})
    config = prepare_teaching(dataclasses.replace(request, source=str(good)))
    assert _start(config).checkpoint == str(trained)
    one = save_class_folders(home / "one", {"ant": 6})
    with pytest.raises(DataError, match="only one class"):
        prepare_teaching(dataclasses.replace(request, source=str(one)))
    lonely = save_class_folders(home / "lonely", {"ant": 9, "bee": 9})
    save_picture(lonely / "cow" / "0.png", 5)
    with pytest.raises(DataError, match="'cow' \\(1, "):
        prepare_teaching(dataclasses.replace(request, source=str(lonely)))
    many = save_tiny(home / "nets", "many", in_channels=5, mean=(0.5,) * 5, std=(0.5,) * 5)
    with pytest.raises(CheckpointError, match="5 channels"):
        prepare_teaching(TeachingRequest(source=str(good), start=str(many)))
