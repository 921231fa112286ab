"""What is measured inside a training step, on the device, without a second pass.

Gradient norms are read each step; activations, dead units, skip anatomy and update-to-weight
ratios at an interval, from the very batch that trains.
"""

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from resnet_core.probes.anatomy import ANATOMY_QUANTITIES, observe_anatomy, residual_blocks

Profile = dict[str, torch.Tensor]
"""Quantity to values, one per position, on the device."""


def gradient_norms(parameters: Sequence[nn.Parameter]) -> torch.Tensor:
    """Euclidean norm of each parameter's gradient, (P,) float32; 0 where there is none."""
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    return torch.stack(_norms(gradients))


def activation_paths(model: nn.Module) -> tuple[str, ...]:
    """Dotted paths of all ReLUs, in depth order."""
    return tuple(path for path, module in model.named_modules() if isinstance(module, nn.ReLU))


def pass_positions(model: nn.Module) -> dict[str, tuple[str, ...]]:
    """Where `observe_pass` measures each of its quantities, in depth order."""
    activations, blocks = activation_paths(model), residual_blocks(model)
    by_activation = ("activation_mean", "activation_std", "dead_share")
    positions = dict.fromkeys(by_activation, activations)
    return positions | (dict.fromkeys(ANATOMY_QUANTITIES, blocks) if blocks else {})


@contextlib.contextmanager
def observe_pass(model: nn.Module) -> Iterator[Profile]:
    """Measures the one forward and backward pass made inside the context.

    Yields:
        A profile that holds, afterwards, what `observe_activations` and, for a residual net,
        `observe_anatomy` measure.
    """
    profile: Profile = {}
    with observe_activations(model) as activations, observe_anatomy(model) as anatomy:
        yield profile
    profile |= activations | anatomy


@contextlib.contextmanager
def observe_activations(model: nn.Module) -> Iterator[Profile]:
    """Measures every ReLU's output during the one forward pass made inside the context.

    Yields:
        A profile that holds, afterwards, `activation_mean`, `activation_std` and `dead_share`
        (share of channels that are zero for every picture and place), each (A,) float32.
    """
    seen: dict[str, torch.Tensor] = {}
    profile: Profile = {}
    with contextlib.ExitStack() as stack:
        for path in activation_paths(model):

            def keep(_module: nn.Module, _inputs: object, output: torch.Tensor, path=path) -> None:
                seen[path] = _summarise(output.detach())

            stack.callback(model.get_submodule(path).register_forward_hook(keep).remove)
        yield profile
    table = torch.stack(list(seen.values()), dim=1)
    profile.update(
        zip(("activation_mean", "activation_std", "dead_share"), table.unbind(), strict=True)
    )


@contextlib.contextmanager
def observe_update(weights: Sequence[nn.Parameter]) -> Iterator[Profile]:
    """Measures by how much the optimizer step inside the context moves each layer's weights.

    Yields:
        A profile that holds, afterwards, `update_ratio`: norm of the change over norm of the
        weights before it, (L,) float32.
    """
    before = [weight.detach().clone() for weight in weights]
    profile: Profile = {}
    yield profile
    changes = [weight.detach() - old for weight, old in zip(weights, before, strict=True)]
    profile["update_ratio"] = torch.stack(_norms(changes)) / torch.stack(_norms(before))


def _norms(tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    # The fused form that torch's own clip_grad_norm_ uses: a few kernels for all tensors.
    return torch._foreach_norm(list(tensors))  # pyright: ignore[reportPrivateImportUsage]


def _summarise(output: torch.Tensor) -> torch.Tensor:
    values = output.float()  # (N, C, H, W)
    std, mean = torch.std_mean(values)
    dead = (values.amax(dim=(0, 2, 3)) <= 0).float().mean()
    return torch.stack([mean, std, dead])
