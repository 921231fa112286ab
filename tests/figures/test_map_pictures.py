"""Maps as pictures: scales that keep zero, enlargement as torch does it, drawings by value."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from resnet_core.figures.colour_maps import COLOUR_MAPS, colour_table, colourise, to_indices
from resnet_core.figures.encoding import (
    animation_bytes,
    indexed_png_bytes,
    png_bytes,
    tile_sheet,
    webp_bytes,
)
from resnet_core.figures.map_forms import FORMS
from resnet_core.figures.map_pictures import (
    Form,
    MapStyle,
    draw_map,
    enlarge,
    scale_map,
    strongest_colour,
)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colour_table_has_256_colours_without_a_jump(name: str) -> None:
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert np.abs(np.diff(table.astype(int), axis=0)).max() <= 12
    assert not table.flags.writeable


def test_colour_table_of_signed_maps_has_red_above_and_blue_below_a_light_middle() -> None:
    low, middle, high = colour_table("RdBu")[[20, 128, 235]].astype(int)
    assert low[2] > low[0] + 50
    assert high[0] > high[2] + 50
    assert middle.min() > 230


def test_to_indices_clips_and_survives_what_is_no_number() -> None:
    shares = np.array([-1, 0, 0.5, 1, 2, np.nan, np.inf])
    assert to_indices(shares).tolist() == [0, 0, 128, 255, 255, 0, 255]


def test_scale_map_keeps_zero_where_it_is() -> None:
    values = np.array([[0.0, 1.0], [2.0, 4.0]])
    assert scale_map(values, is_signed=False).tolist() == [[0, 0.25], [0.5, 1]]
    assert scale_map(values - 2, is_signed=True).tolist() == [[0, 0.25], [0.5, 1]]
    assert scale_map(values, is_signed=False, limit=8.0).max() == 0.5
    assert scale_map(values * 0, is_signed=False).tolist() == [[0, 0], [0, 0]]
    assert scale_map(values * 0, is_signed=True).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_strongest_colour_leaves_out_the_few_brightest_of_many_pixels() -> None:
    cells = np.zeros((8, 8))
    cells[0, 0] = -5.0
    assert strongest_colour(cells) == 5.0
    pixels = np.ones((32, 32))
    pixels[0, :3] = 100.0
    assert strongest_colour(pixels) == 1.0
    lonely = np.zeros((32, 32))
    lonely[0, 0] = 2.0
    assert strongest_colour(lonely) == 2.0, "a map is never without colour"


@pytest.mark.parametrize("is_signed", [False, True])
def test_draw_map_draws_what_is_brighter_than_the_last_colour_in_it(
    is_signed: bool, picture: np.ndarray
) -> None:
    pixels = np.ones((32, 32))
    pixels[0, :3] = 100.0
    drawn = draw_map(picture, pixels, MapStyle(size_px=32, opacity=1.0), is_signed=is_signed)
    last = colour_table("RdBu" if is_signed else "Turbo")[255]
    assert (drawn == last).all()


@pytest.mark.parametrize("size", [(16, 16), (20, 12), (8, 8)])
def test_enlarge_is_what_torch_does(size: tuple[int, int]) -> None:
    values = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    tensor = torch.from_numpy(values)[None, None]
    expected = torch.nn.functional.interpolate(tensor, size, mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(enlarge(values, size), expected, atol=1e-5)


def test_enlarge_as_blocks_repeats_cells() -> None:
    values = np.arange(4, dtype=np.float32).reshape(2, 2)
    assert np.array_equal(enlarge(values, (4, 4), smooth=False), np.kron(values, np.ones((2, 2))))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_signed", [False, True])
def test_draw_map_of_no_evidence_shows_the_picture(
    form: Form, is_signed: bool, picture: np.ndarray
) -> None:
    style = MapStyle(form=form, size_px=16)
    drawn = draw_map(picture, np.zeros((2, 2)), style, is_signed=is_signed)
    assert drawn.shape == (16, 16, 3)
    ground = enlarge(picture, (16, 16), smooth=False)
    if form in ("overlay", "picture"):
        assert np.array_equal(drawn, ground)
    elif form == "map":
        assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 1
    else:
        assert np.array_equal(drawn, (ground * 0.75).astype(np.uint8))


def test_draw_map_blends_by_strength_and_opacity(picture: np.ndarray) -> None:
    style = MapStyle(form="overlay", colour_map="Gray", opacity=0.5, size_px=8)
    drawn = draw_map(picture, np.ones((1, 1)), style)
    np.testing.assert_allclose(drawn, picture * 0.5 + 127.5, atol=0.51)


def test_draw_map_alone_has_one_colour_a_cell(picture: np.ndarray) -> None:
    values = np.array([[0.0, 1.0], [0.5, 0.25]])
    drawn = draw_map(picture, values, MapStyle(form="map", colour_map="Viridis", size_px=8))
    assert np.array_equal(drawn[::4, ::4], colourise(values, "Viridis"))
    shared = draw_map(picture, values, MapStyle(form="map", size_px=8), limit=2.0)
    assert np.array_equal(shared[0, 7], colour_table("Turbo")[128])


def test_draw_map_runs_contours_where_the_level_is_crossed(picture: np.ndarray) -> None:
    values = np.zeros((8, 8))
    values[2:6, 2:6] = 1.0
    drawn = draw_map(picture, values, MapStyle(form="contours", size_px=64))
    changed = np.any(drawn != (enlarge(picture, (64, 64), smooth=False) * 0.75).astype(np.uint8), 2)
    assert changed.any()
    assert not changed[28:36, 28:36].any(), "inside"
    assert not changed[:8].any(), "outside"


def test_png_bytes_come_back_as_they_were(picture: np.ndarray) -> None:
    assert np.array_equal(np.array(Image.open(io.BytesIO(png_bytes(picture)))), picture)


def test_indexed_png_shows_the_table_s_colours_in_a_byte_a_pixel() -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.open(io.BytesIO(indexed_png_bytes(indices, "Viridis")))
    assert image.mode == "P"
    assert np.array_equal(np.array(image.convert("RGB")), colour_table("Viridis")[indices])


def test_webp_bytes_are_close_and_small(picture: np.ndarray) -> None:
    large = enlarge(picture, (128, 128))
    data = webp_bytes(large)
    found = np.array(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(found - large).mean() < 6
    assert len(data) < 0.25 * large.size


def test_animation_has_all_frames_and_a_longer_last_one(picture: np.ndarray) -> None:
    frames = [np.roll(picture, shift, axis=0) for shift in range(4)]
    image = Image.open(io.BytesIO(animation_bytes(frames, frame_ms=100)))
    durations = []
    assert isinstance(image, GifImageFile)
    for index in range(image.n_frames):
        image.seek(index)
        durations.append(image.info["duration"])
    assert durations == [100, 100, 100, 300]
    assert image.info["loop"] == 0


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_tile_sheet_lays_tiles_in_rows(shape: tuple[int, ...]) -> None:
    tiles = [np.full(shape, number, np.uint8) for number in range(1, 6)]
    sheet = tile_sheet(tiles, 3)
    assert sheet.shape == (4, 9, *shape[2:])
    assert sheet[0, ::3].reshape(3, -1)[:, 0].tolist() == [1, 2, 3]
    assert sheet[2, ::3].reshape(3, -1)[:, 0].tolist() == [4, 5, 0]
