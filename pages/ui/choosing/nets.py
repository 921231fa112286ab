"""Which net to look into: a shipped one, a saved step of a run, one untrained, one of others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import streamlit as st

from pages.ui.choosing.other_nets import load_other_net, pick_other_net
from pages.ui.shell.address import choice_in_address, number_in_address
from pages.ui.shell.resources import list_data_sources, list_recent_runs
from resnet_core.asking import (
    NetSource,
    ReadyNet,
    list_kept_nets,
    list_steps,
    load_source,
    source_of_card,
    untrained_source,
)
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.shipped_runs import list_shipped_arms
from resnet_core.checkpoints import CheckpointCard, find_checkpoint, read_calibrated_card
from resnet_core.models import list_models, net_label
from resnet_core.others import OtherRequest
from resnet_core.runs.status import RunStatus
from resnet_core.shares import percent

NetChoice: TypeAlias = NetSource | OtherRequest
"""What pickers give: a net of the lab's own, or one of others."""

_UNTRAINED = "untrained"
_RUN = "run"
_MAX_SEED = 2**31
_RIGHT = " right"
"""Ends a net's title; a picker, which is narrow, does without it."""
KEPT = "kept"
"""Before a kept net's name, what the pickers call it."""
_OTHERS = "others"
_LAST_TITLES = {
    _UNTRAINED: "A net that never trained",
    _OTHERS: "A net of others: torchvision, timm",
}


def pick_net(label: str, *, key: str, first: int | str = 0) -> NetSource | None:
    """Lets a person choose a net of the lab's own.

    Args:
        label: what the picker is called.
        key: of its widgets.
        first: which of the choices is taken at first, counted from 0, or the name of a kept net,
            in whose absence it is the first.

    Returns:
        `None` where a run was chosen that has saved nothing yet.
    """
    found = _pick(label, key, first, with_others=False)
    assert not isinstance(found, OtherRequest)
    return found


def pick_any_net(label: str, *, key: str, first: int | str = 0) -> NetChoice | None:
    """Lets a person choose a net as `pick_net` does, or one of others.

    Raises:
        ConfigError: for a net of others that cannot be had.
    """
    return _pick(label, key, first, with_others=True)


def _pick(label: str, key: str, first: int | str, *, with_others: bool) -> NetChoice | None:
    kept = {f"{KEPT}/{card.name}": card for card in list_nets_at_hand()}
    saving = [run for run in list_recent_runs() if not run.is_watched]
    runs = {arm_option(run.run_id, arm): run for run in saving for arm in range(len(run.arms))}
    shipped = {arm_option(arm.run_id, arm.arm): arm for arm in list_shipped_arms()}
    last = (_UNTRAINED, _OTHERS) if with_others else (_UNTRAINED,)
    options = list(dict.fromkeys((*kept, *runs, *shipped, *last)))
    titles = {option: arm.title for option, arm in shipped.items()}
    titles |= _titles(kept, runs) | _LAST_TITLES
    choice = st.selectbox(
        label,
        options,
        format_func=lambda option: titles[option].removesuffix(_RIGHT),
        **choice_in_address(f"{key}_net", options, options[_first_place(options, first)]),
    )
    if choice in kept:
        path = find_checkpoint(kept[choice].name)
        return source_of_card(kept[choice], path, titles[choice])
    if choice in runs or choice in shipped:
        _, run_id, arm = choice.split("/")
        return _pick_step(run_id, int(arm), titles[choice], key)
    return pick_other_net(key) if choice == _OTHERS else _pick_untrained(key)


def arm_option(run_id: str, arm: int) -> str:
    """Names an arm of a run among the choices of `pick_net`."""
    return f"{_RUN}/{run_id}/{arm}"


def _first_place(options: list[str], first: int | str) -> int:
    if isinstance(first, int):
        return min(first, len(options) - 1)
    name = f"{KEPT}/{first}"
    return options.index(name) if name in options else 0


