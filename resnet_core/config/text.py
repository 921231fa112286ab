"""Configs as JSON, and their fingerprints."""

import functools
import hashlib
import json
from dataclasses import replace
from typing import Any, TypeVar

import pydantic

from resnet_core.config.data import FIRST_RESIZING, NEWEST_RESIZING, DataConfig
from resnet_core.config.experiment import FOREIGN_NET, ExperimentConfig
from resnet_core.config.interventions import Intervention
from resnet_core.config.model import ModelConfig
from resnet_core.config.training import TrainingConfig
from resnet_core.errors import ConfigError

Config = TypeVar("Config", ModelConfig, DataConfig, TrainingConfig, ExperimentConfig, Intervention)


def config_to_json(config: Config, *, indent: int | None = 2) -> str:
    """Writes a config as JSON: every field, but those of an experiment that say nothing new.

    These are the number of seeds where it is one, the kind where it is trained, and starting nets
    where there are none: so it reads as it did before there could be others.  A watched run's is
    its kind, name and labels, since the lab chose nothing else of it.
    """
    left_out = _left_out(config) if isinstance(config, ExperimentConfig) else None
    return _adapter(type(config)).dump_json(config, indent=indent, exclude=left_out).decode()


def run_to_json(config: ExperimentConfig) -> str:
    """Writes an experiment as its run's folder keeps it: with its kind, whichever it is."""
    content = json.loads(config_to_json(config)) | {"kind": config.kind}
    return json.dumps(content, indent=2, ensure_ascii=False)


def config_from_json(kind: type[Config], text: str | bytes) -> Config:
    """Reads a config from JSON.

    Raises:
        ConfigError: for a field that is unknown, missing, or of another type.
    """
    try:
        return _adapter(kind).validate_json(_of_its_time(kind, text))
    except pydantic.ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the text"
        raise ConfigError(f"The configuration is not valid at '{where}': {first['msg']}.") from exc


def fingerprint(config: Config) -> str:
    """Names a config by its content: equal configs, and only they, share these 16 hex digits.

    Defaults are left out, so that a setting that is added later changes no name.  So is the first
    resizing, which was the only one when the names of older runs were made.
    """
    content = _adapter(type(config)).dump_json(_without_resizing(config), exclude_defaults=True)
    if _resizing(config) != FIRST_RESIZING:
        content += f" resizing {_resizing(config)}".encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _left_out(config: ExperimentConfig) -> Any:
    if config.kind == "watched":
        foreign = {
            n: {"model", "start"} if arm.model == FOREIGN_NET else {"start"}
            for n, arm in enumerate(config.arms)
        }
        others = ("data", "training", "seed", "seeds", "device", "num_threads")
        return dict.fromkeys(others, True) | {"arms": foreign}
    unused = {"kind": True} | ({"seeds": True} if config.seeds == 1 else {})
    return unused if config.start else unused | {"arms": {"__all__": {"start": True}}}


def _resizing(config: Config) -> int:
    data = config.data if isinstance(config, ExperimentConfig) else config
    return data.resizing if isinstance(data, DataConfig) else FIRST_RESIZING


def _without_resizing(config: Config) -> Config:
    """Gives the config with the default resizing, which is left out where it is written."""
    if isinstance(config, ExperimentConfig):
        return replace(config, data=replace(config.data, resizing=NEWEST_RESIZING))
    return replace(config, resizing=NEWEST_RESIZING) if isinstance(config, DataConfig) else config


def _of_its_time(kind: type[Config], text: str | bytes) -> str | bytes:
    """Writes the first resizing into JSON that is older than the choice of one.

    Of a watched run it writes what stands for a net that the lab did not build.
    """
    if kind not in (DataConfig, ExperimentConfig):
        return text
    try:
        content = json.loads(text)
        if content.get("kind") == "watched":
            return json.dumps(_with_foreign_nets(content))
        data = content["data"] if kind is ExperimentConfig else content
        if "resizing" in data:
            return text
        data["resizing"] = FIRST_RESIZING
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text  # what is wrong with it is said by whoever reads it
    return json.dumps(content)


def _with_foreign_nets(content: dict[str, Any]) -> dict[str, Any]:
    net = json.loads(config_to_json(FOREIGN_NET))
    return content | {"arms": [{"model": net} | arm for arm in content["arms"]]}


@functools.cache
def _adapter(kind: type[Config]) -> pydantic.TypeAdapter[Config]:
    """Reads and writes a kind of config; building one takes milliseconds, and pages ask often."""
    return pydantic.TypeAdapter(kind)
