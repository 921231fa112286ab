"""A fingerprint of the code that measured: equal as long as the code does the same.

Comments, docstrings and layout are left out, so that explaining code better throws nothing away.
"""

import ast
import functools
import hashlib
import io
import tokenize
from pathlib import Path

_CORE = Path(__file__).resolve().parents[1]


@functools.lru_cache(maxsize=64)
def code_fingerprint(modules: tuple[str, ...]) -> str:
    """Names the code of some modules, given as paths below `resnet_core`, by 16 hex digits."""
    content = "\n".join(code_of((_CORE / path).read_text("utf-8")) for path in modules)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def code_of(source: str) -> str:
    """Leaves out comments, docstrings and spaces; the same text on every version of Python."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (
                (node.end_lineno or node.lineno) - node.lineno + 1
            )
    return "".join("".join(line.split()) for line in lines)
