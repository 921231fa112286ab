"""A net that torch compiles at its first pass, and that goes on as it is where torch cannot.

A compiler is missing on many a machine, or refuses a net: that makes steps slower, and is no reason
not to train.
"""

from collections.abc import Callable

import torch
from torch import nn

from resnet_core.training.recording import first_cause

_COMPILERS = ("torch._dynamo", "torch._inductor", "torch._functorch", "triton")


class CompiledNet:
    """What is called in a net's place."""

    def __init__(self, model: nn.Module, compiled: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._model, self._compiled = model, compiled
        self.problem: str | None = None
        """Why the net passes uncompiled, in the compiler's words, if it does."""

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Passes pictures (B, C, H, W) through the net, and gives its logits (B, K)."""
        if self.problem is None:
            try:
                return self._compiled(images)
            except Exception as exc:
                if not _is_compilers(exc):
                    raise
                self.problem = first_cause(exc)
        return self._model(images)


def not_compiled_sentence(title: str, problem: str) -> str:
    """Says that steps are slower than they could be, and why."""
    return f"{title} trains uncompiled, as torch could not compile it: {problem.rstrip('.')}."


def _is_compilers(error: BaseException) -> bool:
    return any(kind.__module__.startswith(_COMPILERS) for kind in type(error).__mro__)
