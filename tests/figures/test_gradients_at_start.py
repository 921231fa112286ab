# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
"""Gradients before training as they are drawn: over depth, two by two, and over skip strengths."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.figures.gradient_depth import LabelledProfile, depth_figure, two_by_two_figure
from resnet_core.figures.gradient_layout import seeds_band
from resnet_core.figures.gradient_sweep import sweep_figure
from resnet_core.figures.gradient_tables import depth_csv, sweep_csv
from resnet_core.figures.style import PLAIN_COLOURS, RESIDUAL_COLOURS
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.sweep import AlphaSweep
from resnet_core.probes.verdict import expected_curve
from tests.figures.reading import rows, traces

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


def test_nets_beyond_theory_are_drawn_without_it():
    net = measure_gradients(model_config("resnet8", norm="group"), batch=SPEC)
    figure = depth_figure([LabelledProfile("Group norm", net)])
    assert not traces(figure, kind="theory")
    assert len(traces(figure, kind="measured")) == 3


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
    assert [list(row) for row in heatmap.text] == [["1", "100"], ["1e-3", "no finite ratio"]]
    table = rows(sweep_csv(sweep))
    assert len(table) == 8
    assert (table[3]["seed"], table[3]["weights_first_over_last"]) == ("1", "200")


def test_a_band_leaves_out_places_that_a_seed_has_nothing_at():
    values = np.array([[1.0, 0.0, 4.0], [2.0, 3.0, np.nan], [3.0, 5.0, 6.0]])
    band = seeds_band(np.array([1, 2, 3]), values[[0, 2]], "#1f6fb4", "net")
    assert list(band.x) == [1, 3, 3, 1]
    assert list(band.y) == [3, 6, 4, 1]
    assert list(seeds_band(np.array([1, 2, 3]), values, "#1f6fb4", "net").x) == [1, 1]
