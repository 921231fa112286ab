"""What `gradients` prints of nets of others, by the keys that the lab's own nets have."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from resnet_core.cli.console import print_json, print_table, print_text, progress_bar
from resnet_core.cli.flow_records import (
    judged,
    mean_over_seeds,
    print_judged,
    shown_mean,
    verdict_json,
)
from resnet_core.cli.others import SaidOfOthers, request_of
from resnet_core.config.plugins import is_other_name
from resnet_core.errors import ConfigError

if TYPE_CHECKING:  # they load torch
    from resnet_core.others.flow import OtherFlow
    from resnet_core.probes.batches import BatchSpec
    from resnet_core.probes.verdict import FlowVerdict, Quantity

_USUAL = ("batch", "he_fan_out", None)


def refuse_mixture(
    names: Sequence[str], said: SaidOfOthers, *, first_steps: int | None, changed: tuple[Any, ...]
) -> None:
    """Refuses what cannot be measured together.

    Raises:
        ConfigError: for the lab's own nets beside those of others, and for options of the ones
            with the others.
    """
    others = [name for name in names if is_other_name(name)]
    if not others:
        if said.options:
            raise ConfigError(
                f"{', '.join(said.options)} is said of nets of others, and {', '.join(names)} are "
                "the lab's own: leave it out."
            )
        return
    if len(others) < len(names):
        raise ConfigError(
            f"'{others[0]}' is shown pictures of its own size, so it cannot be measured beside "
            "nets of the lab: measure them one command after the other."
        )
    if first_steps is not None or changed != _USUAL:
        raise ConfigError(
            f"'{others[0]}' comes as its own code builds it, and is measured at the start: leave "
            "--steps, --norm, --initialisation and --alpha out."
        )


def print_other_flows(
    names: Sequence[str],
    said: SaidOfOthers,
    spec: "BatchSpec",
    seeds: Sequence[int],
    device: str,
    *,
    with_layers: bool,
    as_json: bool,
) -> None:
    """Measures the gradient of nets of others at the start, and prints it."""
    from resnet_core.others.flow import measure_other_flow

    flows = []
    with progress_bar() as tell:
        for name in names:
            request = request_of(name, said)
            flows.append(
                measure_other_flow(request, batch=spec, seeds=seeds, device=device, progress=tell)
            )
    if as_json:
        print_json([_described(flow) for flow in flows])
        return
    for flow in flows:
        _print(flow)
        if with_layers:
            _print_layers(flow)


def _print(flow: "OtherFlow") -> None:
    from resnet_core.others.sentences import start_sentence

    print_text(start_sentence(flow))
    print_judged(_verdicts(flow), lambda found: found.sentence)


def _print_layers(flow: "OtherFlow") -> None:
    norms, outputs = mean_over_seeds(flow.weight_norms), mean_over_seeds(flow.output_norms)
    rows = [
        (path, str(depth), shown_mean(norm), shown_mean(output))
        for path, depth, norm, output in zip(flow.layers, flow.depths, norms, outputs, strict=True)
    ]
    print_table((flow.name, "depth", "gradient norm", "at its output"), rows)


def _verdicts(flow: "OtherFlow") -> "dict[Quantity, FlowVerdict | str]":
    from resnet_core.others.flow import judge_flow

    return judged(partial(judge_flow, flow))


def _described(flow: "OtherFlow") -> dict[str, Any]:
    """The keys of a net of the lab; null where its own settings alone tell."""
    columns = (flow.weight_norms, flow.output_norms, flow.activation_stds)
    weights, outputs, stds = (mean_over_seeds(values) for values in columns)
    places = list(zip(flow.layers, flow.depths.tolist(), strict=True))
    return {
        "net": flow.name,
        "norm": None,
        "initialisation": None,
        "skip_strength": None,
        "pictures": flow.pictures,
        "batch": flow.num_pictures,
        "image_size_px": flow.card.image_size_px,
        "source": flow.card.source,
        "seeds": list(flow.seeds),
        "elapsed_s": flow.elapsed_s,
        "layers": [
            {"path": path, "depth": depth, "weight_gradient_norm": norm}
            for (path, depth), norm in zip(places, weights, strict=True)
        ],
        "outputs": [
            {"path": path, "depth": depth, "gradient_norm": norm, "activation_std": std}
            for (path, depth), norm, std in zip(places, outputs, stds, strict=True)
        ],
        "verdicts": {name: verdict_json(each) for name, each in _verdicts(flow).items()},
    }
