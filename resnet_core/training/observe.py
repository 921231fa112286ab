"""What is measured inside a training step, on the device, without a second pass.

Gradient norms are read each step; activations, dead units, skip anatomy and update-to-weight
ratios at an interval, from the very batch that trains.
"""

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from resnet_core.errors import ProbeError
from resnet_core.models import dropped_blocks, weight_layers
from resnet_core.probes.activation_summary import summarise_activation
from resnet_core.probes.anatomy import observe_anatomy, residual_blocks
from resnet_core.runs.quantities import (
    FlowQuantity,
    Moment,
    Observer,
    add_quantity,
    list_observers,
    measures,
)

Profile = dict[str, torch.Tensor]
"""Quantity to values, one per position, on the device."""


def gradient_norms(parameters: Sequence[nn.Parameter]) -> torch.Tensor:
    """Euclidean norm of each parameter's gradient, (P,) float32; 0 where there is none."""
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    return torch.stack(_norms(gradients))


def with_gaps(values: torch.Tensor, weights: Sequence[nn.Parameter]) -> torch.Tensor:
    """Makes the values of weights that got no gradient NaN, (L,), as a frozen or dropped layer's.

    A layer that learns and whose gradient is zero keeps its zero, or that zero's logarithm.
    """
    for place, weight in enumerate(weights):
        if weight.grad is None:
            values[place].fill_(torch.nan)  # a list of places would wait for the device
    return values


add_quantity(
    FlowQuantity("gradient_norm", "Gradient norm", "gradient norm", "log", "layer"), __name__
)


def activation_paths(model: nn.Module) -> tuple[str, ...]:
    """Dotted paths of all ReLUs, in depth order."""
    return tuple(path for path, module in model.named_modules() if isinstance(module, nn.ReLU))


@measures(
    FlowQuantity("update_ratio", "Update / weight", "norm of update / weight", "log", "layer"),
    at=weight_layers,
    moment="update",
)
@contextlib.contextmanager
def observe_weights(model: nn.Module) -> Iterator[Profile]:
    """Measures by how much the optimizer step inside the context moves each layer's weights.

    Yields:
        A profile that holds, afterwards, `update_ratio`: norm of the change over norm of the
        weights before it, (L,) float32; NaN for a layer that did not learn.
    """
    weights = [model.get_parameter(f"{path}.weight") for path in weight_layers(model)]
    before = [weight.detach().clone() for weight in weights]
    profile: Profile = {}
    yield profile
    changes = [weight.detach() - old for weight, old in zip(weights, before, strict=True)]
    ratios = torch.stack(_norms(changes)) / torch.stack(_norms(before))
    profile["update_ratio"] = with_gaps(ratios, weights)


@measures(
    FlowQuantity("activation_std", "Activation spread", "standard deviation", "log", "activation"),
    FlowQuantity("activation_mean", "Activation mean", "mean", "log", "activation"),
    FlowQuantity("dead_share", "Dead units", "share of channels", "share", "activation"),
    at=activation_paths,
)
@contextlib.contextmanager
def observe_activations(model: nn.Module) -> Iterator[Profile]:
    """Measures every ReLU's output during the one forward pass made inside the context.

    Yields:
        A profile that holds, afterwards, `activation_mean`, `activation_std` and `dead_share`
        (share of channels that are zero for every picture and place), each (A,) float32; NaN in
        a dropped block.
    """
    seen: dict[str, torch.Tensor] = {}
    profile: Profile = {}
    paths = activation_paths(model)
    with contextlib.ExitStack() as stack:
        for path in paths:

            def keep(_module: nn.Module, _inputs: object, output: torch.Tensor, path=path) -> None:
                seen[path] = summarise_activation(output.detach())

            stack.callback(model.get_submodule(path).register_forward_hook(keep).remove)
        yield profile
    gap = next(model.parameters()).new_full((3,), torch.nan, dtype=torch.float32)
    table = torch.stack([seen.get(path, gap) for path in paths], dim=1)
    profile.update(
        zip(("activation_mean", "activation_std", "dead_share"), table.unbind(), strict=True)
    )


measures(
    FlowQuantity("skip_norm", "Skip x", "norm of one picture's maps", "log", "block"),
    FlowQuantity("branch_norm", "Branch F(x)", "norm of one picture's maps", "log", "block"),
    FlowQuantity("sum_norm", "Sum x + F(x)", "norm of one picture's maps", "log", "block"),
    FlowQuantity("skip_cosine", "Cosine of x and F(x)", "cosine", "signed", "block"),
    FlowQuantity("skip_gradient_share", "Gradient through the skip", "share", "linear", "block"),
    FlowQuantity("gradient_cosine", "Cosine of the two gradients", "cosine", "signed", "block"),
    at=residual_blocks,
)(observe_anatomy)


def all_positions(model: nn.Module) -> dict[str, tuple[str, ...]]:
    """Where each quantity is measured in a net, in depth order."""
    return {
        name: paths
        for observer in list_observers()
        if (paths := observer.positions(model))
        for name in observer.names.values()
    }


@contextlib.contextmanager
def observe(model: nn.Module, moment: Moment) -> Iterator[Profile]:
    """Measures the one pass, or the one update, made inside the context.

    Yields:
        A profile that holds, afterwards, every quantity of that moment which the net has.
    """
    profile: Profile = {}
    used = [o for o in list_observers() if o.moment == moment and o.positions(model)]
    seen: list[tuple[Observer, Profile]] = []
    forgiven = (ProbeError,) if dropped_blocks(model) else ()
    with contextlib.ExitStack() as stack:
        for observer in used:
            with contextlib.suppress(*forgiven):  # what looks into dropped blocks has a gap
                seen.append((observer, stack.enter_context(observer.observe(model))))
        yield profile
    for observer, part in seen:
        profile |= {observer.names[name]: values.detach() for name, values in part.items()}


def _norms(tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    # The fused form that torch's own clip_grad_norm_ uses: a few kernels for all tensors.
    return torch._foreach_norm(list(tensors))  # pyright: ignore[reportPrivateImportUsage]
