"""What the Architecture page shows of nets: diagrams, tables, totals, map sizes."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.ui.architecture.form import PickedNet
from pages.ui.kit.plot import same_view, show_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import net_cost
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import count
from resnet_core.config import ModelConfig, config_to_json
from resnet_core.figures.architecture import architecture_figure, resolution_figure
from resnet_core.figures.style import Theme
from resnet_core.models.outline import outline_net
from resnet_core.models.resolution import trace_resolution
from resnet_core.models.sharing import net_title


def show_totals(nets: Sequence[PickedNet], image_size_px: int) -> None:
    """Shows what the nets cost, one line each."""
    rows = []
    for net in nets:
        cost = net_cost(net.config, image_size_px)
        rows.append(
            {
                "Net": title_of(net),
                "Parameters": cost.parameters,
                "Multiply-adds a picture": count(cost.macs),
                "Activations a picture": f"{cost.activation_mib:,.2f} MiB",
                "Receptive field": f"{cost.receptive_field_px} px",
                "Depth": net.config.depth,
            }
        )
    formats = {
        "Parameters": st.column_config.NumberColumn(format="localized"),
        "Depth": st.column_config.NumberColumn(
            help="Weight layers from the picture to the logits. Projections on shortcuts stand "
            "beside that way; only the names of Wide ResNets count them."
        ),
    }
    st.dataframe(rows, hide_index=True, column_config=formats)


def show_diagram(net: PickedNet, image_size_px: int, letter: str) -> None:
    """Draws a net; Ctrl and the wheel zoom, a drag moves, a double click brings all back."""
    show_figure(
        _diagram(net.config, image_size_px, shown_theme()),
        key=f"diagram_{letter}",
        alt=f"Diagram of {title_of(net)}",
        zooms=True,
    )
    shortcut = "" if net.config.is_plain else "The thick blue line is the shortcut. "
    groups = "32x4d means 32 groups of 4 channels. " if net.config.groups > 1 else ""
    st.caption(
        f"{shortcut}{groups}A coloured frame stands for several equal blocks. Point at a box for "
        "its cost; Ctrl and the wheel or the buttons above zoom, a drag moves, a double click "
        "brings all back."
    )


def _diagram(config: ModelConfig, image_size_px: int, theme: Theme) -> go.Figure:
    return drawn(
        ("diagram", config, image_size_px, theme),
        lambda: same_view(
            architecture_figure(
                outline_net(config, image_size_px), is_plain=config.is_plain, theme=theme
            ),
            config,
            image_size_px,
        ),
    )


def show_layers(net: PickedNet, image_size_px: int, letter: str) -> None:
    """Lists every operation of a net in a table that sorts, searches and downloads."""
    rows = [
        {
            "Layer": layer.path,
            "Operation": layer.label,
            "Gives": " x ".join(map(str, layer.output_shape)),
            "Parameters": layer.parameters,
            "Multiply-adds": layer.macs,
            "Activations, bytes": layer.activation_bytes,
            "Receptive field, px": layer.receptive_field_px,
            "Of the picture": layer.receptive_field_px / image_size_px,
        }
        for layer in net_cost(net.config, image_size_px).layers
    ]
    formats = {
        name: st.column_config.NumberColumn(format="localized")
        for name in ("Parameters", "Multiply-adds", "Activations, bytes")
    }
    share = st.column_config.NumberColumn(
        format="%.2f x", help="Side of the receptive field over side of the picture"
    )
    st.dataframe(
        rows,
        hide_index=True,
        column_config={**formats, "Of the picture": share},
        key=f"layers_{letter}",
    )


def show_resolution(nets: Sequence[PickedNet], image_size_px: int) -> None:
    """Shows how small the maps get along the nets, and warns where they collapse."""
    resolutions = [trace_resolution(net.config, image_size_px) for net in nets]
    theme, configs = shown_theme(), tuple(net.config for net in nets)
    series = [
        (f"Net {letter}", resolution, config.is_plain)
        for letter, config, resolution in zip("AB", configs, resolutions, strict=False)
    ]
    figure = drawn(
        ("resolution", configs, image_size_px, theme),
        lambda: same_view(resolution_figure(series, theme), configs, image_size_px),
    )
    alt = f"Side of the maps along {' and '.join(map(title_of, nets))}"
    show_figure(figure, key="resolution", alt=alt)
    for letter, resolution in zip("AB", resolutions, strict=False):
        say = st.warning if resolution.is_coarse else st.success
        say(f"**Net {letter}.** {plain(resolution.verdict)}")


def show_file(net: PickedNet, letter: str) -> None:
    """Offers a net as a JSON file."""
    st.download_button(
        f"Net {letter.upper()} as JSON",
        config_to_json(net.config),
        file_name=f"net_{letter}.json",
        mime="application/json",
        icon=":material/download:",
        key=f"download_{letter}",
        on_click="ignore",
    )


def title_of(net: PickedNet) -> str:
    """Names a net by its registry name and what was changed."""
    return net_title(net.config, net.base)
