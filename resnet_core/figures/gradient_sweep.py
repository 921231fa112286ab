"""The alpha sweep as a heatmap."""

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.style import DIVERGING_SCALE, styled
from resnet_core.probes.sweep import AlphaSweep, SweepQuantity

_NAMES: dict[SweepQuantity, str] = {
    "weights": "first / last convolution's weight gradient",
    "outputs": "gradient at the stem's / last block's output",
}
_NONE = "no finite ratio"
"""Of a signal beyond float32's range, and of a gradient that is exactly zero at an end."""


def sweep_figure(sweep: AlphaSweep, quantity: SweepQuantity) -> go.Figure:
    """Draws log10 of the ratio over skip strength and depth; 0 is an even gradient."""
    ratios = sweep.ratios[quantity]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(ratios)
    finite = np.abs(logs[np.isfinite(logs)])
    limit = max(1.0, float(finite.max()) if len(finite) else 1.0)
    figure = go.Figure(
        go.Heatmap(
            x=[f"{alpha:g}" for alpha in sweep.alphas],
            y=[str(depth) for depth in sweep.depths],
            z=[[float(v) if np.isfinite(v) else None for v in row] for row in logs],
            text=[[_cell(ratio) for ratio in row] for row in ratios],
            texttemplate="%{text}",
            colorscale=DIVERGING_SCALE,
            reversescale=True,
            zmid=0,
            zmin=-limit,
            zmax=limit,
            xgap=1,
            ygap=1,
            colorbar={"title": {"text": "log10 of ratio", "side": "top"}, "thickness": 12},
            customdata=[
                [_spread(sweep, quantity, d, a) for a in range(len(sweep.alphas))]
                for d in range(len(sweep.depths))
            ],
            hovertemplate="alpha %{x}<br>%{y} layers<br>" + _NAMES[quantity] + " %{customdata}"
            "<extra></extra>",
        )
    )
    styled(figure, x_title="skip strength alpha", y_title="layers", height_px=330)
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category")
    return figure


def _spread(sweep: AlphaSweep, quantity: SweepQuantity, depth: int, alpha: int) -> str:
    factor = sweep.factor(quantity, depth, alpha)
    return _NONE if factor is None else factor.words


def _cell(ratio: float) -> str:
    if not np.isfinite(ratio):
        return _NONE
    if 0.01 <= ratio < 1e5:
        return f"{ratio:.2g}" if ratio < 99.5 else f"{ratio:,.0f}"
    return f"{ratio:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
