"""Recipes: a training preset by name, or a whole experiment kept as a JSON file beside this one.

The files in `experiments/` made the shipped nets, or make them where there is a GPU.  Each says
only what sets it apart: its nets by their names in the registry, a preset, and what it changes.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import pydantic

from resnet_core.config import (
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    config_from_json,
)
from resnet_core.config.checks import STRICT
from resnet_core.errors import ConfigError
from resnet_core.models import model_config
from resnet_core.recipes.presets import DEMO, demo_experiment, list_presets, training_preset

_FOLDER = Path(__file__).parent / "experiments"


@dataclass(frozen=True, kw_only=True)
class _RecipeFile:
    __pydantic_config__: ClassVar = STRICT

    name: str
    """Title of the experiment."""
    arms: dict[str, str]
    """Label to registry name."""
    preset: str
    """The training preset that it starts from."""
    data: dict[str, Any]
    """Fields of `DataConfig` that are not its defaults."""
    training: dict[str, Any] | None = None
    """Fields of `TrainingConfig` that are not the preset's."""
    seeds: int = 1
    """How many seeds each net is trained from."""


def list_recipes() -> tuple[str, ...]:
    """Names of the experiments under version control."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load_recipe(name: str) -> ExperimentConfig:
    """Loads an experiment: one of the files, the demo, or ResNet-20 and plain-20 on a preset.

    Raises:
        ConfigError: for an unknown name; the message lists the known ones.
    """
    if name in list_recipes():
        return _read_recipe(_FOLDER / f"{name}.json")
    if name == DEMO:
        return demo_experiment()
    presets = {preset.name: preset.training for preset in list_presets()}
    if name not in presets:
        known = ", ".join((*presets, *list_recipes()))
        raise ConfigError(f"Unknown recipe '{name}': use {known}.")
    nets = ("resnet20", "plain20")
    arms = tuple(ArmConfig(label=net, model=model_config(net)) for net in nets)
    return ExperimentConfig(
        name=experiment_title(arms, name), arms=arms, data=DataConfig(), training=presets[name]
    )


def experiment_title(arms: Sequence[ArmConfig], recipe: str) -> str:
    """Names an experiment after its nets and its recipe, such as `resnet20 and plain20, demo`."""
    return f"{' and '.join(arm.label for arm in arms)}, {recipe}"


def _read_recipe(path: Path) -> ExperimentConfig:
    recipe = pydantic.TypeAdapter(_RecipeFile).validate_json(path.read_bytes())
    training = asdict(training_preset(recipe.preset)) | (recipe.training or {})
    arms = [
        {"label": label, "model": asdict(model_config(net))} for label, net in recipe.arms.items()
    ]
    content = {
        "name": recipe.name,
        "arms": arms,
        "data": recipe.data,
        "training": training,
        "seeds": recipe.seeds,
    }
    return config_from_json(ExperimentConfig, json.dumps(content))
