"""Colours and layout that every figure shares: residual is always blue, plain always orange."""

from collections.abc import Sequence
from typing import Any, Literal

import plotly.graph_objects as go

from resnet_core.shares import PER_CENT

Theme = Literal["light", "dark"]

RESIDUAL_COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#1f6fb4", "#10a077", "#2c1a96", "#1e0c4a"),
    "dark": ("#5aa9f0", "#a5f5d2", "#dbcbf4", "#8f55f0"),
}
"""Colours of residual arms, in order; the cool half of one list.

All eight colours of a theme have a contrast of 3:1 or more with its background (WCAG 2.2,
criterion 1.4.11) and stay apart under simulated colour blindness (Machado et al. 2009).
"""

PLAIN_COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#d95f02", "#c125f2", "#94072a", "#822059"),
    "dark": ("#ff8c42", "#d1a383", "#e8364e", "#e0379e"),
}
"""Colours of plain arms, in order; the warm half of the list."""

BACKGROUND_COLOURS: dict[Theme, str] = {"light": "#ffffff", "dark": "#0e1420"}
"""What the colours were chosen against; the app's theme has the same."""

SEQUENTIAL_SCALE = "Viridis"
"""Colour scale of magnitudes: even in lightness, readable in grey and with any colour vision."""

MOST_DECADES = 12
"""Of a colour scale: below a millionth of a millionth nothing is left to tell apart."""

PERCENT_TICKS: dict[str, Any] = {"tickformat": "~g", "ticksuffix": PER_CENT}
"""Of an axis or a colour bar that counts percents and says so only at its ticks.

The format that d3 has for shares has no space before the sign: whoever draws a share draws a
hundred times it.
"""

DIVERGING_SCALE = "RdBu"
"""Colour scale of signed quantities, centred on zero."""


def hover_percent(value: str = "y", decimals: int = 1) -> str:
    """Writes a percent of a hover text as `PERCENT_TICKS` writes those of an axis.

    Args:
        value: what Plotly calls it, such as `y` or `customdata[1]`; of 100.
        decimals: digits behind the point.
    """
    return f"%{{{value}:.{decimals}f}}{PER_CENT}"


def arm_colours(is_plain: Sequence[bool | None], theme: Theme = "light") -> tuple[str, ...]:
    """Gives each arm of an experiment its colour.

    Args:
        is_plain: for each arm, whether it is a plain net; `None` where that is not known.
        theme: background that the colours have to stand out from.

    Returns:
        Hex colours, one an arm: the first residual arm is blue, the first plain one orange, and
        one that may be either has neither of the two.
    """
    colours: dict[int, str] = {}
    seen = {True: 0, False: 0}
    for place, plain in enumerate(is_plain):
        if plain is None:
            continue
        family = PLAIN_COLOURS[theme] if plain else RESIDUAL_COLOURS[theme]
        other = RESIDUAL_COLOURS[theme] if plain else PLAIN_COLOURS[theme]
        # More than four of a kind borrow from the end of the other half, which fills up last.
        order = (*family, *reversed(other))
        colours[place] = order[seen[plain] % len(order)]
        seen[plain] += 1
    others = (*RESIDUAL_COLOURS[theme][1:], *reversed(PLAIN_COLOURS[theme][1:]))
    for place, plain in enumerate(is_plain):
        if plain is None:
            free = [colour for colour in others if colour not in colours.values()]
            colours[place] = (free or others)[0]
    return tuple(colours[place] for place in range(len(is_plain)))


def styled(
    figure: go.Figure, *, x_title: str, y_title: str, height_px: int = 360, log_y: bool = False
) -> go.Figure:
    """Gives a figure the common layout: titled axes, transparent ground, legend above.

    Args:
        figure: changed in place.
        x_title: title of the x axis, with its unit.
        y_title: title of the y axis, with its unit.
        height_px: height of the figure, px.
        log_y: whether the y axis is logarithmic, as gradient norms want it.

    Returns:
        The same figure.
    """
    figure.update_layout(
        height=height_px,
        margin={"l": 64, "r": 16, "t": 40, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
    )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text=y_title)
    if log_y:
        figure.update_yaxes(type="log", exponentformat="power")
    return figure
