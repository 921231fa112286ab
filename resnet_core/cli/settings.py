"""`settings`: what every setting is called, does and may be."""

from typing import Any

from resnet_core.cli.console import AsJson, command, print_json, print_text
from resnet_core.config import (
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    ModelConfig,
    Setting,
    TrainingConfig,
    load_plugins,
    settings_of,
)

_KINDS = {
    "model": ModelConfig,
    "data": DataConfig,
    "training": TrainingConfig,
    "arm": ArmConfig,
    "experiment": ExperimentConfig,
}


@command
def settings(as_json: AsJson = False) -> None:
    """List every setting of a net, its pictures and its training: title, meaning, choices, bounds.

    Example: `python -m resnet_core settings --json`
    """
    load_plugins()  # their blocks are listed, too
    found = {
        f"{part}.{name}": setting
        for part, kind in _KINDS.items()
        for name, setting in settings_of(kind).items()
    }
    if as_json:
        print_json([_describe(name, setting) for name, setting in found.items()])
        return
    for name, setting in found.items():  # a table of sentences is as narrow as its longest word
        print_text(f"{name}: {setting.title}{_allowed(setting)}")
        print_text(f"    {setting.explanation}")


def _describe(name: str, setting: Setting) -> dict[str, Any]:
    return {
        "name": name,
        "title": setting.title,
        "explanation": setting.explanation,
        "choices": dict(setting.choices),
        "bounds": setting.bounds.as_json() if setting.bounds else None,
        "source": setting.source,
    }


def _allowed(setting: Setting) -> str:
    """What a setting may be, such as `; may be at least 1`."""
    if setting.choices:
        return f"; may be {', '.join(setting.choices)}"
    return f"; may {setting.bounds}" if setting.bounds else ""
