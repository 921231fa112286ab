"""Commands around trained nets: classify, calibrate, imagenet, export."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, cast

import typer

from resnet_core.cli.console import (
    AsJson,
    Checkpoint,
    Device,
    absolute_path,
    command,
    print_json,
    print_text,
    progress_bar,
)
from resnet_core.config import DataConfig, choices
from resnet_core.errors import ConfigError


@command
def classify(
    files: Annotated[list[Path], typer.Argument(help="Pictures, folders or zip archives.")],
    checkpoint: Checkpoint,
    top: Annotated[int, typer.Option(help="Classes to name for each picture.", min=1)] = 5,
    fit: Annotated[str, typer.Option(help="How pictures become square: crop, stretch, pad.")] = (
        "crop"
    ),
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record a line.")] = False,
) -> None:
    """Say what a net sees in pictures: one record for each file, as soon as it is known.

    Exits with 1 if any file was refused; the others are classified all the same.

    Example: `python -m resnet_core classify holiday.jpg --checkpoint resnet20-cifar10 --top 3`
    """
    from resnet_core.asking import load_net
    from resnet_core.checkpoints import find_checkpoint
    from resnet_core.inference import (
        classify_many,
        list_picture_sources,
        outcome_record,
    )
    from resnet_core.pictures.picture import Fit

    if fit not in choices(Fit):
        raise ConfigError(f"fit must be one of {', '.join(choices(Fit))}, got '{fit}'.")
    net = load_net(find_checkpoint(checkpoint), device=device)
    has_failed = False
    outcomes = classify_many(net, list_picture_sources(files), fit=cast(Fit, fit))
    with closing(outcomes):
        for outcome in outcomes:
            has_failed |= not outcome.ok
            if as_json:
                record = outcome_record(outcome, top)
                typer.echo(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
            else:
                _print_outcome(outcome_record(outcome, top))
    if has_failed:
        raise typer.Exit(1)


@command
def calibrate(
    checkpoint: Annotated[str, typer.Argument(help="A net's name, or a file.")],
    data: Annotated[str, typer.Option(help="The data set it was trained on: a name or a path.")],
    as_shipped: Annotated[
        bool, typer.Option(help="Write into checkpoints/ itself, as the project's maintainer.")
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure how far a net can be believed: temperature, energy, and which pictures are strange.

    That is kept with the net's card, or, for a net that the project ships, in the lab's home;
    `classify` and the pages use it from then on.

    Example: `python -m resnet_core calibrate resnet20-synthetic --data synthetic --json`
    """
    from resnet_core.checkpoints import find_checkpoint
    from resnet_core.inference import calibrate_checkpoint
    from resnet_core.inference.sentences import detection_sentence

    path = find_checkpoint(checkpoint)
    config = DataConfig(source=absolute_path(data))
    with progress_bar() as tell:
        card = calibrate_checkpoint(
            path, config, device=device, as_shipped=as_shipped, progress=tell
        )
    detection = card.detection
    assert detection is not None  # just measured
    if as_json:
        print_json(
            {
                "checkpoint": card.name,
                "metrics": card.metrics,
                "detection": detection.rates,
                "detection_by_energy": detection.energy_rates,
                "false_alarms": detection.false_alarms,
                "num_pictures": detection.num_pictures,
            }
        )
        return
    metrics = card.metrics
    print_text(
        f"{card.name}: temperature {metrics['temperature']:.3f}, energy threshold "
        f"{metrics['energy_threshold']:.2f}, from {metrics['calibration_pictures']:,.0f} pictures. "
        f"{detection_sentence(detection)}"
    )


@command
def imagenet(
    net: Annotated[str, typer.Argument(help="resnet18, resnet34, resnet50, resnet101, resnet152.")],
    as_json: AsJson = False,
) -> None:
    """Fetch torchvision's ImageNet weights of a net; `classify` knows it as imagenet-NET then.

    They are taken from where torch keeps its downloads, or downloaded there and checked.

    Example: `python -m resnet_core imagenet resnet50`
    """
    from resnet_core.checkpoints import read_card
    from resnet_core.importing import fetch_imagenet_net

    with progress_bar() as tell:
        path = fetch_imagenet_net(net, tell)
    if as_json:
        print_json({"checkpoint": path.stem, "path": path})
    else:
        print_text(f"{path.stem}: {read_card(path).source}.")


@command
def export(
    checkpoint: Annotated[str, typer.Argument(help="A net's name, or a file.")],
    to: Annotated[str, typer.Option(help="safetensors, torch (torch.export) or onnx.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a net for use elsewhere, its card beside it; programs are checked before."""
    from resnet_core.checkpoints import find_checkpoint
    from resnet_core.checkpoints.exporting import ExportFormat, export_checkpoint

    target = export_checkpoint(find_checkpoint(checkpoint), folder, cast(ExportFormat, to))
    if as_json:
        print_json({"path": target, "card": target.with_suffix(".json")})
    else:
        print_text(f"Wrote {target} and its card.")


def _print_outcome(record: dict) -> None:
    if not record["ok"]:
        print_text(record["error"])
        return
    scores = ", ".join(f"{entry['class']} {entry['probability']:.1%}" for entry in record["top"])
    doubt = "  (unlike the pictures that this net was trained on)" if record["unfamiliar"] else ""
    print_text(f"{record['file']}: {scores}{doubt}")
