"""Sheets of maps: drawn once for all sessions, and the same as those drawn anew."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from pages.ui.where_it_looks.drawing import explanation_sheet
from resnet_core.asking import load_source, untrained_source
from resnet_core.asking.picked import PickedPicture
from resnet_core.explain import Attribution, MethodSettings, Target
from resnet_core.figures.map_pictures import MapStyle, draw_map

STYLE = MapStyle(form="map", size_px=64)  # small drawings travel without loss


def test_maps_sheet_shows_the_picture_its_maps_and_grey_where_one_is_missing() -> None:
    net, picture, answer = load_source(untrained_source("resnet8", 0)), _picture(1), _answer(2)
    sheet = explanation_sheet(net, picture, [answer, None], STYLE, with_picture=True)
    pixels = np.asarray(Image.open(io.BytesIO(sheet.content)).convert("RGB"))
    seen = picture.seen_by(net).colour
    alone = replace(STYLE, form="picture")
    np.testing.assert_array_equal(pixels[:, :64], draw_map(seen, np.zeros((1, 1)), alone))
    np.testing.assert_array_equal(pixels[:, 64:128], draw_map(seen, answer.values, STYLE))
    assert (pixels[:, 128:] == 128).all()


def test_maps_sheet_is_drawn_once_and_anew_for_whatever_differs() -> None:
    net, picture, answer = load_source(untrained_source("resnet8", 0)), _picture(1), _answer(2)
    sheet = explanation_sheet(net, picture, [answer], STYLE)
    assert explanation_sheet(net, _picture(1), [answer], STYLE) is sheet
    others = [
        explanation_sheet(load_source(untrained_source("resnet8", 1)), picture, [answer], STYLE),
        explanation_sheet(net, _picture(3), [answer], STYLE),
        explanation_sheet(net, picture, [_answer(2)], STYLE),
        explanation_sheet(net, picture, [None], STYLE),
        explanation_sheet(net, picture, [answer], replace(STYLE, colour_map="Viridis")),
        explanation_sheet(net, picture, [answer], STYLE, with_picture=True),
    ]
    assert all(other is not sheet for other in others)


def _picture(seed: int) -> PickedPicture:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    return PickedPicture(name="noise", pixels=pixels)


def _answer(seed: int) -> Attribution:
    values = np.random.default_rng(seed).random((8, 8)).astype(np.float32)
    return Attribution(
        values=values,
        channels=values[None],
        method="grad-cam",
        layer="stage3.0",
        target=Target(class_index=0),
        is_signed=False,
        score=0.0,
        logits=np.zeros(10, np.float32),
        image_size_px=32,
        settings=MethodSettings(),
        time_s=0.0,
    )
