from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, CIFAR100, MNIST, FashionMNIST

from resnet_core.config import DataConfig
from resnet_core.data import class_names, fetching, load_dataset
from resnet_core.data.catalogue import list_sources
from resnet_core.data.download import RemoteFile
from resnet_core.data.published import PUBLISHED_SETS, Mirror
from resnet_core.data.source import Chunk
from resnet_core.errors import CancelledError, DataError, OfflineError

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize(("name", "kind"), [("cifar10", CIFAR10), ("cifar100", CIFAR100)])
def test_cifar_archives_have_torchvisions_address_and_sum(name, kind):
    files = [file for mirror in PUBLISHED_SETS[name].mirrors for file in mirror.files]
    assert RemoteFile(url=kind.url, checksum=f"md5:{kind.tgz_md5}") in files


@pytest.mark.parametrize(("name", "kind"), [("mnist", MNIST), ("fashion-mnist", FashionMNIST)])
def test_idx_files_have_torchvisions_addresses_and_sums(name, kind):
    mirror = PUBLISHED_SETS[name].mirrors[0]
    assert {(file.filename, file.checksum) for file in mirror.files} == {
        (filename, f"md5:{md5}") for filename, md5 in kind.resources
    }
    assert all(file.url == kind.mirrors[0] + file.filename for file in mirror.files)


@pytest.mark.parametrize("published", PUBLISHED_SETS.values(), ids=PUBLISHED_SETS)
def test_every_published_set_has_two_sources_and_checks_all_files(published):
    assert len(published.mirrors) == 2
    assert published.mirrors[0].files[0].host != published.mirrors[1].files[0].host
    for file in (file for mirror in published.mirrors for file in mirror.files):
        algorithm, digest = file.checksum.split(":")
        assert len(digest) == {"md5": 32, "sha256": 64}[algorithm]
        assert file.url.startswith("http")


def test_class_names_are_the_published_ones():
    assert list(class_names.FASHION_MNIST) == FashionMNIST.classes
    assert len(set(class_names.CIFAR100)) == 100
    assert list(class_names.CIFAR100) == sorted(class_names.CIFAR100)
    assert list(class_names.CIFAR10) == sorted(class_names.CIFAR10)
    assert "".join(class_names.MNIST) == "0123456789"


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict]:
    """MNIST from two mirrors that this test plays."""
    state: dict = {"answers": {"one": "offline", "two": "offline"}, "asked": []}

    def download_file(remote, folder, progress):
        state["asked"].append(remote.host)
        answer = state["answers"][remote.host]
        if answer == "offline":
            raise OfflineError(f"{remote.host} could not be reached.")
        if answer == "refused":
            raise DataError(f"{remote.host} refused.")
        if answer == "cancel":
            raise CancelledError("Stopped.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / remote.filename).write_bytes(b"")
        return folder / remote.filename

    def read(folder, part, plan, progress):
        count = state.get("count", {"train": 30, "test": 10}[part])
        labels = np.arange(count) % 10
        pixels = (np.arange(count * 16) % 251).astype(np.uint8)
        yield Chunk(pixels.reshape(count, 4, 4, 1), labels)

    mirrors = tuple(
        Mirror(files=(RemoteFile(url=f"http://{host}/{host}.gz", checksum="md5:0"),), read=read)
        for host in ("one", "two")
    )
    digits = replace(PUBLISHED_SETS["mnist"], mirrors=mirrors, counts={"train": 30, "test": 10})
    monkeypatch.setitem(PUBLISHED_SETS, "mnist", digits)
    monkeypatch.setattr(fetching, "download_file", download_file)
    yield state


def status(name: str = "mnist") -> str:
    return next(info.status for info in list_sources() if info.name == name)


def test_load_dataset_downloads_once(digits):
    digits["answers"]["one"] = "here"
    assert status() == "downloadable"
    data = load_dataset(DataConfig(source="mnist"))
    assert (data.card.num_test, data.card.title) == (10, "MNIST")
    assert status() == "ready"
    load_dataset(DataConfig(source="mnist"))
    assert digits["asked"] == ["one"]


@pytest.mark.parametrize("first", ["offline", "refused"])
def test_load_dataset_goes_to_the_second_mirror(digits, first):
    digits["answers"] = {"one": first, "two": "here"}
    load_dataset(DataConfig(source="mnist"))
    assert digits["asked"] == ["one", "two"]


def test_load_dataset_offline_says_what_to_do(digits):
    with pytest.raises(OfflineError) as caught:
        load_dataset(DataConfig(source="mnist"))
    assert str(caught.value) == (
        "MNIST is not on this machine, and one and two cannot be reached: connect to the network "
        "and try again (what has arrived is kept), or choose the synthetic set or a folder of your "
        "own."
    )


def test_load_dataset_says_what_each_mirror_answered(digits):
    digits["answers"] = {"one": "refused", "two": "offline"}
    with pytest.raises(DataError, match=r"one refused\. two could not be reached\."):
        load_dataset(DataConfig(source="mnist"))


def test_load_dataset_stops_at_once_when_cancelled(digits):
    digits["answers"] = {"one": "cancel", "two": "here"}
    with pytest.raises(CancelledError):
        load_dataset(DataConfig(source="mnist"))
    assert digits["asked"] == ["one"]


def test_load_dataset_refuses_a_set_that_lacks_pictures(digits):
    digits["answers"]["one"] = "here"
    digits["count"] = 7
    with pytest.raises(DataError, match="hold 7 pictures, not 30"):
        load_dataset(DataConfig(source="mnist"))
    assert status() == "ready"  # the files are there; decoding says what is wrong with them


def test_list_sources_tells_a_half_download(digits, home):
    folder = home / "data" / "downloads" / "mnist" / "abc"
    folder.mkdir(parents=True)
    (folder / "one.gz.part").write_bytes(b"half")
    assert status() == "partial"


def test_list_sources_tells_a_damaged_cache(digits, home):
    digits["answers"]["one"] = "here"
    load_dataset(DataConfig(source="mnist"))
    for path in (home / "data" / "downloads").rglob("*.gz"):
        path.unlink()
    assert status() == "ready"
    (images,) = (home / "data" / "decoded").glob("mnist-*/train.images")
    images.write_bytes(b"")
    assert status() == "damaged"
    load_dataset(DataConfig(source="mnist"))
    assert status() == "ready"


def test_list_sources_starts_with_the_embedded_set():
    infos = list_sources()
    assert [info.name for info in infos] == ["synthetic", *PUBLISHED_SETS]
    assert infos[0].status == "ready"
    assert all(info.description.endswith(".") for info in infos)
