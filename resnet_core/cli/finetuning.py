"""`finetune`: a trained net taught a person's own classes."""

import time
from typing import Annotated

import typer

from resnet_core.cli.console import (
    AsJson,
    absolute_path,
    command,
    option,
    print_json,
    print_text,
    progress_bar,
)
from resnet_core.cli.training import Detach, follow
from resnet_core.config import DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.errors import RunBusyError
from resnet_core.runs import launcher
from resnet_core.runs.status import read_status


@command
def finetune(
    folder: Annotated[
        str, typer.Argument(help="A folder with one folder of pictures for each class, or a zip.")
    ],
    start: Annotated[
        str, typer.Option("--from", help="The net to begin from: a name, or a file of weights.")
    ],
    whole: Annotated[
        bool,
        typer.Option(
            "--whole/--frozen",
            help="Let all of the net learn, or its new classifier alone: quicker, and enough where "
            "the pictures are like those that it knows.",
        ),
    ] = False,
    size: Annotated[
        int | None, typer.Option(help="Side of a picture, 32 to 224 px; the net's own if left out.")
    ] = None,
    augmentation: Annotated[str | None, option(DataConfig, "augmentation")] = None,
    epochs: Annotated[float | None, option(TrainingConfig, "epochs")] = None,
    steps: Annotated[int | None, option(TrainingConfig, "steps")] = None,
    batch_size: Annotated[int | None, option(TrainingConfig, "batch_size")] = None,
    learning_rate: Annotated[float | None, option(TrainingConfig, "learning_rate")] = None,
    seed: Annotated[int, option(ExperimentConfig, "seed")] = 0,
    device: Annotated[str, option(ExperimentConfig, "device")] = "auto",
    threads: Annotated[int | None, option(ExperimentConfig, "num_threads")] = None,
    name: Annotated[str | None, option(ExperimentConfig, "name")] = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Teach a trained net your own classes: a new classifier on it, measured on held-out pictures.

    It is a run like any other: watch it on Train, pause, resume, edit and fork it.  With `--json`:
    run_id, checkpoint, classes, accuracy, interval_95, held_out (pictures), seconds; what a run
    that did not end cannot tell is null.

    Example: `python -m resnet_core finetune bags-and-shoes/ --from resnet20-cifar10-jpeg --json`
    """
    from resnet_core.recipes.finetuning import TeachingRequest
    from resnet_core.teaching.preparing import prepare_teaching

    began = time.monotonic()
    request = TeachingRequest(
        source=absolute_path(folder),
        start=start,
        is_frozen=not whole,
        image_size_px=size,
        augmentation=augmentation,  # pyright: ignore[reportArgumentType] - the config checks it
        epochs=epochs,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        num_threads=threads,
        name=name,
    )
    with progress_bar() as tell:
        config = prepare_teaching(request, tell)
    run_id = _start(config)
    if not detach:
        follow(run_id)
    _tell_outcome(run_id, time.monotonic() - began, as_json=as_json)


def _start(config: ExperimentConfig) -> str:
    """Starts the run, or finds the identical one that is going."""
    try:
        return launcher.start_experiment(config)
    except RunBusyError as exc:
        return exc.run_id


def _tell_outcome(run_id: str, seconds: float, *, as_json: bool) -> None:
    from resnet_core.teaching.outcome import read_taught
    from resnet_core.teaching.sentences import taught_sentence

    status, found = read_status(run_id), read_taught(run_id)
    if as_json:
        print_json(
            {
                "run_id": run_id,
                "checkpoint": str(found[0].checkpoint) if found else None,
                "classes": list(found[0].class_names) if found else None,
                "accuracy": found[0].accuracy if found else None,
                "interval_95": list(found[0].interval_95) if found else None,
                "held_out": found[0].num_held_out if found else None,
                "held_out_commonest": found[0].facts.commonest if found else None,
                "held_out_learned": found[0].facts.learned if found else None,
                "held_out_untested": found[0].facts.untested if found else None,
                "seconds": seconds,
                "phase": status.phase,
                "message": status.message,
            }
        )
    else:
        print_text(f"{run_id}: {status.phase} at step {status.step:,}. {status.message}".strip())
        for net in found:
            print_text(f"{taught_sentence(net)} Its weights: {net.checkpoint}")
    if status.phase in ("failed", "interrupted", "damaged"):
        raise typer.Exit(1)
