"""Whether the picture is strange to a net, whose maps then say as little as its answer."""

import streamlit as st

from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from pages.ui.where_it_looks.controls import ExplanationRequest
from resnet_core.asking import ReadyNet
from resnet_core.inference.sentences import alarm_sentence


def say_strange(request: ExplanationRequest) -> None:
    """Says of each of the lab's own nets that the picture is strange to it, where it is."""
    for net in request.nets:
        if isinstance(net, ReadyNet):
            _say_of(net, request, whose=f"{net.title}: " if len(request.nets) > 1 else "")


def _say_of(net: ReadyNet, request: ExplanationRequest, *, whose: str) -> None:
    seen = request.picture.seen_by(net)
    key = ("look-answer", net.key, request.picture.key)
    answer = shown(submit(key, lambda progress: net.answer(seen)), "What it says")
    if answer is not None and answer.is_unfamiliar:
        st.warning(plain(f"{whose}{alarm_sentence(answer)}"), icon=":material/help:")
