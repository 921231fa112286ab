"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="architecture",
    title="Architecture",
    icon="account_tree",
    summary="Take a net apart: diagram, cost of every layer, map sizes; change it, train it.",
    terms=(
        "residual net",
        "plain net",
        "shortcut",
        "projection",
        "stage",
        "pre-activation",
        "batch norm",
        "multiply-adds (MACs)",
        "receptive field",
        "feature map",
    ),
)
