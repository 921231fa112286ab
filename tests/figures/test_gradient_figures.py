# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from resnet_core.figures.gradient_depth import (
    LabelledProfile,
    depth_figure,
    two_by_two_figure,
)
from resnet_core.figures.gradient_first_steps import first_steps_figure
from resnet_core.figures.gradient_layout import log_ticks
from resnet_core.figures.gradient_sweep import sweep_figure
from resnet_core.figures.gradient_tables import (
    depth_csv,
    first_steps_csv,
    flow_csv,
    path_lengths_csv,
    responses_csv,
    shattering_csv,
    sweep_csv,
)
from resnet_core.figures.gradient_training import anatomy_figure, flow_heatmaps, step_figure
from resnet_core.figures.gradient_why import (
    path_lengths_figure,
    responses_figure,
    shattering_figure,
)
from resnet_core.figures.style import PLAIN_COLOURS, RESIDUAL_COLOURS
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.path_lengths import PathLengths
from resnet_core.probes.responses import LayerResponses
from resnet_core.probes.shattering import Autocorrelation
from resnet_core.probes.sweep import AlphaSweep
from resnet_core.probes.verdict import expected_curve
from resnet_core.training.first_steps import FirstSteps, measure_first_steps
from resnet_core.training.flow import FLOW_QUANTITIES, ArmFlow

SPEC = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)


@pytest.fixture(scope="module")
def nets() -> list[LabelledProfile]:
    return [
        LabelledProfile(label, measure_gradients(config, batch=SPEC, seeds=(0, 1)))
        for label, config in (
            ("Residual", cifar_config(8)),
            ("Plain <b>", cifar_config(8, plain=True)),
        )
    ]


def flow(label: str, *, plain: bool, values: list[list[float]]) -> ArmFlow:
    return ArmFlow(
        label=label,
        is_plain=plain,
        steps=np.array([1, 11]),
        positions=("stem.conv", "classifier"),
        values=np.array(values, np.float32),
    )


FLOWS = [
    flow("Residual", plain=False, values=[[1, 2], [0.1, 4]]),
    flow("Plain", plain=True, values=[[1, 1], [0.001, np.nan]]),
]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def traces(figure, **meta):
    found = []
    for trace in figure.data:
        said = trace.meta or {}
        if all(said.get(name) == value for name, value in meta.items()):
            found.append(trace)
    return found


def test_depth_figure_draws_means_bands_and_theory(nets):
    figure = depth_figure(nets)
    residual, plain = traces(figure, quantity="outputs", kind="measured")
    mean = np.exp(np.log(nets[0].profile.output_norms).mean(axis=0))
    np.testing.assert_allclose(residual.y, mean)
    assert list(residual.x) == [1, 3, 5, 7]
    assert list(residual.text) == ["stem", "stage1.0", "stage2.0", "stage3.0"]
    assert residual.line.color == RESIDUAL_COLOURS["light"][0]
    assert plain.line.color == PLAIN_COLOURS["light"][0]
    assert plain.name == "Plain &lt;b&gt;"
    theory = traces(figure, quantity="outputs", kind="theory")[1]
    expected = expected_curve(nets[1].profile, "outputs")
    assert expected is not None
    np.testing.assert_allclose(theory.y, expected)
    assert len(traces(figure, kind="seeds")) == 6
    assert figure.layout.yaxis.type == figure.layout.yaxis3.type == "log"


def test_a_value_of_zero_is_a_gap_on_a_log_axis(nets):
    silent = nets[0].profile.output_norms.copy()
    silent[:, 0] = 0
    net = LabelledProfile("Silent", replace(nets[0].profile, output_norms=silent))
    (measured,) = traces(depth_figure([net]), quantity="outputs", kind="measured")
    assert measured.y[0] is None
    assert measured.y[1] > 0


def test_two_by_two_has_the_same_axes_everywhere(nets):
    cells = [*nets, *nets]
    figure = two_by_two_figure(cells, theme="dark")
    assert {figure.layout[f"yaxis{n}"].matches for n in ("2", "3", "4")} == {"y"}
    low, high = figure.layout.yaxis.range
    values = np.concatenate(
        [
            np.ravel(x)
            for c in cells
            for x in (c.profile.output_norms, c.profile.weight_norms[:, :-1])
        ]
    )
    assert low < np.log10(values.min())
    assert high > np.log10(values.max())
    dashes = {trace.line.dash for trace in traces(figure, kind="measured")}
    assert dashes == {"solid", "dash"}
    legend = {trace.name: trace.line.dash for trace in figure.data if trace.showlegend}
    assert legend == {
        "gradient at outputs": "solid",
        "gradient of weights": "dash",
        "mean-field theory": "dot",
    }
    assert len(figure.layout.annotations) == 4


