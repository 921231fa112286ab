"""Beyond norms: path lengths, shattered gradients, layer responses."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import (
    as_text,
    faint,
    log_ticks,
    or_gaps,
    with_panel_titles,
)
from resnet_core.figures.style import PERCENT_TICKS, Theme, arm_colours, hover_percent, styled
from resnet_core.probes.path_lengths import PathLengths
from resnet_core.probes.responses import LayerResponses
from resnet_core.probes.shattering import Autocorrelation


def path_lengths_figure(paths: PathLengths, *, theme: Theme = "light") -> go.Figure:
    """Draws number of paths, gradient over single ones, and the share of all of a length.

    The first two panels are those of Veit et al. 2016, fig. 6; in place of their product the third
    has the exact signed shares, which add up to 1.
    """
    titles = ("Paths of each length", "Gradient over one path", "Share of the whole gradient")
    figure = make_subplots(rows=1, cols=3, subplot_titles=titles, horizontal_spacing=0.08)
    (blue,) = arm_colours([False], theme)
    lengths = list(range(paths.num_blocks + 1))
    share = paths.counts / paths.counts.sum()
    figure.add_trace(_bars(lengths, share, blue, "share of all paths %{y:.3g}"), row=1, col=1)
    for trace in _single_paths(paths, lengths, blue):
        figure.add_trace(trace, row=1, col=2)
    first, last = paths.effective_lengths
    carried = [blue if first <= length <= last else faint(blue) for length in lengths]
    figure.add_trace(
        _bars(lengths, paths.shares, carried, "share of the gradient %{y:.3g}"), row=1, col=3
    )
    styled(figure, x_title="blocks on the path", y_title="", height_px=380)
    figure.update_yaxes(title_text="share of all paths", row=1, col=1)
    ticks = log_ticks(paths.sampled_norms)
    figure.update_yaxes(title_text="gradient norm", type="log", row=1, col=2, **ticks)
    figure.update_yaxes(title_text="share", row=1, col=3)
    return with_panel_titles(figure)


def shattering_figure(
    series: Sequence[tuple[str, Autocorrelation]], *, theme: Theme = "light"
) -> go.Figure:
    """Draws the autocorrelation of the input gradient against the distance, with white noise."""
    figure = go.Figure()
    colours = arm_colours([each.config.is_plain for _, each in series], theme)
    for (label, each), colour in zip(series, colours, strict=True):
        spread = each.values.std(axis=0) if len(each.values) > 1 else np.zeros(len(each.lags))
        figure.add_trace(
            go.Scatter(
                x=(100 * each.lags).tolist(),
                y=each.values.mean(axis=0).tolist(),
                error_y={"array": spread.tolist(), "thickness": 1, "width": 3},
                mode="lines+markers",
                name=as_text(label),
                line={"color": colour, "width": 2},
                hovertemplate=f"<b>{as_text(label)}</b><br>{hover_percent('x')} of the line "
                "apart<br>correlation %{y:.3f}<extra></extra>",
            )
        )
    noise = series[0][1]
    figure.add_trace(
        go.Scatter(
            x=(100 * noise.lags).tolist(),
            y=noise.white_noise.tolist(),
            mode="lines",
            name="white noise",
            line={"color": "#808a99", "width": 2, "dash": "dot"},
            hovertemplate="white noise<br>correlation %{y:.3f}<extra></extra>",
        )
    )
    styled(
        figure,
        x_title="distance of two pictures, share of the line",
        y_title="autocorrelation of the input gradient",
        height_px=360,
    )
    figure.update_xaxes(**PERCENT_TICKS)
    return figure


def responses_figure(nets: Sequence[LayerResponses], *, theme: Theme = "light") -> go.Figure:
    """Draws He et al. 2015, fig. 7: responses in the layers' order, and sorted by size."""
    titles = ("In the layers' order", "Sorted, strongest first")
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.08)
    colours = arm_colours([net.is_plain for net in nets], theme)
    for net, colour in zip(nets, colours, strict=True):
        orders = (
            (net.depths.tolist(), net.stds.tolist(), list(net.layers)),
            (list(range(1, len(net.layers) + 1)), net.sorted_stds.tolist(), None),
        )
        for column, (x, y, places) in enumerate(orders, start=1):
            where = "%{text}, depth %{x}" if places else "rank %{x}"
            figure.add_trace(
                go.Scatter(
                    x=x,
                    y=y,
                    text=places,
                    name=as_text(net.label),
                    legendgroup=as_text(net.label),
                    showlegend=column == 1,
                    mode="lines+markers",
                    line={"color": colour, "width": 2},
                    marker={"size": 4},
                    hovertemplate=f"<b>{as_text(net.label)}</b><br>{where}<br>"
                    "standard deviation %{y:.3f}<extra></extra>",
                ),
                row=1,
                col=column,
            )
    styled(figure, x_title="", y_title="standard deviation", height_px=360)
    figure.update_xaxes(title_text="layer, counted from the picture", row=1, col=1)
    figure.update_xaxes(title_text="rank", row=1, col=2)
    figure.update_yaxes(rangemode="tozero")
    return with_panel_titles(figure)


def _bars(lengths: list[int], values: np.ndarray, colour: str | list[str], says: str) -> go.Bar:
    return go.Bar(
        x=lengths,
        y=values.tolist(),
        marker_color=colour,
        showlegend=False,
        hovertemplate="paths of %{x} blocks<br>" + says + "<extra></extra>",
    )


def _single_paths(paths: PathLengths, lengths: list[int], colour: str) -> list[go.Scatter]:
    count = paths.sampled_norms.shape[1]
    says = "path of %{x} blocks<br>gradient norm %{y:.3g}<extra></extra>"
    return [
        go.Scatter(
            x=[length for length in lengths for _ in range(count)],
            y=or_gaps(paths.sampled_norms.ravel()),
            mode="markers",
            name="one sampled path",
            marker={"color": colour, "size": 4, "opacity": 0.35},
            hovertemplate=says,
        ),
        go.Scatter(
            x=lengths,
            y=or_gaps(paths.path_norms),
            mode="lines",
            name="their mean",
            line={"color": colour, "width": 2},
            hovertemplate="mean of " + says,
        ),
    ]
