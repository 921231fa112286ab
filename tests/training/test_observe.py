import pytest
import torch
from torch.nn import functional

from resnet_core.models import build_model, model_config
from resnet_core.training.observe import all_positions, observe
from tests.gradients import gradient_of


@pytest.mark.parametrize("name", ["resnet8", "plain8", "preact_resnet20"])
def test_a_pass_is_measured_at_the_declared_positions(name):
    model = build_model(model_config(name), seed=0)
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with observe(model, "pass") as profile:
        functional.cross_entropy(model(images), torch.arange(4)).backward()
    positions = all_positions(model)
    del positions["update_ratio"]  # of the update, which follows the pass
    assert {name: len(values) for name, values in profile.items()} == {
        name: len(paths) for name, paths in positions.items()
    }
    assert ("skip_gradient_share" in profile) == (name != "plain8")
    assert all(torch.isfinite(values).all() for values in profile.values())


def test_observing_leaves_the_gradient_as_it_is():
    model = build_model(model_config("resnet8"), seed=0)
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    functional.cross_entropy(model(images), torch.arange(4)).backward()
    expected = [gradient_of(parameter).clone() for parameter in model.parameters()]
    model.zero_grad()
    with observe(model, "pass"):
        functional.cross_entropy(model(images), torch.arange(4)).backward()
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        assert torch.equal(gradient_of(parameter), gradient)
