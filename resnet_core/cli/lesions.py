"""`lesions`: what a trained net still gets right without some of its blocks."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.cli.console import (
    AsJson,
    ClassMap,
    Device,
    absolute_path,
    command,
    print_json,
    print_table,
    print_text,
    progress_bar,
)
from resnet_core.shares import percent

if TYPE_CHECKING:
    from resnet_core.probes.lesions import BlockLesion, LesionBench, LesionScore, RandomLesions
    from resnet_core.stored import StoredMeasurement


@command
def lesions(
    net: Annotated[str, typer.Argument(help="A net's name, or the path of a checkpoint.")],
    pictures: Annotated[int, typer.Option(help="Test pictures that judge each lesion.")] = 1000,
    data: Annotated[
        str | None,
        typer.Option(help="A data set's name or path; by default the one at hand nearest its own."),
    ] = None,
    calibration: Annotated[
        int,
        typer.Option(help="Other pictures, to recalibrate batch norm on; 0 leaves it as it is."),
    ] = 256,
    draws: Annotated[
        int, typer.Option(help="Draws for each number of blocks removed at random; 0 for none.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Of the choice of pictures and of the draws.")] = 0,
    anew: Annotated[
        bool, typer.Option("--anew", help="Measure even what is kept from before.")
    ] = False,
    class_map: ClassMap = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Remove every block of a trained net in turn, and some at random, and count right answers.

    Found once, it is kept in the lab's home for the same net, pictures and settings.

    Example: `python -m resnet_core lesions resnet20-synthetic --pictures 1000 --json`
    """
    from resnet_core.asking import load_net
    from resnet_core.asking.labelled_sets import (
        list_labelled_sets,
        load_labelled_set,
        with_net_classes,
    )
    from resnet_core.asking.lesions import LesionSettings
    from resnet_core.checkpoints import find_checkpoint, read_class_map
    from resnet_core.data import list_sources
    from resnet_core.stored.lesions import find_lesions

    settings = LesionSettings(
        num_pictures=pictures, num_calibration=calibration, num_draws=draws, seed=seed
    )
    ready = load_net(find_checkpoint(net), device=device)
    name = absolute_path(data) if data else next(iter(list_labelled_sets(ready, list_sources())))
    with progress_bar() as tell:
        labelled = load_labelled_set(ready, name, tell)
        labelled, matching = with_net_classes(ready, labelled, read_class_map(class_map or ()))
        found = find_lesions(ready, labelled, settings, tell, is_anew=anew)
    if as_json:
        about = {"classes_matched_by": matching.by, "note": matching.sentence}
        told = {"net": ready.card.name, "data": labelled.title, **about}
        print_json({**told, **_record(found)})
    else:
        if matching.sentence:
            print_text(matching.sentence)
        _print(found.result)


def _record(found: "StoredMeasurement") -> dict[str, Any]:
    bench: LesionBench = found.result
    return {
        "date": found.date,
        "hardware": found.hardware,
        "num_pictures": bench.num_pictures,
        "num_calibration": bench.num_calibration,
        "whole": bench.whole.accuracy,
        "whole_interval_95": bench.whole.interval_95,
        "recalibrated_whole": _accuracy(bench.recalibrated_whole),
        "chance": bench.chance,
        "blocks": [_block_record(block) for block in bench.blocks],
        "at_random": [_random_record(each) for each in bench.at_random],
        "sentences": _sentences(bench),
        "seconds": bench.elapsed_s,
    }


def _block_record(block: "BlockLesion") -> dict[str, Any]:
    again = block.recalibrated
    return {
        "path": block.path,
        "removable": block.is_removable,
        "reason": block.reason or None,
        "accuracy": _accuracy(block.as_is),
        "interval_95": None if block.as_is is None else block.as_is.interval_95,
        "recalibrated_accuracy": _accuracy(again),
        "recalibrated_interval_95": None if again is None else again.interval_95,
    }


def _random_record(found: "RandomLesions") -> dict[str, Any]:
    return {
        "num_removed": found.num_removed,
        "draws": [list(draw.removed) for draw in found.draws],
        "accuracies": found.accuracies("as_is"),
        "accuracy": found.mean("as_is"),
        "interval_95": found.interval("as_is"),
        "recalibrated_accuracies": found.accuracies("recalibrated"),
        "recalibrated_accuracy": found.mean("recalibrated"),
        "recalibrated_interval_95": found.interval("recalibrated"),
    }


def _sentences(bench: "LesionBench") -> list[str]:
    from resnet_core.models import net_label
    from resnet_core.probes.lesion_sentences import lesion_sentence, random_lesions_sentence

    label = net_label(bench.name)
    told = [lesion_sentence(label, bench)]
    if bench.at_random:
        told += [random_lesions_sentence(label, bench, reading) for reading in bench.readings]
    return told


def _print(bench: "LesionBench") -> None:
    for sentence in _sentences(bench):
        print_text(sentence)
    rows = [
        (block.path, *(_cell(block.score(reading)) for reading in bench.readings))
        for block in bench.removable
    ]
    print_table(("without", "as it is", "recalibrated")[: 1 + len(bench.readings)], rows)
    for block in bench.blocks:
        if not block.is_removable and bench.removable:
            print_text(block.reason)


def _cell(score: "LesionScore | None") -> str:
    if score is None:
        return ""
    low, high = score.interval_95
    return f"{percent(score.accuracy)} ({percent(low)} to {percent(high)})"


def _accuracy(score: "LesionScore | None") -> float | None:
    return None if score is None else score.accuracy
