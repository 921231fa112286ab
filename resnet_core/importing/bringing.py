"""From a stranger's file to a checkpoint with a card."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import safetensors.torch

from resnet_core import paths
from resnet_core.atomic import storage_errors
from resnet_core.checkpoints import (
    WEIGHTS_SUFFIX,
    CheckpointCard,
    library_versions,
    save_checkpoint,
    today,
)
from resnet_core.config import NEWEST_RESIZING, ModelConfig
from resnet_core.data.names import plain_name
from resnet_core.data.published import PUBLISHED
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.importing.architecture import AUTOMATIC, architecture_config
from resnet_core.importing.checker import Checker, CheckRequest, Verdict
from resnet_core.importing.envelope import MAX_FILE_BYTES, check_envelope
from resnet_core.progress import Progress, ignore_progress

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision, timm and akamaster/pytorch_resnet_cifar10 normalise with."""
KUANGLIU_MEAN, KUANGLIU_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
"""What kuangliu/pytorch-cifar normalises with (its main.py)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_CLASS_LETTERS = 80
_SIDES_PX = (8, 512)
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
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"'{plain_name(self.name)}' cannot be a checkpoint's name: use 1 to 64 letters, "
                "digits, dots, hyphens and underscores, and begin with a letter or digit."
            )
        if self.architecture != AUTOMATIC:
            architecture_config(self.architecture)
        if len(self.mean) != len(self.std):
            raise ConfigError("Give a mean and a standard deviation for each channel, or neither.")
        if not all(-10 <= value <= 10 for value in self.mean) or not all(
            0.001 <= value <= 10 for value in self.std
        ):
            raise ConfigError("Mean and std are on the 0..1 scale: such as 0.485 and 0.229.")
        low, high = _SIDES_PX
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
        verdict = _check(wanted, checker)
        progress("Keeping it", 0.9)
        card = _card(request, verdict, file_name)
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return save_checkpoint(folder, card, safetensors.torch.load_file(clean))


def _check(wanted: CheckRequest, checker: Checker | None) -> Verdict:
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
            while original.tell() <= MAX_FILE_BYTES and (block := original.read(_COPY_BYTES)):
                yield block
    except OSError as exc:
        raise CheckpointError(
            f"'{plain_name(name)}' cannot be opened: check that it is there and may be read."
        ) from exc


def _card(request: ImportRequest, verdict: Verdict, file_name: str) -> CheckpointCard:
    model = replace(
        architecture_config(verdict.architecture),
        num_classes=verdict.num_classes,
        in_channels=verdict.channels,
    )
    mean, std = _normalisation(request, verdict)
    source = request.source or f"Imported from '{plain_name(file_name)}' ({verdict.origin})"
    if verdict.num_left_out:
        source += f"; {verdict.num_left_out} tensors beside the net were left out"
    return CheckpointCard(
        name=request.name,
        model=model,
        class_names=_class_names(request, verdict, model),
        image_size_px=request.image_size_px or (224 if model.stem != "cifar" else 32),
        resize_px=request.resize_px or _usual_resize(request, model),
        resizing=NEWEST_RESIZING,
        mean=mean,
        std=std,
        data_title=request.data_title or _data_title(request, verdict),
        data_sha256="",
        step=0,
        num_steps=0,
        date=today(),
        source=source,
        libraries=library_versions(),
    )


def _usual_resize(request: ImportRequest, model: ModelConfig) -> int | None:
    """Nets with the ImageNet stem see the central 224 of 256 px (He et al. 2015, 3.4)."""
    return 256 if model.stem != "cifar" and request.image_size_px in (None, 224) else None


def _normalisation(
    request: ImportRequest, verdict: Verdict
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    channels = verdict.channels
    if request.mean:
        if len(request.mean) != channels:
            raise ConfigError(
                f"The net takes {channels} channels: give {channels} means and standard "
                f"deviations, not {len(request.mean)}."
            )
        return request.mean, request.std
    if verdict.origin == "this lab":
        raise ConfigError(
            "Weights of this lab without their card do not say how pictures are normalised: give "
            "mean and std, such as 0.5,0.5,0.5 and 0.25,0.25,0.25."
        )
    if channels != 3:
        raise ConfigError(
            f"The net takes {channels} channels: give the mean and std of each that its pictures "
            "were normalised with."
        )
    if verdict.origin == "kuangliu":
        return KUANGLIU_MEAN, KUANGLIU_STD
    return IMAGENET_MEAN, IMAGENET_STD


def _class_names(request: ImportRequest, verdict: Verdict, model: ModelConfig) -> tuple[str, ...]:
    count = verdict.num_classes
    if request.class_names:
        if len(request.class_names) != count:
            raise ConfigError(
                f"The net tells {count} classes apart: give {count} class names, not "
                f"{len(request.class_names)}."
            )
        return tuple(plain_name(name)[:_MOST_CLASS_LETTERS] for name in request.class_names)
    if verdict.origin in ("akamaster", "kuangliu") and count == 10:
        return PUBLISHED["cifar10"].class_names
    if model.stem != "cifar" and count == 1000:
        from torchvision.models import ResNet18_Weights

        return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])
    return tuple(f"class {index}" for index in range(count))


def _data_title(request: ImportRequest, verdict: Verdict) -> str:
    is_cifar = verdict.origin in ("akamaster", "kuangliu") and verdict.num_classes == 10
    return f"{'CIFAR-10, ' if is_cifar else ''}imported as {request.name}"
