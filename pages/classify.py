"""Classify: any net on a person's own pictures, and on labelled ones."""

import streamlit as st

from pages.ui.choosing.fit import pick_fit
from pages.ui.classify.bring import bring_nets
from pages.ui.classify.brought_pictures import BroughtPictures, take_pictures
from pages.ui.classify.export import take_away
from pages.ui.classify.many import show_many
from pages.ui.classify.nets import pick_nets, with_own
from pages.ui.classify.report import labelled_set
from pages.ui.classify.single import show_answers
from pages.ui.classify.teach import teach_own_classes
from pages.ui.shell.address import choice_in_address, number_in_address, word_of
from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.words import hover_text
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.inference import Answer
from resnet_core.pictures.picture import Fit
from resnet_core.progress import Progress

_TEACH = "Teach your own classes"
_VIEWS = ("Your pictures", "On a labelled set", "Bring or export nets", _TEACH)
_MOST_CLASSES, _CLASSES = 10, 5

st.title("Classify")
st.caption(
    "What a net says of your photographs, how sure it may be, and where it looked. Nothing leaves "
    "this machine.",
    help=hover_text("Grad-CAM", "logit", "temperature"),
)


def answer_one(net: AnyNet, brought: BroughtPictures, fit: Fit) -> Answer | None:
    """Asks one net about one picture; `None` while there is no answer, or it was refused."""
    source = brought.sources[0]

    def work(progress: Progress) -> Answer:
        return net.answer(net.see(source.content, name=source.name, fit=fit))

    return shown(submit(("classify", net.key, brought.key, fit), work), "The picture")


def show_pictures(nets: tuple[AnyNet, ...], fit: Fit, top: int) -> None:
    """Takes pictures and shows what the nets say of them, beside where they come in."""
    bring, said = st.columns([4, 7], gap="medium")
    with bring:
        brought = take_pictures(nets)
    if not brought.is_single:
        with said, shown_errors():
            show_many(nets[0], brought, fit, top=top)
        return
    with said, shown_errors():
        answers = [answer_one(net, brought, fit) for net in nets]
        if all(answers):
            show_answers(nets, [answer for answer in answers if answer], top=top)
            here = dict(st.query_params) | {"classify_tab": word_of(_TEACH)}
            link_with("classify", "Teach it your own classes", ":material/school:", here)


def pick_rare() -> tuple[Fit, int]:
    """Lets a person choose what is seldom changed."""
    with st.popover("More", icon=":material/tune:"):
        fit = pick_fit("classify")
        top = st.slider(
            "Classes to name",
            1,
            _MOST_CLASSES,
            **number_in_address("classify_top", _CLASSES, 1, _MOST_CLASSES),
        )
    return fit, top


nets: tuple[AnyNet, ...] = ()
choice, rare = st.columns([6, 1], vertical_alignment="bottom")
with choice, shown_errors():
    nets = pick_nets()
with rare:
    fit, top = pick_rare()
if nets:
    view = choice_in_address("classify_tab", _VIEWS, _VIEWS[0])
    pictures, labelled, exchange, teach = st.tabs(
        _VIEWS, key=view["key"], on_change=view["on_change"], args=view["args"]
    )
    if pictures.open:
        with pictures, shown_errors():
            show_pictures(nets, fit, top)
    if labelled.open:
        with labelled, shown_errors():
            with_own(nets[0], labelled_set)
    if exchange.open:
        with exchange:
            bring, take = st.columns(2, gap="large")
            with bring, shown_errors():
                bring_nets()
            with take, shown_errors():
                with_own(nets[0], take_away)
    if teach.open:
        with teach, shown_errors():
            with_own(nets[0], teach_own_classes)
