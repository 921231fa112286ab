"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="scoreboard",
    title="Scoreboard",
    icon="leaderboard",
    summary="The papers' results beside those of the shipped nets and of your runs.",
    terms=(
        "residual net",
        "plain net",
        "degradation",
        "validation",
        "batch norm",
    ),
)
