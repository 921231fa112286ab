"""Hooks that stand before and after named modules, and leave no trace.

    with borrowed(model, training=False), capture_output_gradients(model, paths) as gradients:
        loss(model(images)).backward()
    gradients["stage1.0"]                     what reached the block's output

Each capture is a dictionary that fills during the forward or the backward pass and may be read
after the context.  A model that several threads share needs a lock around the whole measurement:
hooks see every pass, whoever makes it.
"""

import contextlib
import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from resnet_core.errors import ProbeError
from resnet_core.models import dropped_blocks

Captured = dict[str, Tensor]
"""Dotted path of a module to what was seen there."""
Reduce = Callable[[Tensor], Tensor]
"""Makes of a captured tensor what is kept of it, such as its norm."""
Model = TypeVar("Model", bound=nn.Module)


def keep(tensor: Tensor) -> Tensor:
    """Keeps a captured tensor as it is, with its graph."""
    return tensor


@contextlib.contextmanager
def borrowed(model: Model, *, training: bool) -> Iterator[Model]:
    """Lends a model for a measurement and gives it back as it was.

    Inside, the whole model is in training or in evaluation mode, all parameters ask for gradients
    and hold none, and gradients are computed in the weights' own precision even if the caller
    switched them off or asked for autocast.  Afterwards each module's mode, each parameter's
    `requires_grad` and `grad`, and each buffer (batch norm's running statistics) are as before.

    Args:
        model: shared or not; a shared one needs a lock.
        training: whether batch norm normalises by the batch, as in training.
    """
    modes = [(module, module.training) for module in model.modules()]
    parameters = [(p, p.requires_grad, p.grad) for p in model.parameters()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        for parameter, _, _ in parameters:
            parameter.grad = None
            parameter.requires_grad_(True)
        model.train(training)
        kind = parameters[0][0].device.type if parameters else "cpu"
        with torch.inference_mode(False), torch.enable_grad(), torch.autocast(kind, enabled=False):
            yield model
    finally:
        for module, was_training in modes:
            module.training = was_training
        for parameter, required, gradient in parameters:
            parameter.requires_grad_(required)
            parameter.grad = gradient
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


@contextlib.contextmanager
def capture_outputs(
    model: nn.Module, paths: Sequence[str], *, reduce: Reduce = keep
) -> Iterator[Captured]:
    """Captures what leaves each named module.

    Yields:
        Path to `reduce(output)`, filled by the forward pass.

    Raises:
        ProbeError: for a path that the model does not have, or one inside a dropped block.
    """
    refuse_dropped(model, paths)
    seen: Captured = {}

    def attach(path: str, module: nn.Module) -> RemovableHandle:
        def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen[path] = reduce(output)

        return module.register_forward_hook(hook)

    with _attached(model, paths, attach):
        yield seen


@contextlib.contextmanager
def capture_inputs(
    model: nn.Module, paths: Sequence[str], *, reduce: Reduce = keep
) -> Iterator[Captured]:
    """Captures what enters each named module (its first argument).

    Yields:
        Path to `reduce(input)`, filled by the forward pass.

    Raises:
        ProbeError: for a path that the model does not have.
    """
    seen: Captured = {}

    def attach(path: str, module: nn.Module) -> RemovableHandle:
        def hook(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[path] = reduce(inputs[0])

        return module.register_forward_pre_hook(hook)

    with _attached(model, paths, attach):
        yield seen


@contextlib.contextmanager
def capture_output_gradients(
    model: nn.Module, paths: Sequence[str], *, reduce: Reduce = keep
) -> Iterator[Captured]:
    """Captures the gradient that reaches what leaves each named module, over all its uses.

    Yields:
        Path to `reduce(gradient)`, filled by the backward pass; nothing where none arrives.

    Raises:
        ProbeError: for a path that the model does not have.
    """
    seen: Captured = {}
    with _handles() as handles:

        def attach(path: str, module: nn.Module) -> RemovableHandle:
            def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
                _listen(output, path, seen, reduce, handles)

            return module.register_forward_hook(hook)

        with _attached(model, paths, attach):
            yield seen


@contextlib.contextmanager
def capture_input_gradients(
    model: nn.Module, paths: Sequence[str], *, reduce: Reduce = keep
) -> Iterator[Captured]:
    """Captures the gradient that comes back **through** each named module to its first argument.

    Where a tensor feeds two modules, such as a block's branch and its shortcut, each of them gets
    its own share; the sum of the shares is the tensor's gradient.

    Yields:
        Path to `reduce(gradient)`, filled by the backward pass; nothing where the input does not
        ask for a gradient, such as a picture.

    Raises:
        ProbeError: for a path that the model does not have.
    """
    seen: Captured = {}
    with _handles() as handles:

        def attach(path: str, module: nn.Module) -> RemovableHandle:
            def hook(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
                if not inputs[0].requires_grad:
                    return None
                # An alias of its own: a hook on the tensor itself would hear its other users too.
                own = inputs[0].view_as(inputs[0])
                _listen(own, path, seen, reduce, handles)
                return (own, *inputs[1:])

            return module.register_forward_pre_hook(hook)

        with _attached(model, paths, attach):
            yield seen


def refuse_dropped(model: nn.Module, paths: Sequence[str]) -> None:
    """Refuses paths inside a dropped block, through which nothing passes.

    Raises:
        ProbeError: naming the first of them and its block.
    """
    for block in dropped_blocks(model):
        runs_shortcut = bool(getattr(model.get_submodule(block), "changes_shape", False))
        for path in paths:
            is_running = runs_shortcut and path.startswith(f"{block}.shortcut")
            if path.startswith(f"{block}.") and not is_running:
                raise ProbeError(
                    f"Nothing passes '{path}', as {block} was dropped from this net: choose "
                    "another block."
                )


def _listen(
    tensor: Tensor, path: str, seen: Captured, reduce: Reduce, handles: list[RemovableHandle]
) -> None:
    if tensor.requires_grad:

        def hook(gradient: Tensor) -> None:
            seen[path] = reduce(gradient)

        handles.append(tensor.register_hook(hook))


@contextlib.contextmanager
def _handles() -> Iterator[list[RemovableHandle]]:
    handles: list[RemovableHandle] = []
    try:
        yield handles
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def _attached(
    model: nn.Module, paths: Sequence[str], attach: Callable[[str, nn.Module], RemovableHandle]
) -> Iterator[None]:
    modules = dict(model.named_modules())
    unknown = [path for path in paths if path not in modules]
    if unknown:
        near = difflib.get_close_matches(unknown[0], modules, n=3) or list(modules)[1:4]
        raise ProbeError(
            f"The net has no layer called '{unknown[0]}': did you mean {', '.join(near)}?"
        )
    with _handles() as handles:
        handles.extend(attach(path, modules[path]) for path in paths)
        yield
