"""Which data set's training pictures a loss is measured on."""

from pages.ui.choosing.probed_set import ProbedSet, pick_probed_set
from resnet_core.asking import ReadyNet


def pick_training_set(net: ReadyNet, *, key: str) -> ProbedSet | None:
    """Lets a person choose, the net's own set first; `None` while their own has no path yet.

    Args:
        net: whose loss is measured.
        key: of the widget, and the name in the address.
    """
    return pick_probed_set(
        "Training pictures of", net, key=key, why="On them the loss is measured."
    )
