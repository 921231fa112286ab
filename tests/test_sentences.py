"""Sentences are computed: their generators hold no figure, only what was measured."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet_core.shares import percent, spaced_percents

ROOT = Path(__file__).resolve().parents[1]
GENERATORS = (
    "resnet_core/asking/switch_sentences.py",
    "resnet_core/asking/watching.py",
    "resnet_core/checkpoints/class_matching.py",
    "resnet_core/comparing/across_sentence.py",
    "resnet_core/comparing/edit_sentences.py",
    "resnet_core/comparing/seed_sentences.py",
    "resnet_core/comparing/verdict.py",
    "resnet_core/comparing/watched_course.py",
    "resnet_core/comparing/wording.py",
    "resnet_core/data/describe.py",
    "resnet_core/data/layouts/splitting.py",
    "resnet_core/edits/foretelling.py",
    "resnet_core/edits/wording.py",
    "resnet_core/explain/sentences.py",
    "resnet_core/inference/sentences.py",
    "resnet_core/others/sentences.py",
    "resnet_core/others/start.py",
    "resnet_core/probes/apart_sentences.py",
    "resnet_core/probes/cells.py",
    "resnet_core/probes/feature_sentences.py",
    "resnet_core/probes/landscape/sentences.py",
    "resnet_core/probes/lesion_sentences.py",
    "resnet_core/probes/own_sentences.py",
    "resnet_core/probes/path_lengths.py",
    "resnet_core/probes/responses.py",
    "resnet_core/probes/shattering.py",
    "resnet_core/probes/sharpness/sentences.py",
    "resnet_core/probes/spread.py",
    "resnet_core/probes/sweep.py",
    "resnet_core/probes/verdict.py",
    "resnet_core/run_report.py",
    "resnet_core/runs/fork_sentences.py",
    "resnet_core/scoreboard/sentences.py",
    "resnet_core/teaching/sentences.py",
    "resnet_core/training/first_steps_words.py",
    "resnet_core/training/flow_words.py",
)
"""Modules that make sentences from measurements."""
_NO_FIGURE = re.compile(r"et al\. (19|20)\d\d|95 % interval|At step 1 |it contains 0|^1 seed$")
"""Digits that measure nothing: a paper's year, the level of every interval here, the first step."""
_ARITHMETIC = {"replace", "einsum"}
"""Methods whose texts are no part of a sentence."""


def literal_figures(source: str) -> Iterator[str]:
    """Texts with a digit inside functions: no docstring, format, error or year of a paper."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            yield from (
                text for text in _texts(function) if re.search(r"\d", _NO_FIGURE.sub("", text))
            )


def _texts(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise | ast.FunctionDef | ast.arg) or _is_docstring(child):
            continue
        if isinstance(child, ast.FormattedValue):
            yield from _texts(child.value)  # without the format
        elif isinstance(child, ast.Call) and getattr(child.func, "attr", "") in _ARITHMETIC:
            continue
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        else:
            yield from _texts(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize("path", GENERATORS)
def test_generators_of_sentences_hold_no_figure(path):
    assert list(literal_figures((ROOT / path).read_text())) == []


def test_a_literal_figure_is_found_and_a_computed_one_is_not():
    literal = 'def say(net):\n    """Of 3."""\n    return f"95 % of {net.name:.2f}, He et al. 2015"'
    assert list(literal_figures(literal)) == ["95 % of ", ", He et al. 2015"][:1]
    computed = 'def say(net):\n    return f"{net.share:.0%} of {net.name}, as He et al. 2015 say"'
    assert list(literal_figures(computed)) == []


_OWN_PERCENT = re.compile(r"(?<!%)\{[^{}]*:\+?\.\d%\}")
"""A share that an f-string writes itself; a hover template's `%{y:.1%}` is the chart library's."""
_MEASURING = {"resnet_core/probes/path_lengths.py", "resnet_core/probes/shattering.py"}
"""Their code is part of what their stored measurements are known by; pages set the space."""


def test_a_share_is_written_with_a_space_that_no_line_breaks_at():
    assert (percent(0.9724), percent(0.95, 0)) == ("97.2\u00a0%", "95\u00a0%")
    assert (percent(0.031, signed=True), percent(-0.031, 2, signed=True)) == (
        "+3.1\u00a0%",
        "-3.10\u00a0%",
    )
    assert spaced_percents("97.2% of 5, 95 % of %") == "97.2\u00a0% of 5, 95 % of %"


_CLOSE_SIGN = re.compile(r"""\.\d%(\}|["'])|\} %[^{(]""")
"""A percent as the library itself writes it, `97.2%`, or after a space that a line may end at."""


def test_charts_write_percents_as_sentences_do():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("resnet_core/figures", "resnet_core/runs", "pages/ui")
        for kind in ("*.py", "*.js")
        for path in (ROOT / folder).rglob(kind)
        for line in path.read_text("utf-8").splitlines()
        if _CLOSE_SIGN.search(line)
    ]
    assert found == []


def test_all_shares_are_written_by_one_function():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for top in ("resnet_core", "pages")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "shares.py" and str(path.relative_to(ROOT)) not in _MEASURING
        for line in path.read_text("utf-8").splitlines()
        if _OWN_PERCENT.search(line) and "%{{" not in line
    ]
    assert found == []


def test_three_digits_are_written_by_one_function() -> None:
    """Python's own format writes a thousand as `1e+03`."""
    own = re.compile(r"(?<!float\(f\")\{(?!rounded\b)[^{}]*:\.3g\}")
    shown = [*(ROOT / "pages").rglob("*.py"), *(ROOT / "resnet_core" / "cli").rglob("*.py")]
    seconds = "step_s:.3g"  # of one step, which no net takes a thousand of
    assert [
        (path.name, found)
        for path in shown
        for found in own.findall(path.read_text("utf-8"))
        if seconds not in found
    ] == []
