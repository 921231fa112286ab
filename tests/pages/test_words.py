"""Each word of the field that a page uses is explained on hover, beside where it is used."""

from collections.abc import Iterator

import pytest

from pages.ui.shell.site_map import entries
from pages.ui.shell.words import hover_text
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.usefixtures("no_measuring")

_VIEWS: dict[str, tuple[dict[str, str], ...]] = {
    "scoreboard": ({}, {"view": "layer-responses"}),
    "classify": (
        {},
        {"classify_tab": "on-a-labelled-set"},
        {"classify_tab": "teach-your-own-classes"},
    ),
    "gradient_flow": ({"depth": "8", "pictures": "Noise", "batch": "8", "seeds": "1"},),
}
"""Of a page, the views whose words are its own; by default that on which it opens."""


def _help(block) -> Iterator[str]:
    """What stands behind the question marks of a page."""
    for element in block.children.values():
        if hasattr(element, "children"):
            popover = getattr(element.proto, "popover", None)  # any other block has no words
            yield popover.help if popover else ""
            yield from _help(element)
        else:
            yield getattr(element.proto, "help", "")


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_word_of_a_page_is_explained_on_hover(
    open_page: OpenPage, finished_run: str, entry
) -> None:
    links = [*_VIEWS.get(entry.name, ({},))]
    if entry.name == "train":
        links.append({"run": finished_run})
    said = "".join(text for link in links for text in _help(open_page(entry.name, **link).main))
    missing = [name for name in entry.terms if hover_text(name).split("\\.")[0] not in said]
    assert missing == []


def test_several_words_are_each_named() -> None:
    assert hover_text("loss", "seed").startswith("**loss**: Cross")
    assert "\n\n**seed**: The number" in hover_text("loss", "seed")
