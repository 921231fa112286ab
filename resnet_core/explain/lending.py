"""A net lent to an explanation: evaluation mode, frozen weights, and back as it was."""

import contextlib
from collections.abc import Iterator

from resnet_core.probes.hooks import Model, borrowed


@contextlib.contextmanager
def lent(model: Model) -> Iterator[Model]:
    """Lends a net whose weights ask for no gradients, and restores everything.

    With frozen weights autograd records only from the layer or picture that asks for a gradient,
    which saves the backward pass of everything below it.  A net that several threads share needs a
    lock around the context.
    """
    with borrowed(model, training=False):
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        yield model
