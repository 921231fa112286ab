"""The nets that the lab knows by name."""

import dataclasses
import difflib
import re
from typing import Any

from resnet_core.config import ModelConfig, load_plugins
from resnet_core.config.other_names import is_dotted_path, is_of_a_library, lab_only_sentence
from resnet_core.errors import ConfigError, UnknownNetError
from resnet_core.models.named_nets import cifar_config, named_nets, nearest_depths


def list_models() -> tuple[str, ...]:
    """Lists the registry's names, residual nets of each family before their plain twins."""
    load_plugins()
    return tuple(_REGISTRY)


def register_net(config: ModelConfig) -> None:
    """Adds a plugin's net to those that the lab knows by name.

    Raises:
        ConfigError: for a name that is taken.
    """
    if config.name in _REGISTRY:
        raise ConfigError(f"There is a net called '{config.name}' already: take another name.")
    _REGISTRY[config.name] = config


def model_config(name: str, /, **changes: Any) -> ModelConfig:
    """Looks a net up and changes some of its fields, such as `num_classes=100`.

    Beside the registry's names, `resnet<depth>`, `plain<depth>` and `preact_resnet<depth>` name
    the CIFAR net of any other depth 6n+2, such as `resnet26`.

    Raises:
        UnknownNetError: for a name that is neither; the message names the nearest.
        ConfigError: for a field that does not exist or a value that is not allowed.
    """
    if name not in _REGISTRY:
        load_plugins()
    config = _REGISTRY.get(name) or _any_depth(name)
    if config is None and (is_of_a_library(name) or is_dotted_path(name)):
        raise UnknownNetError(lab_only_sentence(name))
    if config is None:
        raise UnknownNetError(_unknown_message(name))
    return _replace(config, changes)


def _any_depth(name: str) -> ModelConfig | None:
    family, depth = _split_depth(name)
    if depth is None or depth < 8 or (depth - 2) % 6:
        return None
    return cifar_config(depth, plain="plain" in family, preactivation="preact" in family)


def _unknown_message(name: str) -> str:
    family, depth = _split_depth(name)
    if depth is not None:
        lower, upper = nearest_depths(depth)
        return (
            f"There is no net called '{name}': CIFAR nets have 6n+2 layers, so the nearest are "
            f"{family}{lower} and {family}{upper}."
        )
    nearest = difflib.get_close_matches(name, _REGISTRY, n=3, cutoff=0.4) or list(_REGISTRY)[:3]
    return (
        f"There is no net called '{name}': did you mean {', '.join(nearest)}? CIFAR nets "
        "(resnet, plain, preact_resnet) exist at every depth 6n+2, such as resnet26."
    )


def _split_depth(name: str) -> tuple[str, int | None]:
    """Family and depth of a CIFAR net's name; the depth is `None` for any other name."""
    match = re.fullmatch(r"((?:preact_)?(?:resnet|plain))([0-9]{1,4})", name)
    return (match[1], int(match[2])) if match else (name, None)


def _replace(config: ModelConfig, changes: dict[str, Any]) -> ModelConfig:
    known = [field.name for field in dataclasses.fields(ModelConfig)]
    for name in changes:
        if name not in known:
            raise ConfigError(f"A net has no setting '{name}': it has {', '.join(known)}.")
    return dataclasses.replace(config, **changes)


_REGISTRY = {config.name: config for config in named_nets()}
assert len(_REGISTRY) == len(named_nets()), "Two nets of the registry share a name."
