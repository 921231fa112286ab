"""The knobs of the gradient instrument; each stands in the address, so that a link tells all."""

from dataclasses import dataclass, replace
from typing import Any, get_args

import streamlit as st

from pages.ui.resources import list_data_sources
from resnet_core.config import (
    ActivationOrder,
    Initialisation,
    ModelConfig,
    Norm,
    Shortcut,
)
from resnet_core.models import cifar_config
from resnet_core.probes.batches import BatchSpec

NOISE = "noise"
DEPTHS = (*range(8, 111, 6), 128, 146, 164, 200, 302, 404, 602, 1202)
BATCH_SIZES = (8, 16, 32, 64, 128)
SEED_COUNTS = (1, 3, 5, 10)

_NORMS = {"batch": "Batch", "group": "Group", "layer": "Layer", "none": "None"}
_LAWS = {
    "he_fan_out": "He, fan-out",
    "he_fan_in": "He, fan-in",
    "xavier": "Xavier",
    "small": "Half of He",
}
_ORDERS = {
    "post": "Post-activation (2015)",
    "pre": "Pre-activation (2016)",
    "norm_after_add": "Norm after addition",
    "relu_before_add": "ReLU before addition",
    "relu_only_pre": "ReLU-only pre-activation",
}
_SHORTCUTS = {
    "A": "A: pad with zeros",
    "B": "B: project where shapes change",
    "C": "C: project everywhere",
    "D": "D: average, then project",
}


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What the knobs say."""

    residual: ModelConfig
    """The net with the chosen skip strength."""
    batch: BatchSpec
    """The pictures of the exact measurement."""
    seed: int
    """First of the seeds."""
    num_seeds: int
    """Seeds of the exact measurement."""

    @property
    def plain(self) -> ModelConfig:
        """The same net without any skip."""
        depth = 2 + 2 * sum(self.residual.stage_blocks)
        name = cifar_config(depth, plain=True).name
        return replace(self.residual, name=name, skip_strength=0.0)

    @property
    def pair(self) -> tuple[ModelConfig, ModelConfig]:
        """Residual and plain."""
        return self.residual, self.plain

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds of the exact measurement."""
        return tuple(range(self.seed, self.seed + self.num_seeds))

    @property
    def labels(self) -> tuple[str, str]:
        """What figures call the two nets."""
        depth = 2 + 2 * sum(self.residual.stage_blocks)
        alpha = self.residual.skip_strength
        strength = "" if alpha == 1.0 else f", alpha {alpha:g}"
        return f"ResNet-{depth}{strength}", f"Plain-{depth}"


def turn_knobs() -> Knobs:
    """Shows the knobs and reads them.

    Raises:
        ConfigError: for a net that cannot be.
    """
    first = st.columns([3, 3, 4], gap="medium")
    depth = first[0].select_slider(
        "Layers", DEPTHS, 56, help="Depth 6n+2 of He et al. 2015.", **_bound("depth")
    )
    alpha = first[1].slider(
        "Skip strength alpha",
        0.0,
        1.0,
        1.0,
        0.05,
        help="Factor on every shortcut: 1 is the residual net, 0 the plain one.",
        **_bound("alpha"),
    )
    norm = first[2].segmented_control(
        "Normalisation",
        get_args(Norm),
        default="batch",
        required=True,
        format_func=_NORMS.__getitem__,
        **_bound("norm"),
    )
    second = st.columns(4, gap="medium")
    law = _pick(second[0], "Initialisation", get_args(Initialisation), _LAWS, "init")
    order = _pick(second[1], "Order in a block", get_args(ActivationOrder), _ORDERS, "order")
    shortcut = _pick(second[2], "Shortcut", get_args(Shortcut), _SHORTCUTS, "shortcut")
    batch, seed, num_seeds = _pick_batch(second[3])
    residual = replace(
        cifar_config(depth, preactivation=order == "pre"),
        skip_strength=float(alpha),
        norm=norm,
        initialisation=law,
        activation_order=order,
        shortcut=shortcut,
    )
    return Knobs(residual=residual, batch=batch, seed=seed, num_seeds=num_seeds)


def _pick_batch(place: Any) -> tuple[BatchSpec, int, int]:
    ready = {s.name: s.title for s in list_data_sources() if s.status == "ready"}
    titles = {**ready, NOISE: "Noise"}
    source = _pick(place, "Pictures", tuple(titles), titles, "pictures")
    with place.popover("Batch and seeds", width="stretch"):
        size = st.select_slider("Pictures in a batch", BATCH_SIZES, 32, **_bound("batch"))
        count = st.select_slider("Seeds", SEED_COUNTS, 5, **_bound("seeds"))
        seed = st.number_input("First seed", 0, 2**31, 0, **_bound("first_seed"))
    kind = "noise" if source == NOISE else "pictures"
    named = "synthetic" if source == NOISE else source
    return BatchSpec(kind=kind, source=named, num_pictures=size), int(seed), count


def _pick(place: Any, label: str, names: tuple[str, ...], titles: dict[str, str], key: str) -> Any:
    return place.selectbox(label, names, format_func=lambda n: titles.get(n, n), **_bound(key))


def _bound(key: str) -> dict[str, Any]:
    """Keeps a knob in the address and over a visit to another page."""
    return {"key": key, "bind": "query-params", "persist_state": "session"}
