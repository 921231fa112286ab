"""The command that says what the lab makes of a data set: data."""

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_core.cli.console import (
    AsJson,
    absolute_path,
    command,
    print_json,
    print_table,
    print_text,
    progress_bar,
)

if TYPE_CHECKING:
    from resnet_core.data.describe import DataReport

_LISTED_CLASSES = 60


@command
def data(
    path: Annotated[
        str, typer.Argument(help="A folder or file of pictures, or a data set's name.")
    ],
    quick: Annotated[
        bool, typer.Option("--quick", help="Look at names and labels alone, and open no picture.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what the lab makes of pictures: layout, classes, parts, and what is left out and why.

    Every picture is decoded once, as training needs it; `--quick` opens none.

    Example: `python -m resnet_core data path/to/pictures --json`
    """
    from resnet_core.data.describe import describe_data

    with progress_bar() as progress:
        report = describe_data(absolute_path(path), is_quick=quick, progress=progress)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _print(report)


def _print(report: "DataReport") -> None:
    total = sum(sum(counts.values()) for counts in report.splits.values())
    print_text(
        f"{report.title}: {total:,} pictures of {len(report.classes):,} classes; {report.layout}."
    )
    rows = [
        (name, *(f"{counts.get(name, 0):,}" for counts in report.splits.values()))
        for name in report.classes[:_LISTED_CLASSES]
    ]
    print_table(("class", *report.splits), rows)
    rest = len(report.classes) - _LISTED_CLASSES
    if rest > 0:
        print_text(f"and {rest:,} more classes")
    for note in report.notes:
        print_text(note)
    if report.ignored:
        print_text("Left out:")
        print_table(
            ("", "", "because it"),
            [(left.what, f"{left.count:,}", left.why) for left in report.ignored],
        )
