"""The gradient of a net of others as a figure and a table, by value."""

import csv
from typing import Any

import numpy as np
import pytest

from resnet_core.figures.other_flow import other_flow_csv, other_flow_figure
from resnet_core.others import asked_request, build_other
from resnet_core.others.flow import OtherFlow
from resnet_core.others.start import measure_other_start, weights_sentence
from resnet_core.probes.batches import BatchSpec

ADDING = "tests.pages.other_nets:build_adding"


def _flow(weights: list[list[float]]) -> OtherFlow:
    values = np.array(weights)
    seeds, layers = values.shape
    return OtherFlow(
        name="net",
        card=build_other(asked_request(ADDING)).card,
        pictures="noise",
        num_pictures=2,
        seeds=tuple(range(seeds)),
        layers=tuple(f"layer{number}" for number in range(layers)),
        weight_norms=values,
        output_norms=values,
        activation_stds=np.ones_like(values),
        losses=np.zeros(seeds),
        elapsed_s=1.0,
    )


def test_line_is_the_geometric_mean_and_the_band_spans_the_seeds() -> None:
    flow = _flow([[1.0, 2.0, np.nan, 4.0], [4.0, 8.0, np.nan, 16.0]])
    traces: tuple[Any, ...] = tuple(other_flow_figure(flow).data)
    band, line = traces[:2]
    assert list(line.y) == [pytest.approx(2), pytest.approx(4), None, pytest.approx(8)]
    assert list(line.text) == ["layer0", "layer1", "layer2", "layer3"]
    assert list(band.x) == [1, 2, 4, 4, 2, 1] and list(band.y) == [4, 8, 16, 4, 2, 1]
    alone: tuple[Any, ...] = tuple(other_flow_figure(_flow([[1.0, 2.0, 3.0, 4.0]])).data)
    assert [trace.meta["kind"] for trace in alone] == ["measured"] * 3
    rows = list(csv.DictReader(other_flow_csv(flow).splitlines()))
    assert len(rows) == 8 and rows[3]["weight_gradient_norm"] == "8"
    assert (rows[3]["layer"], rows[3]["seed"], rows[4]["weight_gradient_norm"]) == (
        "layer1",
        "1",
        "",
    )


@pytest.mark.parametrize(
    ("ends", "words"),
    [(8.0, "Grows towards the input: ×8"), (0.125, "Vanishes towards the input: ×0.125")],
)
def test_sentence_of_the_weights_follows_the_measurement(ends: float, words: str) -> None:
    middle = ends**0.5
    sentence = weights_sentence(_flow([[ends, middle, 1.0, 5.0]] * 3))
    assert words in sentence and "None arrives" not in sentence
    gap = weights_sentence(_flow([[ends, np.nan, middle, 1.0, 5.0]] * 3))
    assert words in gap and "None arrives at 1 of its 5 layers." in gap
    few = weights_sentence(_flow([[ends, 1.0, 5.0]] * 3))
    assert "has 2 layers with weights in the order of its pass, without its last" in few


def test_additions_are_measured_with_the_first_seed() -> None:
    request = asked_request(ADDING)
    spec = BatchSpec(kind="noise", num_pictures=2)
    both = measure_other_start(request, batch=spec, seeds=(1, 2))
    first = measure_other_start(request, batch=spec, seeds=(1,))
    assert len(both.flow.seeds) == 2 and len(both.anatomy.additions) == 1
    for name, values in both.anatomy.quantities.items():
        assert values.tolist() == first.anatomy.quantities[name].tolist()