def list_nets_at_hand() -> tuple[CheckpointCard, ...]:
    """Lists kept nets; shipped ones whose pictures can be opened at once stand first."""
    ready = frozenset(source.title for source in list_data_sources() if source.status == "ready")
    return list_kept_nets(ready)


def load_shared_net(source: NetSource) -> ReadyNet:
    """Loads a net once for all sessions, under its card of this moment.

    The card is read anew, since a calibration may have come after the weights were loaded.

    Raises:
        CheckpointError: when its file is gone or damaged.
    """
    net = _load_once(source)
    return net if source.path is None else net.with_card(read_calibrated_card(source.path))


def load_any_nets(choices: Sequence[NetChoice]) -> tuple[AnyNet, ...]:
    """Loads nets of the lab's own and of others once for all sessions.

    Returns:
        All of them; none while one of others is on its way, or cannot be had, as the page says.

    Raises:
        CheckpointError: when a file of the lab's own is gone or damaged.
    """
    found = [
        load_other_net(choice) if isinstance(choice, OtherRequest) else load_shared_net(choice)
        for choice in choices
    ]
    there = tuple(net for net in found if net is not None)
    return there if len(there) == len(found) else ()


def one_of_each(choices: Sequence[NetChoice | None]) -> list[NetChoice]:
    """Leaves out what is missing or chosen twice."""
    there = [choice for choice in choices if choice is not None]
    keys = [c if isinstance(c, OtherRequest) else c.key for c in there]
    return list(dict(zip(keys, there, strict=True)).values())


@st.cache_resource(max_entries=16, show_spinner=False)
def _load_once(source: NetSource) -> ReadyNet:
    return load_source(source)


def _pick_step(run_id: str, arm: int, title: str, key: str) -> NetSource | None:
    steps = {source.step: source for source in list_steps(run_id, arm)}
    if not steps:
        st.info("This run has saved no weights yet; the first come at step 0.")
        return None
    step = max(steps)
    if len(steps) > 1:
        widget = choice_in_address(f"{key}_step_{run_id}_{arm}", sorted(steps), step)
        step = st.select_slider("Saved step", sorted(steps), **widget)
    return replace(steps[step], title=f"{title}, step {step:,}", arm_title=title)


def _pick_untrained(key: str) -> NetSource:
    names = list_models()
    name = st.selectbox(
        "Architecture",
        names,
        format_func=net_label,
        **choice_in_address(f"{key}_architecture", names, names[0]),
    )
    seed = st.number_input(
        "Seed", 0, _MAX_SEED, **number_in_address(f"{key}_seed", 0, 0, _MAX_SEED)
    )
    return untrained_source(name, int(seed))


def _titles(kept: dict[str, CheckpointCard], runs: dict[str, RunStatus]) -> dict[str, str]:
    """What each choice is called; several of one name tell their file or their start too."""
    titles = {option: _kept_title(card) for option, card in kept.items()}
    titles |= {option: _arm_title(run, option) for option, run in runs.items()}
    marks = {option: card.name for option, card in kept.items()}
    marks |= {
        option: f"started {run.created.astimezone():%d %b %H:%M:%S}" for option, run in runs.items()
    }
    counts = Counter(titles.values())
    return {
        option: title if counts[title] == 1 else f"{title}, {marks[option]}"
        for option, title in titles.items()
    }


def _kept_title(card: CheckpointCard) -> str:
    accuracy = card.metrics.get("test_accuracy")
    score = "" if accuracy is None else f", {percent(accuracy)}{_RIGHT}"
    return f"{net_label(card.model.name)}, {card.data_title}{score}"


def _arm_title(run: RunStatus, option: str) -> str:
    label = run.arms[int(option.rpartition("/")[2])].label
    seed = f", seed {run.seed}" if run.seeds > 1 else ""  # whose weights are looked into
    return f"{run.name}: {label}{seed}"
