"""Small nets with uneven statistics, and pictures to show them."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from resnet_core.models import ResNet, build_model, model_config

SMALL = {"stage_blocks": (1, 1, 1), "stage_widths": (6, 8, 10), "stem_width": 6, "num_classes": 5}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Nets this small run slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small_net(**changes: object) -> ResNet:
    """A three-block net whose batch norms differ from each other, in evaluation mode."""
    model = build_model(model_config("resnet20", **(SMALL | changes)), seed=3)
    generator = torch.Generator().manual_seed(11)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = torch.rand(module.num_features, generator=generator) - 0.5
            module.running_var = torch.rand(module.num_features, generator=generator) + 0.5
            module.weight.data = torch.rand(module.num_features, generator=generator) + 0.5
            module.bias.data = torch.rand(module.num_features, generator=generator) - 0.3
    # Large logits keep gradients far from the small constants that other libraries add to them.
    model.classifier.weight.data *= 60
    return model.eval()


def fingerprint_of(model: nn.Module) -> list[object]:
    """Everything about a net that a measurement might leave changed."""
    state: list[object] = [model.training, *(module.training for module in model.modules())]
    for module in model.modules():
        state += [len(module._forward_hooks), len(module._forward_pre_hooks)]
        state += [len(module._backward_hooks), len(module._backward_pre_hooks)]
    for parameter in model.parameters():
        state += [parameter.requires_grad, parameter.sum().item()]
        state.append(None if parameter.grad is None else parameter.grad.sum().item())
    return state + [buffer.sum().item() for buffer in model.buffers()]


def prepare_odd_state(model: nn.Module) -> None:
    """Half trained, half evaluating, one weight frozen, one gradient there."""
    model.get_submodule("stage1").train()
    parameters = list(model.parameters())
    parameters[0].requires_grad_(False)
    parameters[1].grad = torch.ones_like(parameters[1])


class PooledNet(nn.Module):
    """Convolution, ReLU, mean over places, linear: all maps of it have closed forms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.act = nn.ReLU()
        self.classifier = nn.Linear(4, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.act(self.conv(pictures))
        return self.classifier(maps.mean(dim=(2, 3)))


@pytest.fixture
def net() -> ResNet:
    return small_net()


@pytest.fixture
def pooled_net() -> PooledNet:
    torch.manual_seed(5)
    return PooledNet().eval()


@pytest.fixture
def picture() -> Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
