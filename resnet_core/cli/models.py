"""Commands around nets: models, model."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.cli.console import AsJson, command, print_json, print_table, print_text
from resnet_core.cli.other_models import print_listed, print_other_cost
from resnet_core.config.plugins import is_other_name

if TYPE_CHECKING:
    from resnet_core.config import ModelConfig
    from resnet_core.models import LayerCost, ModelCost
    from resnet_core.models.resolution import MapSize, Resolution

_LISTED_PX = 32


@command
def models(
    of: Annotated[
        str | None,
        typer.Option(
            help="List nets of others instead, with their size as published: torchvision, timm, or "
            "own for those of RESNET_LAB_PLUGINS."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the nets that can be trained, with their size on a 32 x 32 picture."""
    from resnet_core.models import list_models, measure_cost, model_config

    if of is not None:
        print_listed(of, as_json=as_json)
        return
    costs = {name: measure_cost(model_config(name), _LISTED_PX) for name in list_models()}
    if as_json:
        print_json(
            [
                {"name": name, "parameters": cost.parameters, "macs": cost.macs}
                for name, cost in costs.items()
            ]
        )
        return
    rows = [(n, f"{c.parameters:,}", f"{c.macs / 1e6:,.1f}") for n, c in costs.items()]
    print_table(("net", "parameters", "MMACs"), rows)


@command
def model(
    name: Annotated[
        str,
        typer.Argument(
            help="A net, as `models` lists it, or resnet26, say; or one of others, such as "
            "torchvision:resnet50 or package.module:build."
        ),
    ],
    layers: Annotated[bool, typer.Option("--layers", help="List every operation.")] = False,
    input_px: Annotated[
        int | None,
        typer.Option(
            "--input", help="Side of the square picture, px; by default 32, of others their own."
        ),
    ] = None,
    speed: Annotated[
        bool, typer.Option("--speed", help="Time forward passes and training steps here.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take one net apart: size, map sizes, and with `--layers` the cost of every operation.

    Example: `python -m resnet_core model resnet50 --layers --input 224`
    """
    from resnet_core.models import measure_cost, model_config
    from resnet_core.models.resolution import trace_resolution

    if is_other_name(name):
        print_other_cost(name, input_px, layers=layers, speed=speed, as_json=as_json)
        return
    input_px = _LISTED_PX if input_px is None else input_px
    config = model_config(name)
    cost, resolution = measure_cost(config, input_px), trace_resolution(config, input_px)
    points = _measure_speed(config, input_px) if speed else []
    if as_json:
        described = _describe(config, cost, resolution, with_layers=layers)
        print_json(described | ({"speed": points} if speed else {}))
        return
    print_text(
        f"{config.name}: {cost.parameters:,} parameters; for a picture of {input_px} x {input_px} "
        f"px {cost.macs / 1e6:,.1f} million multiply-adds and {cost.activation_mib:,.2f} MiB of "
        "activations in training."
    )
    print_text(resolution.verdict)
    if layers:
        columns = ("layer", "operation", "gives", "parameters", "MMACs", "MiB", "sees px")
        print_table(columns, [_layer_row(layer) for layer in cost.layers])
    else:
        columns = ("part", "channels", "maps", "one every px", "sees px")
        print_table(columns, [_map_row(size) for size in resolution.maps])
    if points:
        columns = ("batch", "forward ms", "training step ms", "training pictures/s")
        print_table(columns, [_speed_row(point) for point in points])


def _measure_speed(config: "ModelConfig", input_px: int) -> list[dict[str, Any]]:
    from resnet_core.models.speed import measure_speed

    return [dataclasses.asdict(point) for point in measure_speed(config, input_px)]


def _describe(
    config: "ModelConfig", cost: "ModelCost", resolution: "Resolution", *, with_layers: bool
) -> dict[str, Any]:
    described = dataclasses.asdict(cost)
    if not with_layers:
        del described["layers"]
    return {
        "config": dataclasses.asdict(config),
        **described,
        "resolution": dataclasses.asdict(resolution),
    }


def _layer_row(layer: "LayerCost") -> tuple[str, ...]:
    return (
        layer.path,
        layer.label,
        " x ".join(map(str, layer.output_shape)),
        f"{layer.parameters:,}",
        f"{layer.macs / 1e6:,.2f}",
        f"{layer.activation_bytes / 2**20:,.3f}",
        f"{layer.receptive_field_px:,}",
    )


def _map_row(size: "MapSize") -> tuple[str, ...]:
    return (
        size.part,
        f"{size.channels:,}",
        f"{size.side_px} x {size.side_px}",
        f"{size.stride_px}",
        f"{size.receptive_field_px:,}",
    )


def _speed_row(point: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{point['batch_size']}",
        f"{1000 * point['forward_s']:,.1f}",
        f"{1000 * point['step_s']:,.1f}",
        f"{point['batch_size'] / point['step_s']:,.0f}",
    )
