"""What a block does, in words, beside the opposite measurement."""

from dataclasses import replace

import pytest

from resnet_core.probes.apart_sentences import figures_sentence
from resnet_core.probes.taken_apart import BlockFigures

WEAK = BlockFigures(
    path="stage2.1",
    input_norm=10.0,
    branch_norm=2.0,
    skip_norm=10.0,
    sum_norm=8.5,
    cosine=-0.6,
    skip_gradient_share=0.9,
    gradient_norm=1.0,
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "0.20 times as strong as what comes over the skip and points against it (cosine -0.6"),
        ({}, "changes what comes in; 90\u00a0% of the gradient comes back through the skip."),
        ({"branch_norm": 20.0, "cosine": 0.6}, "2.00 times as strong"),
        ({"branch_norm": 20.0, "cosine": 0.6}, "points along it (cosine +0.60): the block outw"),
        ({"branch_norm": 5.0, "cosine": 0.1}, "neither along nor against it"),
        ({"branch_norm": 5.0}, "the block corrects what comes in"),
        ({"skip_norm": 0.0, "skip_gradient_share": 0.0}, "F(x) alone goes on"),
        (
            {"skip_norm": None, "skip_gradient_share": None},
            "0.20 times as strong as x, which is",
        ),
        ({"skip_norm": None, "input_norm": 0.0}, "nothing comes in"),
        ({"branch_norm": None, "skip_norm": None}, "stage2.1 is switched off"),
    ],
)
def test_sentence_says_what_was_measured(changes, said) -> None:
    assert said in figures_sentence(replace(WEAK, **changes))
