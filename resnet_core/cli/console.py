"""How commands speak: text or JSON on standard output, one sentence on standard error."""

import contextlib
import functools
import json
import math
import secrets
import tempfile
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from resnet_core.config import ExperimentConfig, settings_of
from resnet_core.errors import ResNetLabError
from resnet_core.paths import absolute_path as absolute_path
from resnet_core.progress import Progress as Tell

Arguments = ParamSpec("Arguments")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Checkpoint = Annotated[
    str,
    typer.Option(
        help="A shipped or imported net's name, or the path of a checkpoint; or a net of others: "
        "torchvision:NAME, timm:NAME, or package.module:build, which runs that code."
    ),
]

ClassMap = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="A class of the data and the net's that it is, such as plane=airplane; several with "
        "commas between, or the option once for each. Other classes are matched by their names.",
        metavar="DATA=NET",
    ),
]

_NO_FAULTS = (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError)
"""How a command ends on purpose, or because nobody reads on; typer knows what to do."""

out = Console()
err = Console(stderr=True)


def command(function: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Makes a command end with exit status 1 and one sentence when something goes wrong.

    What the lab refuses is told in its own words; of what nobody expected the trace is kept in a
    file, whose name is told.
    """

    @functools.wraps(function)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except _NO_FAULTS:
            raise
        except ResNetLabError as exc:
            _end(str(exc), exc, as_json=bool(kwargs.get("as_json")))
        except Exception as exc:
            _end(_memory_sentence(exc) or _kept(exc), exc, as_json=bool(kwargs.get("as_json")))

    return wrapper


@contextlib.contextmanager
def progress_bar() -> Iterator[Tell]:
    """Shows a bar on standard error, and gives what it is to be told."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Loading", total=1.0)

        def tell(message: str, fraction: float | None = None) -> None:
            bar.update(task, description=message, completed=fraction or 0.0)

        yield tell


def option(kind: type, name: str) -> Any:
    """The option of a setting: `--help` says of it what forms do, and names its values."""
    setting = settings_of(kind)[name]
    values = f" One of: {', '.join(setting.choices)}." if setting.choices else ""
    return typer.Option(help=f"{setting.explanation}{values}")


Device = Annotated[str, option(ExperimentConfig, "device")]


def print_json(content: Any) -> None:
    """Prints one JSON document; a number that is not finite, which JSON does not know, is null."""
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False, default=str)
    typer.echo(text.encode("utf-8", "replace"))  # a file's name may hold any bytes


def print_text(text: str) -> None:
    """Prints text without markup, its lines broken at the width of the console.

    What goes on after a break stands as far in as its line.
    No line is broken at a no-break space, such as that before a percent sign; rich would.
    """
    lines = (line for each in text.split("\n") for line in _broken(each))
    out.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _broken(line: str) -> list[str]:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line,
        out.width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Prints a table; cells are text, never markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(Text(column), overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    return [_finite(each) for each in content] if isinstance(content, list | tuple) else content


def _end(sentence: str, error: Exception, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"error": sentence})
    else:
        err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1) from error


def _memory_sentence(error: Exception) -> str:
    from resnet_core.devices import in_want_of_memory  # it loads torch, which many commands do not

    return str(in_want_of_memory(error) or "")


def _kept(error: Exception) -> str:
    number = secrets.token_hex(4)
    failed = f"Something in the lab itself failed (error {number})"
    trace = "".join(traceback.format_exception(error))
    try:
        file = Path(tempfile.gettempdir()) / f"resnet-lab-error-{number}.txt"
        with file.open("x", encoding="utf-8", errors="backslashreplace") as kept:
            kept.write(trace)
    except OSError:
        err.print(trace, markup=False, highlight=False, soft_wrap=True)
        return f"{failed}; the details stand above."
    return f"{failed}; the details are in {file}."
