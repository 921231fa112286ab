"""What documents and docstrings say of the house is true of the house."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("resnet_core", "pages", "tests", "benchmarks")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCES = sorted(
    path
    for path in [
        ROOT / "streamlit_app.py",
        *(p for top in CODE for p in (ROOT / top).rglob("*.py")),
    ]
    if "node_modules" not in path.parts
)
FILE_KINDS = ("py", "js", "css", "md", "toml", "txt", "svg", "sh")

PATH = re.compile(
    rf"\.?(?:{'|'.join(CODE)}|docs|checkpoints|\.streamlit|\.ci)(?:/[\w.*-]+)+/?|docs/|tests/"
)
MODULE = re.compile(r"(?:resnet_core|pages|tests|benchmarks)(?:\.[a-z_0-9]+)+")
FILE_NAME = re.compile(rf"(?:\w+/)*[a-z_0-9]+\.(?:{'|'.join(FILE_KINDS)})")


def folders_of(top: str) -> set[str]:
    """Folders that hold a file of the project, from `top` down."""
    below = [path for path in (ROOT / top).rglob("*") if path.is_file()]
    below = [path for path in below if "__pycache__" not in path.parts]
    return {path.parent.relative_to(ROOT).as_posix() for path in below}


def quoted(text: str) -> Iterator[str]:
    """Every word that a text sets as code: between backticks, or in a block of code."""
    blocks = re.findall(r"^```.*?$(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for code in [*blocks, *re.findall(r"`([^`\n]+)`", rest)]:
        for word in re.split(r"[\s,()=]+", code):
            yield word.split("::")[0].strip("`'\":;")


def docstrings(path: Path) -> str:
    """All strings of a file that stand alone: its docstrings, fields' included."""
    found = [
        node.value.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    return "\n".join(text for text in found if isinstance(text, str))


def module_exists(name: str) -> bool:
    """Whether a dotted name is a module, or stands in one."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    holder = path.parent / "__init__.py" if path.parent.is_dir() else path.parent.with_suffix(".py")
    return holder.is_file() and bool(re.search(rf"\b{path.name}\b", holder.read_text()))


def missing(text: str, files: list[str]) -> list[str]:
    """What a text names of the house that is not there; names in capitals are a reader's own."""
    lost = []
    for word in quoted(text):
        if PATH.fullmatch(word) and not word.rpartition("/")[2].isupper():
            is_there = any(ROOT.glob(word.rstrip("/")))
        elif FILE_NAME.fullmatch(word):
            is_there = any(f"/{file}".endswith(f"/{word}") for file in files)
        else:
            is_there = not MODULE.fullmatch(word) or module_exists(word)
        lost += [] if is_there else [word]
    return lost


@pytest.fixture(scope="module")
def files() -> list[str]:
    """Paths of all files of the project."""
    tops = [ROOT / top for top in (*CODE, "docs", ".streamlit", ".ci", "checkpoints")]
    kept = [path for top in tops for path in top.rglob("*.*") if "node_modules" not in path.parts]
    return [path.relative_to(ROOT).as_posix() for path in [*kept, *ROOT.glob("*.*")]]


def test_map_of_the_house_names_every_folder():
    rows = re.findall(r"^\| `([\w/]+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == folders_of("resnet_core") | folders_of("pages/ui")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_what_exists(path, files):
    assert missing(path.read_text(), files) == []


def test_docstrings_name_what_exists(files):
    lost = {str(path.relative_to(ROOT)): missing(docstrings(path), files) for path in SOURCES}
    assert {path: words for path, words in lost.items() if words} == {}


def test_missing_names_are_found(files):
    text = "See `pages/ui/nowhere.py`, `resnet_core.models.nothing`, `lost.js` and `tests/no/`."
    assert missing(text, files) == [
        "pages/ui/nowhere.py",
        "resnet_core.models.nothing",
        "lost.js",
        "tests/no/",
    ]


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "docs" / "serving.md"])
def test_documents_name_the_options_that_a_host_of_ones_own_needs(path):
    from streamlit import config

    named = set(re.findall(r"--(server\.\w+)", path.read_text()))
    assert {"server.allowedHosts", "server.baseUrlPath"} <= named
    assert named <= config.get_config_options(force_reparse=False).keys()


def test_documents_name_every_variable_that_the_code_reads():
    read = {
        name
        for path in [*(ROOT / "resnet_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
        for name in re.findall(r"RESNET_LAB_[A-Z_]+", path.read_text())
    }
    assert len(read) >= 3
    told = "\n".join(path.read_text() for path in DOCUMENTS)
    assert not {name for name in read if name not in told}
