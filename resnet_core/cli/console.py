"""How commands speak: text or JSON on standard output, one sentence on standard error."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from resnet_core.errors import ResNetLabError

Arguments = ParamSpec("Arguments")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

out = Console()
err = Console(stderr=True)


def command(function: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Makes a command end with exit status 1 and one sentence when the lab refuses something."""

    @functools.wraps(function)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except ResNetLabError as exc:
            if kwargs.get("as_json"):
                print_json({"error": str(exc)})
            else:
                err.print(str(exc), style="red", markup=False, highlight=False)
            raise typer.Exit(1) from exc

    return wrapper


def absolute_path(data: str) -> str:
    """Makes the path of existing pictures absolute, as a worker runs in another folder."""
    try:
        return str(Path(data).resolve()) if Path(data).exists() else data
    except OSError:  # such as a name too long for any file; whoever looks for the data says so
        return data


def print_json(content: Any) -> None:
    """Prints one JSON document."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))


def print_text(text: str) -> None:
    """Prints text as it stands, without markup."""
    out.print(text, markup=False, highlight=False)


def print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Prints a table; cells are text, never markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    out.print(table)
