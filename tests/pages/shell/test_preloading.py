import ast
import subprocess
import sys

from resnet_core.paths import app_dir

_ALONE = """
import sys
from pages.ui.shell.preloading import preload
preload()
print("\\n".join(sys.modules))
"""


def test_no_page_has_a_package_left_to_import() -> None:
    """Threads that import a package and a module of it at the same time may fail."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE], capture_output=True, check=True, text=True
    )
    used = {
        package
        for script in (app_dir() / "pages").rglob("*.py")
        for package in _packages(ast.parse(script.read_text()))
    }
    assert "resnet_core.asking" in used
    assert used - set(done.stdout.splitlines()) == set()


def _packages(script: ast.AST) -> set[str]:
    """Names the packages of the lab that a script imports from, wherever in it."""
    names = {node.module for node in ast.walk(script) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in names if name and name.split(".")[0] in ("pages", "resnet_core")}
    is_package = {name: (app_dir() / name.replace(".", "/")).is_dir() for name in ours}
    return {name if is_package[name] else name.rpartition(".")[0] for name in ours}
