import dataclasses
import hashlib
import json

import pytest

from resnet_core.config import (
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
        (lambda: TrainingConfig(milestones=(0.5, 1.5)), "milestones must lie above 0 and below 1"),
        (lambda: TrainingConfig(clip_norm=0.0), "clip_norm must be above 0"),
        (lambda: dataclasses.replace(EXPERIMENT, arms=()), "between 1 and 8 in number, got 0"),
        (lambda: dataclasses.replace(EXPERIMENT, arms=EXPERIMENT.arms * 2), "label of its own"),
        (lambda: dataclasses.replace(EXPERIMENT, device="tpu"), "Unknown device 'tpu'"),
        (lambda: dataclasses.replace(EXPERIMENT, seed=-1), "seed must lie"),
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
