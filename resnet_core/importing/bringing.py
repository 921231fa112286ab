"""From a stranger's file to a checkpoint with a card."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import safetensors.torch

from resnet_core import paths
from resnet_core.atomic import storage_errors
from resnet_core.checkpoints import (
    NORMALISATION,
    WEIGHTS_SUFFIX,
    CheckpointCard,
    check_new_name,
    library_versions,
    save_checkpoint,
    today,
)
from resnet_core.config import NEWEST_RESIZING, ModelConfig
from resnet_core.data.published import PUBLISHED_SETS
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.importing.architecture import AUTOMATIC, architecture_config
from resnet_core.importing.checker import CheckedFile, Checker, CheckRequest
from resnet_core.importing.described import IMPORTED_SIDES_PX
from resnet_core.importing.edited import own_interventions
from resnet_core.importing.envelope import MAX_CHECKPOINT_BYTES, check_envelope
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress, ignore_progress

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision, timm and akamaster/pytorch_resnet_cifar10 normalise with."""
KUANGLIU_MEAN, KUANGLIU_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
"""What kuangliu/pytorch-cifar normalises with (its main.py)."""

_MOST_CLASS_LETTERS = 80
_COPY_BYTES = 2**22


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """What a person says of the weights; what is left out follows from whose they are."""

    name: str
    """Name of the new checkpoint: letters, digits, dots, hyphens, underscores."""
    architecture: str = AUTOMATIC
    """A net of the registry, or `auto`: the weights' own names and shapes tell."""
    class_names: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    """Mean of each channel that the net's pictures were normalised with, 0 to 1 scale."""
    std: tuple[float, ...] = ()
    image_size_px: int | None = None
    """Side of the picture that the net takes, px."""
    resize_px: int | None = None
    """Side before the centre is cut, px."""
    source: str = ""
    """Where the weights come from."""
    data_title: str = ""
    """What they were trained on."""

    def __post_init__(self) -> None:
        check_new_name(self.name)
        if self.architecture != AUTOMATIC:
            architecture_config(self.architecture)
        if len(self.mean) != len(self.std):
            raise ConfigError("Give a mean and a standard deviation for each channel, or neither.")
        if not all(
            span.holds(value)
            for name, span in NORMALISATION.items()
            for value in getattr(self, name)
        ):
            raise ConfigError("Mean and std are on the 0..1 scale: such as 0.485 and 0.229.")
        low, high = IMPORTED_SIDES_PX
        if self.image_size_px is not None and not low <= self.image_size_px <= high:
            raise ConfigError(
                f"image_size_px must lie between {low} and {high}, got {self.image_size_px}."
            )


def read_numbers(text: str) -> tuple[float, ...]:
    """Reads a list such as `0.485, 0.456, 0.406`; an empty text is an empty list.

    Raises:
        ConfigError: for anything else.
    """
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as exc:
        raise ConfigError(
            f"'{plain_name(text)}' is no list of numbers: write it such as 0.485,0.456,0.406."
        ) from exc


def import_checkpoint(
    source: bytes | Path,
    request: ImportRequest,
    *,
    file_name: str,
    checker: Checker | None = None,
    progress: Progress = ignore_progress,
) -> Path:
    """Brings foreign weights into the lab, running no code of theirs.

    Args:
        source: the file's bytes, or its path.
        request: what is said of it.
        file_name: what the person calls the file; refusals begin with it.
        checker: a process that is already started; by default one is, for this file.
        progress: told before each step; it may cancel.

    Returns:
        The path of the new checkpoint's weights; its card lies beside them.

    Raises:
        CheckpointError: when the file is refused, or the name is taken.
        ConfigError: when there are more or fewer class names, means than the net has.
        StorageError: when the checkpoint cannot be written.
    """
    folder = paths.imported_dir()
    for kept in (folder, paths.checkpoints_dir()):
        if (kept / f"{request.name}{WEIGHTS_SUFFIX}").exists():
            raise CheckpointError(f"There is a net '{request.name}' already: choose another name.")
    with tempfile.TemporaryDirectory(prefix="resnet-lab-") as place:
        copy, clean = Path(place) / "foreign", Path(place) / "clean"
        progress("Looking at the file", 0.1)
        _copy(source, copy, file_name)
        container = check_envelope(copy, file_name)
        progress("Reading it in a process of its own", 0.3)
        wanted = CheckRequest(
            file=copy,
            container=container,
            name=file_name,
            output=clean,
            architecture=request.architecture,
            image_size_px=request.image_size_px or 0,
        )
        checked = _check(wanted, checker)
        progress("Keeping it", 0.9)
        card = _card(request, checked, file_name)
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return save_checkpoint(folder, card, safetensors.torch.load_file(clean))


def _check(wanted: CheckRequest, checker: Checker | None) -> CheckedFile:
    if checker is not None:
        return checker.check(wanted)
    with Checker() as own:
        return own.check(wanted)


def _copy(source: bytes | Path, target: Path, name: str) -> None:
    """Copies the file, so that what is checked is what is read."""
    with storage_errors(target), target.open("wb") as file:
        for block in [source] if isinstance(source, bytes) else _blocks(source, name):
            file.write(block)


