"""The house's rules, checked where a reader could not see them broken."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = {
    "errors": 0,
    "progress": 0,
    "paths": 1,
    "own_files": 1,
    "atomic": 1,
    "config": 1,
    "devices": 1,
    "models": 2,
    "data": 2,
    "checkpoints": 3,
    "probes": 3,
    "explain": 4,
    "training": 4,
    "importing": 4,
    "exporting": 4,
    "evaluation": 5,
    "asking": 5,
    "inference": 6,
    "shipping": 6,
    "scoreboard": 5,
    "figures": 7,
    "cli": 8,
    "__main__": 9,
}
QUICK = (
    "resnet_core.training.runs",
    "resnet_core.training.metrics",
    "resnet_core.training.launcher",
    "resnet_core.cli",
)


def core_files() -> list[Path]:
    return sorted((ROOT / "resnet_core").rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "resnet_core" and len(parts) > 1 and parts[1] in LAYERS else None


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_part_of_the_core_has_its_place():
    parts = {path.relative_to(ROOT / "resnet_core").parts[0] for path in core_files()}
    assert {part.removesuffix(".py") for part in parts} - {"__init__"} <= set(LAYERS)


@pytest.mark.parametrize("path", core_files(), ids=module_name)
def test_imports_go_one_way(path):
    mine = part_of(module_name(path))
    for module in imported_modules(path):
        theirs = part_of(module)
        if mine and theirs and theirs != mine:
            assert LAYERS[theirs] < LAYERS[mine] or (theirs, mine) == ("explain", "training"), (
                module
            )


@pytest.mark.slow
def test_core_loads_no_streamlit():
    names = [module_name(path) for path in core_files() if path.name != "__main__.py"]
    names = [name for name in names if not name.endswith("_child")]
    code = (
        f"import importlib, sys; [importlib.import_module(name) for name in {names}];"
        "print({name.split('.')[0] for name in sys.modules} & {'streamlit', 'pages'})"
    )
    assert run_python(code).strip() == "set()"


@pytest.mark.parametrize("module", QUICK)
def test_quick_modules_load_no_torch(module):
    assert run_python(f"import sys, {module}; print('torch' in sys.modules)").strip() == "False"


def test_pages_touch_no_tensor():
    for path in (ROOT / "pages").glob("*.py"):
        assert not {m for m in imported_modules(path) if m.split(".")[0] == "torch"}, path


def test_pages_are_thin():
    for path in (ROOT / "pages").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 120, path


@pytest.mark.parametrize("folder", ["resnet_core", "pages"])
def test_files_are_short(folder):
    long = {
        str(path): count
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 300
    }
    assert long == {}
