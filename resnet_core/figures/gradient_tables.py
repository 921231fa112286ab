"""The numbers behind each gradient figure, as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from resnet_core.figures.gradient_depth import LabelledProfile
from resnet_core.probes.path_lengths import PathLengths
from resnet_core.probes.responses import LayerResponses
from resnet_core.probes.shattering import Autocorrelation
from resnet_core.probes.sweep import AlphaSweep
from resnet_core.probes.verdict import Quantity, curve_of, expected_curve
from resnet_core.spreadsheets import title_cell
from resnet_core.training.first_steps import FirstSteps
from resnet_core.training.flow import ArmFlow


def depth_csv(nets: Sequence[LabelledProfile]) -> str:
    """One row a net, quantity, place and seed, with what theory expects there."""
    header = ("net", "quantity", "place", "depth", "seed", "value", "theory")
    return csv_text(header, (row for net in nets for row in _depth_rows(net)))


def sweep_csv(sweep: AlphaSweep) -> str:
    """One row a cell and seed."""
    ratios = sweep.seed_ratios
    rows = (
        (depth, alpha, seed, ratios["weights"][d, a, s], ratios["outputs"][d, a, s])
        for d, depth in enumerate(sweep.depths)
        for a, alpha in enumerate(sweep.alphas)
        for s, seed in enumerate(sweep.seeds)
    )
    header = ("depth", "alpha", "seed", "weights_first_over_last", "outputs_first_over_last")
    return csv_text(header, rows)


def flow_csv(flows: Sequence[ArmFlow], name: str) -> str:
    """One row an arm, step and position."""
    rows = (
        (flow.label, int(step), place, flow.values[s, p])
        for flow in flows
        for s, step in enumerate(flow.steps)
        for p, place in enumerate(flow.positions)
    )
    return csv_text(("arm", "step", "place", name), rows)


def first_steps_csv(nets: Sequence[FirstSteps]) -> str:
    """One row a net, seed, step and convolution."""
    rows = (
        (net.config.name, seed, step + 1, layer, int(depth), net.weight_norms[s, step, k])
        for net in nets
        for s, seed in enumerate(net.seeds)
        for step in range(net.num_steps)
        for k, (layer, depth) in enumerate(zip(net.layers, net.depths, strict=True))
    )
    return csv_text(("net", "seed", "step", "layer", "depth", "weight_gradient_norm"), rows)


def path_lengths_csv(paths: PathLengths) -> str:
    """One row a length."""
    header = ("blocks", "paths", "mean_gradient_of_one_path", "exact_gradient", "signed_share")
    rows = zip(
        range(paths.num_blocks + 1),
        paths.counts,
        paths.path_norms,
        paths.exact_norms,
        paths.shares,
        strict=True,
    )
    return csv_text(header, rows)


def shattering_csv(series: Sequence[tuple[str, Autocorrelation]]) -> str:
    """One row a net, seed and lag."""
    rows = (
        (label, seed, lag, each.values[s, k], each.white_noise[k])
        for label, each in series
        for s, seed in enumerate(each.seeds)
        for k, lag in enumerate(each.lags)
    )
    return csv_text(("net", "seed", "share_of_line", "autocorrelation", "white_noise"), rows)


def responses_csv(nets: Sequence[LayerResponses]) -> str:
    """One row a net and layer."""
    rows = (
        (net.label, layer, int(depth), std)
        for net in nets
        for layer, depth, std in zip(net.layers, net.depths, net.stds, strict=True)
    )
    return csv_text(("net", "layer", "depth", "standard_deviation"), rows)


def _depth_rows(net: LabelledProfile) -> Iterable[tuple[object, ...]]:
    profile = net.profile
    quantities: tuple[Quantity, ...] = ("weights", "outputs", "activations")
    for quantity in quantities:
        depths, values = curve_of(profile, quantity)
        expected = expected_curve(profile, quantity)
        places = profile.trunk if quantity != "weights" else _convolution_names(net)
        for s, seed in enumerate(profile.seeds):
            for p, place in enumerate(places):
                theory = "" if expected is None else expected[p]
                yield net.label, quantity, place, int(depths[p]), seed, values[s, p], theory


def _convolution_names(net: LabelledProfile) -> list[str]:
    chosen = zip(net.profile.layers, net.profile.convolutions, strict=True)
    return [path for path, is_chosen in chosen if is_chosen]


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Writes a table as CSV: six digits of a number, and no text that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Six digits of a number; a name that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, str):
        return title_cell(value)
    return value if isinstance(value, int) else f"{value:.6g}"
