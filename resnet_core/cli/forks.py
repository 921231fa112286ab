"""`fork`: a new run that begins with another's past."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from resnet_core.cli.console import AsJson, command, err, print_json, print_text
from resnet_core.cli.training import Detach, RunId, follow, print_verdict, read_verdict
from resnet_core.edits import Wish, check_wish, parse_wish, request_edit
from resnet_core.edits.records import NET_KINDS
from resnet_core.errors import ConfigError
from resnet_core.runs.fork import start_fork
from resnet_core.runs.fork_plan import ForkPlan, plan_fork
from resnet_core.runs.fork_sentences import fork_sentence
from resnet_core.runs.status import RunStatus, read_config, read_status


@command
def fork(
    run_id: RunId,
    step: Annotated[
        int, typer.Option(help="Finished steps that both have in common, up to those taken.")
    ],
    arm: Annotated[
        str | None,
        typer.Option(help="The one net to train on: its number from 0, label or registry name."),
    ] = None,
    change: Annotated[
        str | None,
        typer.Option(
            "--set",
            help="What is changed before the fork's first own step, as `edit` takes it, such as "
            "skip_strength=0.",
        ),
    ] = None,
    blocks: Annotated[
        str | None, typer.Option(help="Of a net that is changed: all, a stage, or a block.")
    ] = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Begin a run with the past of another one, which is not changed, and train it to its end.

    A run that has the device stands aside for its fork.  What the fork will replay, and whose
    place it takes, is said before it begins.

    An unchanged fork goes as its parent did, bit for bit: with one change, the two show what that
    change does.

    Example: `python -m resnet_core fork RUN --step 300 --arm resnet56 --set skip_strength=0`
    """
    wish = _wish(change, arm, blocks)
    plan = plan_fork(run_id, step, arm)
    _check(plan, wish)  # before anything is said of a fork
    err.print(fork_sentence(plan), markup=False, highlight=False, soft_wrap=True)
    child, plan = start_fork(plan, None if wish is None else lambda made: request_edit(made, wish))
    if not detach:
        follow(child)
    status = read_status(child)
    if as_json:
        print_json(_describe_fork(plan, status))
    else:
        print_text(f"{child}: {status.phase} at step {status.step:,}. {status.message}".strip())
        print_verdict(status)
    if status.phase in ("failed", "interrupted", "damaged"):
        raise typer.Exit(1)


def _wish(change: str | None, arm: str | None, blocks: str | None) -> Wish | None:
    if change is not None:
        wish = parse_wish(change)
        return replace(wish, arm=arm if wish.what in NET_KINDS else None, blocks=blocks)
    if blocks is not None:
        raise ConfigError("Blocks belong to a change: add --set, such as --set skip_strength=0.")
    return None


def _check(plan: ForkPlan, wish: Wish | None) -> None:
    config = read_config(plan.parent)
    if plan.arm is not None:
        config = replace(config, arms=(config.arms[plan.arm],))
    if wish is not None:
        check_wish(config, wish)


def _describe_fork(plan: ForkPlan, status: RunStatus) -> dict[str, Any]:
    return {
        "run_id": status.run_id,
        "parent": plan.parent,
        "step": plan.step,
        "kept_step": plan.kept_step,
        "replay_steps": plan.replay_steps,
        "replay_s": plan.replay_s,
        "arm": plan.arm,
        "damaged_steps": plan.damaged_steps,
        "takes_place": plan.takes_place,
        "phase": status.phase,
        "message": status.message,
        "verdict": read_verdict(status),
    }
