import pytest

from resnet_core.errors import ConfigError
from resnet_core.models import model_config
from resnet_core.models.picture_size import smallest_picture_px
from resnet_core.models.resolution import LEAST_LAST_PX, trace_resolution

NETS = ["resnet20", "preact_resnet20", "resnet18", "resnet18_cifar", "resnet50", "resnet50_d"]
DENSE = ["densenet40_12", "densenet121"]


def test_seed_net_collapses_on_small_pictures_and_says_what_to_do():
    # The blog post's stem on 32 x 32: 16-8-8-4-2-1.
    resolution = trace_resolution(model_config("resnet18"), 32)
    assert [size.side_px for size in resolution.maps] == [32, 16, 8, 8, 4, 2, 1]
    assert resolution.is_collapsed
    assert "From stage4 on the maps are 1x1" in resolution.verdict
    assert "cifar stem" in resolution.verdict
    assert "97 px" in resolution.verdict


def test_cifar_form_of_the_seed_net_keeps_its_maps():
    resolution = trace_resolution(model_config("resnet18_cifar"), 32)
    assert [size.side_px for size in resolution.maps] == [32, 32, 32, 16, 8, 4]
    assert not resolution.is_collapsed
    assert not resolution.is_coarse
    assert "4 x 4 positions" in resolution.verdict


def test_maps_below_four_positions_are_called_coarse():
    resolution = trace_resolution(model_config("resnet18"), 64)
    assert (resolution.is_collapsed, resolution.is_coarse) == (False, True)
    assert "2 x 2" in resolution.verdict


@pytest.mark.parametrize("name", [*NETS, *DENSE])
def test_smallest_picture_is_the_smallest(name):
    config = model_config(name)
    side_px = smallest_picture_px(config, LEAST_LAST_PX)
    assert trace_resolution(config, side_px).maps[-1].side_px == LEAST_LAST_PX
    assert trace_resolution(config, side_px - 1).maps[-1].side_px < LEAST_LAST_PX


def test_cifar_stem_is_not_offered_where_it_is_taken():
    verdict = trace_resolution(model_config("resnet20"), 4).verdict
    assert "cifar stem" not in verdict
    assert "Take pictures of at least 13 px, or fewer stages." in verdict


@pytest.mark.parametrize("name", DENSE)
def test_picture_too_small_for_a_dense_net_names_the_smallest(name):
    config = model_config(name)
    side_px = smallest_picture_px(config)
    assert trace_resolution(config, side_px).maps[-1].side_px == 1
    with pytest.raises(ConfigError, match=f"at least {side_px} px"):
        trace_resolution(config, side_px - 1)


def test_picture_without_pixels_is_refused():
    with pytest.raises(ConfigError, match="at least 1 px"):
        trace_resolution(model_config("resnet20"), 0)


def test_large_numbers_are_written_as_everywhere():
    verdict = trace_resolution(model_config("densenet121"), 224).verdict
    assert "each of them can depend on 2,071 px, the picture has 224." in verdict
