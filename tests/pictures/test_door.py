import contextlib
import csv
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.errors import PictureError
from resnet_core.pictures.door import MAX_PICTURE_BYTES, decode_picture, fit_picture
from resnet_core.pictures.formats.header import Refused
from resnet_core.pictures.formats.kinds import READERS, identify
from tests.pictures.corpus import Accepted, Rejected, colours, encoded, smooth, write_png
from tests.pictures.corpus_bombs import bomb_cases
from tests.pictures.corpus_hostile import rejected_cases, whole_files
from tests.pictures.corpus_photo import photo_cases
from tests.pictures.corpus_png import png_cases
from tests.pictures.corpus_tiff import tiff_cases

ACCEPTED = [*png_cases(), *photo_cases(), *tiff_cases()]
REPOSITORY = Path(__file__).resolve().parents[2]
CLASS_NAMES = re.compile(r"Error\b|Exception|Warning|Traceback|PIL|<class|zlib|struct\.")


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def assert_good_sentence(sentence: str, name: str) -> None:
    assert sentence.startswith(f"'{name}' ")
    assert sentence.endswith(".")
    assert len(sentence) < 250 and "\n" not in sentence
    assert not CLASS_NAMES.search(sentence.removeprefix(f"'{name}'"))


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_decode_picture_gives_the_known_pixels(case: Accepted):
    picture = decode_picture(case.data, name=case.name)
    expected = as_rgb(np.asarray(case.pixels, float))
    assert picture.pixels.shape == expected.shape
    assert picture.pixels.dtype == np.uint8
    assert np.abs(picture.pixels - expected).max() <= case.tolerance + 0.5
    assert picture.format == case.format
    assert any(case.note in note for note in picture.notes) or not case.note


@pytest.mark.parametrize("case", rejected_cases(), ids=lambda case: case.name)
def test_decode_picture_refuses_with_one_sentence(case: Rejected):
    with pytest.raises(PictureError, match=case.sentence) as caught:
        decode_picture(case.data, name=case.name)
    assert_good_sentence(str(caught.value), case.name)


def measure(which: str) -> dict[str, dict]:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peak memory is read from /proc")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.pictures.measure_costs", which],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    return {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


def test_decode_picture_refuses_bombs_for_little():
    found = measure("bombs")
    cases = bomb_cases()
    assert len(found) == len(cases) >= 30
    for case in cases:
        cost = found[case.name]
        assert re.search(case.sentence, cost["outcome"]), cost
        assert_good_sentence(cost["outcome"], case.name)
        assert cost["mib"] <= 50, cost
        assert cost["seconds"] <= 1.0, cost  # 0.15 s at most when the machine is idle


def test_decode_picture_of_a_large_photo_stays_within_its_memory():
    for cost in measure("heavy").values():
        assert "-> (" in cost["outcome"], cost
        assert cost["mib"] <= 600, cost


@pytest.mark.soak
def test_decode_picture_of_50_megapixels_of_any_kind_stays_within_its_memory():
    found = measure("heaviest")
    assert len(found) >= 18
    for cost in found.values():
        assert "-> (" in cost["outcome"], cost
        assert cost["mib"] <= 600, cost


def test_decode_picture_judges_pictures_of_strangers(shared_data: Path):
    folder = shared_data / "odd-pictures"
    rows = list(csv.DictReader((folder / "manifest.csv").read_text().splitlines()))
    assert len(rows) == 120
    for row in rows:
        try:
            picture = decode_picture(folder / row["file"], name=row["file"])
        except PictureError as exc:
            assert row["expected"] == "reject" or row["strict"] == "0", row
            assert_good_sentence(str(exc), row["file"])
        else:
            assert row["expected"] == "ok" or row["strict"] == "0", row
            width, height = picture.original_size_px
            assert f"{width}x{height}" == row["size_upright"] or row["strict"] == "0", row


def damaged_versions(data: bytes, seed: int, num_each: int) -> list[bytes]:
    generator = np.random.default_rng(seed)
    cuts = [data[:at] for at in generator.integers(1, len(data), num_each)]
    flips = []
    for number in range(num_each):
        flipped = bytearray(data)
        places = len(flipped) if number % 2 else min(len(flipped), 120)
        for at in generator.integers(0, places, 1 + number % 4):
            flipped[at] ^= 1 << int(generator.integers(8))
        flips.append(bytes(flipped))
    return cuts + flips


def fuzz_files() -> dict[str, bytes]:
    seeds = {case.name: case.data for case in ACCEPTED if len(case.data) < 20_000}
    wanted = ("png_rgb16", "png_grey4_key", "png_animated", "png_icc_linear_grey", "jpeg_cmyk")
    wanted += ("jpeg_orientation6", "mpo_of_two", "gif_animated", "gif_transparent", "webp_icc")
    wanted += ("webp_animated", "bmp_runs", "bmp_15", "tiff_of_3_pages", "tiff_tiles", "tiff_jpeg")
    wanted += ("tiff_group4", "tiff_grey16_big_1", "tiff_lab", "tiff_big_tiff", "tiff_palette")
    return whole_files() | {name: seeds[name] for name in wanted}


@pytest.mark.parametrize("name", fuzz_files())
def test_decode_picture_survives_damage(name: str):
    for data in damaged_versions(fuzz_files()[name], seed=len(name), num_each=25):
        try:
            picture = decode_picture(data, name="damaged")
        except PictureError as exc:
            assert_good_sentence(str(exc), "damaged")
        else:
            assert picture.pixels.ndim == 3 and picture.pixels.dtype == np.uint8


@pytest.mark.parametrize("name", fuzz_files())
def test_readers_themselves_raise_nothing_but_refusals(name: str):
    for data in damaged_versions(fuzz_files()[name], seed=7, num_each=60):
        try:
            header = READERS[identify(data)](data)
        except Refused:
            continue
        assert min(header.size_px) >= 1


@pytest.mark.parametrize("name", fuzz_files())
def test_readers_come_to_an_end_wherever_a_file_breaks_off(name: str):
    data = fuzz_files()[name]
    for length in range(16, min(len(data), 1_500)):
        with contextlib.suppress(Refused):
            READERS[identify(data)](data[:length])


def test_decode_picture_survives_damaged_avif():
    best = next(case for case in ACCEPTED if case.name == "avif_rgb")
    for data in damaged_versions(best.data, seed=1, num_each=4):
        try:
            decode_picture(data, name="damaged")
        except PictureError as exc:
            assert_good_sentence(str(exc), "damaged")


def test_decode_picture_reads_a_path_like_bytes(tmp_path: Path):
    data = encoded(colours(), "PNG")
    path = tmp_path / "photo.jpg"  # the name lies
    path.write_bytes(data)
    picture = decode_picture(path, name="photo.jpg")
    assert picture.format == "PNG"
    assert np.array_equal(picture.pixels, colours())


def test_decode_picture_refuses_what_is_no_file(tmp_path: Path):
    for path in (tmp_path, tmp_path / "gone.png", Path("/dev/zero")):
        with pytest.raises(PictureError, match="is not there, or is no file"):
            decode_picture(path, name="x")


def test_decode_picture_refuses_a_file_that_is_too_large(tmp_path: Path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.write(encoded(colours(), "PNG"))
        file.truncate(MAX_PICTURE_BYTES + 1)
    with pytest.raises(PictureError, match="more than 25 MB"):
        decode_picture(path, name="large.png")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<svg onload=alert(1)>.png", "<svg onload=alert(1)>.png"),
        ("a\nb\x1b[31m\u202e\u2028c\ud800.png", "a?b?[31m??c?.png"),
        ("x" * 500, "x" * 39 + "…" + "x" * 39),
        ("", "(no name)"),
    ],
)
def test_decode_picture_names_the_file_on_one_line(name: str, shown: str):
    with pytest.raises(PictureError) as caught:
        decode_picture(b"", name=name)
    assert str(caught.value) == f"'{shown}' is empty: it holds no bytes. Copy it again."


