import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from resnet_core.cli import app as lab_app
from resnet_core.cli import console
from resnet_core.cli.console import AsJson, command, print_json, print_table, print_text
from resnet_core.errors import ResNetLabError

_ERRORS = {
    "refused": ResNetLabError("There is no net 'x'; choose another."),
    "unexpected": ZeroDivisionError("secret"),
    "full": RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 79 GiB."),
    "mistyped": typer.BadParameter("not so"),
    "left": typer.Exit(3),
}


def lab(*arguments: str) -> tuple[int, str]:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @command
    def fail(kind: str, as_json: AsJson = False) -> None:
        raise _ERRORS[kind]

    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_refusal_is_one_sentence(folder: Path) -> None:
    assert lab("refused") == (1, "There is no net 'x'; choose another.\n")
    assert list(folder.iterdir()) == []


def test_want_of_memory_that_nobody_expected_is_one_sentence_with_what_to_do(folder: Path) -> None:
    assert lab("full") == (
        1,
        "Not enough memory for this; take fewer pictures or a smaller net, or the device cpu, or "
        "end other programs and runs.\n",
    )
    assert list(folder.iterdir()) == []


def test_unexpected_error_is_one_sentence_and_a_file_with_the_trace(folder: Path) -> None:
    code, output = lab("unexpected")
    told = re.fullmatch(
        r"Something in the lab itself failed \(error ([0-9a-f]{8})\); the details are in (.+)\.\n",
        output,
    )
    assert told is not None, output
    assert code == 1
    assert Path(told[2]) == folder / f"resnet-lab-error-{told[1]}.txt"
    assert "ZeroDivisionError: secret" in Path(told[2]).read_text()


def test_unexpected_error_is_json_where_json_was_asked_for() -> None:
    code, output = lab("unexpected", "--json")
    assert code == 1
    assert json.loads(output)["error"].startswith("Something in the lab itself failed (error ")


def test_trace_without_a_place_to_keep_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    code, output = lab("unexpected")
    assert code == 1
    assert "ZeroDivisionError: secret" in output
    assert output.rstrip().endswith("the details stand above.")


@pytest.mark.parametrize(("kind", "code"), [("mistyped", 2), ("left", 3)])
def test_endings_on_purpose_keep_their_status(folder: Path, kind: str, code: int) -> None:
    assert lab(kind)[0] == code
    assert list(folder.iterdir()) == []


def test_reader_that_leaves_is_no_fault(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "resnet_core", "settings", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
        cwd=Path(__file__).resolve().parents[2],
    )
    os.close(writing)
    assert done.returncode == 1
    assert "lab itself" not in done.stderr


def test_json_holds_no_number_that_other_programs_cannot_read(capsysbinary):
    print_json({"loss": float("nan"), "rows": [(1.5, float("inf"))], "deep": {"x": -math.inf}})
    content = capsysbinary.readouterr().out.decode()
    assert json.loads(content, parse_constant=pytest.fail) == {
        "loss": None,
        "rows": [[1.5, None]],
        "deep": {"x": None},
    }


def test_json_is_printed_whatever_bytes_a_name_has(capsysbinary):
    print_json({"path": Path(os.fsdecode(b"/data/caf\xe9"))})
    assert json.loads(capsysbinary.readouterr().out.decode()) == {"path": "/data/caf?"}


def test_a_table_shows_text_with_brackets_and_backslashes_as_it_stands(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(console, "out", Console(file=written, width=80))
    print_table(("a", "b"), [(r"\[red]x", "[/red]"), ("C:\\", ":fire:")])
    assert [line.split() for line in written.getvalue().splitlines()[1:]] == [
        [r"\[red]x", "[/red]"],
        ["C:\\", ":fire:"],
    ]


_SERVER = {"app"}
"""The commands that print nothing."""


def test_every_command_prints_json_where_asked_and_explains_each_option() -> None:
    commands = typer.main.get_command(lab_app).commands  # pyright: ignore[reportAttributeAccessIssue]
    with_json = {
        name
        for name, each in commands.items()
        if "--json" in {option for parameter in each.params for option in parameter.opts}
    }
    assert set(commands) - with_json == _SERVER, "README says that every other one does"
    bare = [
        f"{name} {parameter.name}"
        for name, each in commands.items()
        for parameter in each.params
        if not parameter.help
    ]
    assert bare == []


def test_no_line_ends_between_a_number_and_its_percent_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for width in range(20, 60):
        screen = Console(file=io.StringIO(), width=width)
        monkeypatch.setattr(console, "out", screen)
        print_text(
            "  right on 11.6\u00a0%, or 22.7\u00a0% of [b]all[/b] the pictures\n\nthat it saw"
        )
        lines = screen.file.getvalue().split("\n")  # pyright: ignore[reportAttributeAccessIssue]
        assert max(map(len, lines)) <= width
        assert not any(line.startswith("%") for line in lines)
        assert (lines[0][:4], lines[-3:]) == ("  ri", ["", "that it saw", ""])
        assert "[b]all[/b]" in " ".join(lines)
