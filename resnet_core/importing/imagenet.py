"""torchvision's ImageNet weights, fetched when a person asks for them, in our own nets."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from resnet_core import paths
from resnet_core.checkpoints import WEIGHTS_SUFFIX, is_complete
from resnet_core.data.download import RemoteFile, download_file
from resnet_core.errors import CheckpointError, ConfigError, OfflineError
from resnet_core.importing.bringing import import_checkpoint
from resnet_core.importing.origins import IMAGENET_MEAN, IMAGENET_STD
from resnet_core.importing.requests import ImportRequest
from resnet_core.progress import Progress, ignore_progress

_HOST = "https://download.pytorch.org/models"
_CROP_PX = 224


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

    @property
    def checkpoint_name(self) -> str:
        """What it is called here once it was fetched."""
        return f"imagenet-{self.name}"


def list_imagenet_nets() -> tuple[ImagenetNet, ...]:
    """Lists what can be fetched; asks neither disk nor network, and loads no torchvision.

    Source: `torchvision.models.get_model_weights(name).DEFAULT`, whose metadata they are.
    """
    return _NETS


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
    if is_complete(checkpoint):
        return checkpoint
    request = ImportRequest(
        name=net.checkpoint_name,
        architecture=name,
        class_names=imagenet_class_names(),
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        image_size_px=net.crop_px,
        resize_px=net.resize_px,
        source=f"torchvision, {net.file.url}",
        data_title="ImageNet-1k (ILSVRC 2012)",
    )
    file = _find_file(net, progress)
    try:
        return import_checkpoint(file, request, file_name=file.name, progress=progress)
    except CheckpointError:
        if is_complete(checkpoint):  # another process brought it meanwhile
            return checkpoint
        raise


def imagenet_class_names() -> tuple[str, ...]:
    """Names of ImageNet's thousand classes; loads torchvision, which takes seconds."""
    from torchvision.models import ResNet18_Weights

    return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])


def cache_folder() -> Path:
    """Where torch keeps downloaded weights: under `TORCH_HOME`, or the user's cache folder."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints"


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


def _net(name: str, digest: str, download_mib: float, top1: float, resize_px: int) -> ImagenetNet:
    url = f"{_HOST}/{name}-{digest}.pth"
    return ImagenetNet(
        name=name,
        file=RemoteFile(url=url, checksum=f"sha256:{digest}"),
        download_mib=download_mib,
        top1=top1,
        crop_px=_CROP_PX,
        resize_px=resize_px,
    )


_NETS = (
    _net("resnet18", "f37072fd", 44.661, 0.69758, 256),
    _net("resnet34", "b627a593", 83.275, 0.73314, 256),
    _net("resnet50", "11ad3fa6", 97.79, 0.80858, 232),
    _net("resnet101", "cd907fc2", 170.53, 0.81886, 232),
    _net("resnet152", "f82ba261", 230.474, 0.82284, 232),
)
