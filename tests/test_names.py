"""One name has one meaning: nothing public of the core or the rooms is defined in two modules."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("resnet_core", "pages/ui")

EXCEPTIONS = {
    "main": "where a child process begins; nobody imports it",
    "ENTRY": "how each page introduces itself: one meaning, once for each page",
    "Block": "the module, and its kinds in `resnet_core.config`, whose names stay as they are",
    **dict.fromkeys(
        ("cam", "classify", "evaluate", "features", "gradients", "train"),
        "a command, and the library's function of that name: one meaning at two doors",
    ),
}
"""Names that several modules define, and why they may."""


def defined(source: str) -> Iterator[str]:
    """Public functions, classes and constants at the top of a module."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [part for target in targets for part in ast.walk(target)]
            names = [
                part.id
                for part in parts
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            ]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def defined_twice(sources: dict[str, str]) -> dict[str, list[str]]:
    """Names to the modules that define them, where there are several."""
    places = defaultdict(set)
    for module, source in sources.items():
        for name in defined(source):
            places[name].add(module)
    return {name: sorted(modules) for name, modules in places.items() if len(modules) > 1}


def test_public_names_are_defined_once():
    paths = [path for top in TOPS for path in (ROOT / top).rglob("*.py")]
    sources = {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}
    found = defined_twice(sources)
    assert {name: modules for name, modules in found.items() if name not in EXCEPTIONS} == {}
    assert found.keys() == EXCEPTIONS.keys(), "an exception that is none any more"


def test_names_defined_twice_are_found():
    sources = {
        "one": "A: int = 1\nB, C = 2, 3\n_D = 4\ndef read(): E = 5\nclass Net:\n    F = 6",
        "two": "from one import read, Net\n_D = 4\nE = F = 0\nfor A in (): pass",
        "three": "async def B(): ...\nC = 1\nC = 2\ndef Net(): ...\nA[0] = 1",
    }
    assert defined_twice(sources) == {
        "B": ["one", "three"],
        "C": ["one", "three"],
        "Net": ["one", "three"],
    }
