"""A trained net taught a person's own classes: a folder, what learns, how large pictures are."""

from dataclasses import replace

import streamlit as st

from pages.ui.choosing.own_pictures import pick_own_pictures
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import choice_in_address, number_in_address
from pages.ui.shell.jobs import find, forget, shown, submit
from pages.ui.shell.links import go_to_run
from pages.ui.shell.session import app_state, leave_notice
from pages.ui.shell.words import hover_text
from resnet_core.asking import ReadyNet
from resnet_core.config import DataConfig, ExperimentConfig, settings_of
from resnet_core.errors import RunBusyError
from resnet_core.recipes.finetuning import TEACHING_SIDES_PX, TeachingRequest
from resnet_core.runs.launcher import start_experiment
from resnet_core.teaching.preparing import prepare_teaching

_ASKED = "classify_teaching"
_HEAD, _WHOLE = "Its new classifier", "All of it"
_SIDES_PX = (32, 64, 96, 128, 160, 192, 224)
_MOST_SEED = 2**32 - 1
_EXPLANATIONS = {
    _HEAD: "What the net sees stays as it is, to the last bit, and is computed once for each "
    "picture: that is quick, and is enough where your pictures are like those that the net knows.",
    _WHOLE: "Every layer goes on learning, at a tenth of the usual rate, from pictures that are "
    "shifted and flipped: that takes longer, and more pictures.",
}


def teach_own_classes(net: ReadyNet) -> None:
    """Lets a person teach the chosen net classes of their own; a press opens the run on Train.

    Raises:
        ResNetLabError: for a setting that cannot be, or a run that cannot start.
    """
    st.caption(
        "The net gets a new classifier, which learns the classes of your folder. You watch it "
        "learn, and find the new net here: with the names of your classes, how sure it may be, and "
        "which pictures are strange to it.",
        help=hover_text("fine-tuning", "confidence interval", "validation"),
    )
    if net.source.path is None:
        st.info(
            "Choose a net above that was trained: this one never was.", icon=":material/school:"
        )
        return
    left, right = st.columns(2, gap="large")
    with right:
        request = _ask_how(net, str(net.source.path))
    with left:
        own = pick_own_pictures("classify_teach_path")
        st.caption(
            "Folders called test or val are held out; without them a tenth of the pictures is. On "
            "those the new net is measured."
        )
        if own is not None:
            _teach(replace(request, source=own.path))


def _ask_how(net: ReadyNet, path: str) -> TeachingRequest:
    learns = choose_view(
        "What learns", (_HEAD, _WHOLE), key="classify_teach_what", is_labelled=True
    )
    st.caption(_EXPLANATIONS[learns])
    own = min(max(net.card.image_size_px, TEACHING_SIDES_PX[0]), TEACHING_SIDES_PX[1])
    sides = tuple(sorted({*_SIDES_PX, own}))
    side = st.select_slider(
        settings_of(DataConfig)["image_size_px"].title,
        sides,
        format_func=lambda side: f"{side} px" + (", the net's own" if side == own else ""),
        help="Larger pictures show more and take longer: twice the side, four times the work.",
        **choice_in_address(f"classify_teach_side_{own}", sides, own),
    )
    with st.expander("Seed", icon=":material/casino:"):
        setting = settings_of(ExperimentConfig)["seed"]
        seed = st.number_input(
            setting.title,
            0,
            _MOST_SEED,
            help=setting.help,
            **number_in_address("classify_teach_seed", 0, 0, _MOST_SEED),
        )
    return TeachingRequest(
        source="",
        start=path,
        is_frozen=learns == _HEAD,
        image_size_px=int(side),
        seed=int(seed),
    )


def _teach(request: TeachingRequest) -> None:
    """Shows the button; the pictures are read and judged before the run begins."""
    key = ("teach", request)
    if st.button("Teach it", type="primary", icon=":material/school:", key="classify_teach"):
        forget(key)
        app_state().choices[_ASKED] = key
        submit(key, lambda progress: prepare_teaching(request, progress), lane="slow")
    job = find(key) if app_state().choices.get(_ASKED) == key else None
    config = shown(job, "Reading your pictures") if job is not None else None
    if config is not None:
        app_state().choices.pop(_ASKED)
        _start(config)


def _start(config: ExperimentConfig) -> None:
    try:
        run_id = start_experiment(config)
    except RunBusyError as exc:
        run_id = exc.run_id
        leave_notice("This very net is being taught already: here it is.")
    go_to_run(run_id)
