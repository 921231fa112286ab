"""torchvision's ImageNet weights, fetched when a person asks for them, in our own nets."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from resnet_core import paths
from resnet_core.checkpoints import WEIGHTS_SUFFIX
from resnet_core.data.download import RemoteFile, download_file
from resnet_core.errors import CheckpointError, ConfigError, OfflineError
from resnet_core.importing.bringing import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    ImportRequest,
    import_checkpoint,
)
from resnet_core.progress import Progress, ignore_progress

_NETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")


@dataclass(frozen=True, kw_only=True)
class ImagenetNet:
    """A net that torchvision publishes weights of."""

    name: str
    """The net, such as `resnet18`."""
    file: RemoteFile
    """Address, and the beginning of its SHA-256, which torch puts into the file's name."""
    download_mib: float
    """Size of the file, MiB."""
    top1: float
    """Share of ImageNet's validation pictures that it gets right, as its publishers state."""
    crop_px: int
    resize_px: int
    class_names: tuple[str, ...]

    @property
    def checkpoint_name(self) -> str:
        """What it is called here once it was fetched."""
        return f"imagenet-{self.name}"


def list_imagenet_nets() -> tuple[ImagenetNet, ...]:
    """Lists what can be fetched; asks neither disk nor network."""
    return tuple(_describe(name) for name in _NETS)


def fetch_imagenet_net(name: str, progress: Progress = ignore_progress) -> Path:
    """Gives the checkpoint of a net with ImageNet weights, downloading them if they are nowhere.

    They are looked for where torch keeps its own downloads, and kept there.

    Raises:
        ConfigError: for a net without such weights.
        OfflineError: when they must be downloaded and cannot be.
        CheckpointError: when the file is not the one that was published.
        StorageError: when it cannot be written.
        CancelledError: if `progress` cancels; what has arrived is kept.
    """
    nets = {net.name: net for net in list_imagenet_nets()}
    if name not in nets:
        raise ConfigError(f"There are no ImageNet weights of '{name}': choose {', '.join(nets)}.")
    net = nets[name]
    checkpoint = paths.imported_dir() / f"{net.checkpoint_name}{WEIGHTS_SUFFIX}"
    if checkpoint.is_file():
        return checkpoint
    request = ImportRequest(
        name=net.checkpoint_name,
        architecture=name,
        class_names=net.class_names,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        image_size_px=net.crop_px,
        resize_px=net.resize_px,
        source=f"torchvision, {net.file.url}",
        data_title="ImageNet-1k (ILSVRC 2012)",
    )
    file = _find_file(net, progress)
    return import_checkpoint(file, request, file_name=file.name, progress=progress)


def cache_folder() -> Path:
    """Where torch keeps downloaded weights: under `TORCH_HOME`, or the user's cache folder."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints"


def _describe(name: str) -> ImagenetNet:
    from torchvision.models import get_model_weights

    weights = get_model_weights(name).DEFAULT  # pyright: ignore[reportAttributeAccessIssue]
    preset = weights.transforms()
    digest = weights.url.rpartition("-")[2].removesuffix(".pth")
    return ImagenetNet(
        name=name,
        file=RemoteFile(url=weights.url, checksum=f"sha256:{digest}"),
        download_mib=float(weights.meta["_file_size"]),
        top1=weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
        crop_px=preset.crop_size[0],
        resize_px=preset.resize_size[0],
        class_names=tuple(weights.meta["categories"]),
    )


def _find_file(net: ImagenetNet, progress: Progress) -> Path:
    cached = cache_folder() / net.file.filename
    if cached.is_file():
        progress(f"Checking {cached.name}", None)
        _check_digest(cached, net)
        return cached
    try:
        return download_file(net.file, cache_folder(), progress)
    except OfflineError as exc:
        raise OfflineError(
            f"{net.name}'s ImageNet weights are not on this machine, and {net.file.host} cannot be "
            f"reached: connect to the network and try again, or put {net.file.filename} into "
            f"'{cache_folder()}'."
        ) from exc


def _check_digest(path: Path, net: ImagenetNet) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(net.file.checksum.removeprefix("sha256:")):
        raise CheckpointError(
            f"'{path}' is not the file that torchvision published (its checksum differs): delete "
            "it and try again."
        )
