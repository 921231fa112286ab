"""What the pages that look inside nets share: which nets, and which picture.

All of them name these widgets alike, so that a choice made on one holds on the others.
"""

import numpy as np
import streamlit as st

from pages.ui.choosing.linked_run import take_linked_run
from pages.ui.choosing.nets import (
    load_any_nets,
    load_shared_net,
    one_of_each,
    pick_any_net,
    pick_net,
)
from pages.ui.choosing.other_nets import say_caution
from pages.ui.choosing.picture import pick_picture, picked_set
from pages.ui.shell.address import switch_in_address
from pages.ui.shell.shared import SharedCache
from resnet_core.asking import OtherNet, ReadyNet
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture, as_shown
from resnet_core.figures.encoding import webp_bytes
from resnet_core.figures.map_pictures import enlarge

_KEY = "probed"
_SHOWN_PX = 110


def pick_nets_and_picture() -> tuple[tuple[AnyNet, ...], PickedPicture | None]:
    """Lets a person choose one net, or two to compare, and a picture for them.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded.
    """
    nets = _choose_nets()
    return nets, pick_picture_for(nets[0]) if nets else None


def pick_one_net() -> ReadyNet | None:
    """Lets a person choose one of the lab's own nets; `None` where a run has saved nothing yet.

    Raises:
        CheckpointError: when its file is gone or damaged.
    """
    take_linked_run(_KEY, f"{_KEY}_other")
    source = pick_net("Net", key=_KEY)
    return None if source is None else load_shared_net(source)


def pick_picture_for(net: AnyNet) -> PickedPicture | None:
    """Lets a person choose a picture for a net; `None` while there is none yet.

    Raises:
        ResNetLabError: when a data set cannot be loaded.
    """
    picture = pick_picture(net, key=_KEY)
    if picture is not None and picture.brought is not None:
        _show_input(net, picture)
    return picture


def same_net_and_picture() -> dict[str, str]:
    """What the address says of net and picture, for a link to a page that is to show the same."""
    return {name: word for name, word in st.query_params.items() if name.startswith(f"{_KEY}_")}


def set_of_pictures(net: AnyNet) -> str:
    """Name of the data set that pictures for a net are picked from here."""
    return picked_set(net, key=_KEY)


def _show_input(net: AnyNet, picture: PickedPicture) -> None:
    """Shows a person's picture as the net sees it, and as it came where that is another size."""
    views = _views.get((net.key, picture.key), lambda: _draw(net, picture))
    with st.container(horizontal=True):
        for content, caption in views:
            st.image(content, caption=caption, alt=f"The picture. {caption}", width=_SHOWN_PX)


def _draw(net: AnyNet, picture: PickedPicture) -> tuple[tuple[bytes, str], ...]:
    seen = picture.seen_by(net).colour
    views = [(seen, f"As the net sees it, {len(seen)} px")]
    if picture.pixels.shape[:2] != seen.shape[:2]:
        views.append((as_shown(picture), f"As it came, {picture.size_text}"))
    return tuple((webp_bytes(_sized(pixels)), caption) for pixels, caption in views)


def _sized(pixels: np.ndarray) -> np.ndarray:
    """Brings the longer side to the shown size times two, small pictures with their pixels."""
    longest = max(pixels.shape[:2])
    height, width = (round(side * 2 * _SHOWN_PX / longest) for side in pixels.shape[:2])
    return enlarge(pixels, (max(1, height), max(1, width)), smooth=longest > _SHOWN_PX)


def _choose_nets() -> tuple[AnyNet, ...]:
    take_linked_run(_KEY, f"{_KEY}_other")
    sources = [pick_any_net("Net", key=_KEY)]
    if st.toggle("Compare two nets", **switch_in_address(f"{_KEY}_compare")):
        sources.append(pick_any_net("Second net", key=f"{_KEY}_other", first=1))
    different = one_of_each(sources)
    if len(different) < len(sources):
        st.caption("Choose two different nets, or two steps of one run, to compare them.")
    nets = load_any_nets(different)
    for net in nets:
        if isinstance(net, OtherNet):
            say_caution(net.card)
    return nets


_views: SharedCache[tuple[tuple[bytes, str], ...]] = SharedCache(64)
