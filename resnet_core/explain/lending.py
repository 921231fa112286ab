"""A net lent to an explanation: evaluation mode, frozen weights, and back as it was."""

import contextlib
from collections.abc import Iterator

import torch

from resnet_core.probes.hooks import Model


@contextlib.contextmanager
def lent(model: Model) -> Iterator[Model]:
    """Lends a net in evaluation mode whose weights ask for no gradients, and restores both.

    With frozen weights autograd records only from the layer or picture that asks for a gradient,
    which saves the backward pass of everything below it.  Nothing else needs to be kept: in
    evaluation mode batch norm leaves its statistics alone, and no gradient reaches a weight.
    `probes.hooks.borrowed` keeps those too, which a Grad-CAM of 70 ms would feel.

    Gradients are computed in the weights' own precision even if the caller switched them off or
    asked for autocast.  A net that several threads share needs a lock around the context.
    """
    modules = list(model.modules())
    in_training = [module for module in modules if module.training]
    # `parameters()` would walk the net again, which costs five times as much.
    own = [p for module in modules for p in module._parameters.values() if p is not None]
    asking = [parameter for parameter in own if parameter.requires_grad]
    kind = own[0].device.type if own else "cpu"
    try:
        for module in in_training:
            module.training = False
        for parameter in asking:
            parameter.requires_grad = False
        with torch.inference_mode(False), torch.enable_grad(), torch.autocast(kind, enabled=False):
            yield model
    finally:
        for module in in_training:
            module.training = True
        for parameter in asking:
            parameter.requires_grad = True