def _blocks(source: Path, name: str) -> Iterator[bytes]:
    """Reads a file up to just beyond the largest size that is looked at."""
    try:
        if not source.is_file():  # a device or a pipe may never end
            raise OSError
        with source.open("rb") as original:
            while original.tell() <= MAX_CHECKPOINT_BYTES and (block := original.read(_COPY_BYTES)):
                yield block
    except OSError as exc:
        raise CheckpointError(
            f"'{plain_name(name)}' cannot be opened: check that it is there and may be read."
        ) from exc


def _card(request: ImportRequest, checked: CheckedFile, file_name: str) -> CheckpointCard:
    model = replace(
        architecture_config(checked.architecture),
        num_classes=checked.num_classes,
        in_channels=checked.channels,
    )
    request = _with_what_the_file_says(request, checked, file_name)
    mean, std = _normalisation(request, checked)
    class_names = _class_names(request, checked, model)
    source = request.source or f"Imported from '{plain_name(file_name)}' ({checked.origin})"
    if checked.num_left_out:
        source += f"; {checked.num_left_out} tensors beside the net were left out"
    return CheckpointCard(
        name=request.name,
        model=model,
        interventions=own_interventions(checked, model, file_name),
        class_names=class_names,
        image_size_px=request.image_size_px or (224 if model.stem != "cifar" else 32),
        resize_px=request.resize_px or _usual_resize(request, model),
        resizing=NEWEST_RESIZING,
        mean=mean,
        std=std,
        data_title=request.data_title or _data_title(request, class_names),
        data_sha256="",
        step=0,
        num_steps=0,
        date=today(),
        source=source,
        libraries=library_versions(),
    )


def _with_what_the_file_says(
    request: ImportRequest, checked: CheckedFile, file_name: str
) -> ImportRequest:
    """Fills in what the file says of itself where the person says nothing.

    Raises:
        CheckpointError: when it says what cannot be used; a guess would be somebody else's.
    """
    said = checked.described
    for field, why in said.problems:
        if field != "interventions" and not getattr(request, field):
            raise CheckpointError(
                f"'{plain_name(file_name)}' states {why}: give {_wanted(field, checked)} yourself."
            )
    filled = replace(
        request,
        class_names=request.class_names or said.class_names,
        image_size_px=request.image_size_px or said.image_size_px,
    )
    return filled if request.mean else replace(filled, mean=said.mean, std=said.std)


def _wanted(field: str, checked: CheckedFile) -> str:
    if field == "class_names":
        return f"{checked.num_classes:,} class names in label order"
    if field == "image_size_px":
        return f"the side of its pictures, {IMPORTED_SIDES_PX[0]} to {IMPORTED_SIDES_PX[1]} px,"
    return f"mean and std of its {checked.channels} channels, such as 0.485,0.456,0.406,"


def _usual_resize(request: ImportRequest, model: ModelConfig) -> int | None:
    """Nets with the ImageNet stem see the central 224 of 256 px (He et al. 2015, 3.4)."""
    return 256 if model.stem != "cifar" and request.image_size_px in (None, 224) else None


def _normalisation(
    request: ImportRequest, checked: CheckedFile
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    channels = checked.channels
    if request.mean:
        if len(request.mean) != channels:
            raise ConfigError(
                f"The net takes {channels} channels: give {channels} means and standard "
                f"deviations, not {len(request.mean)}."
            )
        return request.mean, request.std
    if checked.origin == "this lab":
        raise ConfigError(
            "Weights of this lab without their card do not say how pictures are normalised: give "
            "mean and std, such as 0.5,0.5,0.5 and 0.25,0.25,0.25."
        )
    if channels != 3:
        raise ConfigError(
            f"The net takes {channels} channels: give the mean and std of each that its pictures "
            "were normalised with."
        )
    if checked.origin == "kuangliu":
        return KUANGLIU_MEAN, KUANGLIU_STD
    return IMAGENET_MEAN, IMAGENET_STD


def _class_names(
    request: ImportRequest, checked: CheckedFile, model: ModelConfig
) -> tuple[str, ...]:
    count = checked.num_classes
    if request.class_names:
        if len(request.class_names) != count:
            raise ConfigError(
                f"The net tells {count} classes apart: give {count} class names, not "
                f"{len(request.class_names)}."
            )
        return tuple(plain_name(name)[:_MOST_CLASS_LETTERS] for name in request.class_names)
    if _is_as_published(checked) and count == 10:
        return PUBLISHED_SETS["cifar10"].class_names
    if model.stem != "cifar" and count == 1000:
        from torchvision.models import ResNet18_Weights

        return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])
    return tuple(f"class {index}" for index in range(count))


def _is_as_published(checked: CheckedFile) -> bool:
    """Whether it may be a file of those who trained such nets on CIFAR-10 and say nothing more."""
    return checked.origin in ("akamaster", "kuangliu") and checked.described.is_silent


def _data_title(request: ImportRequest, class_names: tuple[str, ...]) -> str:
    is_cifar = class_names == PUBLISHED_SETS["cifar10"].class_names
    return f"{'CIFAR-10, ' if is_cifar else ''}imported as {request.name}"
