"""Classify: any net on a person's own pictures, and on labelled ones."""

import streamlit as st

from pages.ui.classify_intake import Intake, take_pictures
from pages.ui.classify_many import show_many
from pages.ui.classify_nets import ReadyNet, bring_nets, pick_nets
from pages.ui.classify_report import labelled_set
from pages.ui.classify_single import show_answers
from pages.ui.jobs import shown, submit
from pages.ui.notices import shown_errors
from resnet_core.inference import Answer, classify_picture
from resnet_core.progress import Progress

st.title("Classify")
st.write(
    "Drop photographs and see what a net says of them, how sure it may be, and where it looked. "
    "Nothing leaves this machine."
)


def ask(net: ReadyNet, intake: Intake) -> Answer | None:
    """Asks one net about one picture; `None` while there is no answer, or it was refused."""
    source = intake.sources[0]

    def work(progress: Progress) -> Answer:
        return classify_picture(net.classifier, source.content, name=source.name, fit=intake.fit)

    key = ("classify", net.key, intake.key, intake.fit)
    return shown(submit(key, work), "The picture")


def show_pictures(nets: tuple[ReadyNet, ...]) -> None:
    """Takes pictures and shows what the nets say of them."""
    left, right = st.columns([3, 1], gap="large")
    with left:
        intake = take_pictures()
    top = right.slider("Classes to name", 1, 10, 5, key="classify_top", persist_state="session")
    if intake is None:
        st.info("Bring a picture, or choose an example above.", icon=":material/arrow_upward:")
        return
    if intake.is_single:
        answers = [ask(net, intake) for net in nets]
        if all(answers):
            show_answers(nets, [answer for answer in answers if answer], top=top)
        return
    first, *others = nets
    if others:
        st.caption("Many pictures go through the first net only.")
    show_many(first, intake, top=top)


nets: tuple[ReadyNet, ...] = ()
choice, work = st.columns([1, 3], gap="large")
with choice:
    with shown_errors():
        nets = pick_nets()
    bring_nets()
with work:
    if nets:
        pictures, labelled = st.tabs(
            ["Your pictures", "On a labelled set"], key="classify_tab", on_change="rerun"
        )
        if pictures.open:
            with pictures, shown_errors():
                show_pictures(nets)
        if labelled.open:
            with labelled, shown_errors():
                labelled_set(nets[0])
