"""Commands around trained nets: classify, evaluate, calibrate, imagenet, export."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from resnet_core.cli.console import (
    AsJson,
    Checkpoint,
    ClassMap,
    Device,
    absolute_path,
    command,
    option,
    print_json,
    print_text,
    progress_bar,
)
from resnet_core.cli.others import NOTHING_SAID, SaidOfOthers, asks_of_others, open_net
from resnet_core.config import DataConfig, choices
from resnet_core.errors import ConfigError
from resnet_core.shares import percent, probability_text

if TYPE_CHECKING:  # they load torch
    from resnet_core.checkpoints import CheckpointCard
    from resnet_core.inference import Calibration


@command
@asks_of_others()
def classify(
    files: Annotated[list[Path], typer.Argument(help="Pictures, folders or zip archives.")],
    checkpoint: Checkpoint,
    top: Annotated[int, typer.Option(help="Classes to name for each picture.", min=1)] = 5,
    fit: Annotated[str, typer.Option(help="How pictures become square: crop, stretch, pad.")] = (
        "crop"
    ),
    said: SaidOfOthers = NOTHING_SAID,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record a line.")] = False,
) -> None:
    """Say what a net sees in pictures: one record for each file, as soon as it is known.

    Exits with 1 if any file was refused; the others are classified all the same.

    Example: `python -m resnet_core classify holiday.jpg --checkpoint resnet20-cifar10 --top 3`
    """
    from resnet_core.inference import (
        classify_many,
        list_picture_sources,
        outcome_record,
    )
    from resnet_core.pictures.picture import Fit

    if fit not in choices(Fit):
        raise ConfigError(f"fit must be one of {', '.join(choices(Fit))}, got '{fit}'.")
    net = open_net(checkpoint, device, said)
    if net.card.caution and not as_json:
        print_text(net.card.caution)
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
def evaluate(
    checkpoint: Annotated[str, typer.Argument(help="A shipped net's name, or a file.")],
    data: Annotated[str, option(DataConfig, "source")],
    split: Annotated[str, typer.Option(help="test, validation or train.")] = "test",
    class_map: ClassMap = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure the loss and accuracy of a checkpoint on a whole split, classes matched by name."""
    from resnet_core.checkpoints import read_class_map
    from resnet_core.evaluation import evaluate_by_name

    source, said = absolute_path(data), read_class_map(class_map or ())
    found = evaluate_by_name(
        checkpoint, DataConfig(source=source), split, device=device, class_map=said
    )
    score, name, matching = found.score, found.card.name, found.matching
    if as_json:
        about = {"classes_matched_by": matching.by, "note": matching.sentence}
        print_json({"checkpoint": name, "data": source, "split": split, **vars(score), **about})
        return
    print_text(
        f"{name} on {source} ({split}): {score.num_correct:,} of {score.num_pictures:,} right"
        f" ({percent(score.accuracy, 2)}), loss {score.loss:.4f}. {matching.sentence}".strip()
    )


@command
def calibrate(
    checkpoint: Annotated[str, typer.Argument(help="A net's name, or a file.")],
    data: Annotated[str, typer.Option(help="The data set it was trained on: a name or a path.")],
    as_shipped: Annotated[
        bool, typer.Option(help="Write into checkpoints/ itself, as the project's maintainer.")
    ] = False,
    class_map: ClassMap = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure how far a net can be believed: temperature, energy, and which pictures are strange.

    Classes are matched by name. What is measured is kept with the net's card, or, for a net that
    the project ships, in the lab's home; `classify` and the pages use it from then on.

    Example: `python -m resnet_core calibrate resnet20-synthetic --data synthetic --json`
    """
    from resnet_core.checkpoints import find_checkpoint, read_class_map
    from resnet_core.inference import keep_calibration, measure_checkpoint_calibration

    path, said = find_checkpoint(checkpoint), read_class_map(class_map or ())
    config = DataConfig(source=absolute_path(data))
    with progress_bar() as tell:
        found = measure_checkpoint_calibration(
            path, config, device=device, class_map=said, progress=tell
        )
    card = keep_calibration(path, found, as_shipped=as_shipped)
    if as_json:
        print_json(_calibration_json(card, found))
    else:
        _print_calibration(card, found)


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


def _calibration_json(card: "CheckpointCard", found: "Calibration") -> dict[str, Any]:
    detection = found.detection
    return {
        "checkpoint": card.name,
        "metrics": card.metrics,
        "detection": detection.rates,
        "detection_by_energy": detection.energy_rates,
        "false_alarms": detection.false_alarms,
        "num_pictures": detection.num_pictures,
        "is_temperature_kept": not found.temperature.is_at_limit,
        "classes_matched_by": found.matching.by,
        "note": found.matching.sentence,
    }


def _print_calibration(card: "CheckpointCard", found: "Calibration") -> None:
    from resnet_core.inference.sentences import detection_sentence, temperature_sentence

    metrics, fit = card.metrics, found.temperature
    first = f"temperature {fit.applied:.3f}, "
    sentences = [found.matching.sentence, detection_sentence(found.detection)]
    if fit.is_at_limit:
        first, sentences = "", [temperature_sentence(fit), *sentences]
    print_text(
        f"{card.name}: {first}energy threshold {metrics['energy_threshold']:.2f}, from "
        f"{metrics['calibration_pictures']:,.0f} pictures. {' '.join(filter(None, sentences))}"
    )


def _print_outcome(record: dict) -> None:
    if not record["ok"]:
        print_text(record["error"])
        return
    scores = ", ".join(
        f"{entry['class']} {probability_text(entry['probability'])}" for entry in record["top"]
    )
    doubt = "  (unlike the pictures that this net was trained on)" if record["unfamiliar"] else ""
    print_text(f"{record['file']}: {scores}{doubt}")
