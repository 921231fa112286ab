import numpy as np
import pytest
import torch

from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.responses import (
    LayerResponses,
    compare_responses_sentence,
    measure_layer_responses,
    response_points,
)

SPEC = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)


@pytest.mark.parametrize("name, count", [("resnet20", 19), ("plain20", 19), ("resnet50", 16)])
def test_every_3x3_convolution_is_read_after_its_norm(name, count):
    model = build_model(model_config(name))
    points = response_points(model)
    assert len(points) == count
    for conv, norm in points.items():
        features = model.get_submodule(norm).num_features
        assert features == model.get_submodule(conv).out_channels


def test_responses_equal_the_norms_own_scale_where_the_batch_is_its_memory():
    config = model_config("plain20")
    spec = BatchSpec(kind="noise", num_pictures=32, noise_size_px=16)
    model, batch = build_model(config, seed=0), draw_batch(config, spec, seed=0)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
            torch.nn.init.constant_(module.weight, 0.7)
    with torch.no_grad():
        model.train()(batch.images)
    responses = measure_layer_responses(model.eval(), batch, "scaled")
    # Normalised to a variance of 1, then scaled by 0.7; the running variance is the unbiased one.
    np.testing.assert_allclose(responses.stds, 0.7, rtol=0.02)
    assert responses.depths.tolist() == list(range(1, 20))


def test_sorted_responses_begin_with_the_strongest():
    config = model_config("resnet8")
    responses = measure_layer_responses(
        build_model(config, seed=0).eval(), draw_batch(config, SPEC, seed=0), "fresh"
    )
    assert sorted(responses.stds, reverse=True) == responses.sorted_stds.tolist()
    assert not responses.is_plain
    strongest = responses.layers[int(np.argmax(responses.stds))]
    assert f"less than {np.median(responses.stds):.3f}" in responses.sentence
    assert f"the strongest with {max(responses.stds):.2f} ({strongest})" in responses.sentence


@pytest.mark.parametrize(
    "name, settings", [("preact_resnet20", {}), ("resnet20", {"norm": "none"})]
)
def test_a_convolution_without_a_norm_after_it_responds_itself(name, settings):
    model = build_model(model_config(name, **settings))
    points = response_points(model)
    assert all(conv == point for conv, point in points.items() if conv != "stem.conv")


def test_measuring_leaves_mode_and_memory_of_the_net_alone():
    config = model_config("resnet8")
    model = build_model(config, seed=0).train()
    before = model.get_buffer("stem.norm.running_mean").clone()
    measure_layer_responses(model, draw_batch(config, SPEC, seed=0), "fresh")
    assert model.training
    assert torch.equal(model.get_buffer("stem.norm.running_mean"), before)


def _net(label: str, median: float, *, plain: bool = False) -> LayerResponses:
    return LayerResponses(
        label=label,
        is_plain=plain,
        layers=("stem.conv",),
        depths=np.array([1]),
        stds=np.array([median]),
    )


def test_which_nets_respond_more_weakly_is_computed():
    nets = [_net("A", 1.008), _net("B", 1.041, plain=True)]
    lower = compare_responses_sentence(nets)
    assert "is lower in every residual net here, as He et al. 2015 found: 1.008 in A" in lower
    assert "against 1.041 in B. Each is one training; how much seeds differ is not known" in lower
    opposite = compare_responses_sentence([_net("A", 1.2), _net("B", 1.1, plain=True)])
    assert "is lower in every plain net here, the opposite of what" in opposite
    assert "found: 1.200 in A against 1.100 in B." in opposite
    mixed = compare_responses_sentence([*nets, _net("C", 1.1)])
    assert "is not the same in every pair, so these nets do not show" in mixed


def test_medians_of_one_kind_alone_ask_for_the_other():
    residual = compare_responses_sentence([_net("A", 1.0), _net("C", 2.0)])
    assert residual.startswith("The median response is 1.000 in A and 2.000 in C: choose a plain")
    assert "choose a residual net too" in compare_responses_sentence([_net("B", 1.0, plain=True)])
