"""How a person brings more nets: weights in a file, or torchvision's ImageNet weights."""

import hashlib
import re
from collections.abc import Hashable
from pathlib import Path, PurePath
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.choosing.nets import KEPT
from pages.ui.classify.nets import choose_net, is_chosen
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import word_of
from pages.ui.shell.controls import with_controls
from pages.ui.shell.jobs import find, forget, shown, submit
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state, set_widget_value, widget_value
from resnet_core.checkpoints import read_card
from resnet_core.errors import CheckpointError
from resnet_core.importing import (
    CLASS_SETS,
    ImportRequest,
    fetch_imagenet_net,
    import_checkpoint,
    list_imagenet_nets,
    names_typed,
    read_numbers,
)
from resnet_core.importing.architecture import AUTOMATIC, known_architectures
from resnet_core.importing.readings import QUESTIONS
from resnet_core.models.sharing import net_to_link
from resnet_core.shares import percent

_IMPORT, _FETCHED = "classify_import", "classify_fetched"
_FILE, _NAME = "classify_weights", "classify_weights_name"
_SELECTED = "classify_brought"
_FILES, _IMAGENET = "A file", "ImageNet weights"
_MEAN, _STD, _SIDE = "Mean of each channel", "Standard deviation", "Side of a picture, px"
_PART = "Which weights of several in the file"
_CONTROLS = {question.option: question.title for question in QUESTIONS} | {
    "--image-size": _SIDE,
    "--mean": _MEAN,
    "--std": _STD,
    "--part": _PART,
}
"""What the form calls that which an option of the command line says."""


def bring_nets() -> None:
    """Lets a person import weights, or fetch torchvision's ImageNet weights."""
    st.header("Bring other weights")
    way = choose_view("From", (_FILES, _IMAGENET), key="classify_bring")
    if way == _FILES:
        _import_form()
    else:
        _imagenet_form()


def _import_form() -> None:
    st.caption(
        "Weights of any ResNet, as torchvision, timm, Hugging Face, kuangliu, akamaster, Lightning "
        "or a training script saves them: .pt, .pth, .th, .ckpt, .npz or .safetensors. They are "
        "read in a process of their own; no code in them runs."
    )
    uploaded = st.file_uploader("Weights, up to 200 MB", key=_FILE, on_change=_propose_name)
    architecture = st.selectbox(
        "Net",
        (AUTOMATIC, *known_architectures()),
        format_func=lambda name: "told by the weights" if name == AUTOMATIC else name,
        key="classify_weights_net",
    )
    name = st.text_input("Call it", max_chars=64, key=_NAME)
    with st.expander("What its pictures were like", icon=":material/tune:"):
        said = _ask_more()
    with st.expander("What weights do not tell", icon=":material/help:"):
        answers = _ask_open_questions()
    if st.button("Import", icon=":material/download_done:", disabled=uploaded is None) and uploaded:
        request = ImportRequest(
            name=name.strip(), architecture=architecture, **_read_more(**said), **answers
        )
        _start_import(uploaded, request)
    if _IMPORT in app_state().choices:
        _show_brought(app_state().choices[_IMPORT], "Importing")


def _start_import(uploaded: UploadedFile, request: ImportRequest) -> None:
    content, file_name = uploaded.getvalue(), uploaded.name
    key = ("classify-import", request, hashlib.sha256(content).hexdigest())
    forget(key)
    app_state().choices[_IMPORT] = key
    submit(
        key,
        lambda progress: import_checkpoint(
            content, request, file_name=file_name, progress=progress
        ),
        lane="slow",
    )


def _ask_more() -> dict[str, Any]:
    st.caption("What you leave empty is what the file states, or what makers of such weights used.")
    classes = st.text_input(
        f"Class names, in order, or {', '.join(CLASS_SETS)}",
        placeholder="cat, dog, ...",
        key="classify_weights_classes",
    )
    mean = st.text_input(_MEAN, placeholder="0.485, 0.456, 0.406", key="classify_weights_mean")
    std = st.text_input(_STD, placeholder="0.229, 0.224, 0.225", key="classify_weights_std")
    side = st.number_input(_SIDE, 8, 512, None, key="classify_weights_side")
    return {"classes": classes, "mean": mean, "std": std, "side": side}


