"""Nets that the address of the Train page names, as the Architecture page sends them."""

import streamlit as st

from pages.ui.choosing.nets_in_address import forget_nets, nets_of_address, titles_of
from pages.ui.shell.address import switch_in_address
from pages.ui.shell.notices import plain
from resnet_core.config import ArmConfig
from resnet_core.models import has_twin, twin_config

_MOST_LETTERS = 80


def linked_arms() -> tuple[ArmConfig, ...]:
    """Shows the nets that the address names, and gives them; empty where it names none.

    Raises:
        UnknownNetError: for a net that does not exist.
        ConfigError: for changes that are not valid.
    """
    nets = nets_of_address()
    if not nets:
        return ()
    arms = tuple(
        ArmConfig(label=title, model=net) for title, net in zip(titles_of(nets), nets, strict=True)
    )
    with st.container(border=True):
        st.caption("From the Architecture page")
        for arm in arms:
            st.markdown(f"**{plain(arm.label)}**")
        can_have_twin = len(arms) == 1 and has_twin(arms[0].model)
        with_twin = can_have_twin and st.toggle(
            "Against its twin with the shortcuts switched over",
            help="The residual net's plain twin, or the plain net's residual one: same weights at "
            "the start, same batches.",
            **switch_in_address("twin", True),
        )
        st.button("Choose other nets", icon=":material/undo:", on_click=forget_nets)
    return (*arms, _twin(arms[0])) if with_twin else arms


def _twin(arm: ArmConfig) -> ArmConfig:
    twin = twin_config(arm.model)
    kind = "plain" if twin.is_plain else "residual"
    return ArmConfig(label=f"{arm.label[: _MOST_LETTERS - 14]}, {kind} twin", model=twin)
