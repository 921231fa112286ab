"""What `models` and `model` print of nets of others: which there are, and what one costs."""

import dataclasses
from typing import TYPE_CHECKING, Any

from resnet_core.cli.console import print_json, print_table, print_text
from resnet_core.cli.others import SaidOfOthers, request_of
from resnet_core.config.other_names import LIBRARIES
from resnet_core.errors import ConfigError

if TYPE_CHECKING:  # they load torch
    from resnet_core.others.cost import OtherCost, OtherLayerCost

_OWN = "own"


def print_listed(of: str, *, as_json: bool) -> None:
    """Lists the nets of a library, or those that the server's owner named.

    Raises:
        ConfigError: for another library, or one that is not installed.
    """
    rows = _listed(of)
    if as_json:
        print_json(rows)
        return
    shown = [tuple(_cell(row[key]) for key in ("name", "parameters", "macs")) for row in rows]
    print_table(("net", "parameters", "MACs"), shown)


def print_other_cost(
    name: str, input_px: int | None, *, layers: bool, speed: bool, as_json: bool
) -> None:
    """Counts what a net of others costs, and sets it beside what its library says.

    Raises:
        ConfigError: for a net that is not there, or its speed.
        CheckpointError: when it cannot be built.
        ProbeError: when its cost cannot be counted.
    """
    from resnet_core.others.building import library_facts
    from resnet_core.others.cost import measure_other_cost
    from resnet_core.others.sentences import cost_sentence

    if speed:
        raise ConfigError(
            f"The speed of '{name}' is not measured: the nets of `models` alone are timed, in a "
            "process of their own; leave --speed out."
        )
    request = request_of(name, SaidOfOthers(image_size=input_px))
    cost, facts = measure_other_cost(request), library_facts(request)
    if as_json:
        print_json(_described(name, cost, facts, with_layers=layers))
        return
    print_text(cost_sentence(name, cost, facts))
    if layers:
        columns = ("layer", "operation", "gives", "parameters", "MMACs", "MiB")
        print_table(columns, [_layer_row(layer) for layer in cost.layers])


def _listed(of: str) -> list[dict[str, Any]]:
    from resnet_core.config.plugins import listed_builders
    from resnet_core.others.libraries import find_library

    if of == _OWN:
        return [{"name": name, "parameters": None, "macs": None} for name in listed_builders()]
    if of not in LIBRARIES:
        raise ConfigError(f"Nets are of {', '.join(LIBRARIES)} or {_OWN}, got '{of}'.")
    library = find_library(of)
    problem = library.problem()
    if problem is not None:
        raise ConfigError(f"The nets of {of} cannot be listed: {problem}")
    return [_row(f"{of}:{net}", library.facts(net)[0]) for net in library.list_names()]


def _row(name: str, facts: Any) -> dict[str, Any]:
    macs = None if facts.giga_macs is None else round(facts.giga_macs * 1e9)
    return {"name": name, "parameters": facts.parameters, "macs": macs}


def _described(name: str, cost: "OtherCost", facts: Any, *, with_layers: bool) -> dict[str, Any]:
    """The keys of a net of the lab; null where only its own blocks tell."""
    described = dataclasses.asdict(cost)
    layers = described.pop("layers")
    published = {"parameters": None, "giga_macs": None}
    if facts is not None:
        published = {"parameters": facts.parameters, "giga_macs": facts.giga_macs}
    return {
        "net": name,
        "config": None,
        **described,
        "receptive_field_px": None,
        **({"layers": layers} if with_layers else {}),
        "resolution": None,
        "published": published,
    }


def _layer_row(layer: "OtherLayerCost") -> tuple[str, ...]:
    return (
        layer.path or "(the net itself)",
        layer.label,
        " x ".join(map(str, layer.output_shape)),
        f"{layer.parameters:,}",
        f"{layer.macs / 1e6:,.2f}",
        f"{layer.activation_bytes / 2**20:,.3f}",
    )


def _cell(value: Any) -> str:
    if value is None:
        return "not said"
    return f"{value:,}" if isinstance(value, int) else str(value)