def test_depth_csv_holds_every_seed(nets):
    table = rows(depth_csv(nets))
    assert len(table) == 2 * 2 * (7 + 4 + 4)
    first = next(
        row
        for row in table
        if (row["quantity"], row["place"], row["seed"]) == ("outputs", "stem", "1")
    )
    assert float(first["value"]) == pytest.approx(nets[0].profile.output_norms[1, 0], rel=1e-5)
    assert float(first["theory"]) > 0


def test_sweep_figure_is_white_where_the_gradient_is_even():
    ratios = np.array([[[1.0, 1.0], [50.0, 200.0]], [[0.001, 0.001], [1.0, np.nan]]])
    sweep = AlphaSweep(
        config=cifar_config(8),
        batch=SPEC,
        seeds=(0, 1),
        depths=(8, 14),
        alphas=(0.0, 1.0),
        seed_ratios={"weights": ratios, "outputs": ratios},
        elapsed_s=1.0,
    )
    (heatmap,) = sweep_figure(sweep, "weights").data
    assert heatmap.colorbar.title.text == "log10 of ratio"
    assert heatmap.zmid == 0
    assert heatmap.zmax == -heatmap.zmin == 3
    np.testing.assert_allclose(np.array(heatmap.z, float), [[0, 2], [-3, np.nan]], atol=1e-12)
    assert heatmap.customdata[0][0] == "×1 (95 % interval 1 to 1, 2 seeds)"
    assert [list(row) for row in heatmap.text] == [["1", "100"], ["1e-3", "overflow"]]
    table = rows(sweep_csv(sweep))
    assert len(table) == 8
    assert (table[3]["seed"], table[3]["weights_first_over_last"]) == ("1", "200")


def test_heatmaps_share_one_colour_scale():
    figure = flow_heatmaps(FLOWS, FLOW_QUANTITIES["gradient_norm"], step=11)
    residual, plain = figure.data
    assert residual.coloraxis == plain.coloraxis == "coloraxis"
    assert figure.layout.coloraxis.cmin == -3
    assert figure.layout.coloraxis.cmax == 1
    np.testing.assert_allclose(residual.z[0], [0, -1])
    assert plain.z[1][1] is None
    assert plain.customdata[0][1] == pytest.approx(0.001)
    assert figure.layout.shapes[0].x0 == 11
    first, last = min(FLOWS[0].steps), max(FLOWS[0].steps)
    assert figure.layout.xaxis.range == (first - 0.5, last + 0.5), "no step before the first one"


def test_shares_that_are_all_zero_have_no_ratio_and_an_axis_from_0_to_1():
    silent = [replace(each, values=np.zeros_like(each.values)) for each in FLOWS]
    figure = step_figure(silent, FLOW_QUANTITIES["dead_share"], 11)
    assert len(figure.layout.annotations) == 1
    assert figure.layout.yaxis.range == (-0.02, 1.02)


def test_a_net_alone_is_named_too():
    assert step_figure(FLOWS[:1], FLOW_QUANTITIES["gradient_norm"], 11).layout.showlegend


@pytest.mark.parametrize("name", FLOW_QUANTITIES)
def test_every_quantity_can_be_drawn(name):
    figure = flow_heatmaps(FLOWS, FLOW_QUANTITIES[name])
    assert len(figure.data) == 2
    assert len(step_figure(FLOWS, FLOW_QUANTITIES[name], 11).data) == 3


def test_step_figure_shows_the_profile_and_the_ratio():
    figure = step_figure(FLOWS, FLOW_QUANTITIES["gradient_norm"], 11)
    residual, plain, ratio = figure.data
    np.testing.assert_allclose(residual.y, [0.1, 4], rtol=1e-6)
    assert plain.y[1] is None
    assert ratio.y[0] == pytest.approx(100)
    assert ratio.y[1] is None
    alone = step_figure(FLOWS[:1], FLOW_QUANTITIES["gradient_norm"], 1)
    assert len(alone.data) == 1


def test_anatomy_figure_draws_six_lines_a_net():
    arm = {
        name: FLOWS[0] for name, quantity in FLOW_QUANTITIES.items() if quantity.place == "block"
    }
    figure = anatomy_figure([arm], 11)
    assert [trace.name for trace in figure.data] == [
        f"Residual, {what}"
        for what in ("x", "F(x)", "x + F(x)", "share", "x and F(x)", "the two gradients")
    ]
    np.testing.assert_allclose(figure.data[3].y, [0.1, 4], rtol=1e-6)


def test_flow_csv_quotes_what_a_spreadsheet_would_run():
    evil = flow("=1+1", plain=True, values=[[1, 2], [3, 4]])
    table = rows(flow_csv([evil], "gradient_norm"))
    assert len(table) == 4
    assert table[3] == {
        "arm": "'=1+1",
        "step": "11",
        "place": "classifier",
        "gradient_norm": "4",
    }


