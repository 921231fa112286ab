"""Diagrams side by side with what differs marked; a block that is pressed offers its maps."""

import re
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.ui.architecture.form import PickedNet
from pages.ui.kit.plot import same_view, show_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import word_of
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state
from pages.ui.shell.shared import drawn
from resnet_core.checkpoints import list_checkpoints
from resnet_core.config import ModelConfig
from resnet_core.figures.architecture import architecture_figure, lacking_in
from resnet_core.figures.style import Theme
from resnet_core.models import list_models, model_config
from resnet_core.models.outline import outline_net
from resnet_core.models.sharing import net_title

_BLOCK = re.compile(r"stage\d+\.(\d+|transition)")
_PRESSED = "architecture_pressed_{letter}"


def show_diagrams(nets: Sequence[PickedNet], image_size_px: int) -> None:
    """Draws one net, or two side by side in which what the other lacks has a heavy frame."""
    for place, letter, number in zip(st.columns(len(nets)), "ab", range(len(nets)), strict=False):
        with place:
            other = nets[1 - number] if len(nets) == 2 else None
            _show_diagram(nets[number], other, image_size_px, letter)
    st.caption(
        "A coloured frame stands for several equal blocks, a thick blue line is a shortcut, and "
        "32x4d means 32 groups of 4 channels. Point at a box for its cost, press one for its maps; "
        "Ctrl and the wheel or the buttons zoom, a drag moves, a double click brings all back."
    )


def maps_address(config: ModelConfig, path: str) -> dict[str, str]:
    """What the Feature maps page is asked for: a net of that design, and the block of a path.

    A shipped net of the same design goes before one that never trained; a design that nobody
    named has no maps to show, and gives nothing.
    """
    block = _BLOCK.match(path)
    layer = {"maps_layer": block[0]} if block else {}
    for card in list_checkpoints():
        if card.model == config:
            return {"probed_net": f"kept/{card.name}", **layer}
    if config.name in list_models() and config == model_config(config.name):
        return {"probed_net": "untrained", "probed_architecture": config.name, **layer}
    return {}


def _show_diagram(net: PickedNet, other: PickedNet | None, image_size_px: int, letter: str) -> None:
    title = net_title(net.config, net.base)
    key = _PRESSED.format(letter=letter)
    choices = app_state().choices
    if other is not None:
        st.markdown(_difference(title, net.config, other.config, image_size_px))
    show_figure(
        _diagram(net.config, other and other.config, image_size_px, shown_theme()),
        key=f"diagram_{letter}",
        alt=f"Diagram of {title} for pictures of {image_size_px} px",
        zooms=True,
        file_name=f"diagram-{word_of(title)}",
        on_press=lambda path: choices.__setitem__(key, (net.config, path)),
    )
    config, pressed = choices.get(key, (None, ""))
    if config == net.config:  # of another net the block may not be there
        _offer_maps(net.config, pressed)


def _difference(title: str, config: ModelConfig, other: ModelConfig, image_size_px: int) -> str:
    outlines = [outline_net(each, image_size_px) for each in (other, config)]
    number = len(lacking_in(*outlines))
    said = (
        "the other net has all of it" if number == 0 else f"{number:,} operations the other lacks"
    )
    return f"**{plain(title)}**: {said}"


def _offer_maps(config: ModelConfig, path: str) -> None:
    address = maps_address(config, path)
    if address:
        name = _BLOCK.match(path)
        place = f"of {name[0]}" if name else "of this net"
        link_with("feature_maps", f"See the maps {place}", ":material/grid_view:", address)
        if name and name[1] != "transition":
            apart = {**address, "apart_block": name[0]}
            apart.pop("maps_layer")
            link_with("take_apart", f"Take {name[0]} apart", ":material/handyman:", apart)
    else:
        st.caption(f"{plain(path)}: a net that was changed has maps once it is trained.")


def _diagram(
    config: ModelConfig, other: ModelConfig | None, image_size_px: int, theme: Theme
) -> go.Figure:
    def draw() -> go.Figure:
        figure = architecture_figure(
            outline_net(config, image_size_px),
            is_plain=config.is_plain,
            theme=theme,
            beside=outline_net(other, image_size_px) if other else (),
        )
        return same_view(figure, config, image_size_px, other is not None)

    return drawn(("diagram", config, other, image_size_px, theme), draw)
