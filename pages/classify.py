"""Classify: any net on a person's own pictures, and on labelled ones."""

import streamlit as st

from pages.ui.choosing.fit import pick_fit
from pages.ui.classify.bring import bring_nets
from pages.ui.classify.brought_pictures import BroughtPictures, take_pictures
from pages.ui.classify.export import take_away
from pages.ui.classify.many import show_many
from pages.ui.classify.nets import pick_nets
from pages.ui.classify.report import labelled_set
from pages.ui.classify.single import show_answers
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import shown_errors
from resnet_core.asking import ReadyNet
from resnet_core.inference import Answer
from resnet_core.pictures.door import Fit
from resnet_core.progress import Progress

st.title("Classify")
st.write(
    "Drop photographs and see what a net says of them, how sure it may be, and where it looked. "
    "Nothing leaves this machine."
)


def answer_one(net: ReadyNet, brought: BroughtPictures, fit: Fit) -> Answer | None:
    """Asks one net about one picture; `None` while there is no answer, or it was refused."""
    source = brought.sources[0]

    def work(progress: Progress) -> Answer:
        return net.answer(net.see(source.content, name=source.name, fit=fit))

    return shown(submit(("classify", net.key, brought.key, fit), work), "The picture")


def show_pictures(nets: tuple[ReadyNet, ...], fit: Fit, top: int) -> None:
    """Takes pictures and shows what the nets say of them."""
    brought = take_pictures({name for net in nets for name in net.card.class_names})
    if not brought.is_single:
        show_many(nets[0], brought, fit, top=top)
        return
    answers = [answer_one(net, brought, fit) for net in nets]
    if all(answers):
        show_answers(nets, [answer for answer in answers if answer], top=top)


nets: tuple[ReadyNet, ...] = ()
choice, work = st.columns([1, 3], gap="large")
with choice:
    with shown_errors():
        nets = pick_nets()
    fit = pick_fit("classify")
    top = st.slider("Classes to name", 1, 10, 5, key="classify_top", persist_state="session")
with work:
    if nets:
        pictures, labelled, exchange = st.tabs(
            ["Your pictures", "On a labelled set", "Bring or export nets"],
            key="classify_tab",
            on_change="rerun",
        )
        if pictures.open:
            with pictures, shown_errors():
                show_pictures(nets, fit, top)
        if labelled.open:
            with labelled, shown_errors():
                labelled_set(nets[0])
        if exchange.open:
            with exchange:
                bring, take = st.columns(2, gap="large")
                with bring, shown_errors():
                    bring_nets()
                with take, shown_errors():
                    take_away(nets[0])
