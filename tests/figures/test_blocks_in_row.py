"""The row of blocks: one place for each block, and what is switched to be seen."""

# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import pytest
import torch

from resnet_core.config import Intervention, block_states
from resnet_core.figures.blocks_in_row import blocks_figure
from resnet_core.models import build_model, model_config
from resnet_core.models.interventions import apply_interventions
from resnet_core.probes.taken_apart import take_apart

CUT = Intervention(what="skip_strength", blocks="stage2.1", value=0)
WEAK = Intervention(what="skip_strength", blocks="stage1.0", value=0.5)
DROP = Intervention(what="drop", blocks="stage3.2", value=1)


def _figure(name: str, switches=()):
    config = model_config(name)
    model = build_model(config).eval()
    picture = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    taken = [take_apart(model, picture)]
    if switches:
        apply_interventions(model, switches)
        taken.append(take_apart(model, picture, class_index=taken[0].class_index))
    states = block_states(config, switches)
    figure = blocks_figure(taken, states, chosen="stage1.1", is_plain=config.is_plain)
    return figure, taken, {trace.name: trace for trace in figure.data}


def test_every_block_stands_in_order_and_answers_a_press():
    figure, taken, traces = _figure("resnet20")
    paths = [block.path for block in taken[0].blocks]
    assert list(traces["blocks"].customdata) == paths
    widths = dict(zip(paths, traces["blocks"].marker.line.width, strict=True))
    assert [path for path, width in widths.items() if width == 3] == ["stage1.1"]
    gradient, share = [trace for trace in figure.data if trace.name == "as loaded"]
    assert list(gradient.y) == [block.gradient_norm for block in taken[0].blocks]
    assert list(share.y) == [block.skip_gradient_share for block in taken[0].blocks]
    assert list(gradient.customdata) == paths


def test_switched_blocks_are_drawn_as_they_are():
    figure, taken, traces = _figure("resnet20", (CUT, WEAK, DROP))
    places = {
        name: len([x for x in traces[name].x if x is None]) for name in traces if "sk" in name
    }
    assert places == {"skip": 7, "weak skip": 1, "cut skip": 1}
    assert traces["cut skip"].line.dash == "dot"
    colours = traces["blocks"].marker.color
    assert len(set(colours[:-1])) == 1
    assert colours[-1] != colours[0], "the dropped block is hollow"
    now = [trace for trace in figure.data if trace.name == "as switched"]
    assert list(now[0].y) == [block.gradient_norm for block in taken[1].blocks]
    assert now[1].y[-1] is None, "nothing is added there"


@pytest.mark.parametrize("name", ["plain20", "densenet40_12"])
def test_net_without_sums_has_no_arcs_and_no_shares(name):
    figure, _, traces = _figure(name)
    assert "skip" not in traces
    assert [trace.name for trace in figure.data] == ["blocks", "as loaded"]
