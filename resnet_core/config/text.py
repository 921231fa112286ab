"""Configs as JSON, and their fingerprints."""

import functools
import hashlib
from typing import TypeVar

import pydantic

from resnet_core.config.data import DataConfig
from resnet_core.config.experiment import ExperimentConfig
from resnet_core.config.model import ModelConfig
from resnet_core.config.training import TrainingConfig
from resnet_core.errors import ConfigError

Config = TypeVar("Config", ModelConfig, DataConfig, TrainingConfig, ExperimentConfig)


def config_to_json(config: Config, *, indent: int | None = 2) -> str:
    """Writes a config as JSON, every field included."""
    return _adapter(type(config)).dump_json(config, indent=indent).decode()


def config_from_json(kind: type[Config], text: str | bytes) -> Config:
    """Reads a config from JSON.

    Raises:
        ConfigError: for a field that is unknown, missing, or of another type.
    """
    try:
        return _adapter(kind).validate_json(text)
    except pydantic.ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the text"
        raise ConfigError(f"The configuration is not valid at '{where}': {first['msg']}.") from exc


def fingerprint(config: Config) -> str:
    """Names a config by its content: equal configs, and only they, share these 16 hex digits.

    Defaults are left out, so that a setting that is added later changes no name.
    """
    content = _adapter(type(config)).dump_json(config, exclude_defaults=True)
    return hashlib.sha256(content).hexdigest()[:16]


@functools.cache
def _adapter(kind: type[Config]) -> pydantic.TypeAdapter[Config]:
    """Reads and writes a kind of config; building one takes milliseconds, and pages ask often."""
    return pydantic.TypeAdapter(kind)
