"""The table of pages: adding one is adding an entry here and its file beside `home.py`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One page."""

    name: str
    """Its file in `pages/` without the ending; also its path in the address bar."""
    title: str
    icon: str
    """Name of a Material symbol."""
    summary: str
    """What can be done there, in one sentence."""


SITE_MAP: dict[str, tuple[Entry, ...]] = {
    "": (
        Entry(
            "home",
            "Home",
            "home",
            "What can be done here, what runs now, and a demo that starts with one click.",
        ),
    ),
    "Train": (
        Entry(
            "train",
            "Train",
            "play_circle",
            "Choose nets, pictures and a recipe, see the cost, and watch them train live.",
        ),
        Entry(
            "runs",
            "Runs",
            "list_alt",
            "All experiments: compare, rename, resume, download and delete them.",
        ),
        Entry(
            "scoreboard",
            "Scoreboard",
            "leaderboard",
            "The papers' results beside those of the shipped nets and of your runs.",
        ),
    ),
    "Look inside": (
        Entry(
            "gradient_flow",
            "Gradient flow",
            "trending_down",
            "How much gradient reaches every layer, with and without skips, measured.",
        ),
        Entry(
            "feature_maps",
            "Feature maps",
            "grid_view",
            "What every layer makes of a picture, down to a channel and what excites it.",
        ),
        Entry(
            "classify",
            "Classify",
            "image_search",
            "What nets say of your own pictures, how sure they may be, and what they confuse.",
        ),
        Entry(
            "where_it_looks",
            "Where it looks",
            "center_focus_strong",
            "Grad-CAM and ten relatives for any net and picture, and whether to trust them.",
        ),
    ),
    "Nets": (
        Entry(
            "architecture",
            "Architecture",
            "account_tree",
            "Take a net apart: diagram, cost of every layer, map sizes; change it, train it.",
        ),
    ),
}
"""Sections of the side bar and their pages, in order; the first page is the default one."""


def entries() -> tuple[Entry, ...]:
    """Lists all pages, in the order of the side bar."""
    return tuple(entry for section in SITE_MAP.values() for entry in section)
