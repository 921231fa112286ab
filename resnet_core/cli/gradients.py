"""`gradients`: how much of the gradient reaches every layer of fresh nets."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.cli.console import (
    AsJson,
    Device,
    command,
    err,
    option,
    print_json,
    print_table,
    print_text,
)
from resnet_core.cli.flow_records import (
    judged,
    mean_over_seeds,
    print_judged,
    shown_mean,
    verdict_json,
)
from resnet_core.cli.other_gradients import print_other_flows, refuse_mixture
from resnet_core.cli.others import NOTHING_SAID, SaidOfOthers, asks_of_others
from resnet_core.config import ModelConfig, settings_of
from resnet_core.config.plugins import is_other_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resnet_core.probes.gradients import GradientProfile
    from resnet_core.probes.verdict import FlowVerdict, Quantity
    from resnet_core.training.first_steps import FirstSteps


@command
@asks_of_others("weights", "image_size", "class_names")
def gradients(
    arms: Annotated[
        str,
        typer.Option(
            help="Nets, by comma; those of others too, such as torchvision:resnet18, at their own "
            "settings."
        ),
    ] = "resnet56,plain56",
    norm: Annotated[str, option(ModelConfig, "norm")] = "batch",
    initialisation: Annotated[str, option(ModelConfig, "initialisation")] = "he_fan_out",
    alpha: Annotated[float | None, option(ModelConfig, "skip_strength")] = None,
    seeds: Annotated[int, typer.Option(help="Seeds of weights and pictures.")] = 5,
    first_seed: Annotated[int, typer.Option(help="The first of them.")] = 0,
    pictures: Annotated[
        str, typer.Option(help="A data set's name or path, or noise.")
    ] = "synthetic",
    batch: Annotated[int, typer.Option(help="Pictures in a batch.")] = 32,
    layers: Annotated[bool, typer.Option("--layers", help="Print every layer's norm.")] = False,
    steps: Annotated[
        int | None, typer.Option(help="Train so many first steps, and measure at each of them.")
    ] = None,
    said: SaidOfOthers = NOTHING_SAID,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> None:
    """Measure gradient norms over depth at initialisation, and say whether they grow or vanish.

    Example: `python -m resnet_core gradients --arms resnet56,plain56 --norm none --seeds 5`
    """
    from resnet_core.probes.batches import BatchSpec

    names = [name.strip() for name in arms.split(",")]
    refuse_mixture(names, said, first_steps=steps, changed=(norm, initialisation, alpha))
    kind = "noise" if pictures == "noise" else "pictures"
    source = "synthetic" if pictures == "noise" else pictures
    spec = BatchSpec(kind=kind, source=source, num_pictures=batch)
    asked = range(first_seed, first_seed + seeds)
    if any(is_other_name(name) for name in names):
        print_other_flows(names, said, spec, asked, device, with_layers=layers, as_json=as_json)
        return
    settings: dict[str, Any] = {"norm": norm, "initialisation": initialisation}
    nets = [_net(name, settings, alpha) for name in names]
    profiles, trained = _measure(nets, steps, batch=spec, seeds=asked, device=device)
    if as_json:
        print_json(_all_as_json(profiles, trained))
        return
    for profile in profiles:
        _print_verdicts(profile)
    if layers:
        for profile in profiles:
            _print_layers(profile)
    if trained is not None:
        _print_steps(trained)


def _measure(
    nets: "Sequence[ModelConfig]", num_steps: int | None, **asked: Any
) -> "tuple[Sequence[GradientProfile], Sequence[FirstSteps] | None]":
    """Measures nets at initialisation and, if there are to be any, in their first steps."""
    from resnet_core.probes.gradients import measure_nets

    with err.status("Measuring") as status:

        def tell(message: str, fraction: float | None = None) -> None:
            status.update(message)

        profiles = measure_nets(nets, **asked, progress=tell)
        if num_steps is None:
            return profiles, None
        from resnet_core.training.first_steps import measure_first_steps

        return profiles, measure_first_steps(nets, num_steps=num_steps, **asked, progress=tell)


def _net(name: str, settings: dict[str, Any], alpha: float | None) -> ModelConfig:
    from resnet_core.models import model_config

    config = model_config(name, **settings)
    if alpha is None or config.is_plain:
        return config
    return model_config(name, **settings, skip_strength=alpha)


def _print_verdicts(profile: "GradientProfile") -> None:
    first, count = profile.config, len(profile.seeds)
    print_text(
        f"{first.name}, {_words(first)}, {count} {'seed' if count == 1 else 'seeds'}, "
        f"{profile.batch.num_pictures} pictures, {profile.elapsed_s:.1f} s of one core"
    )
    print_judged(_verdicts(profile), lambda found: f"{found.sentence} {found.theory_sentence}")


def _verdicts(profile: "GradientProfile") -> "dict[Quantity, FlowVerdict | str]":
    from resnet_core.probes.verdict import judge

    return judged(partial(judge, profile))


def _words(net: ModelConfig) -> str:
    settings = settings_of(ModelConfig)
    return ", ".join(settings[n].say(getattr(net, n)) for n in ("norm", "initialisation"))


def _print_layers(profile: "GradientProfile") -> None:
    norms = mean_over_seeds(profile.weight_norms)
    rows = [
        (path, str(depth), shown_mean(norm))
        for path, depth, norm in zip(profile.layers, profile.layer_depths, norms, strict=True)
    ]
    print_table((profile.config.name, "depth", "gradient norm"), rows)


def _all_as_json(
    profiles: "Sequence[GradientProfile]", trained: "Sequence[FirstSteps] | None"
) -> Any:
    """The list of nets; with first steps an object that holds both."""
    nets = [_describe(profile) for profile in profiles]
    if trained is None:
        return nets
    rows = [_step_json(net, step) for net in trained for step in range(1, net.num_steps + 1)]
    return {"nets": nets, "over_steps": rows}


def _step_json(net: "FirstSteps", step: int) -> dict[str, Any]:
    """First over last convolution at a step; nulls where a seed has none, or has no interval."""
    factor = net.at(step)
    low, high = (None, None) if factor is None or factor.interval is None else factor.interval
    return {
        "step": step,
        "arm": net.config.name,
        "ratio": None if factor is None else factor.mean,
        "low": low,
        "high": high,
    }


def _print_steps(trained: "Sequence[FirstSteps]") -> None:
    from resnet_core.training.first_steps_words import first_steps_sentence

    print_text(first_steps_sentence(trained))
    rows = [
        (str(step), *(_words_at(net, step) for net in trained))
        for step in range(1, trained[0].num_steps + 1)
    ]
    print_table(("step", *(f"{net.config.name}, first / last" for net in trained)), rows)


def _words_at(net: "FirstSteps", step: int) -> str:
    factor = net.at(step)
    return "none" if factor is None else factor.words


def _describe(profile: "GradientProfile") -> dict[str, Any]:
    return {
        "net": profile.config.name,
        "norm": profile.config.norm,
        "initialisation": profile.config.initialisation,
        "skip_strength": profile.config.skip_strength,
        "pictures": profile.batch.source if profile.batch.kind == "pictures" else "noise",
        "batch": profile.batch.num_pictures,
        "seeds": list(profile.seeds),
        "elapsed_s": profile.elapsed_s,
        "layers": [
            {"path": path, "depth": int(depth), "weight_gradient_norm": norm}
            for path, depth, norm in zip(
                profile.layers,
                profile.layer_depths,
                mean_over_seeds(profile.weight_norms),
                strict=True,
            )
        ],
        "outputs": [
            {"path": path, "depth": int(depth), "gradient_norm": norm, "activation_std": std}
            for path, depth, norm, std in zip(
                profile.trunk,
                profile.trunk_depths,
                mean_over_seeds(profile.output_norms),
                mean_over_seeds(profile.activation_stds),
                strict=True,
            )
        ],
        "verdicts": {name: verdict_json(verdict) for name, verdict in _verdicts(profile).items()},
    }
