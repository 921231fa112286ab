"""The net beside another one: its twin among those at hand."""

from dataclasses import replace

import pytest

from resnet_core.asking.companions import find_companion
from resnet_core.checkpoints import find_checkpoint, list_checkpoints, read_card


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("resnet20-synthetic", "plain20-synthetic"),
        ("plain20-synthetic", "resnet20-synthetic"),
        ("resnet56-synthetic", "plain56-synthetic"),
        ("resnet20-cifar10-jpeg-22-epochs", "plain20-cifar10-jpeg-22-epochs"),
        ("plain56-cifar10-jpeg-9-epochs", "resnet56-cifar10-jpeg-9-epochs"),
    ],
)
def test_every_shipped_net_has_its_twin(name: str, twin: str) -> None:
    found = find_companion(read_card(find_checkpoint(name)), list_checkpoints())
    assert found is not None
    assert found.name == twin


def test_a_net_of_other_classes_is_no_companion() -> None:
    card = read_card(find_checkpoint("resnet20-fashion-mnist"))
    assert find_companion(card, list_checkpoints()) is None
    assert find_companion(card, ()) is None
    other = replace(card, name="another")
    assert find_companion(card, (card, other)) == other
    turned = replace(other, class_names=card.class_names[::-1])
    assert find_companion(card, (turned,)) is None
