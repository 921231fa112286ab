"""Which net to look into: a shipped one, any saved step of a run, or one that never trained."""

import contextlib
import copy
import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from pages.ui.comparisons import net_label
from pages.ui.resources import list_data_sources, list_recent_runs
from pages.ui.session import widget_value
from resnet_core import paths
from resnet_core.checkpoints import (
    CheckpointCard,
    find_checkpoint,
    list_checkpoints,
    load_checkpoint,
)
from resnet_core.config import fingerprint
from resnet_core.data.synthetic import SIZE_PX, synthetic_source
from resnet_core.errors import ResNetLabError
from resnet_core.models import ResNet, build_model, list_models, model_config
from resnet_core.training.runs import RunStatus, read_config, run_dir

_UNTRAINED = "untrained"
_RUN = "run"
KEPT = "kept"
"""Before a kept net's name, what the pickers call it."""


@dataclass(frozen=True, kw_only=True)
class NetSource:
    """A net that can be looked into, before it is loaded."""

    title: str
    """What pages call it, as plain text."""
    key: str
    """Changes whenever weights, card or data change."""
    path: Path | None = None
    """Its weights; `None` for a net that never trained."""
    name: str = ""
    """Registry name of a net that never trained."""
    seed: int = 0
    """Seed of the initial weights of a net that never trained."""
    run_id: str | None = None
    """The run that it comes from."""
    arm: int = 0
    """Its place in the run."""
    arm_title: str = ""
    """Run and arm, without the step."""
    step: int = 0
    """Training steps behind its weights."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedNet:
    """A net in memory, which all sessions share."""

    source: NetSource
    model: ResNet
    card: CheckpointCard
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def use(self, *, for_long: bool = False) -> Iterator[ResNet]:
        """Lends the net to one thread at a time; work that takes long gets a copy of its own."""
        if not for_long:
            with self.lock:
                yield self.model
            return
        with self.lock:
            own = copy.deepcopy(self.model)
        yield own


def pick_net(label: str, *, key: str, first: int | str = 0) -> NetSource | None:
    """Lets a person choose a net.

    Args:
        label: what the picker is called.
        key: of its widgets.
        first: which of the choices is taken at first, counted from 0, or the name of a kept net,
            in whose absence it is the first.

    Returns:
        `None` where a run was chosen that has saved nothing yet.
    """
    kept = {f"{KEPT}/{card.name}": card for card in _list_kept()}
    runs = {arm_option(r.run_id, arm): r for r in list_recent_runs() for arm in range(len(r.arms))}
    options = [*kept, *runs, _UNTRAINED]
    titles = _titles(kept, runs) | {_UNTRAINED: "A net that never trained"}
    choice = st.selectbox(
        label,
        options,
        index=_first_place(options, first) if widget_value(f"{key}_net") is None else 0,
        format_func=titles.__getitem__,
        key=f"{key}_net",
        persist_state="session",
    )
    if choice in kept:
        path = find_checkpoint(kept[choice].name)
        return _of_card(kept[choice], path, titles[choice])
    if choice in runs:
        arm = int(choice.rpartition("/")[2])
        return _pick_step(runs[choice], arm, titles[choice], key)
    return _pick_untrained(key)


def arm_option(run_id: str, arm: int) -> str:
    """Names an arm of a run among the choices of `pick_net`."""
    return f"{_RUN}/{run_id}/{arm}"


def _first_place(options: list[str], first: int | str) -> int:
    if isinstance(first, int):
        return min(first, len(options) - 1)
    name = f"{KEPT}/{first}"
    return options.index(name) if name in options else 0


def _list_kept() -> tuple[CheckpointCard, ...]:
    """Shipped nets, those first whose pictures are at hand; then those that a person brought."""
    at_hand = {source.title for source in list_data_sources() if source.status == "ready"}

    def order(card: CheckpointCard) -> tuple[bool, bool, str]:
        return card.data_title not in at_hand, card.model.is_plain, card.name

    return (*sorted(list_checkpoints(), key=order), *list_checkpoints(paths.imported_dir()))


def list_steps(run_id: str, arm: int) -> tuple[NetSource, ...]:
    """Lists the saved steps of one arm of a run, in order of training."""
    try:
        folder = run_dir(run_id) / "checkpoints"
        label = read_config(run_id).arms[arm].label
    except ResNetLabError:
        return ()
    cards = [card for card in list_checkpoints(folder) if card.name.startswith(f"{arm}-")]
    return tuple(
        replace(
            _of_card(card, folder / card.name, f"{label}, step {card.step:,}"),
            run_id=run_id,
            arm=arm,
        )
        for card in sorted(cards, key=lambda card: card.step)
    )


def one_of_each_arm(nets: Iterable[LoadedNet]) -> tuple[LoadedNet, ...]:
    """Leaves out nets that come from no run, and further steps of an arm that is there already."""
    arms = {(n.source.run_id, n.source.arm): n for n in nets if n.source.run_id is not None}
    return tuple(arms.values())


@st.cache_resource(max_entries=16, show_spinner=False)
def load_net(source: NetSource) -> LoadedNet:
    """Loads a net once for all sessions.

    Raises:
        CheckpointError: when its file is gone or damaged.
    """
    if source.path is None:
        card = untrained_card(source.name)
        return LoadedNet(
            source=source, model=build_model(card.model, seed=source.seed).eval(), card=card
        )
    model, card = load_checkpoint(source.path)
    return LoadedNet(source=source, model=model, card=card)


def untrained_card(name: str) -> CheckpointCard:
    """Describes a net of the registry before its first step, for pictures of the embedded set."""
    return CheckpointCard(
        name=f"{name}-untrained",
        model=model_config(name, num_classes=len(synthetic_source().class_names)),
        class_names=synthetic_source().class_names,
        image_size_px=SIZE_PX,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        data_title=synthetic_source().title,
        data_sha256="",
        step=0,
        num_steps=0,
        source="initial weights",
    )


def _pick_step(run: RunStatus, arm: int, title: str, key: str) -> NetSource | None:
    steps = {source.step: source for source in list_steps(run.run_id, arm)}
    if not steps:
        st.info("This run has saved no weights yet; the first come at step 0.")
        return None
    step = max(steps)
    if len(steps) > 1:
        widget = f"{key}_step_{run.run_id}_{arm}"
        step = st.select_slider(
            "Saved step", sorted(steps), value=max(steps), key=widget, persist_state="session"
        )
    return replace(steps[step], title=f"{title}, step {step:,}", arm_title=title)


def _pick_untrained(key: str) -> NetSource:
    name = st.selectbox(
        "Architecture",
        list_models(),
        format_func=net_label,
        key=f"{key}_architecture",
        persist_state="session",
    )
    seed = int(st.number_input("Seed", 0, 2**31, 0, key=f"{key}_seed", persist_state="session"))
    return NetSource(
        title=f"{net_label(name)}, untrained",
        key=f"{fingerprint(untrained_card(name).model)}-{seed}",
        name=name,
        seed=seed,
    )


def _of_card(card: CheckpointCard, path: Path, title: str) -> NetSource:
    # Residual and plain twins begin with equal weights, so weights alone do not name a net.
    known = (card.weights_sha256, fingerprint(card.model), card.mean, card.std, card.class_names)
    key = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
    return NetSource(title=title, key=key, path=path, step=card.step)


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
    score = "" if accuracy is None else f", {accuracy:.1%} right"
    return f"{net_label(card.model.name)}, {card.data_title}{score}"


def _arm_title(run: RunStatus, option: str) -> str:
    return f"{run.name}: {run.arms[int(option.rpartition('/')[2])].label}"
