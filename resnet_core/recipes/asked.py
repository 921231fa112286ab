"""A recipe with what a person asks otherwise: other nets, other pictures, single settings."""

import dataclasses
import difflib
from collections.abc import Sequence
from typing import Any

from resnet_core.config import (
    NEWEST_RESIZING,
    ArmConfig,
    ExperimentConfig,
    TrainingConfig,
    settings_of,
)
from resnet_core.errors import ConfigError
from resnet_core.models import model_config
from resnet_core.paths import absolute_path
from resnet_core.recipes.files import experiment_title, load_recipe

_OF_EXPERIMENT = ("name", "seed", "seeds", "device", "num_threads")


def ask_experiment(
    recipe: str,
    *,
    nets: str | Sequence[str] | None = None,
    data: str | None = None,
    **settings: Any,
) -> ExperimentConfig:
    """Changes a recipe as asked; what is `None` stays as the recipe has it.

    Args:
        recipe: a recipe for the training, or for a whole shipped experiment.
        nets: names in the registry, with commas between or one by one.
        data: a data set's name, or a path.
        **settings: fields of `TrainingConfig`, or name, seed, seeds, device and num_threads.

    Raises:
        ConfigError: for a recipe, net or setting that is not there, or a value that cannot be.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    _refuse_unknown(given)
    experiment = load_recipe(recipe)
    if nets is not None:
        arms = _arms(nets)
        title = experiment_title(arms, recipe)
        experiment = dataclasses.replace(experiment, arms=arms, name=title)
    training = {name: value for name, value in given.items() if name not in _OF_EXPERIMENT}
    if "epochs" in training:  # a recipe's own steps would win over them
        training = {"steps": None, **training}
    changed: dict[str, Any] = {name: given[name] for name in _OF_EXPERIMENT if name in given}
    if training:
        changed["training"] = dataclasses.replace(experiment.training, **training)
    if data is not None:  # a recipe's own data keep the resizing that they were first trained with
        source = {"source": absolute_path(data), "resizing": NEWEST_RESIZING}
        changed["data"] = dataclasses.replace(experiment.data, **source)
    return dataclasses.replace(experiment, **changed)


def _refuse_unknown(names: dict[str, Any]) -> None:
    known = (*settings_of(TrainingConfig), *_OF_EXPERIMENT)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known
            raise ConfigError(f"There is no setting '{name}': did you mean {', '.join(near)}?")


def _arms(nets: str | Sequence[str]) -> tuple[ArmConfig, ...]:
    listed = nets.split(",") if isinstance(nets, str) else nets
    names = [name.strip() for name in listed if name.strip()]
    if not names:
        raise ConfigError("Name at least one net, such as resnet20,plain20.")
    return tuple(ArmConfig(label=name, model=model_config(name)) for name in names)
