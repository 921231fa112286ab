"""A person's own picture, and the net of photographs that it is shown to."""

import streamlit as st

from pages.ui.choosing.fit import pick_fit
from pages.ui.choosing.nets import KEPT, list_nets_at_hand
from pages.ui.shell.address import write_to_address
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.session import app_state, set_widget_value, widget_value
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.photographs import knows_photographs, net_of_photographs
from resnet_core.asking.picked import BroughtPicture, PickedPicture, bring_picture, pick_brought
from resnet_core.checkpoints.naming import learned_data
from resnet_core.errors import PictureError


def pick_own(net: AnyNet, key: str) -> PickedPicture | None:
    """Lets a person bring a picture; `None` while there is none.

    A net that learned drawn figures or grey clothes has nothing to say of photographs: when a
    picture comes, one that learned photographs takes its place, and a sentence says so.

    Args:
        net: that the picture is to be shown to.
        key: begins the widgets' keys; the net's picker has the same.
    """
    st.file_uploader(
        "JPEG, PNG, WebP, TIFF, ... up to 25 MB",
        key=f"{key}_upload",
        max_upload_size=25,
        on_change=_take,
        args=(net, key),
    )
    choices = app_state().choices
    if f"{key}_refused" in choices:
        show_error(choices[f"{key}_refused"])
    brought: BroughtPicture | None = choices.get(f"{key}_own")
    if brought is None:
        st.caption("It stays on this machine, and in no address: a link to this view asks for it.")
        return None
    _say_which_net(net, choices.get(f"{key}_left_net", {}).get(net.card.name))
    with st.expander("How it is made square", icon=":material/crop:"):
        fit = pick_fit(key)
    for note in brought.view.notes:
        st.caption(plain(note))
    return pick_brought(brought, fit)


def _take(net: AnyNet, key: str) -> None:
    """Takes what was brought, once; a picture goes when its file is removed.

    It stays when another page is opened, where Streamlit drops the upload, and when the next file
    is refused.
    """
    choices, upload = app_state().choices, widget_value(f"{key}_upload")
    choices.pop(f"{key}_refused", None)
    if upload is None:
        choices.pop(f"{key}_own", None)
        return
    try:
        choices[f"{key}_own"] = bring_picture(upload.getvalue(), name=upload.name)
    except PictureError as exc:
        choices[f"{key}_refused"] = exc
        return
    _choose_net_of_photographs(net, key)


def _choose_net_of_photographs(net: AnyNet, key: str) -> None:
    choices = app_state().choices
    choices.pop(f"{key}_left_net", None)
    card = net_of_photographs(list_nets_at_hand())
    if knows_photographs(net.card) or card is None or widget_value(f"{key}_compare"):
        return
    choices[f"{key}_left_net"] = {card.name: net.title}
    set_widget_value(f"{key}_net", f"{KEPT}/{card.name}")
    write_to_address(f"{key}_net", f"{KEPT}/{card.name}".lower())


def _say_which_net(net: AnyNet, left: str | None) -> None:
    if not knows_photographs(net.card):
        st.caption(
            plain(
                f"This net learned {learned_data(net.card.name, net.card.data_title)}, no "
                "photographs: its answer to one is a guess among what it knows."
            )
        )
    elif left is not None:
        st.caption(
            plain(f"A net of photographs was chosen for your picture, since {left} has seen none.")
        )
