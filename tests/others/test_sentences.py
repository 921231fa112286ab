"""What is said of nets of others follows from what was counted, and from its opposite."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.others import asked_request, build_other
from resnet_core.others.building import library_facts
from resnet_core.others.cost import OtherCost
from resnet_core.others.flow import OtherFlow
from resnet_core.others.sentences import cost_sentence, start_sentence, tokens_sentence

RESNET = OtherCost(
    parameters=25_557_032, macs=4_089_184_256, activation_mib=81.93, image_size_px=224, layers=()
)


def test_cost_is_compared_with_what_is_published() -> None:
    facts = library_facts(asked_request("torchvision:resnet50"))
    assert "which is the same." in cost_sentence("net", RESNET, facts)
    wider = replace(RESNET, macs=5_000_000_000)
    assert "the parameters are the same, the multiply-adds differ." in cost_sentence(
        "net", wider, facts
    )
    other = replace(wider, parameters=7)
    assert "the parameters and multiply-adds differ." in cost_sentence("net", other, facts)
    small = cost_sentence("net", replace(RESNET, image_size_px=64), facts)
    assert small.endswith("4,089 million multiply-adds, for a picture of 224 x 224 px.")
    assert "Published" not in cost_sentence("net", RESNET, None)


@pytest.mark.parametrize(
    ("digest", "words"), [("", "untrained"), ("ab", "its weights from a file")]
)
def test_start_says_whose_weights_they_are(digest: str, words: str) -> None:
    card = replace(build_other(asked_request("tests.others.builders:tiny")).card)
    none = np.zeros((1, 0))
    flow = OtherFlow(
        name="net",
        card=replace(card, weights_sha256=digest),
        pictures="noise",
        num_pictures=4,
        seeds=(0,),
        layers=(),
        weight_norms=none,
        output_norms=none,
        activation_stds=none,
        losses=np.zeros(1),
        elapsed_s=2.0,
    )
    sentence = start_sentence(flow)
    assert words in sentence
    assert "1 seed" in sentence
    assert "4 pictures of 16 px" in sentence


def test_tokens_are_counted() -> None:
    assert "25 of its 26 layers" in tokens_sentence("net", num_after=25, of=26)
    assert "3 of its 4 layers" in tokens_sentence("net", num_after=3, of=4)
