"""Titles over parts of a figure: long names break into lines, and the figure has room for them."""

# Plotly's stubs take a figure's `layout` for a string.
# pyright: reportAttributeAccessIssue=false
from dataclasses import replace

import pytest

from resnet_core.figures.landscape import landscape_figure
from resnet_core.figures.lesions import lesions_figure
from resnet_core.figures.titles import titles_over
from tests.probes.test_landscape_sentences import around
from tests.probes.test_lesion_sentences import bench

LONG = "A long name of a run, as a teacher gives it: skips, week 3"
NAMES = (f"{LONG}: resnet8, step 120", f"{LONG}, from step 60: resnet8, step 120")


def _landscapes(names):
    return landscape_figure([replace(around("", 2.0), label=name) for name in names], "loss")


def _lesions(names):
    return lesions_figure({name: bench(800) for name in names})


def test_short_names_stay_as_they_are_and_no_markup_is_read():
    assert titles_over(["ResNet-56", "a <b> & c"], 30) == ["ResNet-56", "a &lt;b&gt; &amp; c"]


def test_long_names_are_told_whole_in_short_lines():
    (title,) = titles_over([NAMES[1]], 30)
    lines = title.split("<br>")
    assert " ".join(lines) == NAMES[1]
    assert all(len(line) <= 30 for line in lines)
    assert all(len(line) <= 30 for line in titles_over(["x" * 90], 30)[0].split("<br>"))


@pytest.mark.parametrize("draw", [_landscapes, _lesions])
def test_the_parts_of_a_figure_keep_their_height_below_long_titles(draw):
    short, long = draw(("A", "B")), draw(NAMES)
    heights = [f.layout.height - f.layout.margin.t - f.layout.margin.b for f in (short, long)]
    assert heights[0] == heights[1]
    texts = [each.text for each in long.layout.annotations]
    lines = max(text.count("<br>") for text in texts)
    assert lines >= 1
    assert long.layout.margin.t - short.layout.margin.t >= 14 * lines
