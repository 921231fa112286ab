"""The house's rules, checked where a reader could not see them broken."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = {
    "resnet_core/errors.py": "import resnet_core.cli",
    "resnet_core/figures/style.py": "import streamlit",
    "resnet_core/newcomer.py": "",
    "pages/home.py": "import torch",
    "pages/ui/__init__.py": "def later():\n    import pages.train",
}
"""Files, and what stands in them against a contract of `[tool.importlinter]`."""
EXTRAS = ("watching.lightning", "watching.transformers")
"""Modules that import a framework, which only who has it may load."""
QUICK = (
    "resnet_core.runs.status",
    "resnet_core.runs.metrics",
    "resnet_core.runs.launcher",
    "resnet_core.cli",
)


def core_files() -> list[Path]:
    return sorted((ROOT / "resnet_core").rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_go_one_way():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", CONTRACTS)
def test_imports_against_the_contracts_are_found(path, tmp_path):
    for name in ("resnet_core", "pages"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a") as file:
        file.write(f"\n{CONTRACTS[path]}\n")
    assert lint_imports(tmp_path).returncode == 1


@pytest.mark.slow
def test_core_loads_no_streamlit():
    names = [module_name(path) for path in core_files() if path.name != "__main__.py"]
    names = [name for name in names if not name.endswith(("_child", *EXTRAS))]
    code = (
        f"import importlib, sys; [importlib.import_module(name) for name in {names}];"
        "print({name.split('.')[0] for name in sys.modules} & {'streamlit', 'pages'})"
    )
    assert run_python(code).strip() == "set()"


@pytest.mark.parametrize("module", QUICK)
def test_quick_modules_load_no_torch(module):
    assert run_python(f"import sys, {module}; print('torch' in sys.modules)").strip() == "False"


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


def test_no_statement_numbers_its_values():
    """Python 3.12 warns where `?1` meets values in order, and 3.14 refuses it."""
    numbered = [
        (path.name, node.lineno)
        for path in core_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b.*\?[0-9]", node.value, re.DOTALL)
    ]
    assert numbered == []
