"""The command that says what a finished run showed."""

import dataclasses
from typing import Annotated

import typer

from resnet_core.cli.console import AsJson, command, print_json


@command
def report(
    run_id: Annotated[str, typer.Argument(help="The run's id, as `runs` lists it.")],
    as_json: AsJson = False,
) -> None:
    """Say what a finished run showed: verdict, results, time and settings, as Markdown."""
    from resnet_core.run_report import report_run

    made = report_run(run_id)
    if as_json:
        print_json(dataclasses.asdict(made))
    else:
        typer.echo(made.to_markdown())  # as it stands: a console would break its lines
