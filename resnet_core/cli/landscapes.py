"""`landscape` and `sharpness`: the loss around a trained net, and how sharply it bends there."""

import math
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from resnet_core.cli.console import (
    AsJson,
    Device,
    absolute_path,
    command,
    print_json,
    print_table,
    print_text,
    progress_bar,
)
from resnet_core.probes.spread import readable

if TYPE_CHECKING:
    from resnet_core.asking import ReadyNet
    from resnet_core.asking.training_pictures import TrainingPictures
    from resnet_core.probes.landscape import Landscape
    from resnet_core.probes.landscape.places import Dimensions, Statistics
    from resnet_core.probes.sharpness import Sharpness
    from resnet_core.progress import Progress as Tell

NetName = Annotated[
    str, typer.Argument(metavar="NET", help="A net's name, or the path of a checkpoint.")
]
Data = Annotated[
    str | None,
    typer.Option(help="A data set's name or path; by default the one that the net learned."),
]


@command
def landscape(
    net: NetName,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[OTHER]", help="Measure the line to this net instead."),
    ] = None,
    grid: Annotated[int, typer.Option(help="Places along a direction: 5, 9, 17, ...")] = 5,
    pictures: Annotated[int, typer.Option(help="Training pictures whose loss is measured.")] = 256,
    dimensions: Annotated[int, typer.Option(help="Random directions: 1 or 2.")] = 2,
    span: Annotated[float, typer.Option(help="How far to go, in lengths of each filter.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the directions.")] = 0,
    batch_norm: Annotated[
        str,
        typer.Option(help="Statistics of batch norm: as stored, or recomputed at every place."),
    ] = "stored",
    data: Data = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure loss and error around a net, or on the straight line between two.

    The directions are random and filter-normalised (Li et al. 2018): each filter is moved by as
    much as it is long; biases and batch norm's own weights stay. Every place is kept in the lab's
    home, so that a finer grid, or a second try after Ctrl-C, goes on from there.

    Example: `python -m resnet_core landscape resnet20-synthetic --grid 5 --pictures 256 --json`
    """
    from resnet_core.asking import load_net
    from resnet_core.checkpoints import find_checkpoint
    from resnet_core.probes.landscape import LandscapeSpec
    from resnet_core.stored.landscapes import find_landscape

    spec = LandscapeSpec(
        grid=grid,
        dimensions=cast("Dimensions", 1 if other else dimensions),
        span=span,
        seed=seed,
        statistics=cast("Statistics", batch_norm),
    )
    ready = load_net(find_checkpoint(net), device=device)
    end = load_net(find_checkpoint(other), device=device) if other else None
    with progress_bar() as tell:
        drawn = _draw(ready, data, pictures, tell)
        found = find_landscape(ready, drawn, spec, other=end, progress=tell)
    if as_json:
        print_json(_landscape_record(found, drawn.title))
    else:
        _print_landscape(found)


@command
def sharpness(
    net: Annotated[
        str,
        typer.Argument(
            metavar="NET",
            help="A net's name, the path of a checkpoint, a net of the registry (untrained), or a "
            "run, of which every saved step is measured.",
        ),
    ],
    pictures: Annotated[int, typer.Option(help="Training pictures whose loss is measured.")] = 128,
    top: Annotated[int, typer.Option(help="How many of the largest eigenvalues.")] = 3,
    draws: Annotated[int, typer.Option(help="Random vectors for the trace.")] = 20,
    batch_norm: Annotated[
        str,
        typer.Option(
            help="Statistics of batch norm: recomputed from the pictures that pass together, as "
            "in training, or as stored."
        ),
    ] = "recomputed",
    at_a_time: Annotated[int, typer.Option(help="Pictures that pass together.")] = 64,
    seed: Annotated[int, typer.Option(help="Of the random vectors.")] = 0,
    data: Data = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Measure even what is kept from before.")
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure the largest eigenvalues and the trace of the loss's Hessian at a net.

    The threshold, 2 (1 + momentum) / learning rate, is where full-batch training becomes unstable
    (Cohen et al. 2021); training with small batches stays below it.

    Example: `python -m resnet_core sharpness resnet20-synthetic --json`
    """
    from resnet_core.asking import load_source
    from resnet_core.asking.called import sources_called
    from resnet_core.devices import device_with_doubles
    from resnet_core.probes.sharpness import SharpnessSpec
    from resnet_core.stored.landscapes import find_sharpness

    spec = SharpnessSpec(
        count=top,
        num_draws=draws,
        statistics=cast("Statistics", batch_norm),
        at_a_time=at_a_time,
        seed=seed,
    )
    found = []
    sources, device = sources_called(net), device_with_doubles(device)
    with progress_bar() as tell:
        for source in sources:
            ready = load_source(source, device=device)
            drawn = _draw(ready, data, pictures, tell)
            found.append(find_sharpness(ready, drawn, spec, tell, is_anew=anew))
    records = [_sharpness_record(each) for each in found]
    if as_json:
        print_json({"run": net, "steps": records} if sources[0].run_id else records[0])
    else:
        _print_sharpness(found)


