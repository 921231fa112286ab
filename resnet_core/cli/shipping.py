"""Commands that fill `checkpoints/`: ship one net, or train and ship all that are planned."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from resnet_core.cli.console import (
    AsJson,
    absolute_path,
    command,
    err,
    option,
    print_json,
    print_text,
)
from resnet_core.config import ExperimentConfig
from resnet_core.runs.status import read_config


@command
def ship(
    run_id: Annotated[str, typer.Argument(help="The run's id, as `runs` lists it.")],
    name: Annotated[str, typer.Option(help="File name of the shipped net.")],
    arm: Annotated[
        str, typer.Option(help="The net: its number from 0, label, or name in the registry.")
    ] = "0",
    data_title: Annotated[str | None, typer.Option(help="What the card calls the data.")] = None,
    into: Annotated[Path | None, typer.Option(help="Where it goes, if not checkpoints/.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a finished net on every split and put it into checkpoints/ with its card."""
    from resnet_core.shipping import ship_arm

    place = read_config(run_id).find_arm(arm)
    weights = ship_arm(run_id, place, name, data_title=data_title, folder=into)
    _tell(run_id, [weights], as_json=as_json)


@command
def ship_over_training(
    run_id: Annotated[str, typer.Argument(help="The run's id, as `runs` lists it.")],
    count: Annotated[int, typer.Option(help="Steps of each net.", min=2)] = 6,
    into: Annotated[Path | None, typer.Option(help="Where they go, if not checkpoints/.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a few saved steps of a run into checkpoints/, in half precision with their cards."""
    from resnet_core.shipping import ship_steps

    _tell(run_id, ship_steps(run_id, count=count, folder=into), as_json=as_json)


@command
def store_demo(
    run_id: Annotated[str, typer.Argument(help="A finished run of the demo, as `runs` lists it.")],
    into: Annotated[
        Path | None, typer.Option(help="Where it goes, if not checkpoints/runs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Store the history of a demo run with its cards: it is what Home shows before any press."""
    from resnet_core.shipping import ship_demo

    _tell(run_id, [ship_demo(run_id, into)], as_json=as_json)


@command
def reproduce(
    recipes: Annotated[
        list[str] | None, typer.Argument(help="Only these recipes of the plan; all if none.")
    ] = None,
    cifar10: Annotated[str, typer.Option(help="Where CIFAR-10 is: its name, or a path.")] = (
        "cifar10"
    ),
    jpeg_copy: Annotated[
        bool, typer.Option(help="That path is the lossy JPEG copy: names and cards say so.")
    ] = False,
    device: Annotated[str, option(ExperimentConfig, "device")] = "auto",
    at_once: Annotated[int, typer.Option(help="Experiments that share the device.", min=1)] = 1,
    threads: Annotated[int | None, typer.Option(help="CPU threads of each.")] = None,
    steps: Annotated[int | None, typer.Option(help="A trial of so many steps.", min=1)] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Save and stop after so long; call again to go on.", min=0)
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Where nets go, if not checkpoints/.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train every net of the plan on a GPU and ship it: the papers' depths, the article's net.

    Stop it and call it again: what is done stays done, and what was going is taken up.

    Example: `python -m resnet_core reproduce --device cuda --at-once 4 --threads 2`
    """
    from resnet_core import paths
    from resnet_core.shipping import Site, choose_runs, reproduce_plan

    plan = choose_runs(recipes or ())
    site = Site(
        cifar10=absolute_path(cifar10),
        is_jpeg_copy=jpeg_copy,
        device=device,
        at_once=at_once,
        num_threads=threads,
        num_steps=steps,
        num_minutes=minutes,
        folder=into or paths.checkpoints_dir(),
    )
    outcomes = reproduce_plan(plan, site, lambda sentence: err.print(sentence, markup=False))
    if as_json:
        print_json([vars(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            names = ", ".join(weights.stem for weights in outcome.shipped)
            print_text(f"{outcome.planned.title}: {outcome.problem or names}")
    if any(outcome.problem for outcome in outcomes):
        raise typer.Exit(1)


def _tell(run_id: str, written: Sequence[Path], *, as_json: bool) -> None:
    """Says what was written: weights, or the folder of a run."""
    if as_json:
        print_json({"run_id": run_id, "paths": written})
        return
    for path in written:
        print_text(str(path))
