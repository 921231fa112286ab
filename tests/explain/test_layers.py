"""Which layer to pick: sizes told truly, flat maps named, advice given."""

import pytest
import torch

from resnet_core.errors import ProbeError
from resnet_core.explain import (
    describe_layer,
    find_map_layer,
    list_map_layers,
    list_methods,
    matching_layer,
    recommended_layer,
)
from resnet_core.models import build_model, model_config
from resnet_core.models.nets import build_on_meta
from resnet_core.probes.hooks import capture_outputs


@pytest.mark.parametrize("name", ["resnet20", "plain20", "preact_resnet20", "resnet18"])
@pytest.mark.parametrize("every_operation", [False, True])
def test_listed_layers_have_the_sizes_that_a_pass_shows(name: str, every_operation: bool) -> None:
    model = build_model(model_config(name)).eval()
    layers = list_map_layers(model, 32, every_operation=every_operation)
    with capture_outputs(model, [layer.path for layer in layers]) as seen, torch.no_grad():
        model(torch.zeros(1, 3, 32, 32))
    for layer in layers:
        assert seen[layer.path].shape[1:] == (layer.point.channels, *layer.point.map_size_px)


@pytest.mark.parametrize(
    ("name", "image_size_px", "expected"),
    [
        ("resnet20", 32, "stage3.2"),
        ("resnet18", 224, "stage4.1"),
        ("resnet18", 32, "stage2.1"),
        ("resnet18", 16, "stage1.1"),
        ("resnet18", 8, "stem"),
        ("preact_resnet20", 32, "final_act"),
    ],
)
def test_recommended_layer_is_the_deepest_that_tells_places_apart(
    name: str, image_size_px: int, expected: str
) -> None:
    model = build_on_meta(model_config(name))
    found = recommended_layer(model, image_size_px)
    assert found.path == expected


def test_describe_layer_says_that_the_seed_s_last_map_is_one_cell() -> None:
    model = build_on_meta(model_config("resnet18"))
    layer = find_map_layer(model, 32, "stage4.1")
    assert layer.is_flat
    assert "one flat cell" in layer.label
    sentence = describe_layer(model, layer)
    assert "one flat cell" in sentence
    assert "take stage2.1 (4x4)" in sentence


def test_describe_layer_tells_cells_and_receptive_field() -> None:
    model = build_on_meta(model_config("resnet20"))
    sentence = describe_layer(model, find_map_layer(model, 32, "stage3.2"))
    assert "8x8 cells of 4 px" in sentence
    coarse = describe_layer(
        build_on_meta(model_config("resnet18")),
        find_map_layer(build_on_meta(model_config("resnet18")), 32, "stage3.1"),
    )
    assert "That is coarse; stage2.1 has 4x4." in coarse


@pytest.mark.parametrize(
    ("asked", "name", "expected"),
    [
        ("stage2.1", "resnet20", "stage2.1"),
        ("stage2.1.conv1", "resnet20", "stage2.1.conv1"),
        ("stage3.8", "resnet20", "stage3.2"),
        ("stage4.1", "resnet20", "stage3.2"),
        ("stage3.2", "resnet18", "stage3.1"),
        ("final_act", "resnet20", "stage3.2"),
    ],
)
def test_matching_layer_stands_where_the_other_net_s_does(
    asked: str, name: str, expected: str
) -> None:
    assert matching_layer(build_on_meta(model_config(name)), 32, asked).path == expected


def test_find_map_layer_suggests_the_nearest_names() -> None:
    model = build_on_meta(model_config("resnet20"))
    with pytest.raises(ProbeError, match=r"did you mean stage3\.2"):
        find_map_layer(model, 32, "stage3.20")


def test_methods_have_unique_titles_papers_and_ideas() -> None:
    methods = list_methods()
    assert len({method.title for method in methods}) == len(methods) == 11
    for method in methods:
        assert method.paper
        assert method.idea.endswith(".")
        assert method.needs_layer or not method.has_layer_grid
