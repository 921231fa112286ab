"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="train",
    title="Train",
    icon="play_circle",
    summary="Choose nets, pictures and a recipe, see the cost, and watch them train live.",
    terms=(
        "residual net",
        "plain net",
        "loss",
        "validation",
        "gradient norm",
        "one-cycle",
        "weight decay",
        "batch norm",
        "bf16",
        "seed",
        "McNemar's test",
    ),
)
