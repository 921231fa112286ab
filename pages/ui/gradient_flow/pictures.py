"""Which pictures the views beyond initialisation show to trained nets."""

from typing import Any

from pages.ui.shell.address import choice_in_address
from pages.ui.shell.resources import list_data_sources


def pick_pictures(place: Any) -> str:
    """Lets a person choose a data set that can be opened at once; gives its name."""
    ready = {s.name: s.title for s in list_data_sources() if s.status == "ready"}
    names = list(ready)
    return place.selectbox(
        "Pictures",
        names,
        format_func=lambda name: ready.get(name, name),
        **choice_in_address("pictures_of", names, names[0], called=ready.__getitem__),
    )
