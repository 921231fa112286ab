"""What `mkdocs.yml` calls to make one site of documents that also stand alone.

README and its neighbours become pages, the notebook becomes one with what its cells printed, links
between documents are those of the site, and a link to code becomes its words.
"""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pygments.formatters import HtmlFormatter

_DOCS = Path(__file__).resolve().parent
_ROOT_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "license.md",
}
"""Documents beside `docs/`, and their pages."""
_FIRST = ("index.md", "library.md", "your_own_net.md")
_LAST = ("contributing.md", "changelog.md", "license.md")
_LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lists the pages: the first ones, every document in `docs/`, the last ones."""
    rest = sorted(path.name for path in _DOCS.glob("*.md") if path.name not in _FIRST)
    config.nav = [*_FIRST, *rest, *_LAST]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds what is no file in `docs/`."""
    for source, page in _ROOT_PAGES.items():
        text = (_DOCS.parent / source).read_text("utf-8")
        title = "" if text.startswith("# ") else f"# {source.title()}\n\n"
        files.append(File.generated(config, page, content=title + text))
    for notebook in _DOCS.glob("*.ipynb"):
        page = notebook.with_suffix(".md").name
        files.append(File.generated(config, page, content=notebook_page(notebook)))
    colours = HtmlFormatter().get_style_defs(".codehilite")
    files.append(File.generated(config, "pygments.css", content=colours))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between documents into links of the site; others become their words."""

    def to_page(link: re.Match[str]) -> str:
        words, path, anchor = link[1], link[2], link[3] or ""
        name = path.removeprefix("../").removeprefix("docs/")
        name = _ROOT_PAGES.get(name, name.replace(".ipynb", ".md"))
        is_there = files.get_file_from_path(name) is not None
        # A name that is lost within `docs/` stays, so that the site's own check finds it.
        is_code = path.startswith("../") and not path.startswith("../docs/")
        return words if is_code and not is_there else f"[{words}]({name}{anchor})"

    return _LINK.sub(to_page, markdown)


def notebook_page(path: Path) -> str:
    """A notebook as Markdown: its text, its code, and what that printed or drew."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n\n".join(_cell(cell) for cell in cells) + "\n"


def _cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    shown = [_output(output) for output in cell["outputs"]]
    return "\n\n".join([f"```python\n{source}\n```", *shown])


def _output(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        return f"![What the cell draws](data:image/png;base64,{data['image/png'].strip()})"
    return f"```text\n{''.join(output.get('text', data.get('text/plain', ''))).rstrip()}\n```"
