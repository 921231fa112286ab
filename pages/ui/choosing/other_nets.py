"""Nets of other people: torchvision's and timm's by name, and what the server's owner named.

A name is looked up in the list of nets that may be named, so that nothing in an address runs code.
"""

import threading
from collections.abc import Hashable

import streamlit as st

from pages.ui.shell.address import choice_in_address, number_in_address, write_to_address
from pages.ui.shell.controls import with_controls
from pages.ui.shell.jobs import forget, shown, submit
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state, set_widget_value
from resnet_core.asking import OtherNet, load_other
from resnet_core.others import OtherCard, OtherRequest, list_other_nets, listed_request
from resnet_core.others.brought_weights import keep_weights, list_brought_weights

_FIRST = "torchvision:resnet18"
_UNTRAINED = "untrained"
_MOST_SEED = 2**31 - 1
_MOST_FILE_MIB = 600
_MOST_LOADED = 4
"""Nets in memory at once: the largest have half a gigabyte."""


def pick_other_net(key: str) -> OtherRequest:
    """Lets a person choose a net of others, untrained or with weights from a file.

    Raises:
        ConfigError: when the owner's list of nets cannot be read.
    """
    name = pick_other_name(key)
    with st.popover("Its weights", icon=":material/weight:"):
        _take_weights(key)
        weights = {found.key: found for found in list_brought_weights()}
        chosen = _pick_weights(key, {key: found.title for key, found in weights.items()})
        seed = st.number_input(
            "Seed of first weights",
            0,
            _MOST_SEED,
            **number_in_address(f"{key}_module_seed", 0, 0, _MOST_SEED),
        )
    path = weights[chosen].path if chosen in weights else None
    return listed_request(name, seed=int(seed), weights=path)


def pick_other_name(key: str, first: str = "") -> str:
    """Lets a person choose the name of a net of others; `first` is taken at first, if it is there.

    Raises:
        ConfigError: when the owner's list of nets cannot be read.
    """
    names = [net.name for net in list_other_nets()]
    wanted = next((name for name in (first, _FIRST) if name in names), names[0])
    return st.selectbox(
        "Its name",
        names,
        help="Type to search. Code of your own is listed where the server's owner has named it in "
        "RESNET_LAB_PLUGINS.",
        **choice_in_address(f"{key}_module", names, wanted),
    )


def load_other_net(request: OtherRequest) -> OtherNet | None:
    """Loads a net of others once for all sessions.

    Returns:
        `None` while it is on its way, which the page says with a way to stop it, or where it cannot
        be had, which it says in a sentence.
    """
    job = submit(
        ("net of others", request), lambda progress: load_other(request, progress=progress)
    )
    _forget_former(job.key)
    return shown(job, f"Building {request.name}")


def say_caution(card: OtherCard) -> None:
    """Says of an untrained net of others that its answers mean nothing, and what was assumed."""
    if card.caution:
        st.caption(f":material/casino: {plain(card.caution)}")
    elif card.assumed:
        st.caption(plain(with_controls(" ".join(card.assumed))))


def _forget_former(key: Hashable) -> None:
    """Lets go of the net that nobody has asked for longest, where there are too many."""
    with _lock:
        _loaded.pop(key, None)
        _loaded[key] = None
        former = list(_loaded)[:-_MOST_LOADED]
        for each in former:
            del _loaded[each]
    for each in former:
        forget(each)


def _pick_weights(key: str, titles: dict[str, str]) -> str:
    options = (_UNTRAINED, *titles)
    return st.selectbox(
        "Weights",
        options,
        format_func=lambda option: titles.get(option, "none: it is untrained"),
        **choice_in_address(f"{key}_module_weights", options, _UNTRAINED),
    )


def _take_weights(key: str) -> None:
    """Keeps a file that was just uploaded, and chooses it before the picker is drawn."""
    uploaded = st.file_uploader(
        "Weights from a file of yours",
        type=["pt", "pth", "safetensors", "bin", "ckpt", "th", "npz"],
        max_upload_size=_MOST_FILE_MIB,
        key=f"{key}_module_file",
        help="As the net's own library saves them. They are read without running anything.",
    )
    taken = app_state().read_files
    if uploaded is not None and uploaded.file_id != taken.get(f"{key}_module"):
        taken[f"{key}_module"] = uploaded.file_id
        brought = keep_weights(uploaded.getvalue(), uploaded.name)
        set_widget_value(f"{key}_module_weights", brought.key)
        write_to_address(f"{key}_module_weights", brought.key)


_lock = threading.Lock()
_loaded: dict[Hashable, None] = {}
"""Keys of the jobs whose nets are in memory, or on their way; the newest stands last."""
