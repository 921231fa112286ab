import dataclasses
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data import cache_writer
from resnet_core.data.cache import cache_path, read_cache, read_cache_header
from resnet_core.data.cache_writer import build_cache
from resnet_core.data.source import Chunk, PicturePlan, PlanChangedError, Source
from resnet_core.errors import CancelledError, DataError, DiskFullError, StorageError
from resnet_core.progress import ignore_progress

pytestmark = pytest.mark.usefixtures("home")


def make_source(seed: int = 0, origin: str = "first", counts=(40, 20)) -> Source:
    def read_chunks(part, plan, progress):
        generator = np.random.default_rng([seed, part == "test"])
        for count in counts:
            labels = np.arange(count) % 2
            yield Chunk(generator.integers(0, 256, (count, 8, 8, 3), np.uint8), labels)
            progress("reading", None)

    return Source(
        name="noise",
        key="noise",
        origin=origin,
        title="Noise",
        class_names=("a", "b"),
        provenance="Drawn for a test.",
        parts=("train", "test"),
        read_chunks=read_chunks,
    )


def build(source: Source):
    return build_cache(source, None, ignore_progress)


def leftovers() -> list[Path]:
    folder = cache_path(make_source(), None).parent
    return list(folder.glob("*.tmp")) if folder.exists() else []


def test_build_cache_stores_what_the_source_gives():
    stored = build(make_source())
    expected = np.concatenate(
        [c.images for c in make_source().read_chunks("train", PicturePlan(), ignore_progress)]
    )
    assert np.array_equal(stored.images["train"], expected)
    assert stored.labels["test"].tolist() == (np.r_[np.arange(40), np.arange(20)] % 2).tolist()
    assert not leftovers()


def test_header_states_mean_and_std_of_the_training_part():
    stored = build(make_source())
    pixels = stored.images["train"] / 255
    np.testing.assert_allclose(stored.header.mean, pixels.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(stored.header.std, pixels.std(axis=(0, 1, 2)))


def test_read_cache_gives_back_what_was_built():
    built = build(make_source())
    found = read_cache(make_source(), None)
    assert found is not None
    assert found.header == built.header
    assert np.array_equal(found.images["train"], built.images["train"])


def test_hash_changes_with_any_pixel_label_or_class_name():
    first = build(make_source()).header.sha256
    assert build(make_source()).header.sha256 == first
    assert build(make_source(seed=1)).header.sha256 != first
    renamed = dataclasses.replace(make_source(), class_names=("a", "c"))
    assert build(renamed).header.sha256 != first


def test_read_cache_refuses_another_origin():
    build(make_source())
    assert read_cache(make_source(origin="second"), None) is None


@pytest.mark.parametrize("name", ["train.images", "train.labels", "test.images"])
def test_read_cache_notices_a_flipped_bit(name):
    build(make_source())
    path = cache_path(make_source(), None) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert read_cache(make_source(), None) is None


@pytest.mark.parametrize("name", ["train.images", "test.labels", "header.json"])
@pytest.mark.parametrize("damage", ["half", "gone"])
def test_read_cache_notices_half_and_missing_files(name, damage):
    build(make_source())
    path = cache_path(make_source(), None) / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert read_cache_header(path.parent) is None
    assert read_cache(make_source(), None) is None
    assert build(make_source()).header.parts["train"].count == 60


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 1}', "\x00"])
def test_read_header_refuses_nonsense(text):
    build(make_source())
    path = cache_path(make_source(), None) / "header.json"
    path.write_text(text)
    assert read_cache_header(path.parent) is None


def test_read_header_refuses_another_format():
    build(make_source())
    path = cache_path(make_source(), None) / "header.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    assert read_cache_header(path.parent) is None


def test_build_cache_replaces_an_older_set_in_place():
    build(make_source())
    build(make_source(seed=1, origin="second"))
    assert read_cache(make_source(), None) is None
    assert read_cache(make_source(seed=1, origin="second"), None) is not None
    folder = cache_path(make_source(), None).parent
    assert len(list(folder.iterdir())) == 1


