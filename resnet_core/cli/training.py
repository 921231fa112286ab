"""Commands around training: train, resume, pause, stop, runs."""

import dataclasses
import statistics
import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from resnet_core.cli.console import (
    AsJson,
    command,
    err,
    option,
    print_json,
    print_table,
    print_text,
)
from resnet_core.cli.edits import count_edits
from resnet_core.comparing.pair_reports import report_pairs
from resnet_core.comparing.verdict import judge_run
from resnet_core.config import (
    DataConfig,
    ExperimentConfig,
    TrainingConfig,
)
from resnet_core.errors import RunError
from resnet_core.runs import launcher
from resnet_core.runs import status as run_folders
from resnet_core.runs.control import request
from resnet_core.runs.curves import Evaluation
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.watched_runs import refuse_watched

_FOLLOW_S = 0.25
_DEEDS = {"pause": "be paused", "stop": "be stopped"}

RunId = Annotated[str, typer.Argument(help="The run's id, as `runs` lists it.")]
Detach = Annotated[bool, typer.Option(help="Return at once; the run goes on by itself.")]


@command
def train(
    arms: Annotated[
        str | None, typer.Option(help="Nets that see the same batches, such as resnet20,plain20.")
    ] = None,
    data: Annotated[str | None, option(DataConfig, "source")] = None,
    recipe: Annotated[
        str, typer.Option(help="A recipe for the training, or for a whole shipped experiment.")
    ] = "demo",
    name: Annotated[str | None, option(ExperimentConfig, "name")] = None,
    epochs: Annotated[float | None, option(TrainingConfig, "epochs")] = None,
    steps: Annotated[int | None, option(TrainingConfig, "steps")] = None,
    batch_size: Annotated[int | None, option(TrainingConfig, "batch_size")] = None,
    learning_rate: Annotated[float | None, option(TrainingConfig, "learning_rate")] = None,
    precision: Annotated[str | None, option(TrainingConfig, "precision")] = None,
    seed: Annotated[int | None, option(ExperimentConfig, "seed")] = None,
    seeds: Annotated[int | None, option(ExperimentConfig, "seeds")] = None,
    device: Annotated[str | None, option(ExperimentConfig, "device")] = None,
    threads: Annotated[int | None, option(ExperimentConfig, "num_threads")] = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Train nets side by side on identical batches; without any option it is the demo.

    Example: `python -m resnet_core train --arms resnet20,plain20 --data synthetic --recipe demo`
    """
    from resnet_core.recipes.asked import ask_experiment

    experiment = ask_experiment(
        recipe,
        nets=arms,
        data=data,
        name=name,
        epochs=epochs,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
        seed=seed,
        seeds=seeds,
        device=device,
        num_threads=threads,
    )
    run_id = launcher.start_experiment(experiment)
    _follow_or_leave(run_id, detach=detach, as_json=as_json)


@command
def resume(run_id: RunId, detach: Detach = False, as_json: AsJson = False) -> None:
    """Take up a stopped or interrupted run where its last checkpoint left it, or a paused one."""
    launcher.resume_run(run_id)
    _follow_or_leave(run_id, detach=detach, as_json=as_json)


@command
def pause(run_id: RunId, as_json: AsJson = False) -> None:
    """Pause a run between two steps; the page or `resume` makes it go on."""
    _ask(run_id, "pause", as_json)


@command
def stop(
    run_id: RunId,
    force: Annotated[bool, typer.Option(help="Kill the worker without a last save.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop a run; it saves its state first, so that it can be resumed."""
    if force:
        launcher.kill_run(run_id)
    _ask(run_id, "stop", as_json)


@command
def runs(as_json: AsJson = False) -> None:
    """List all runs, newest first."""
    found = run_folders.list_runs()
    if as_json:
        print_json([_describe(status) for status in found])
        return
    if not found:
        print_text("No runs yet: start one with `python -m resnet_core train`.")
        return
    steps = [f"{s.step:,}" + (f"/{s.num_steps:,}" if s.num_steps else "") for s in found]
    rows = [(s.run_id, s.name, s.phase, n) for s, n in zip(found, steps, strict=True)]
    print_table(("run", "name", "phase", "step"), rows)
    for status in found:  # below, where it takes no room from the names
        if status.message:
            print_text(f"{status.run_id}: {status.message}")


@command
def notes(
    run_id: RunId,
    text: Annotated[
        str | None, typer.Argument(help="What to note, instead of what stood there; '' empties it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is noted on a run, or note something on it."""
    if text is not None:
        run_folders.write_notes(run_id, text)
    status = run_folders.read_status(run_id)
    if as_json:
        print_json(_describe(status))
    else:
        print_text(status.notes or f"Nothing is noted on {run_id}.")


def _ask(run_id: str, wanted: Any, as_json: bool) -> None:
    folder = run_folders.run_dir(run_id)
    refuse_watched(folder, _DEEDS[wanted])
    status = run_folders.read_status(run_id)
    if status.is_live:
        request(folder, wanted)
    elif wanted == "pause":
        raise RunError(f"Run {run_id} is not going: it is {status.phase}.")
    if as_json:
        print_json(_describe(run_folders.read_status(run_id)))
    else:
        print_text(f"{run_id}: {run_folders.read_status(run_id).phase}")


def _follow_or_leave(run_id: str, *, detach: bool, as_json: bool) -> None:
    if not detach:
        follow(run_id)
    status = run_folders.read_status(run_id)
    if as_json:
        print_json(_describe(status))
    else:
        print_text(f"{run_id}: {status.phase} at step {status.step:,}. {status.message}".strip())
        print_verdict(status)
    if status.phase in ("failed", "interrupted", "damaged"):
        raise typer.Exit(1)


def follow(run_id: str) -> None:
    """Shows a progress bar until the run ends; Ctrl-C asks it to stop and waits for its save."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=err, transient=True
    ) as bar:
        task = bar.add_task("starting", total=None, note="")
        is_live = True
        while is_live:
            try:  # all of it: a look at the run takes a good part of the time
                status = run_folders.read_status(run_id)
                is_live = status.is_live
                bar.update(
                    task,
                    description=status.phase,
                    completed=status.step,
                    total=status.num_steps or None,
                    note=_note(status),
                )
                time.sleep(_FOLLOW_S if is_live else 0)
            except KeyboardInterrupt:
                request(run_folders.run_dir(run_id), "stop")


def _note(status: run_folders.RunStatus) -> str:
    if status.phase != "training":
        return status.message
    try:
        arms = read_curves(run_folders.run_dir(status.run_id)).arms
    except RunError:
        return status.message  # a note is not worth ending the command for
    losses: dict[str, list[float]] = {}
    for arm in arms:
        if len(arm.step):
            losses.setdefault(arm.label, []).append(float(arm.scalars["loss"][-1]))
    means = [f"{label} {statistics.fmean(values):.3f}" for label, values in losses.items()]
    return f"step {status.step:,}/{status.num_steps:,}  loss " + "  ".join(means)


def _describe(status: run_folders.RunStatus) -> dict[str, Any]:
    return dataclasses.asdict(status) | {
        "evaluations": [dataclasses.asdict(evaluation) for evaluation in _evaluations(status)],
        "verdict": read_verdict(status),
        "num_edits": count_edits(status.run_id),
        **_comparisons(status),
    }


def _comparisons(status: run_folders.RunStatus) -> dict[str, Any]:
    """Reports the pair of a run of two arms, and of more each beside the first."""
    try:
        found = [dataclasses.asdict(report) for report in report_pairs(status)]
    except RunError:
        found = []
    if len(status.arms) > 2:
        return {"comparisons": found}
    return {"comparison": found[0] if found else None}


def _evaluations(status: run_folders.RunStatus) -> tuple[Evaluation, ...]:
    """Reads what a run measured; a list of runs does not fail for one history that is damaged."""
    try:
        return read_curves(run_folders.run_dir(status.run_id)).evaluations
    except RunError:
        return ()


def print_verdict(status: run_folders.RunStatus) -> None:
    """Says what a run has shown so far, if that can be read."""
    verdict = read_verdict(status)
    if verdict is not None:
        print_text(verdict["sentence"])


def read_verdict(status: run_folders.RunStatus) -> dict[str, Any] | None:
    """Judges a run; there is no verdict on one whose history is damaged."""
    try:
        return dataclasses.asdict(judge_run(status))
    except RunError:
        return None