def test_decode_picture_keeps_the_name_as_it_came():
    name = "<img src=x>\n.png"
    assert decode_picture(encoded(colours(), "PNG"), name=name).name == name


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_decode_picture_reduces_to_the_side_asked_for(kind: str):
    scene = Image.fromarray(smooth()).resize((3000, 2000), Image.Resampling.BICUBIC)
    picture = decode_picture(encoded(scene, kind), name="scene", longest_px=300)
    reference = np.asarray(scene.resize((300, 200), Image.Resampling.BOX), float)
    assert picture.original_size_px == (3000, 2000)
    assert picture.pixels.shape == (200, 300, 3)
    assert np.abs(picture.pixels - reference).mean() < 1.5
    assert "shown at 300 px, reduced from 3000 px" in picture.notes


def test_decode_picture_reduces_transparent_pictures_over_white():
    alpha = np.zeros((600, 900), np.uint8)
    alpha[:, 450:] = 255
    scene = np.dstack([np.zeros((600, 900, 3), np.uint8), alpha])
    picture = decode_picture(encoded(scene, "PNG"), name="half", longest_px=90)
    assert (picture.pixels[:, :40] == 255).all()
    assert (picture.pixels[:, 50:] == 0).all()


def test_decode_picture_is_the_same_across_tiles():
    rows = np.arange(2100, dtype=np.uint16)[:, None] * 31
    deep = rows + np.arange(2500, dtype=np.uint16) * 3 % 500
    picture = decode_picture(write_png(deep, 16, 0), name="deep", longest_px=2500)
    assert np.array_equal(picture.pixels[..., 0], np.rint(deep / 257).astype(np.uint8))


def test_decode_picture_works_in_many_threads_at_once():
    cases = [case for case in ACCEPTED if not case.name.startswith("avif")][::2]
    barrier = threading.Barrier(6)

    def decode_all(_: int) -> list[np.ndarray]:
        barrier.wait()
        return [decode_picture(case.data, name=case.name).pixels for case in cases]

    with ThreadPoolExecutor(6) as pool:
        first, *others = pool.map(decode_all, range(6))
    for other in others:
        assert all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2048), (2048, 1), (7, 5), (300, 200)])
@pytest.mark.parametrize("size_px", [1, 32, 224])
def test_fit_picture_gives_a_square_of_any_shape(shape, size_px):
    pixels = np.full((*shape, 3), (10, 200, 90), np.uint8)
    fitted = fit_picture(pixels, size_px)
    assert fitted.shape == (size_px, size_px, 3) and fitted.dtype == np.uint8
    middle = fitted[(size_px - 1) // 2, (size_px - 1) // 2]
    assert tuple(middle) == (10, 200, 90)


def test_fit_picture_keeps_the_centre():
    pixels = np.zeros((40, 100, 3), np.uint8)
    pixels[:, 30:70] = np.random.default_rng(0).integers(0, 256, (40, 40, 3))
    assert np.array_equal(fit_picture(pixels, 40), pixels[:, 30:70])


def test_fit_picture_averages_when_it_shrinks():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(fit_picture(stripes, 8).astype(int) - 127).max() <= 5
