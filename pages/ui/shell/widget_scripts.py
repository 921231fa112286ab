"""Which of Streamlit's scripts draw the widgets that pages are full of.

Streamlit asks for each of them when the first widget of its kind has come, shows a grey bar of
another height meanwhile, and so moves a page about while somebody begins to read it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_WIDGETS = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "Checkbox",
    "DownloadButton",
    "FileUploader",
    "ImageList",
    "NumberInput",
    "PageLink",
    "Radio",
    "Selectbox",
    "Slider",
    "TextInput",
)
_IMPORTED = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')


def widget_scripts(static: Path) -> tuple[str, ...]:
    """Lists the scripts of the widgets and all that these import.

    Args:
        static: the folder of Streamlit's front end, with its page of HTML.

    Returns:
        Addresses relative to that page, without those that it names itself; none of a widget that
        another release calls otherwise.
    """
    scripts = static / "static" / "js"
    named = (static / "index.html").read_text()
    found = [file.name for name in _WIDGETS for file in scripts.glob(f"{name}.*.js")]
    return tuple(
        f"./static/js/{name}" for name in sorted(_with_imports(scripts, found)) if name not in named
    )


def _with_imports(scripts: Path, names: list[str]) -> set[str]:
    known: set[str] = set()
    while names:
        name = names.pop()
        if name not in known:
            known.add(name)
            names += _imports(scripts / name)
    return known


def _imports(script: Path) -> Iterator[str]:
    for found in _IMPORTED.finditer(script.read_text()):
        yield found[1]
