"""The knobs of the gradient instrument; each stands in the address, so that a link tells all."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.choosing.nets_in_address import nets_in_address, titles_of
from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.setting_widgets import choice_widget, share_widget
from pages.ui.shell.resources import list_data_sources
from pages.ui.shell.words import hover_text
from resnet_core.config import DataConfig, ModelConfig, TrainingConfig, settings_of
from resnet_core.models import cifar_config, twin_config
from resnet_core.probes.batches import BatchSpec

NOISE = "noise"
DEPTH_CHOICES = (*range(8, 111, 6), 128, 146, 164, 200, 302, 404, 602, 1202)
PICTURE_COUNTS = (8, 16, 32, 64, 128)
SEED_COUNTS = (1, 3, 5, 10)
_SLIDER_PX = 150

_SETTINGS = settings_of(ModelConfig)
_FORMER_WORDS = {
    "norm": {"Batch": "batch", "Group": "group", "Layer": "layer", "None": "none"},
    "init": {"Half of He": "small"},
    "order": {
        "Post (2015)": "post",
        "Pre (2016)": "pre",
        "Norm after add": "norm_after_add",
        "ReLU-only pre": "relu_only_pre",
        "ReLU before add": "relu_before_add",
    },
    "shortcut": {"B: project changes": "B", "C: project all": "C", "D: average, project": "D"},
}
"""What addresses of earlier versions call the values, so that a kept link still opens."""
_FIELDS = {
    "norm": "norm",
    "init": "initialisation",
    "order": "activation_order",
    "shortcut": "shortcut",
}
"""The setting of each key in the address."""


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What the knobs say."""

    nets: tuple[ModelConfig, ...]
    """The nets to measure, one or two: a residual net with the chosen skip strength and its plain
    twin, or those of the address."""
    labels: tuple[str, ...]
    """What figures call them."""
    labels_but_norm: tuple[str, ...]
    """The same where the normalisation is said apart."""
    batch: BatchSpec
    """The pictures of the exact measurement."""
    seed: int
    """First of the seeds."""
    num_seeds: int
    """Seeds of the exact measurement."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds of the exact measurement."""
        return tuple(range(self.seed, self.seed + self.num_seeds))


def turn_knobs(varied: Collection[str] = ()) -> Knobs:
    """Shows the knobs and reads them; where the address names nets, only those of the pictures.

    Args:
        varied: keys of knobs that the view turns itself, so that a person cannot.

    Raises:
        UnknownNetError: where the address names a net that does not exist.
        ConfigError: for a net that cannot be.
    """
    if nets := nets_in_address():
        batch, seed, num_seeds = _pick_batch(st.popover("Pictures, seeds"))
        return Knobs(
            nets=nets,
            labels=titles_of(nets),
            labels_but_norm=titles_of([_with_batch_norm(net) for net in nets]),
            batch=batch,
            seed=seed,
            num_seeds=num_seeds,
        )
    _translate_address()
    residual, depth, folded = _turn_net_knobs(varied)
    batch, seed, num_seeds = _pick_batch(folded)
    alpha = residual.skip_strength
    strength = "" if alpha == 1.0 else f", alpha {alpha:g}"
    labels = (f"ResNet-{depth}{strength}", f"Plain-{depth}")
    return Knobs(
        nets=(residual, replace(twin_config(residual), skip_strength=0.0)),
        labels=labels,
        labels_but_norm=labels,
        batch=batch,
        seed=seed,
        num_seeds=num_seeds,
    )


def _with_batch_norm(net: ModelConfig) -> ModelConfig:
    """The same net with batch norm, which Fixup alone cannot have."""
    return net if net.branch_scale == "fixup" else replace(net, norm="batch")


def _turn_net_knobs(varied: Collection[str]) -> tuple[ModelConfig, int, DeltaGenerator]:
    """Reads the residual net and its depth from knobs in a row; gives the place of the rare ones.

    The row breaks where the window is narrow.
    """
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    depth = row.select_slider(
        "Layers",
        DEPTH_CHOICES,
        56,
        help="Depth 6n+2 of He et al. 2015; the time that a measurement takes stands below it.",
        disabled="depth" in varied,
        width=_SLIDER_PX,
        **_bound("depth"),
    )
    alpha = share_widget(
        row,
        _SETTINGS["skip_strength"],
        1.0,
        disabled="alpha" in varied,
        width=_SLIDER_PX,
        **_bound("alpha"),
    )
    with row:
        norm = _choose_norm(disabled="norm" in varied)
    words = hover_text("initialisation", "pre-activation", "batch norm")
    folded = row.popover("More", icon=":material/tune:", help=words)
    rare = _pick_rare_settings(folded)
    usual = cifar_config(depth, preactivation=rare["activation_order"] == "pre")
    return replace(usual, skip_strength=alpha, norm=norm, **rare), depth, folded


def _choose_norm(*, disabled: bool) -> str:
    norm = _SETTINGS["norm"]
    return choose_view(
        norm.title,
        tuple(norm.choices),
        key="norm",
        title=norm.word,
        called=norm.word,
        is_labelled=True,
        help=norm.help,
        disabled=disabled,
    )


def _pick_rare_settings(place: DeltaGenerator) -> dict[str, Any]:
    """Reads from knobs in one place the settings of both nets that are seldom turned, by field."""
    return {
        "initialisation": choice_widget(
            place, _SETTINGS["initialisation"], "he_fan_out", **_bound("init")
        ),
        "activation_order": choice_widget(
            place, _SETTINGS["activation_order"], "post", **_bound("order")
        ),
        "shortcut": choice_widget(place, _SETTINGS["shortcut"], "A", **_bound("shortcut")),
    }


def _pick_batch(place: Any) -> tuple[BatchSpec, int, int]:
    """Reads the pictures, the first seed and the number of seeds from knobs in one place."""
    ready = {s.name: s.title for s in list_data_sources() if s.status == "ready"}
    titles = {**ready, NOISE: "Noise"}
    source = place.selectbox(
        settings_of(DataConfig)["source"].title,
        tuple(titles),
        format_func=lambda name: titles.get(name, name),
        help="Pictures of the training split as they are, or normal noise.",
        **_bound("pictures"),
    )
    size = place.select_slider(
        settings_of(TrainingConfig)["batch_size"].title, PICTURE_COUNTS, 32, **_bound("batch")
    )
    count = place.select_slider("Seeds", SEED_COUNTS, 5, **_bound("seeds"))
    seed = place.number_input("First seed", 0, 2**31, 0, **_bound("first_seed"))
    kind = "noise" if source == NOISE else "pictures"
    named = "synthetic" if source == NOISE else source
    return BatchSpec(kind=kind, source=named, num_pictures=size), int(seed), count


def _translate_address() -> None:
    former = {
        key: values[word]
        for key, values in _FORMER_WORDS.items()
        if (word := st.query_params.get(key)) in values
    }
    if former:
        words = {key: _SETTINGS[_FIELDS[key]].word(value) for key, value in former.items()}
        st.query_params.update(words)
        st.rerun()  # a knob reads the address as it was when the page began


def _bound(key: str) -> dict[str, Any]:
    """Keeps a knob in the address and over a visit to another page."""
    return {"key": key, "bind": "query-params", "persist_state": "session"}
