import dataclasses
import hashlib
import json

import pytest

from resnet_core.config import (
    FIRST_RESIZING,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    ModelConfig,
    TrainingConfig,
    config_from_json,
    config_to_json,
    fingerprint,
)
from resnet_core.errors import ConfigError
from resnet_core.recipes.files import list_recipes, load_recipe

EXPERIMENT = ExperimentConfig(
    name="two",
    arms=(
        ArmConfig(label="a", model=ModelConfig(name="a")),
        ArmConfig(label="b", model=ModelConfig(name="b", skip_strength=0.0)),
    ),
)


def test_config_survives_json():
    assert config_from_json(ExperimentConfig, config_to_json(EXPERIMENT)) == EXPERIMENT


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"basic"', '"huge"', "block must be one of basic"),
        ('"block"', '"blokk"', "arms.0.model.blokk"),
        ('"batch_size": 128', '"batch_size": "many"', "training.batch_size"),
        ('"batch_size": 128', '"batch_size": 0', "batch_size must be at least 1"),
        ("{", "[", "the text"),
    ],
)
def test_config_from_json_names_what_is_wrong(old, new, message):
    with pytest.raises(ConfigError, match=message):
        config_from_json(ExperimentConfig, config_to_json(EXPERIMENT).replace(old, new))


def test_fingerprint_tells_configs_apart():
    other = dataclasses.replace(EXPERIMENT, seed=1)
    assert fingerprint(EXPERIMENT) == fingerprint(dataclasses.replace(EXPERIMENT))
    assert fingerprint(EXPERIMENT) != fingerprint(other)


def test_setting_that_was_added_later_changes_no_name_and_may_be_missing():
    # A config of before dense nets; its name is the hash of what differs from the defaults.
    config = ModelConfig(name="a", norm="none")
    old = json.loads(config_to_json(config))
    del old["compression"]
    assert config_from_json(ModelConfig, json.dumps(old)) == config
    content = b'{"name":"a","norm":"none"}'
    assert fingerprint(config) == hashlib.sha256(content).hexdigest()[:16]


def test_one_seed_changes_no_name_and_is_not_written():
    content = config_to_json(EXPERIMENT)
    assert "seeds" not in json.loads(content)
    three = dataclasses.replace(EXPERIMENT, seeds=3)
    assert json.loads(config_to_json(three)) == json.loads(content) | {"seeds": 3}
    assert config_from_json(ExperimentConfig, config_to_json(three)) == three
    assert fingerprint(three) != fingerprint(EXPERIMENT)
    former = dataclasses.replace(EXPERIMENT, data=DataConfig(resizing=FIRST_RESIZING))
    assert fingerprint(former) == "cb017ce7a476fe72", "5e5141a called it so"


def test_replicas_are_all_arms_of_one_seed_after_another():
    three = dataclasses.replace(EXPERIMENT, seed=5, seeds=2)
    assert three.replicas == ((0, 5), (1, 5), (0, 6), (1, 6))
    assert [three.title_of(each) for each in three.replicas[1:3]] == ["b, seed 5", "a, seed 6"]
    assert EXPERIMENT.title_of(EXPERIMENT.replicas[1]) == "b"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModelConfig(name="x", stage_blocks=(1, 2)), "the same length"),
        (lambda: ModelConfig(name="x", skip_strength=1.5), "skip_strength must lie"),
        (lambda: ModelConfig(name="x", num_classes=1), "at least 2"),
        (lambda: ModelConfig(name="x", norm="layer?"), "norm must be one of"),  # pyright: ignore
        (lambda: DataConfig(source=" "), "needs a name or a path"),
        (lambda: DataConfig(validation_share=0.0), "validation_share"),
        (lambda: DataConfig(image_size_px=4), "between 8 and 512"),
        (lambda: TrainingConfig(learning_rate=-1), "learning_rate must be above 0"),
        (lambda: TrainingConfig(learning_rate=float("inf")), "learning_rate must be above 0"),
        (lambda: TrainingConfig(steps=0), "steps must be at least 1"),
        (lambda: TrainingConfig(learning_rate=1e16), r"learning_rate must be at most 10\^15"),
        (lambda: TrainingConfig(weight_decay=1e300), r"weight_decay must be at most 10\^15"),
        (lambda: TrainingConfig(steps=10**20), r"steps must be at most 10\^15, got 1000000000"),
        (lambda: TrainingConfig(epochs=1e10), r"epochs must be at most 10\^9, got 1000000000"),
        (lambda: TrainingConfig(milestones=(0.5, 1.5)), "milestones must lie above 0 and below 1"),
        (lambda: TrainingConfig(clip_norm=0.0), "clip_norm must be above 0"),
        (lambda: dataclasses.replace(EXPERIMENT, arms=()), "between 1 and 8 in number, got 0"),
        (lambda: dataclasses.replace(EXPERIMENT, arms=EXPERIMENT.arms * 2), "label of its own"),
        (lambda: dataclasses.replace(EXPERIMENT, device="tpu"), "Unknown device 'tpu'"),
        (lambda: dataclasses.replace(EXPERIMENT, seed=-1), "seed must lie"),
        (lambda: dataclasses.replace(EXPERIMENT, seeds=0), "seeds must lie between 1 and 24"),
        (lambda: dataclasses.replace(EXPERIMENT, seeds=13), "26 trainings.*at most 12 seeds"),
        (lambda: dataclasses.replace(EXPERIMENT, seed=2**32 - 2, seeds=3), "room for 3 seeds"),
    ],
)
def test_config_refuses_what_cannot_be(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    "name", [*list_recipes(), "demo", "fast", "resnet18-article", "paper-cifar"]
)
def test_recipes_load(name):
    assert load_recipe(name).arms


def test_unknown_recipe_lists_the_known_ones():
    with pytest.raises(ConfigError, match="demo, fast"):
        load_recipe("slow")
