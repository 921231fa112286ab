"""Pages in a home of lying cards: they run, and offer the honest net alone."""

import re
from pathlib import Path

import pytest

from tests.checkpoints.lies import LIES, NO_FILES, write_lie
from tests.inference.conftest import save_tiny
from tests.pages.conftest import OpenPage

PAGES = {
    "classify": "classify_net",
    "where_it_looks": "probed_net",
    "take_apart": "probed_net",
    "feature_maps": "probed_net",
    "scoreboard": None,
    "architecture": None,
}
MARKUP = ("<script>alert(1)</script>", "![x](http://evil)", "cow")


@pytest.fixture(scope="module")
def lies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    imported = tmp_path_factory.mktemp("lies")
    save_tiny(imported, "honest", class_names=MARKUP)
    for number, (change, _) in enumerate(LIES.values()):
        write_lie(save_tiny(imported, f"lie{number}").with_suffix(".json"), change)
    for kind, spoil in NO_FILES.items():
        spoil(save_tiny(imported, f"card-{kind.split()[0]}").with_suffix(".json"))
        spoil(save_tiny(imported, f"weights-{kind.split()[0]}"))
    return imported


@pytest.fixture
def home_of_lies(home: Path, lies: Path) -> Path:
    (home / "imported").symlink_to(lies)
    return home


@pytest.mark.parametrize("page", PAGES)
def test_page_runs_beside_lying_cards(page: str, home_of_lies: Path, open_page: OpenPage):
    at = open_page(page)
    assert not at.exception
    assert not at.error
    key = PAGES[page]
    if key is None:
        return
    at.selectbox(key=key).set_value("kept/honest").run()
    assert not at.exception
    options = " ".join(at.selectbox(key=key).options)
    assert "tiny, Noise" in options
    assert not re.search(r"\blie\d|card-|weights-|escaped", options)
    said = [element.value for kind in (at.markdown, at.caption, at.error) for element in kind]
    assert not any("<script" in text or "![x](http" in text for text in said)
