"""Views of two nets open without an error, whichever net comes first."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle

PAGE = "take_apart"
FASHION, CIFAR = "kept/resnet20-fashion-mnist", "kept/resnet20-cifar10-jpeg-9-epochs"


def value(at: AppTest, key: str) -> object:
    return next(each.value for each in [*at.selectbox, *at.toggle] if each.key == key)


def has(at: AppTest, key: str) -> bool:
    return any(each.key == key for each in at.selectbox)


@pytest.mark.parametrize(
    ("view", "net", "other", "pictures"),
    [
        ("lesions", "probed_net", "lesion_other_net", "lesion_pictures"),
        ("landscape", "land_net", "land_other_net", "land_data"),
        ("sharpness", "sharp_net", "sharp_other_net", "sharp_data"),
    ],
)
def test_the_second_net_and_the_pictures_follow_the_first_net(
    open_page: OpenPage, view: str, net: str, other: str, pictures: str
) -> None:
    chosen = {"apart_view": view, net: CIFAR, "sharp_of": "nets"}
    at = settle(open_page(PAGE, **chosen))
    assert not at.error
    assert value(at, other) == "kept/plain20-cifar10-jpeg-9-epochs"
    assert value(at, pictures) == "own"
    assert any("is not at hand" in each.value for each in at.caption)


def test_a_net_without_a_twin_stands_alone(open_page: OpenPage) -> None:
    at = settle(open_page(PAGE, apart_view="lesions", probed_net=FASHION, lesion_count="100"))
    assert not at.error
    assert value(at, "lesion_beside") is False
    assert not has(at, "lesion_other_net")
    at.selectbox(key="probed_net").set_value("kept/resnet20-synthetic")
    at = settle(at.run())
    assert value(at, "lesion_other_net") == "kept/plain20-synthetic"
    assert value(at, "lesion_pictures") == "synthetic"


def test_what_a_person_chose_stays(open_page: OpenPage) -> None:
    chosen = {"lesion_other_net": "kept/resnet56-synthetic", "lesion_pictures": "synthetic"}
    at = settle(open_page(PAGE, apart_view="lesions", **chosen))
    at.selectbox(key="probed_net").set_value("kept/plain56-synthetic")
    at = settle(at.run())
    assert value(at, "lesion_other_net") == "kept/resnet56-synthetic"


def test_a_line_joins_two_steps_of_a_run_at_first(open_page: OpenPage) -> None:
    at = open_page(PAGE, apart_view="landscape", land_along="line")
    assert not at.error
    assert value(at, "land_net") == value(at, "land_other_net")
    steps = [each.value for each in at.select_slider if "step" in str(each.key)]
    assert len(set(steps)) == 2
    at = settle(open_page(PAGE, apart_view="landscape", land_along="plane"))
    assert value(at, "land_other_net") == "kept/plain56-synthetic"


def test_a_line_from_a_kept_net_leads_to_one_of_its_architecture(open_page: OpenPage) -> None:
    at = open_page(PAGE, apart_view="landscape", land_along="line", land_net=CIFAR)
    assert not at.error
    assert str(value(at, "land_other_net")).startswith("kept/resnet20-cifar10")
