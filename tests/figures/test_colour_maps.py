import copy

import plotly.colors

from resnet_core.figures.colour_maps import COLOUR_MAPS, colour_table


def test_colour_table_leaves_plotly_s_own_scales_alone():
    own = plotly.colors.sequential.Viridis, plotly.colors.diverging.RdBu
    before = copy.deepcopy(own)
    for name in COLOUR_MAPS:
        colour_table.__wrapped__(name)
    assert own == before
