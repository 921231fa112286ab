"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="gradient_flow",
    title="Gradient flow",
    icon="trending_down",
    summary="How much gradient reaches every layer, with and without skips, measured.",
    terms=(
        "gradient norm",
        "vanishing gradient",
        "residual net",
        "plain net",
        "shortcut",
        "batch norm",
        "initialisation",
        "pre-activation",
        "stage",
    ),
)
