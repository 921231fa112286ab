"""Deep pictures that use a corner of their scale are stretched, and say so; others stay."""

from collections.abc import Callable

import numpy as np
import pytest

from resnet_core.pictures.door import Picture, decode_picture
from tests.pictures.corpus import encoded, greys, tiff_tags, write_png, write_tiff

SIDE = 40


def ramp(low: float, high: float) -> np.ndarray:
    """(40, 40): evenly from a low to a high value, both included."""
    return np.linspace(low, high, SIDE * SIDE).reshape(SIDE, SIDE)


def stretched(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values, (0.5, 99.5))
    return np.clip(np.rint((values - low) / (high - low) * 255), 0, 255)


def png16(values: np.ndarray) -> bytes:
    return write_png(np.rint(values).astype(np.uint16), 16, 0)


def png16_colour(values: np.ndarray) -> bytes:
    return write_png(np.dstack([np.rint(values).astype(np.uint16)] * 3), 16, 2)


def png16_colour_alpha(values: np.ndarray) -> bytes:
    whole = np.rint(values).astype(np.uint16)
    return write_png(np.dstack([whole] * 3 + [np.full_like(whole, 65535)]), 16, 6)


def tiff16(values: np.ndarray) -> bytes:
    return encoded(np.rint(values).astype(np.uint16), "TIFF")


def tiff_float(values: np.ndarray) -> bytes:
    """Values of 16 bits on the scale of 0 to 1."""
    tags = tiff_tags(SIDE, SIDE, [32], 1, sample_format=3)
    return write_tiff(tags, [(values / 65535).astype("<f4").tobytes()])


def tiff_int32(values: np.ndarray) -> bytes:
    tags = tiff_tags(SIDE, SIDE, [32], 1, sample_format=2)
    return write_tiff(tags, [np.rint(values).astype("<i4").tobytes()])


def decoded(data: bytes) -> Picture:
    return decode_picture(data, name="deep")


WRITERS = (png16, png16_colour, png16_colour_alpha, tiff16, tiff_float)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_narrow_values_are_stretched_by_percentiles_and_told(write: Callable):
    values = np.rint(ramp(7301, 8206))
    picture = decoded(write(values))
    assert np.abs(picture.pixels[..., 0] - stretched(values)).max() <= 1
    (note,) = [note for note in picture.notes if "quarter" in note]
    assert "from their 0.5th to their 99.5th percentile" in note
    assert ("7301 and 8206" in note) == (write is not tiff_float)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_values_of_a_quarter_or_more_keep_their_scale(write: Callable):
    values = np.rint(ramp(20_000, 20_000 + 65_535 / 4 + 300))
    picture = decoded(write(values))
    assert np.abs(picture.pixels[..., 0] - values / 257).max() <= 1
    assert not any("quarter" in note for note in picture.notes)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
@pytest.mark.parametrize("value", [0, 7400, 65535])
def test_picture_of_one_value_keeps_its_brightness(write: Callable, value: int):
    picture = decoded(write(np.full((SIDE, SIDE), value)))
    assert np.abs(picture.pixels.astype(float) - value / 257).max() <= 1


def test_32_bit_integers_have_no_scale_but_their_own_range():
    values = ramp(-300, 500)
    pixels = decoded(tiff_int32(values)).pixels[..., 0]
    assert np.abs(pixels - (np.rint(values) + 300) / 800 * 255).max() <= 1
    assert (decoded(tiff_int32(np.full((SIDE, SIDE), 9))).pixels == 128).all()


def test_hot_pixels_are_clipped_and_do_not_decide():
    values = np.rint(ramp(7000, 7400))
    values[3, 4], values[5, 6] = 20_000, 0  # 20,000 of 65,535: wide, so it stays as it is
    assert not any("quarter" in note for note in decoded(png16(values)).notes)
    values[3, 4], values[5, 6] = 16_000, 6_900
    pixels = decoded(png16(values)).pixels[..., 0]
    assert (pixels[3, 4], pixels[5, 6]) == (255, 0)
    assert np.abs(pixels - stretched(values)).max() <= 1


def test_two_values_of_which_one_is_rare_are_told_apart():
    values = np.full((SIDE, SIDE), 7400)
    values[0, 0] = 7500
    pixels = decoded(png16(values)).pixels[..., 0]
    assert (pixels[0, 0], pixels[1, 1]) == (255, 0)


def test_twelve_bits_in_sixteen_are_narrow_within_their_own_scale():
    narrow, wide = ramp(2000, 2900), ramp(1000, 3000)
    assert np.abs(decoded(png16(narrow)).pixels[..., 0] - stretched(narrow)).max() <= 1
    assert any("0 to 4095" in note for note in decoded(png16(narrow)).notes)
    assert np.abs(decoded(png16(wide)).pixels[..., 0] - wide / 4095 * 255).max() <= 1


def test_pictures_of_8_bits_are_left_as_they_are():
    faint = 100 + greys() // 16
    assert np.array_equal(decoded(encoded(faint, "PNG")).pixels[..., 0], faint)


def test_narrow_picture_is_the_same_across_tiles():
    rows = np.arange(2100, dtype=np.uint16)[:, None] % 700
    values = 7000 + rows + np.arange(2200, dtype=np.uint16) % 500
    picture = decode_picture(write_png(values, 16, 0), name="deep", longest_px=2200)
    assert np.abs(picture.pixels[..., 0] - stretched(values)).max() <= 1