def test_build_cache_by_several_at_once_leaves_one_whole_set():
    sources = [make_source(seed=number % 2, origin=f"{number % 2}") for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        built = list(pool.map(build, sources))
    for stored, source in zip(built, sources, strict=True):
        chunks = source.read_chunks("train", PicturePlan(), ignore_progress)
        assert np.array_equal(stored.images["train"], np.concatenate([c.images for c in chunks]))
    assert any(read_cache(source, None) is not None for source in sources)
    assert not leftovers()


def test_build_cache_reports_a_full_disk_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch):
    def append_to_full_disk(path: Path, content: bytes) -> None:
        with Path("/dev/full").open("wb") as file:  # the kernel's own "no space left on device"
            file.write(content)

    before = build(make_source())
    monkeypatch.setattr(cache_writer, "_append", append_to_full_disk)
    with pytest.raises(DiskFullError, match="disk is full"):
        build(make_source(seed=1, origin="second"))
    assert not leftovers()
    kept = read_cache(make_source(), None)
    assert kept is not None
    assert kept.header == before.header


def test_build_cache_reports_a_place_that_cannot_be_written(home: Path):
    home.mkdir()
    (home / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        build(make_source())


def test_build_cache_leaves_nothing_when_cancelled():
    def cancel(message: str, fraction: float | None = None) -> None:
        raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        build_cache(make_source(), None, cancel)
    assert not leftovers()
    assert read_cache(make_source(), None) is None


def test_build_cache_refuses_a_part_without_pictures():
    with pytest.raises(DataError, match="No usable picture"):
        build(make_source(counts=()))


def test_build_cache_starts_over_when_the_plan_changes():
    seen = []

    def read_chunks(part, plan, progress):
        seen.append((part, plan))
        if plan.channels is None:
            raise PlanChangedError(PicturePlan(size_px=8, channels=3))
        yield from make_source().read_chunks(part, plan, progress)

    stored = build(dataclasses.replace(make_source(), read_chunks=read_chunks))
    assert [part for part, _ in seen] == ["train", "train", "test"]
    assert stored.header.parts["train"].count == 60
    assert not leftovers()


def test_build_cache_sweeps_what_a_killed_process_left_hours_ago():
    folder = cache_path(make_source(), None).parent
    old, young = folder / "x.1-aa.tmp", folder / "x.2-bb.tmp"
    for path in (old, young):
        path.mkdir(parents=True)
        (path / "train.images").write_bytes(b"half")
    long_ago = time.time() - 7 * 3600
    os.utime(old, (long_ago, long_ago))
    build(make_source())
    assert not old.exists()
    assert young.exists()


def test_build_cache_counts_skipped_pictures_and_lists_the_first_hundred():
    def read_chunks(part, plan, progress):
        for chunk in make_source().read_chunks(part, plan, progress):
            skipped = tuple((f"{part}{number}.png", "damaged") for number in range(30))
            yield dataclasses.replace(chunk, skipped=skipped)

    header = build(dataclasses.replace(make_source(), read_chunks=read_chunks)).header
    assert header.num_skipped == 120
    assert len(header.skipped) == 100
    assert header.skipped[0] == ("train0.png", "damaged")


def test_std_of_a_set_of_one_colour_is_not_zero():
    def read_chunks(part, plan, progress):
        yield Chunk(np.full((4, 8, 8, 1), 7, np.uint8), np.arange(4) % 2)

    header = build(dataclasses.replace(make_source(), read_chunks=read_chunks)).header
    assert header.std == (1 / 255,)
    assert header.channels == 1


@pytest.mark.parametrize(
    "change",
    [
        {"mean": [float("nan"), 0.5, 0.5]},
        {"std": [0.0, 0.2, 0.2]},
        {"mean": [0.5]},
        {"class_names": ["only"]},
        {"image_size_px": -8},
        {"image_size_px": "eight"},
        {"channels": 7},
        {"parts": {}},
        {"num_skipped": None},
    ],
)
def test_read_header_refuses_numbers_that_no_set_has(change):
    build_cache(make_source(), 8, ignore_progress)
    folder = cache_path(make_source(), 8)
    assert read_cache_header(folder) is not None
    header = json.loads((folder / "header.json").read_text())
    (folder / "header.json").write_text(json.dumps(header | change))
    assert read_cache_header(folder) is None


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, Path.touch])
def test_read_header_neither_hangs_nor_fails_on_what_is_no_file(tmp_path, make):
    make(tmp_path / "header.json")
    assert read_cache_header(tmp_path) is None
