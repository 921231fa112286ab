"""A map as files: its numbers, and a manifest that says what they depend on."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from resnet_core.checkpoints import NetCard, card_sha256, library_versions
from resnet_core.explain.attribution import Attribution
from resnet_core.explain.captum_methods import captum_version
from resnet_core.explain.registry import find_method
from resnet_core.spreadsheets import harmless

NUM_TOP = 5
"""Classes that a manifest lists in order, with their probabilities."""

Evidence = Sequence[tuple[str, Attribution]]
"""Maps with what they are called, such as `square, as loaded`."""


def values_npy(attribution: Attribution) -> bytes:
    """The map's channels as an NPY file, float32 (K, h, w)."""
    buffer = io.BytesIO()
    np.save(buffer, attribution.channels, allow_pickle=False)
    return buffer.getvalue()


def values_csv(attribution: Attribution) -> str:
    """The map as CSV: row and column of each cell from the upper left, and its value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("row", "column", "value"))
    for (row, column), value in np.ndenumerate(attribution.values):
        writer.writerow((row, column, f"{value:.9g}"))
    return text.getvalue()


def evidence_csv(evidence: Evidence) -> str:
    """Several maps as one CSV: which map, row and column of each cell, and its value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("map", "row", "column", "value"))
    for name, attribution in evidence:
        for (row, column), value in np.ndenumerate(attribution.values):
            writer.writerow((harmless(name), row, column, f"{value:.9g}"))
    return text.getvalue()


def build_manifest(
    attribution: Attribution, card: NetCard, pixels: np.ndarray, picture_name: str
) -> dict[str, Any]:
    """Says what a map depends on, for JSON.

    Args:
        attribution: the map.
        card: of the net.
        pixels: uint8 (S, S, C), the picture as the net saw it; C is 1 for gray.
        picture_name: what the person calls it.
    """
    method = find_method(attribution.method)
    return {
        "method": {"name": method.name, "title": method.title, "paper": method.paper},
        "layer": attribution.layer,
        "target": _named(attribution, card),
        "score": attribution.score,
        "probabilities": {
            name: float(share)
            for name, share in zip(card.class_names, attribution.probabilities, strict=True)
        },
        "map": {
            "shape": list(attribution.channels.shape),
            "is_signed": attribution.is_signed,
            "smallest": float(attribution.values.min()),
            "largest": float(attribution.values.max()),
        },
        "settings": asdict(attribution.settings),
        "net": {
            "checkpoint": card.name,
            "architecture": card.model.name,
            "card_sha256": card_sha256(card),
            "weights_sha256": card.weights_sha256,
            "step": card.step,
            "trained_on": card.data_title,
            "source": card.source,
        },
        "picture": {
            "name": picture_name,
            "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
            "size_px": attribution.image_size_px,
        },
        "libraries": library_versions() | captum_version() | {"numpy": version("numpy")},
        "seen_sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "temperature": attribution.temperature,
        "top": _top(attribution, card),
    } | ({"caution": card.caution} if card.caution else {})


def _top(attribution: Attribution, card: NetCard) -> list[dict[str, Any]]:
    """The most probable classes, as `classify` lists them."""
    order = np.argsort(-attribution.probabilities, kind="stable")[:NUM_TOP]
    return [
        {
            "class": card.class_names[index],
            "index": int(index),
            "probability": float(attribution.probabilities[index]),
            "raw_probability": float(attribution.raw_probabilities[index]),
        }
        for index in order
    ]


def _named(attribution: Attribution, card: NetCard) -> dict[str, Any]:
    target, names = attribution.target, card.class_names
    return {
        "class_index": target.class_index,
        "class_name": None if target.class_index is None else names[target.class_index],
        "against_index": target.against,
        "against_name": None if target.against is None else names[target.against],
    }
