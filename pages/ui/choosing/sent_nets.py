"""Nets that a person sends from the Architecture page to other pages."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.shell.links import PageName, go_to_page
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state
from resnet_core.config import ArmConfig
from resnet_core.models import has_twin, twin_config

_MOST_LETTERS = 80


def send_to(page: PageName, nets: Sequence[ArmConfig]) -> None:
    """Remembers nets for a page and opens it."""
    app_state().sent_nets = tuple(nets)
    go_to_page(page)


def sent_arms() -> tuple[ArmConfig, ...]:
    """Shows the nets that were sent here, and gives them; empty while there are none."""
    sent = app_state().sent_nets
    if not sent:
        return ()
    with st.container(border=True):
        st.caption("From the Architecture page")
        for arm in sent:
            st.markdown(f"**{plain(arm.label)}**")
        can_have_twin = len(sent) == 1 and has_twin(sent[0].model)
        with_twin = can_have_twin and st.toggle(
            "Against its twin with the shortcuts switched over",
            True,
            help="The residual net's plain twin, or the plain net's residual one: same weights at "
            "the start, same batches.",
            key="sent_twin",
        )
        if st.button("Choose other nets", icon=":material/undo:"):
            app_state().sent_nets = ()
            st.rerun()
    return (*sent, _twin(sent[0])) if with_twin else sent


def _twin(arm: ArmConfig) -> ArmConfig:
    twin = twin_config(arm.model)
    kind = "plain" if twin.is_plain else "residual"
    return ArmConfig(label=f"{arm.label[: _MOST_LETTERS - 14]}, {kind} twin", model=twin)
