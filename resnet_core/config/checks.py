"""What every config checks with."""

from typing import Any, get_args

import pydantic

from resnet_core.errors import ConfigError

STRICT = pydantic.ConfigDict(extra="forbid")
"""A field that is not known is an error, so that a misspelt setting is never ignored."""


def choices(kind: Any) -> tuple[str, ...]:
    """Lists what a `Literal` type allows, for pickers and messages."""
    return get_args(kind)


def require(condition: bool, message: str) -> None:
    """Raises `ConfigError` with `message` unless the condition holds."""
    if not condition:
        raise ConfigError(message)
