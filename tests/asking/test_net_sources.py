"""Which net stands first where a person chooses one."""

from pathlib import Path

import pytest

from resnet_core.asking import list_kept_nets, source_of_card
from resnet_core.asking.copies import COPY_OF_SET, OTHER_SET, SAME_SET, set_distance
from resnet_core.asking.photographs import net_of_photographs
from resnet_core.checkpoints import read_card
from resnet_core.checkpoints.card import Brought
from tests.inference.conftest import save_tiny

BEST = "resnet20-cifar10-jpeg-22-epochs"


@pytest.mark.parametrize(
    ("title", "distance"),
    [("CIFAR-10 (JPEG copy)", SAME_SET), ("CIFAR-10", COPY_OF_SET), ("CIFAR-100", OTHER_SET)],
)
def test_a_copy_of_a_data_set_is_told_from_another_one(title: str, distance: int) -> None:
    assert set_distance(title, "CIFAR-10 (JPEG copy)") == distance
    assert set_distance("CIFAR-10 (JPEG copy)", title) == distance


def test_a_net_whose_pictures_are_at_hand_stands_first() -> None:
    assert list_kept_nets(["CIFAR-10"])[0].name == BEST
    assert list_kept_nets(["CIFAR-10 (JPEG copy)", "Synthetic figures"])[0].name == BEST
    assert list_kept_nets(["Synthetic figures"])[0].name == "resnet20-synthetic"


def test_of_one_data_set_the_most_accurate_residual_net_stands_first() -> None:
    cards = [card for card in list_kept_nets(()) if "JPEG" in card.data_title]
    residual = [card for card in cards if not card.model.is_plain]
    assert cards[: len(residual)] == residual
    accuracies = [card.metrics["test_accuracy"] for card in residual]
    assert accuracies == sorted(accuracies, reverse=True)


def test_a_photograph_chooses_the_most_accurate_net_of_photographs() -> None:
    card = net_of_photographs(list_kept_nets(()))
    assert card is not None
    assert card.name == BEST


def test_a_file_that_is_brought_for_two_sizes_makes_two_nets(tmp_path: Path) -> None:
    """What is measured of one must not be shown as the other's."""
    keys = set()
    for side_px in (16, 32):
        brought = Brought(family="torchvision")
        path = save_tiny(tmp_path, f"at-{side_px}", image_size_px=side_px, brought=brought)
        keys.add(source_of_card(read_card(path), path, "A net").key)
    assert len(keys) == 2
