"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import Entry

ENTRY = Entry(
    name="gradient_flow",
    title="Gradient flow",
    icon="trending_down",
    summary="How much gradient reaches every layer, with and without skips, measured.",
)
