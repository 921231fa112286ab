"""A net as a link, as a title, and as a person writes it: a registry name and what differs."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from resnet_core.config import (
    LATER_SETTINGS,
    ModelConfig,
    config_from_json,
    config_to_json,
    settings_of,
)
from resnet_core.errors import ConfigError, UnknownNetError
from resnet_core.models.registry import list_models, model_config
from resnet_core.models.titles import net_label

_MOST_CHARACTERS = 4_000
"""Of the changes in a link: a net has some twenty settings."""
_MOST_STAGES = 8


def net_to_link(config: ModelConfig, base: str | None = None) -> dict[str, str]:
    """Describes a net by query parameters: `net`, and `changes` as JSON where there are any.

    Args:
        config: the net.
        base: name of a known net from which it was changed; by default `base_name`.
    """
    base = base or base_name(config)
    usual, own = _settings(model_config(base)), _settings(config)
    changes = {name: value for name, value in own.items() if value != usual[name]}
    link = {"net": base}
    if changes:
        link["changes"] = json.dumps(changes, separators=(",", ":"))
    return link


def base_name(config: ModelConfig) -> str:
    """The net's own name where it is one that the lab knows, such as `resnet26`, else the first."""
    try:
        return model_config(config.name).name
    except UnknownNetError:
        return list_models()[0]


def net_from_link(parameters: Mapping[str, str]) -> ModelConfig:
    """Reads what `net_to_link` wrote, from a link that anybody may have changed.

    Raises:
        UnknownNetError: for a net that does not exist.
        ConfigError: for changes that are not valid.
    """
    usual = model_config(parameters.get("net", list_models()[0]))
    text = parameters.get("changes", "{}")
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(
            f"The link's changes have {len(text):,} characters, {_MOST_CHARACTERS:,} are allowed."
        )
    settings = _settings(usual) | _parse_changes(text)
    return config_from_json(ModelConfig, json.dumps(settings))


def _settings(config: ModelConfig) -> dict[str, Any]:
    """Every setting of a net as JSON has it, those too that it leaves out at their usual value."""
    return {**LATER_SETTINGS, **json.loads(config_to_json(config))}


def _parse_changes(text: str) -> dict[str, Any]:
    try:
        changes = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError("The link's changes are not valid JSON: copy the whole link.") from exc
    known = {field.name for field in dataclasses.fields(ModelConfig)}
    if not isinstance(changes, dict) or not changes.keys() <= known:
        raise ConfigError(f"The link's changes must be settings among {', '.join(sorted(known))}.")
    return changes


def read_stages(text: str) -> tuple[int, ...]:
    """Reads whole numbers that a person wrote with commas or spaces, such as `3, 4, 6, 3`.

    Raises:
        ConfigError: for anything else, or more than eight numbers.
    """
    parts = text.replace(",", " ").split()
    if not 1 <= len(parts) <= _MOST_STAGES or not all(
        part.isascii() and part.isdigit() and len(part) <= 9 for part in parts
    ):
        raise ConfigError(
            f"Stages are one to {_MOST_STAGES} whole numbers, such as 3, 4, 6, 3; got '{text}'."
        )
    return tuple(int(part) for part in parts)


def net_title(config: ModelConfig, base: str) -> str:
    """Names a net as people do, with what was changed: `ResNet-20, normalisation none`."""
    changes = json.loads(net_to_link(config, base).get("changes", "{}"))
    own_name = changes.pop("name", base)
    settings = settings_of(ModelConfig)
    words = [settings[n].say(v) for n, v in changes.items()]
    return ", ".join([net_label(own_name), *words])
