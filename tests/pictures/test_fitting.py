"""What nets see of a picture, against Pillow and torchvision."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

from resnet_core.asking import load_net
from resnet_core.checkpoints import find_checkpoint
from resnet_core.pictures.door import DRAFT_MARGIN, decode_whole
from resnet_core.pictures.fitting import Square, fit_to_square
from resnet_core.pictures.picture import Fit
from tests.pictures.corpus import encoded, exif, stored_as
from tests.pictures.photographs import photograph

SQUARES = [Square(size_px=32), Square(size_px=224, resize_px=256), Square(size_px=64, resize_px=48)]
SHAPES = [(640, 427), (427, 640), (97, 61), (5, 7), (1, 1), (1, 500), (900, 31), (224, 224)]
NUM_PHOTOGRAPHS = 200


def upright(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def torchvisions(data: bytes, square: Square) -> np.ndarray:
    steps = [v2.Resize(square.short_px, antialias=True), v2.CenterCrop(square.size_px)]
    return np.array(v2.Compose(steps)(upright(data)))


def ours(data: bytes, square: Square, how: Fit = "crop") -> np.ndarray:
    picture = decode_whole(data, name="photo", short_px=square.short_px)
    return fit_to_square(picture, square, how)


def largest_difference(found: np.ndarray, expected: np.ndarray) -> int:
    assert found.shape == expected.shape
    return int(np.abs(found.astype(int) - expected).max())


def noise(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    width, height = shape
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("square", SQUARES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_crop_is_torchvisions_resize_and_centre_crop(shape, square, kind):
    data = encoded(noise(shape), kind)
    assert largest_difference(ours(data, square), torchvisions(data, square)) <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(611, 427), (40, 1033)], ids=str)
def test_crop_of_a_turned_picture_is_torchvisions(shape, orientation):
    pixels = stored_as(noise(shape), orientation)
    data = encoded(pixels, "JPEG", quality=95, exif=exif(orientation))
    for square in SQUARES:
        assert largest_difference(ours(data, square), torchvisions(data, square)) <= 1


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P"])
def test_crop_of_other_modes_is_torchvisions(mode):
    image = Image.fromarray(noise((640, 427))).convert(mode)
    data = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    for square in SQUARES:
        assert largest_difference(ours(data, square), torchvisions(data, square)) <= 1


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_stretch_is_torchvisions_resize_to_both_sides(shape):
    data = encoded(noise(shape), "PNG")
    expected = np.array(v2.Resize((48, 48), antialias=True)(upright(data)))
    assert largest_difference(ours(data, Square(size_px=48), "stretch"), expected) <= 1


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pad_is_torchvisions_resize_between_grey_bars(shape):
    data = encoded(noise(shape), "PNG")
    inner = tuple(max(1, round(side * 48 / max(shape))) for side in shape)
    left, top = ((48 - side) // 2 for side in inner)
    right, bottom = 48 - inner[0] - left, 48 - inner[1] - top
    steps = [v2.Resize(inner[::-1], antialias=True), v2.Pad((left, top, right, bottom), fill=128)]
    expected = np.array(v2.Compose(steps)(upright(data)))
    assert largest_difference(ours(data, Square(size_px=48), "pad"), expected) <= 1


def test_a_picture_of_the_nets_own_size_stays_as_it_is():
    pixels = noise((32, 32))
    for how in ("crop", "stretch", "pad"):
        assert np.array_equal(ours(encoded(pixels, "PNG"), Square(size_px=32), how), pixels)


def test_a_small_jpeg_is_never_reduced_by_its_decoder():
    side = 2 * DRAFT_MARGIN * 8 - 1
    picture = decode_whole(encoded(noise((side, side)), "JPEG"), name="a", short_px=8)
    assert picture.image.size == picture.original_size_px == (side, side)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_reduced_jpeg_is_resized_from_what_the_original_fills(orientation):
    """Its decoder rounds sides up: without that a border would shift by most of a pixel."""
    ramp = np.add.outer(np.arange(1031) % 200, np.arange(1543) % 233)[..., None]
    pixels = np.repeat((ramp // 2).astype(np.uint8), 3, axis=2)
    data = encoded(stored_as(pixels, orientation), "JPEG", quality=95, exif=exif(orientation))
    square = Square(size_px=8)
    picture = decode_whole(data, name="a", short_px=8)
    assert min(picture.image.size) == 516
    assert sum(picture.bare_px) == 1.0
    for how in ("crop", "stretch", "pad"):
        reduced = fit_to_square(picture, square, how)
        whole = fit_to_square(decode_whole(data, name="a", short_px=999), square, how)
        assert largest_difference(reduced, whole) <= 1


@pytest.mark.slow
def test_reduced_photographs_get_the_answer_of_whole_ones():
    net = load_net(find_checkpoint("resnet20-cifar10-jpeg"), device="cpu")
    torch.set_num_threads(1)
    square = Square(size_px=32)
    sizes = [(640, 427), (1200, 1800), (333, 1000), (1025, 769)]
    reduced = 2 * DRAFT_MARGIN * square.short_px
    for seed in range(NUM_PHOTOGRAPHS):
        is_reduced = seed % 20 == 0
        data = photograph(seed, (reduced + 100, reduced) if is_reduced else sizes[seed % 4])
        whole, seen = torchvisions(data, square), ours(data, square)
        assert np.abs(seen.astype(int) - whole).mean() <= 0.5
        expected, found = (net.answer(net.see_pixels(pixels)) for pixels in (whole, seen))
        best = int(expected.probabilities.argmax())
        assert abs(found.probabilities[best] - expected.probabilities[best]) <= 0.005, seed
