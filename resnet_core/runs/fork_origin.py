"""Where a fork comes from: one small file in its folder, which says all that is asked later."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pydantic

from resnet_core.atomic import write_atomically
from resnet_core.errors import DamagedFileError, RunDamagedError
from resnet_core.own_files import AS_WRITTEN, read_own_file

FORK_NAME = "fork.json"

_Step = Annotated[int, pydantic.Field(ge=0, le=10**15)]


@dataclass(frozen=True, kw_only=True)
class ForkOrigin:
    """From which run and step a fork goes on."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    parent: Annotated[str, pydantic.Field(max_length=200)]
    """The run that it was forked from, which may be gone by now."""
    step: _Step
    """Finished steps that it has in common with its parent."""
    kept_step: _Step
    """Step of the state that it began with; it replays the steps between."""
    arm: Annotated[int, pydantic.Field(ge=0, lt=100)] | None = None
    """Place of the one arm that it trains; `None` for all."""


_ORIGIN = pydantic.TypeAdapter(ForkOrigin)


def write_origin(run_dir: Path, origin: ForkOrigin) -> None:
    """Notes where a fork comes from."""
    write_atomically(run_dir / FORK_NAME, _ORIGIN.dump_json(origin))


def read_origin(run_dir: Path) -> ForkOrigin | None:
    """Reads where a run was forked from; `None` for a run that is no fork.

    Raises:
        RunDamagedError: when the file is not what the lab writes.
    """
    try:
        return _ORIGIN.validate_json(read_own_file(run_dir / FORK_NAME))
    except FileNotFoundError:
        return None
    except (DamagedFileError, pydantic.ValidationError) as exc:
        raise RunDamagedError(
            f"Run {run_dir.name} is damaged: its {FORK_NAME} does not say where it was forked; "
            "delete the run."
        ) from exc
