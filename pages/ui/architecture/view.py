"""What the Architecture page shows of nets: tables, totals, map sizes, files."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.architecture.form import PickedNet
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import word_of
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import net_cost
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import count
from pages.ui.shell.words import hover_text
from resnet_core.config import config_to_json
from resnet_core.figures.architecture_resolution import resolution_csv, resolution_figure
from resnet_core.models.resolution import trace_resolution
from resnet_core.models.sharing import net_title

_COST_HELP = " ".join(
    (
        "Weight layers are counted from the picture to the logits; projections on shortcuts stand "
        "beside that way, and only the names of Wide ResNets count them.",
        f"Multiply-adds: {hover_text('multiply-adds (MACs)')}",
        f"What it sees: {hover_text('receptive field')}",
    )
)


def show_totals(nets: Sequence[PickedNet], image_size_px: int) -> None:
    """Shows what the nets cost, one line each."""
    lines = []
    for net in nets:
        cost = net_cost(net.config, image_size_px)
        facts = (
            f"{cost.parameters:,} parameters",
            f"{count(cost.macs)} multiply-adds a picture",
            f"{cost.activation_mib:,.2f} MiB of activations",
            f"sees {cost.receptive_field_px} px",
            f"{net.config.depth} layers deep",
        )
        lines.append(f"**{plain(title_of(net))}**: {', '.join(facts)}")
    st.caption("  \n".join(lines), help=_COST_HELP)


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
            "Of the picture": 100 * layer.receptive_field_px / image_size_px,
        }
        for layer in net_cost(net.config, image_size_px).layers
    ]
    formats = {
        name: st.column_config.NumberColumn(format="localized")
        for name in ("Parameters", "Multiply-adds", "Activations, bytes")
    }
    share = st.column_config.NumberColumn(
        format="%.0f\N{NO-BREAK SPACE}%%",
        help="Side of the receptive field in per cent of the picture's side: from 100 on, one "
        "position sees as much as the whole picture.",
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
    measured_figure(
        figure,
        key="resolution",
        alt=alt,
        caption=f"For pictures of {image_size_px} x {image_size_px} px.",
        numbers=lambda: resolution_csv(series),
    )
    for letter, resolution in zip("AB", resolutions, strict=False):
        say = st.warning if resolution.is_coarse else st.success
        say(f"**Net {letter}.** {plain(resolution.verdict)}")


def show_file(net: PickedNet, letter: str) -> None:
    """Offers a net as a JSON file."""
    st.download_button(
        f"Net {letter.upper()} as JSON",
        config_to_json(net.config),
        file_name=f"{word_of(title_of(net))}.json",
        mime="application/json",
        icon=":material/download:",
        key=f"download_{letter}",
        on_click="ignore",
    )


def title_of(net: PickedNet) -> str:
    """Names a net as people do, with what was changed."""
    return net_title(net.config, net.base)
