"""Gradients of nets of others at the start, against autograd asked by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from resnet_core.errors import ProbeError
from resnet_core.others import asked_request, build_other
from resnet_core.others.flow import judge_flow, measure_other_flow
from resnet_core.probes.batches import BatchSpec
from tests.others.builders import Tiny

TINY = "tests.others.builders:tiny"
NOISE = BatchSpec(kind="noise", num_pictures=4, noise_size_px=16)


def test_norms_are_those_of_autograd() -> None:
    flow = measure_other_flow(asked_request(TINY), batch=NOISE, seeds=(3, 4))
    assert flow.layers == ("body.conv", "body.deep", "head")
    net = build_other(asked_request(TINY, seed=3)).model.train()
    generator = torch.Generator().manual_seed(3)
    images = torch.randn(4, 3, 16, 16, generator=generator)
    labels = torch.randint(4, (4,), generator=generator)
    assert isinstance(net, Tiny)
    maps = net.body(images)
    maps.retain_grad()
    loss = functional.cross_entropy(net.head(maps.relu().mean(dim=(2, 3))), labels)
    loss.backward()
    weights = dict(net.named_parameters())
    gradients = [weights[f"{path}.weight"].grad for path in flow.layers]
    expected = [float(grad.norm()) for grad in gradients if grad is not None]
    assert flow.weight_norms[0] == pytest.approx(expected, rel=1e-4)
    assert maps.grad is not None
    assert flow.output_norms[0, 1] == pytest.approx(float(maps.grad.norm()), rel=1e-4)
    assert flow.activation_stds[0, 1] == pytest.approx(
        float(maps.detach().std(correction=0)), rel=1e-4
    )
    assert flow.losses[0] == pytest.approx(loss.item(), rel=1e-5)
    assert not np.allclose(flow.weight_norms[0], flow.weight_norms[1])


def test_steep_gradients_are_measured_and_not_dropped() -> None:
    request = asked_request("tests.others.builders:steep")
    flow = measure_other_flow(request, batch=NOISE, seeds=(0,))
    assert np.isfinite(flow.output_norms).all()
    assert flow.output_norms[0, 1] > 1e20


def test_pictures_are_brought_to_the_size_of_the_net() -> None:
    spec = BatchSpec(num_pictures=2)
    request = asked_request("torchvision:squeezenet1_1", image_size_px=40)
    flow = measure_other_flow(request, batch=spec, seeds=(0,))
    assert (flow.card.image_size_px, flow.pictures) == (40, "synthetic")
    assert flow.layers[0] == "features.0"
    assert np.isfinite(flow.weight_norms).all()


def test_pictures_of_more_classes_than_the_net_has_are_taken() -> None:
    flow = measure_other_flow(asked_request(TINY), batch=BatchSpec(num_pictures=8), seeds=(0,))
    assert flow.pictures == "synthetic" and np.isfinite(flow.losses).all()
    with pytest.raises(ProbeError, match="has 2 layers with weights in the order of its pass"):
        judge_flow(flow, "weights")


def test_verdict_grows_and_vanishes_with_the_numbers() -> None:
    from dataclasses import replace

    flow = measure_other_flow(asked_request(TINY), batch=NOISE, seeds=(0, 1, 2))
    layers = tuple(f"layer{number}" for number in range(6))
    rows = np.tile(2.0 ** np.arange(6), (3, 1))
    grown = replace(
        flow, layers=layers, weight_norms=rows[:, ::-1], output_norms=rows, activation_stds=rows
    )
    assert judge_flow(grown, "weights").trend == "grows"
    assert judge_flow(grown, "outputs").trend == "vanishes"
    assert judge_flow(grown, "activations").trend == "grows"
    assert judge_flow(grown, "weights").expected_factor is None


def test_what_cannot_be_measured_is_one_sentence() -> None:
    with pytest.raises(ProbeError, match=r"gives no logits of the shape \(N, K\) while it trains"):
        request = asked_request("tests.others.builders:two_answers")
        measure_other_flow(request, batch=NOISE, seeds=(0,))
    with pytest.raises(ProbeError, match="1 channels, and synthetic has 3: choose other pictures"):
        request = asked_request("tests.others.builders:grey")
        measure_other_flow(request, batch=BatchSpec(num_pictures=2), seeds=(0,))
    with pytest.raises(ProbeError, match="a measurement may keep"):
        request = asked_request("torchvision:vgg16")
        measure_other_flow(request, batch=BatchSpec(num_pictures=512), seeds=(0,))
    with pytest.raises(ProbeError, match="seeds can be measured"):
        measure_other_flow(asked_request(TINY), batch=NOISE, seeds=())
