"""The site of the documents: built strictly, whole, and without anything from the internet."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import resnet_core

ROOT = Path(__file__).resolve().parents[1]
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
"""Tags whose address a browser fetches by itself, and the attribute that holds it."""


class Fetches(HTMLParser):
    """Collects what a browser would fetch for a page, and the ids that links lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        if tag in FETCHED:
            self.addresses.append(found.get(FETCHED[tag]) or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(
        [*command, "--site-dir", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def read(page: Path) -> Fetches:
    parser = Fetches()
    parser.feed(page.read_text("utf-8"))
    return parser


def test_every_document_is_a_page(site: Path) -> None:
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")}
    others = {"index", "your_own_net", "contributing", "changelog", "license", "404", "search"}
    assert {path.stem for path in site.glob("*.html")} == documents | others
    told = (site / "index.html").read_text("utf-8")
    assert 'href="serving.html"' in told and "docs/serving.md" not in re.findall(
        r'href="(.*?)"', told
    )
    assert "../pages" not in told


def test_every_name_of_the_root_has_its_entry(site: Path) -> None:
    ids = read(site / "library.html").ids
    assert {f"resnet_core.{name}" for name in resnet_core.__all__} <= ids


def test_notebook_shows_what_its_cells_gave(site: Path) -> None:
    told = (site / "your_own_net.html").read_text("utf-8")
    assert "layer1.0.conv1" in told and "data:image/png;base64," in told


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        outside = [a for a in read(page).addresses if re.match(r"(\w+:)?//", a)]
        assert outside == [], page
    for sheet in site.rglob("*.css"):
        text = sheet.read_text("utf-8")
        assert not re.search(r"(url\(\s*['\"]?|@import\s+['\"])(https?:)?//", text), sheet
