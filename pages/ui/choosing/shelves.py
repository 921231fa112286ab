"""A data set's test pictures, opened in a thread."""

from pages.ui.shell.jobs import shown, submit
from resnet_core.asking import ReadyNet
from resnet_core.asking.shelves import Shelf, SyntheticShelf, load_shelf


def open_shelf(net: ReadyNet, name: str) -> Shelf | None:
    """Opens a data set for a net, or shows how far that is and gives `None`."""
    if name == "synthetic":
        return _SYNTHETIC
    key = ("shelf", name, net.card.resizing)
    job = submit(key, lambda progress: load_shelf(net, name, progress), lane="slow")
    return shown(job, "Opening the pictures")


_SYNTHETIC = SyntheticShelf()  # one for all sessions, which share what is made of it
