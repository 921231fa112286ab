import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from resnet_core.figures.style import (
    BACKGROUND_COLOURS,
    PLAIN_COLOURS,
    RESIDUAL_COLOURS,
    Theme,
    arm_colours,
    styled,
)

THEMES: tuple[Theme, ...] = ("light", "dark")

# Machado, Oliveira and Fernandes 2009, severity 1.0, linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def luminance(colour: str) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_colours_stay_apart_for_every_vision(theme, vision):
    colours = RESIDUAL_COLOURS[theme] + PLAIN_COLOURS[theme]
    seen = [lab(VISION[vision] @ linear(colour)) for colour in colours]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) > 18  # CIE76; 2.3 is a just noticeable difference


@pytest.mark.parametrize("theme", THEMES)
def test_colours_have_contrast_with_the_background(theme):
    ground = luminance(BACKGROUND_COLOURS[theme])
    for colour in RESIDUAL_COLOURS[theme] + PLAIN_COLOURS[theme]:
        lighter, darker = sorted((luminance(colour), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3.0, colour


def test_arm_colours_give_blue_to_residual_and_orange_to_plain():
    assert arm_colours([False, True]) == ("#1f6fb4", "#d95f02")
    assert arm_colours([True, False]) == ("#d95f02", "#1f6fb4")


@pytest.mark.parametrize("kinds", [[False] * 8, [True] * 8, [False] * 5 + [True] * 3])
def test_arm_colours_of_eight_arms_are_eight_colours(kinds):
    assert len(set(arm_colours(kinds))) == 8


def test_styled_titles_the_axes_and_can_be_logarithmic():
    figure = styled(go.Figure(), x_title="step", y_title="norm", log_y=True)
    assert figure.layout.xaxis.title.text == "step"
    assert figure.layout.yaxis.title.text == "norm"
    assert figure.layout.yaxis.type == "log"


def test_a_net_of_unknown_kind_is_neither_blue_nor_orange():
    for theme in ("light", "dark"):
        residual, plain, other = arm_colours([False, True, None], theme)
        assert len({residual, plain, other}) == 3
        assert arm_colours([None, False, True], theme)[1:] == (residual, plain)
        assert len(set(arm_colours([None, False, False, None], theme))) == 4
