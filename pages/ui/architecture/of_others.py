"""What a net of others costs: totals, and a table of every module."""

import streamlit as st

from pages.ui.choosing.other_nets import pick_other_name
from pages.ui.shell.address import choice_in_address, number_in_address, word_of
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.wording import count
from resnet_core.others import OtherRequest, is_other_name, listed_request
from resnet_core.others.cost import OtherCost, measure_other_cost

_OWN, _OTHERS = "The lab's own nets", "Nets of others"
_KEY = "net"
_SIDES_PX = (8, 1024)


def asks_for_others() -> bool:
    """Lets a person choose whose nets are looked at; an address may name one of others as `net`."""
    options, first = (_OWN, _OTHERS), _OWN
    with shown_errors():  # the owner's list may be one that cannot be read
        first = _OTHERS if is_other_name(st.query_params.get("net", "")) else _OWN
    chosen = st.segmented_control(
        "Whose nets",
        options,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        **choice_in_address("net_whose", options, first),
    )
    return chosen == _OTHERS


def show_cost_of_others() -> None:
    """Lets a person choose a net of others, and shows its cost, module by module.

    Raises:
        ResNetLabError: for a net that cannot be had, or built at that size.
    """
    left, right = st.columns([7, 2], gap="medium", vertical_alignment="bottom")
    with left:
        name = pick_other_name(_KEY, first=st.query_params.get("net", ""))
    with right:
        side = st.number_input(
            "Picture, px a side",
            *_SIDES_PX,
            placeholder="as it wants",
            **number_in_address("net_other_px", None, *_SIDES_PX),
        )
    request = listed_request(name, image_size_px=None if side is None else int(side))
    job = submit(("cost of others", request), lambda progress: measure_other_cost(request))
    cost = shown(job, "Counting")
    if cost is not None:
        _show(request, cost)


def _show(request: OtherRequest, cost: OtherCost) -> None:
    st.markdown(
        f"**{plain(request.name)}**: {cost.parameters:,} parameters, {count(cost.macs)} "
        f"multiply-adds and {cost.activation_mib:,.2f} MiB of activations for a picture of "
        f"{cost.image_size_px} px."
    )
    with st.container(horizontal=True):
        module = word_of(request.name)
        address = {"view": word_of("Others"), "flow_module": module}
        link_with("gradient_flow", "Its gradient flow", ":material/trending_down:", address)
        address = {"probed_net": "others", "probed_module": module}
        link_with("feature_maps", "Its feature maps", ":material/grid_view:", address)
    rows = [
        {
            "Layer": layer.path,
            "Operation": layer.label,
            "Gives": " x ".join(map(str, layer.output_shape)),
            "Parameters": layer.parameters,
            "Multiply-adds": layer.macs,
            "Activations, bytes": layer.activation_bytes,
        }
        for layer in cost.layers
    ]
    numbers = ("Parameters", "Multiply-adds", "Activations, bytes")
    formats = {name: st.column_config.NumberColumn(format="localized") for name in numbers}
    st.dataframe(rows, hide_index=True, column_config=formats, key="layers_of_others")
    st.caption(
        "Modules that cost anything, in the order in which a picture meets them, each without what "
        "stands within it; activations are what training keeps for one picture, in float32."
    )
