"""Commands that change a run while it trains, and list what was changed."""

import dataclasses
from typing import Annotated, Any

import typer

from resnet_core.cli.console import AsJson, command, print_json, print_table, print_text
from resnet_core.edits import (
    EDIT_KINDS,
    Edit,
    done_and_pending_edits,
    edit_sentence,
    edits_csv,
    label_edit,
    parse_wish,
    read_edits,
    request_edit,
    say_edit,
    say_waiting,
    wait_for_edit,
)
from resnet_core.errors import ConfigError, RunError
from resnet_core.runs.status import read_status

_PATIENCE_S = 3.0
_KINDS = "; ".join(f"{kind}: {meaning}" for kind, meaning in EDIT_KINDS.items())

_RunId = Annotated[str, typer.Argument(help="The run's id, as `runs` lists it.")]


@command
def edit(
    run_id: _RunId,
    change: Annotated[
        str, typer.Option("--set", help=f"What it is to become, as NAME=VALUE. {_KINDS}.")
    ],
    arm: Annotated[
        str | None,
        typer.Option(help="Of a net: its number from 0, its label, or its name in the registry."),
    ] = None,
    blocks: Annotated[
        str | None,
        typer.Option(help="Of a net: all, a stage such as stage2, or a block such as stage2.0."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Of more steps: the learning rate of the new ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change a run while it trains or is paused; on one that stopped, it waits for the resume.

    The worker does it before its next step.  `step` is the number of finished steps at that
    moment, and null while it waits.

    Example: `python -m resnet_core edit RUN --arm resnet56 --set skip_strength=0 --blocks stage2`
    """
    wish = dataclasses.replace(parse_wish(change), arm=arm, blocks=blocks, rate=rate)
    asked = request_edit(run_id, wish)
    phase = read_status(run_id).phase
    if phase in ("training", "paused"):
        asked = wait_for_edit(run_id, asked, _PATIENCE_S)
    if as_json:
        print_json({"run_id": run_id, **_brief(asked)})
    elif asked.step is None:
        print_text(say_waiting(asked, phase))
    else:
        print_text(edit_sentence(asked))


@command
def edits(
    run_id: _RunId,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of text.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what was changed in a run, in order, and what still waits.

    Example: `python -m resnet_core edits RUN --json`
    """
    if as_csv:
        if as_json:
            raise ConfigError("Choose --json or --csv, not both.")
        typer.echo(edits_csv(run_id), nl=False)
        return
    done, waiting = done_and_pending_edits(run_id)
    found = (*done, *waiting)
    if as_json:
        print_json([{"run_id": run_id, **each.as_json()} for each in found])
        return
    if not found:
        print_text(f"Nothing was changed in {run_id}.")
        return
    rows = [(str(each.number), _step(each), each.arm or "all", _words(each)) for each in found]
    print_table(("edit", "after step", "net", ""), rows)


def count_edits(run_id: str) -> int | None:
    """Counts what was changed in a run; `None` for one whose log is damaged."""
    try:
        return len(read_edits(run_id))
    except RunError:
        return None


def _brief(edit: Edit) -> dict[str, Any]:
    names = ("step", "arm", "what", "blocks", "from", "to")
    return {name: value for name, value in edit.as_json().items() if name in names}


def _step(edit: Edit) -> str:
    return "waits" if edit.step is None else f"{edit.step:,}"


def _words(edit: Edit) -> str:
    """What was done, or what was asked for and is still to be done."""
    if edit.step is None:
        return f"Asked for: {label_edit(edit)}"
    words = say_edit(edit)
    return words[:1].upper() + words[1:]
