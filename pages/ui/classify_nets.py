"""Which nets to classify with, and how a person brings more of them."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.jobs import find, forget, shown, submit
from pages.ui.nets import NetSource, load_net, pick_net
from pages.ui.notices import plain, shown_errors
from resnet_core.checkpoints import read_card
from resnet_core.importing import (
    ImportRequest,
    fetch_imagenet_net,
    import_checkpoint,
    list_imagenet_nets,
)
from resnet_core.importing.architecture import AUTOMATIC, known_architectures
from resnet_core.inference import Classifier

_IMPORTED = "classify-import"


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
    sources = [pick_net("Net", key="classify")]
    if st.toggle("Beside a second net", key="classify_compare", persist_state="session"):
        sources.append(pick_net("Second net", key="classify_other", first=1))
    different = {source.key: source for source in sources if source is not None}
    if len(different) < len([source for source in sources if source]):
        st.caption("Choose two different nets to set them side by side.")
    return tuple(_ready(source) for source in different.values())


def bring_nets() -> None:
    """Lets a person import weights, or fetch torchvision's ImageNet weights."""
    with st.expander("Bring other weights", icon=":material/upload_file:"), shown_errors():
        file, imagenet = st.tabs(["A file", "ImageNet weights"])
        with file:
            _import_form()
        with imagenet:
            _imagenet_form()


def _ready(source: NetSource) -> ReadyNet:
    net = load_net(source)
    # The card is read anew: a calibration may have come since the weights were loaded.
    card = net.card if source.path is None else read_card(source.path)
    device = next(net.model.parameters()).device
    classifier = Classifier(model=net.model, card=card, device=device, lock=net.lock)
    return ReadyNet(source=source, classifier=classifier)


def _import_form() -> None:
    st.caption(
        "Weights of torchvision, timm, akamaster, kuangliu or Lightning ResNets, as .pt, .pth, "
        ".th, .ckpt or .safetensors. They are read in a process of their own; no code in them runs."
    )
    uploaded = st.file_uploader("Weights, up to 200 MB", key="classify_weights")
    left, right = st.columns(2)
    architecture = left.selectbox(
        "Net", (AUTOMATIC, *known_architectures()), key="classify_weights_net"
    )
    name = right.text_input("Call it", max_chars=64, key="classify_weights_name")
    pressed = st.button("Import", icon=":material/download_done:", disabled=uploaded is None)
    if pressed and uploaded is not None:
        forget(_IMPORTED)
        request = ImportRequest(name=name.strip(), architecture=architecture)
        content, file_name = uploaded.getvalue(), uploaded.name
        submit(
            _IMPORTED,
            lambda progress: import_checkpoint(
                content, request, file_name=file_name, progress=progress
            ),
            lane="slow",
        )
    _show_brought(_IMPORTED, "Importing")


def _imagenet_form() -> None:
    nets = {net.name: net for net in list_imagenet_nets()}
    name = st.selectbox(
        "ImageNet weights of torchvision",
        nets,
        format_func=lambda name: (
            f"{name}: {nets[name].download_mib:,.0f} MiB, {nets[name].top1:.1%} right by its makers"
        ),
        key="classify_imagenet",
    )
    st.caption(
        f"Taken from where torch keeps its downloads, or else loaded from {nets[name].file.host}; "
        "nothing is sent there but the request."
    )
    key = ("classify-imagenet", name)
    if st.button("Get the weights", icon=":material/download:"):
        forget(key)
        submit(key, lambda progress: fetch_imagenet_net(name, progress), lane="slow")
    _show_brought(key, "ImageNet weights")


def _show_brought(key: object, what: str) -> None:
    job = find(key)
    path = shown(job, what) if job is not None else None
    if path is not None:
        st.success(plain(f"{path.stem} is among the nets above now."), icon=":material/check:")