def _read_more(*, classes: str, mean: str, std: str, side: float | None) -> dict[str, Any]:
    """Reads what was typed once it is wanted, so that a slip takes no part of the form away.

    Raises:
        ConfigError: for what is no list of numbers.
    """
    return {
        "class_names": names_typed(classes),
        "mean": read_numbers(mean),
        "std": read_numbers(std),
        "image_size_px": None if side is None else int(side),
    }


def _ask_open_questions() -> dict[str, Any]:
    """Asks what tensors leave open; left alone, it is measured, or taken as it commonly is."""
    st.caption(
        "Left open, this is measured on pictures where that can be, or else taken as it commonly "
        "is, and named afterwards."
    )
    said = {
        question.name: st.selectbox(
            question.title,
            ("", *question.answers),
            format_func=lambda answer, known=question.answers: known.get(answer, "open"),
            key=f"classify_weights_{question.name}",
        )
        for question in QUESTIONS
    }
    part = st.text_input(
        _PART,
        placeholder="state_dict_ema",
        key="classify_weights_part",
    )
    return {**said, "part": part.strip()}


def _propose_name() -> None:
    """Names the net after its file, as far as a checkpoint may be called so."""
    uploaded = widget_value(_FILE)
    if uploaded is not None:
        stem = PurePath(uploaded.name).stem
        set_widget_value(_NAME, re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:64])


def _imagenet_form() -> None:
    nets = {net.name: net for net in list_imagenet_nets()}
    name = st.selectbox(
        "ImageNet weights of torchvision",
        nets,
        format_func=lambda name: (
            f"{name}: {nets[name].download_mib:,.0f} MiB, {percent(nets[name].top1)} right by its "
            "makers"
        ),
        key="classify_imagenet",
    )
    st.caption(
        f"Taken from where torch keeps its downloads, or else loaded from {nets[name].file.host}; "
        "nothing is sent there but the request."
    )
    key = ("classify-imagenet", name)
    if st.button("Get the weights", icon=":material/download:"):
        job = find(key)
        if job is not None and job.is_done:  # another session may be fetching it
            forget(key)
        submit(key, lambda progress: fetch_imagenet_net(name, progress), lane="slow")
        app_state().choices[_FETCHED] = key
    if app_state().choices.get(_FETCHED) == key:  # what others fetched chooses no net here
        _show_brought(key, "ImageNet weights")


def _show_brought(key: Hashable, what: str) -> None:
    job = find(key)
    path = shown(job, what) if job is not None else None
    if path is None:
        return
    if app_state().choices.get(_SELECTED) != path:
        app_state().choices[_SELECTED] = path
        choose_net(path.stem)
        st.rerun()
    if is_chosen(path.stem):
        st.success(plain(f"{path.stem} is chosen above now."), icon=":material/check:")
    else:
        st.text(f"{path.stem} was brought; another net is chosen above now.")
    _say_what_was_assumed(path)
    _lead_on(path)


def _say_what_was_assumed(path: Path) -> None:
    """Names what custom alone says of a net, and what of its file was left out."""
    try:
        brought = read_card(path).brought
    except CheckpointError:  # another session took it away meanwhile
        return
    if brought is None:
        return
    for sentence in brought.warnings:
        st.warning(plain(sentence), icon=":material/warning:")
    lines = [f"Assumed: {with_controls(sentence, _CONTROLS)}" for sentence in brought.assumed]
    lines += [f"Left out: {count:,} {what}" for what, count in brought.left_out.items()]
    if lines:
        st.caption(
            "What the file does not tell was taken as it commonly is; where that is wrong, give "
            "another answer in the form above, under the name in brackets, and import it again."
        )
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _lead_on(path: Path) -> None:
    """Leads to what can be done with a net that was brought, each link with that net in it."""
    word = word_of(f"{KEPT}/{path.stem}")
    try:
        model = read_card(path).model
    except CheckpointError:  # another session took it away meanwhile
        return
    with st.container(horizontal=True):
        link_with("classify", "Classify with it", ":material/image_search:", {"classify_net": word})
        link_with(
            "where_it_looks", "Where does it look?", ":material/visibility:", {"probed_net": word}
        )
        link_with("feature_maps", "Its maps", ":material/grid_view:", {"probed_net": word})
        link_with("take_apart", "Take it apart", ":material/handyman:", {"probed_net": word})
        link_with("architecture", "Its architecture", ":material/account_tree:", net_to_link(model))