def _draw(net: "ReadyNet", data: str | None, count: int, tell: "Tell") -> "TrainingPictures":
    from resnet_core.asking.training_pictures import draw_training_pictures, own_set
    from resnet_core.data import list_sources

    source = absolute_path(data) if data else own_set(net, list_sources())
    return draw_training_pictures(net, source, count, progress=tell)


def _landscape_record(found: "Landscape", data: str) -> dict[str, Any]:
    from resnet_core.probes.landscape.sentences import landscape_sentence

    return {
        "net": found.label,
        "other": found.other_label or None,
        "data": data,
        "num_pictures": found.num_pictures,
        "batch_norm": found.spec.statistics,
        "seed": found.spec.seed,
        "alphas": list(found.alphas),
        "betas": list(found.betas),
        "loss": [[_number(value) for value in row] for row in found.loss.tolist()],
        "error": found.error.tolist(),
        "sentence": landscape_sentence(found),
        "seconds": found.elapsed_s,
    }


def _print_landscape(found: "Landscape") -> None:
    from resnet_core.probes.landscape.sentences import landscape_sentence, statistics_words

    print_text(landscape_sentence(found))
    print_text(statistics_words(found))
    heading = ("loss: beta / alpha", *(f"{alpha:g}" for alpha in found.alphas))
    rows = [
        (f"{beta:g}", *(readable(value) for value in row))
        for beta, row in zip(found.betas, found.loss.tolist(), strict=True)
    ]
    print_table(heading, rows)


def _sharpness_record(found: "Sharpness") -> dict[str, Any]:
    line = found.threshold
    return {
        "net": found.label,
        "step": found.step,
        "num_pictures": found.num_pictures,
        "batch_norm": found.spec.statistics,
        "top_eigenvalues": found.top_eigenvalues.tolist(),
        "residuals": found.residuals.tolist(),
        "converged": found.is_converged,
        "trace": found.trace.value,
        "trace_standard_error": found.trace.standard_error,
        "threshold": line.value,
        "threshold_reason": line.reason or None,
        "threshold_nesterov": line.nesterov_value,
        "threshold_at_step": line.value_at_step,
        "learning_rate": line.learning_rate,
        "momentum": line.momentum,
        "loss": found.loss,
        "num_parameters": found.num_parameters,
        "seconds": found.elapsed_s,
    }


def _print_sharpness(found: "list[Sharpness]") -> None:
    from resnet_core.probes.sharpness.sentences import SMALL_BATCHES, sharpness_sentence

    for each in found:
        print_text(sharpness_sentence(each))
    if any(each.threshold.value is not None for each in found):
        print_text(SMALL_BATCHES)


def _number(value: float) -> float | None:
    """JSON knows no number that is not finite."""
    return value if math.isfinite(value) else None
