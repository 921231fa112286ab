"""What a run found in its pictures, kept in its folder: how they lay, and what was left out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pydantic

from resnet_core.atomic import write_atomically
from resnet_core.data.dataset import DataCard
from resnet_core.data.source import LeftOut
from resnet_core.errors import DamagedFileError
from resnet_core.own_files import AS_WRITTEN, read_own_file
from resnet_core.runs.files import PICTURES_NAME

_Text = Annotated[str, pydantic.Field(max_length=10_000)]
_Count = Annotated[int, pydantic.Field(ge=0, le=10**15)]


@dataclass(frozen=True, kw_only=True)
class FoundPictures:
    """What a worker found when it loaded a run's pictures."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    title: _Text
    """What pages call the data set."""
    layout: _Text
    """How it lay on the disk; empty for a set of the lab's own."""
    num_train: _Count
    num_validation: _Count
    num_test: _Count
    left_out: tuple[LeftOut, ...]
    """What was left out: beside the pictures, and damaged ones."""


_ADAPTER = pydantic.TypeAdapter(FoundPictures)


def record_pictures(folder: Path, card: DataCard) -> None:
    """Keeps what a run found in its pictures.

    Raises:
        StorageError: when the folder cannot be written.
    """
    found = FoundPictures(
        title=card.title,
        layout=card.layout,
        num_train=card.num_train,
        num_validation=card.num_validation,
        num_test=card.num_test,
        left_out=card.all_left_out,
    )
    write_atomically(folder / PICTURES_NAME, _ADAPTER.dump_json(found))


def read_pictures(folder: Path) -> FoundPictures | None:
    """Reads what a run found; `None` for a run that did not get so far, or a damaged file."""
    try:
        return _ADAPTER.validate_json(read_own_file(folder / PICTURES_NAME))
    except (FileNotFoundError, DamagedFileError, ValueError):
        return None
