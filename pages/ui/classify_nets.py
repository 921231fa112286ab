"""Which nets to classify with."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.nets import KEPT, NetSource, load_net, pick_net
from pages.ui.session import app_state, set_widget_value
from resnet_core.checkpoints import read_card
from resnet_core.inference import Classifier

_NEXT = "classify_next_net"
_FIRST, _SECOND = "resnet20-cifar10-jpeg", "plain20-cifar10-jpeg"
"""Shipped nets that learned from photographs, which is what people bring."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadyNet:
    """A net that is loaded and can be asked."""

    source: NetSource
    classifier: Classifier

    @property
    def title(self) -> str:
        """What the page calls it, as plain text."""
        return self.source.title

    @property
    def is_plain(self) -> bool:
        """Whether it has no shortcuts."""
        return self.classifier.card.model.is_plain

    @property
    def key(self) -> tuple[object, ...]:
        """Changes whenever the weights or their calibration do."""
        return self.source.key, *sorted(self.classifier.card.metrics.items())


def pick_nets() -> tuple[ReadyNet, ...]:
    """Lets a person choose one net, or two to set side by side.

    Raises:
        CheckpointError: when a file is gone or damaged.
    """
    if name := app_state().choices.pop(_NEXT, None):
        set_widget_value("classify_net", f"{KEPT}/{name}")
    sources = [pick_net("Net", key="classify", first=_FIRST)]
    if st.toggle("Beside a second net", key="classify_compare", persist_state="session"):
        sources.append(pick_net("Second net", key="classify_other", first=_SECOND))
    different = {source.key: source for source in sources if source is not None}
    if len(different) < len([source for source in sources if source]):
        st.caption("Choose two different nets to set them side by side.")
    return tuple(_ready(source) for source in different.values())


def choose_net(name: str) -> None:
    """Makes a kept net the chosen one when the page runs again."""
    app_state().choices[_NEXT] = name


def _ready(source: NetSource) -> ReadyNet:
    net = load_net(source)
    # The card is read anew: a calibration may have come since the weights were loaded.
    card = net.card if source.path is None else read_card(source.path)
    device = next(net.model.parameters()).device
    classifier = Classifier(model=net.model, card=card, device=device, lock=net.lock)
    return ReadyNet(source=source, classifier=classifier)