def test_path_lengths_figure_shows_number_gradient_and_signed_shares():
    paths = PathLengths(
        name="net",
        counts=np.array([1.0, 2.0, 1.0]),
        sampled_norms=np.array([[4.0, 4.0], [1.0, 3.0], [0.5, 0.5]]),
        exact_norms=np.array([4.0, 3.0, 0.5]),
        shares=np.array([0.7, 0.5, -0.2]),
        total_norm=5.0,
    )
    figure = path_lengths_figure(paths)
    number, _, mean, shares = figure.data
    np.testing.assert_allclose(number.y, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(mean.y, [4, 2, 0.5])
    np.testing.assert_allclose(shares.y, [0.7, 0.5, -0.2])
    assert rows(path_lengths_csv(paths))[2]["signed_share"] == "-0.2"


@pytest.fixture(scope="module")
def first_steps() -> tuple[FirstSteps, ...]:
    configs = [cifar_config(8), cifar_config(8, plain=True)]
    spec = BatchSpec(num_pictures=4)
    return measure_first_steps(configs, batch=spec, seeds=(0, 1), num_steps=2)


def test_first_steps_figure_draws_ratios_over_steps_and_the_profile_of_one(first_steps):
    figure = first_steps_figure(first_steps, 2)
    lines = traces(figure, kind="measured")
    assert [line.name for line in lines] == ["ResNet-8", "ResNet-8", "Plain-8", "Plain-8"]
    ratios = first_steps[1].ratios
    np.testing.assert_allclose(lines[2].y, np.exp(np.log(ratios).mean(axis=0)))
    profile = np.exp(np.log(first_steps[1].weight_norms[:, 1]).mean(axis=0))
    np.testing.assert_allclose(lines[3].y, profile)
    np.testing.assert_allclose(lines[3].x, first_steps[1].depths)
    bands = traces(figure, kind="seeds")
    assert len(bands) == 4
    np.testing.assert_allclose(bands[2].y[:2], ratios.max(axis=0))
    assert lines[0].line.color == RESIDUAL_COLOURS["light"][0]
    assert lines[2].line.color == PLAIN_COLOURS["light"][0]


def test_first_steps_csv_holds_every_seed_and_step(first_steps):
    table = rows(first_steps_csv(first_steps))
    assert len(table) == 2 * 2 * 2 * 7
    assert (table[-1]["net"], table[-1]["seed"], table[-1]["step"]) == ("plain8", "1", "2")
    norm = first_steps[1].weight_norms[1, 1, -1]
    assert float(table[-1]["weight_gradient_norm"]) == pytest.approx(norm, rel=1e-5)


def test_shattering_figure_draws_white_noise_once():
    each = Autocorrelation(
        config=cifar_config(8, plain=True),
        seeds=(0, 1),
        lags=np.array([0.0, 0.1]),
        values=np.array([[1.0, 0.2], [1.0, 0.4]]),
        white_noise=np.array([1.0, -0.1]),
    )
    figure = shattering_figure([("Plain", each), ("Other", each)])
    assert [trace.name for trace in figure.data] == ["Plain", "Other", "white noise"]
    np.testing.assert_allclose(figure.data[0].y, [1, 0.3])
    assert len(rows(shattering_csv([("Plain", each)]))) == 4


def test_responses_figure_draws_both_orders():
    net = LayerResponses(
        label="ResNet",
        is_plain=False,
        layers=("stem.conv", "stage1.0.conv1"),
        depths=np.array([1, 2]),
        stds=np.array([0.5, 0.9]),
    )
    figure = responses_figure([net])
    assert [list(trace.y) for trace in figure.data] == [[0.5, 0.9], [0.9, 0.5]]
    assert rows(responses_csv([net]))[1]["standard_deviation"] == "0.9"


@pytest.mark.parametrize("values, dtick", [([1e-3, 1e3], 1), ([1e-12, 1e12], 4)])
def test_log_ticks_over_many_decades_are_powers_of_ten(values, dtick):
    assert log_ticks(np.array(values)) == {"dtick": dtick, "exponentformat": "power"}


@pytest.mark.parametrize(
    "values, within",
    [
        ([0.3, 20.0], [0.5, 1, 2, 5, 10, 20]),
        ([0.61, 1.2], [0.8, 1, 1.2]),
        ([1.0, 1.01], [1, 1.005, 1.01]),
        ([4.0, 4.0], [4]),
        ([], [0.1, 0.2, 0.5, 1]),
    ],
)
def test_log_ticks_over_few_decades_are_numbers_in_full(values, within):
    ticks = log_ticks(np.array(values))
    low, high = (min(values), max(values)) if values else (0.1, 1)
    shown = [tick for tick in ticks["tickvals"] if low <= tick <= high]
    assert shown == pytest.approx(within)
    assert ticks["ticktext"] == [f"{tick:g}" for tick in ticks["tickvals"]]


def test_nets_beyond_theory_are_drawn_without_it():
    net = measure_gradients(model_config("resnet8", norm="group"), batch=SPEC)
    figure = depth_figure([LabelledProfile("Group norm", net)])
    assert not traces(figure, kind="theory")
    assert len(traces(figure, kind="measured")) == 3
