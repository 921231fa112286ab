"""Published data sets: where they come from, how they are checked, how they are read.

Addresses and MD5 sums are torchvision's (0.29); the Hub's files are pinned to a revision and a
SHA-256.  The CIFAR sets are tried at the Hub first, because their own host is slow (pytorch/vision
issue 9536: 57 minutes).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_core.data import class_names
from resnet_core.data.cifar_archive import (
    CIFAR10_LAYOUT,
    CIFAR100_LAYOUT,
    CifarLayout,
    read_cifar_chunks,
)
from resnet_core.data.download import RemoteFile
from resnet_core.data.idx import read_idx_chunks
from resnet_core.data.parquet import read_parquet_files
from resnet_core.data.source import Chunk, Part, PicturePlan
from resnet_core.progress import Progress

Reader = Callable[[Path, Part, PicturePlan, Progress], Iterator[Chunk]]
"""Reads a part from the folder that holds the files."""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """One place that has all files of a set."""

    files: tuple[RemoteFile, ...]
    """What must be fetched."""
    read: Reader
    """How it is read."""


@dataclass(frozen=True, kw_only=True)
class PublishedSet:
    """A data set that can be downloaded."""

    name: str
    """What a config calls it."""
    title: str
    """What pages call it."""
    description: str
    """One sentence."""
    class_names: tuple[str, ...]
    """In label order."""
    image_size_px: int
    """Side of a picture, px."""
    channels: int
    """1 for gray, 3 for colour."""
    counts: dict[Part, int]
    """Pictures in each part."""
    download_mib: float
    """What must be fetched from the first mirror, MiB."""
    mirrors: tuple[Mirror, ...]
    """In the order in which they are tried."""
    packaged: Path | None = None
    """Folder in which a package of Debian puts the idx files."""


def _read_cifar(layout: CifarLayout, filename: str) -> Reader:
    def read(folder: Path, part: Part, plan: PicturePlan, progress: Progress) -> Iterator[Chunk]:
        return read_cifar_chunks(folder / filename, layout, part, plan, progress)

    return read


def _read_hub(folder: Path, part: Part, plan: PicturePlan, progress: Progress) -> Iterator[Chunk]:
    files: dict[Part, tuple[Path, ...]] = {
        "train": (folder / _TRAIN_PARQUET,),
        "test": (folder / _TEST_PARQUET,),
    }
    return read_parquet_files(files, part, plan, progress)


_TRAIN_PARQUET, _TEST_PARQUET = "train-00000-of-00001.parquet", "test-00000-of-00001.parquet"


def _hub(folder: str, train_sha256: str, test_sha256: str) -> Mirror:
    base = f"https://huggingface.co/datasets/{folder}"
    return Mirror(
        files=(
            RemoteFile(url=f"{base}/{_TRAIN_PARQUET}", checksum=f"sha256:{train_sha256}"),
            RemoteFile(url=f"{base}/{_TEST_PARQUET}", checksum=f"sha256:{test_sha256}"),
        ),
        read=_read_hub,
    )


def _toronto(filename: str, md5: str, layout: CifarLayout) -> Mirror:
    url = f"https://www.cs.toronto.edu/~kriz/{filename}"
    file = RemoteFile(url=url, checksum=f"md5:{md5}")
    return Mirror(files=(file,), read=_read_cifar(layout, filename))


def _idx(base: str, md5s: dict[str, str]) -> Mirror:
    files = (
        RemoteFile(url=f"{base}/{name}-ubyte.gz", checksum=f"md5:{md5}")
        for name, md5 in md5s.items()
    )
    return Mirror(files=tuple(files), read=read_idx_chunks)


_MNIST_MD5 = {
    "train-images-idx3": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1": "ec29112dd5afa0611ce80d1b7f02629c",
}
_FASHION_MD5 = {
    "train-images-idx3": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1": "bb300cfdad3c16e7a12a480ee83cd310",
}

PUBLISHED_SETS: dict[str, PublishedSet] = {
    published.name: published
    for published in (
        PublishedSet(
            name="cifar10",
            title="CIFAR-10",
            description="Small colour photographs of ten kinds of animals and vehicles.",
            class_names=class_names.CIFAR10,
            image_size_px=32,
            channels=3,
            counts={"train": 50_000, "test": 10_000},
            download_mib=137.0,
            mirrors=(
                _hub(
                    "uoft-cs/cifar10/resolve/0b2714987fa478483af9968de7c934580d0bb9a2/plain_text",
                    "8428b53a88a11ac374111006708df51469e315a22ac6d66470afd9c78d2ae883",
                    "841389e6f2d64f28bf17310e430aebac20ec3ba611a3c5e231dc93c645ce84de",
                ),
                _toronto(
                    "cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", CIFAR10_LAYOUT
                ),
            ),
        ),
        PublishedSet(
            name="cifar100",
            title="CIFAR-100",
            description="Small colour photographs of a hundred kinds of things.",
            class_names=class_names.CIFAR100,
            image_size_px=32,
            channels=3,
            counts={"train": 50_000, "test": 10_000},
            download_mib=135.7,
            mirrors=(
                _hub(
                    "uoft-cs/cifar100/resolve/aadb3af77e9048adbea6b47c21a81e47dd092ae5/cifar100",
                    "694865d6b990e234804f01268586c41e88bcbbb75e20858432c05ad4081aca23",
                    "98776c529bb146a9c791229df74a5cf076be9b43d82dbbd334b6a7788d73dc68",
                ),
                _toronto(
                    "cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85", CIFAR100_LAYOUT
                ),
            ),
        ),
        PublishedSet(
            name="fashion-mnist",
            title="Fashion-MNIST",
            description="Small gray pictures of ten kinds of clothes.",
            class_names=class_names.FASHION_MNIST,
            image_size_px=28,
            channels=1,
            counts={"train": 60_000, "test": 10_000},
            download_mib=29.5,
            mirrors=(
                _idx("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com", _FASHION_MD5),
                _idx(
                    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
                    _FASHION_MD5,
                ),
            ),
            packaged=Path("/usr/share/datasets/fashion-mnist"),
        ),
        PublishedSet(
            name="mnist",
            title="MNIST",
            description="Small gray pictures of handwritten digits.",
            class_names=class_names.MNIST,
            image_size_px=28,
            channels=1,
            counts={"train": 60_000, "test": 10_000},
            download_mib=11.1,
            mirrors=(
                _idx("https://ossci-datasets.s3.amazonaws.com/mnist", _MNIST_MD5),
                _hub(
                    "ylecun/mnist/resolve/77f3279092a1c1579b2250db8eafed0ad422088c/mnist",
                    "f2c01285a9f89399335b00ee4e8d499dc4e46db5e39c74903ce5618d895eb3bf",
                    "d49fcf556ce25b002b302e318ce4a11098bbfe5d4499c3f35d7c72297c52374b",
                ),
            ),
        ),
    )
}
"""The sets by name."""
