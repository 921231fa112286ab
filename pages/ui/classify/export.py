"""A net to take away: weights with their card, or a program that other software runs."""

import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import streamlit as st

from pages.ui.shell.jobs import find, forget, shown, submit
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.checkpoints.exporting import ExportFormat, export_checkpoint
from resnet_core.progress import Progress

_FORMATS: dict[str, ExportFormat] = {
    "Weights (safetensors)": "safetensors",
    "Program of torch.export (.pt2)": "torch",
    "ONNX program": "onnx",
}


def take_away(net: ReadyNet) -> None:
    """Lets a person download the net that is chosen, with its card, as a zip."""
    st.header("Export the chosen net")
    path = net.source.path
    if path is None:
        st.caption("A net that never trained has no weights to take away.")
        return
    st.text(net.title)
    kind = _FORMATS[st.selectbox("As", _FORMATS, key="classify_export", persist_state="session")]
    st.caption(
        "Its card comes with it: classes, mean and std, size of the picture. A program is run "
        "before it is handed over, and gives the net's own answers."
    )
    key = ("classify-export", net.key, kind)
    if st.button("Prepare", icon=":material/package_2:", key="classify_prepare"):
        forget(key)
        submit(key, lambda progress: _pack(path, kind, progress), lane="slow")
    _offer(key, net)


def _offer(key: object, net: ReadyNet) -> None:
    job = find(key)
    content = shown(job, "Preparing") if job is not None else None
    if content is not None:
        name = net.card.name
        st.download_button(
            plain(f"Download {name}, {len(content) / 2**20:,.1f} MiB"),
            content,
            f"{name}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="classify_take",
        )


def _pack(path: Path, kind: ExportFormat, progress: Progress) -> bytes:
    progress("Writing and checking", 0.2)
    with tempfile.TemporaryDirectory() as place:
        export_checkpoint(path, Path(place), kind)
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(Path(place).iterdir()):
                archive.write(file, file.name)
        return packed.getvalue()
