"""Figures that stand on the cards of shipped nets."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.claims.claim import ROOT


def card_figure(net: str, path: str, scale: float = 1.0) -> float:
    """Reads a figure from a card, by names with dots between."""
    found: Any = _card(net)
    for step in path.split("."):
        found = found[step]
    return float(found) * scale


def over_seeds(summary: Callable[[Sequence[float]], float], net: str, scale: float = 1.0) -> float:
    """Summarises the test accuracy of a net over the seeds whose cards there are."""
    cards = [_card(net), *(_card(f"results/{net}-seed{seed}") for seed in (1, 2))]
    return summary([card["metrics"]["test_accuracy"] * scale for card in cards])


def is_calibrated(net: str) -> bool:
    """Whether the card says what the net notices of strange pictures."""
    return "detection" in _card(net)


def _card(net: str) -> dict[str, Any]:
    return json.loads((ROOT / "checkpoints" / f"{net}.json").read_text("utf-8"))
