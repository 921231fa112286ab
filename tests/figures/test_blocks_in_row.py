"""The drawn net: one place for each block in the row, and what is switched to be seen."""

# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import pytest
import torch

from resnet_core.config import Intervention, block_states
from resnet_core.figures.architecture import architecture_figure
from resnet_core.figures.blocks_in_row import blocks_figure
from resnet_core.figures.switched_blocks import switched_blocks
from resnet_core.models import build_model, model_config
from resnet_core.models.interventions import apply_interventions
from resnet_core.models.outline import outline_net, set_apart
from resnet_core.probes.taken_apart import measure_blocks
from resnet_core.shares import PER_CENT

CUT = Intervention(what="skip_strength", blocks="stage2.1", value=0)
WEAK = Intervention(what="skip_strength", blocks="stage1.0", value=0.5)
DROP = Intervention(what="drop", blocks="stage3.2", value=1)


def _figure(name: str, switches=()):
    config = model_config(name)
    model = build_model(config).eval()
    picture = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    taken = [measure_blocks(model, picture)]
    if switches:
        apply_interventions(model, switches)
        taken.append(measure_blocks(model, picture, class_index=taken[0].class_index))
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
    shares = [block.skip_gradient_share or 0.0 for block in taken[0].blocks]
    assert list(share.y) == [100 * each for each in shares]
    assert figure.layout.yaxis3.ticksuffix == PER_CENT
    assert f"through the skip %{{y:.0f}}{PER_CENT}<" in share.hovertemplate
    assert list(gradient.customdata) == paths


def test_the_gradient_s_axis_has_few_numbers_over_less_than_a_decade():
    figure, taken, _ = _figure("resnet20", (CUT,))
    norms = [block.gradient_norm for each in taken for block in each.blocks]
    assert max(norms) < 10 * min(norms), "else the axis has powers of ten"
    assert len([t for t in figure.layout.yaxis2.tickvals if min(norms) <= t <= max(norms)]) <= 6


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


def test_a_block_without_its_branch_is_drawn_with_its_skip_whatever_alpha_it_has():
    cut = Intervention(what="skip_strength", blocks="all", value=0)
    _, _, traces = _figure("resnet20", (cut, DROP))
    assert len([x for x in traces["skip"].x if x is None]) == 1
    assert len([x for x in traces["cut skip"].x if x is None]) == 8
    told = dict(zip(traces["blocks"].customdata, traces["blocks"].hovertext, strict=True))
    assert "branch off, its skip hands on all" in told["stage3.2"]
    assert "branch on, alpha 0" in told["stage3.1"]
    states = block_states(model_config("resnet20"), (cut, DROP))
    assert "stage3.2" not in switched_blocks("stage1.1", states).cut


@pytest.mark.parametrize("name", ["plain20", "densenet40_12"])
def test_net_without_sums_has_no_arcs_and_no_shares(name):
    figure, _, traces = _figure(name)
    assert "skip" not in traces
    assert [trace.name for trace in figure.data] == ["blocks", "as loaded"]


def test_diagram_sets_switched_blocks_apart_and_marks_them():
    config = model_config("resnet20")
    sections = outline_net(config, 32)
    marked = switched_blocks("stage1.1", block_states(config, (CUT, DROP)))
    parted = set_apart(sections, marked.paths)
    assert [section.title for section in parted] == [
        "Stem",
        *(f"Stage 1, block {number}" for number in (1, 2, 3)),
        *(f"Stage 2, block {number}" for number in (1, 2, 3)),
        *("Stage 3, block 1", "Stage 3, block 2", "Stage 3, block 3", "Head"),
    ]
    assert sum(section.parameters for section in parted) == sum(s.parameters for s in sections)
    usual, figure = architecture_figure(parted), architecture_figure(parted, switched=marked)
    arcs = [
        sum(place is None for place in next(t for t in each.data if t.name == "shortcut").x)
        for each in (usual, figure)
    ]
    (cut,) = [trace for trace in figure.data if trace.name == "cut shortcut"]
    assert cut.line.dash == "dot"
    assert arcs[0] - arcs[1] == sum(place is None for place in cut.x) > 0
    off = [shape for shape in figure.layout.shapes if shape.line.dash == "dot"]
    block = next(section for section in parted if section.path == "stage3.2")
    assert len(off) == len([o for o in block.operations if o.label != "identity"])
    assert sum(shape.line.width == 3 for shape in figure.layout.shapes) == 1


def test_diagram_without_switches_is_as_it_was():
    sections = outline_net(model_config("resnet20"), 32)
    assert set_apart(sections, ()) == sections
    assert "cut shortcut" not in str(architecture_figure(sections).to_json())
