"""Recipes: a training preset by name, or a whole experiment kept as a JSON file beside this one.

The files in `recipes/` are those that produced the shipped nets.
"""

from pathlib import Path

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, config_from_json
from resnet_core.errors import ConfigError
from resnet_core.models import model_config
from resnet_core.training.presets import list_presets

_FOLDER = Path(__file__).parent / "recipes"


def list_recipes() -> tuple[str, ...]:
    """Names of the shipped experiments."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load_recipe(name: str) -> ExperimentConfig:
    """Loads a shipped experiment, or makes one of ResNet-20 and plain-20 from a training preset.

    Raises:
        ConfigError: for an unknown name; the message lists the known ones.
    """
    if name in list_recipes():
        return config_from_json(ExperimentConfig, (_FOLDER / f"{name}.json").read_bytes())
    presets = {preset.name: preset.training for preset in list_presets()}
    if name not in presets:
        known = ", ".join((*presets, *list_recipes()))
        raise ConfigError(f"Unknown recipe '{name}': use {known}.")
    nets = ("resnet20", "plain20")
    return ExperimentConfig(
        name=f"{' and '.join(nets)}, {name}",
        arms=tuple(ArmConfig(label=net, model=model_config(net)) for net in nets),
        data=DataConfig(),
        training=presets[name],
    )
