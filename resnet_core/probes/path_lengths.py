"""Which paths carry the gradient: a residual net as the sum of 2^n plain nets.

Each of n blocks is left through its skip or through its branch, so that the gradient is a sum over
2^n paths, n choose k of them with k branches.  Two measurements, both linear algebra on one
forward pass:

    sampled   the norm of the gradient over single random paths of each length, as in Veit et al.
              2016, sec. 4.3 and fig. 6
    exact     the gradient G_k of all paths of one length together, by the recursion
              G_k <- skip(G_k) + branch(G_{k-1}) from the last block to the first, and its signed
              share <G_k, G>/<G, G> of the whole gradient G; the shares add up to 1

Norms times numbers of paths, as the paper multiplies them, do not: paths of one length point in
many directions, so that such products add up to many times the gradient.

Source: Veit, Wilber, Belongie 2016 (arXiv 1605.06431).
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.data import Batch
from resnet_core.devices import where_doubles_are
from resnet_core.errors import ProbeError
from resnet_core.models import ResNet
from resnet_core.models.operations import Addition
from resnet_core.probes.anatomy import refuse_dense, residual_blocks
from resnet_core.probes.hooks import borrowed, refuse_dropped
from resnet_core.progress import Progress, ignore_progress

_CARRIED_SHARE = 0.95
_WORTH_SAYING = 0.005
"""Share of the gradient below which lengths that work against it are not mentioned."""


@dataclass(frozen=True, kw_only=True)
class PathLengths:
    """Gradient by path length, for a net of n residual blocks, at the first block's input."""

    name: str
    """The net."""
    counts: np.ndarray
    """Paths of each length 0 to n, (n + 1,) float64."""
    sampled_norms: np.ndarray
    """Gradient norm over single paths, K random ones of each length, (n + 1, K) float64."""
    exact_norms: np.ndarray
    """Norm of the gradient over all paths of each length together, (n + 1,) float64."""
    shares: np.ndarray
    """Signed share of each length in the whole gradient, (n + 1,) float64; they add up to 1, and a
    length below zero works against the others."""
    total_norm: float
    """Norm of the whole gradient."""

    @property
    def num_blocks(self) -> int:
        """Blocks, which is also the length of the longest path."""
        return len(self.counts) - 1

    @cached_property
    def path_norms(self) -> np.ndarray:
        """Mean norm over the sampled paths of each length, (n + 1,)."""
        return self.sampled_norms.mean(axis=1)

    @cached_property
    def effective_lengths(self) -> tuple[int, int]:
        """Fewest neighbouring lengths, first and last, whose shares add up to 95 %."""
        return narrowest_range(self.shares, _CARRIED_SHARE)

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        first, last = self.effective_lengths
        held = float(self.shares[first : last + 1].sum())
        likely = narrowest_range(self.counts / self.counts.sum(), _CARRIED_SHARE)
        words = (
            f"Paths through {first} to {last} of the {self.num_blocks} blocks carry {held:.1%} of "
            f"the gradient, which is the exact sum of the signed shares of these lengths. If every "
            f"path carried the same, {_CARRIED_SHARE:.0%} would lie in {likely[0]} to {likely[1]}."
        )
        against = float(self.shares[self.shares < 0].sum())
        if against < -_WORTH_SAYING:
            words += f" Some lengths work against the others: theirs add up to {against:.1%}."
        return words


@dataclass
class _Step:
    """One block's forward pass, ready to be walked back through either side."""

    branch: Tensor
    skip: Tensor
    added: Tensor
    alpha: float
    entering: Tensor
    leaving: Tensor

    def through_addition(self, gradient: Tensor) -> Tensor:
        return _back(self.leaving, self.added, gradient)

    def through_branch(self, gradient: Tensor) -> Tensor:
        return _back(self.branch, self.entering, gradient)

    def through_skip(self, gradient: Tensor) -> Tensor:
        return _back(self.skip, self.entering, self.alpha * gradient)


def measure_path_lengths(
    model: ResNet,
    batch: Batch,
    *,
    num_samples: int = 8,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> PathLengths:
    """Measures the gradient of each path length, batch norm in training mode.

    Args:
        model: a residual net; it is given back as it was.
        batch: on the model's device.
        num_samples: random paths of each length.
        seed: of the paths.
        progress: told after each length; it cancels by raising.

    Raises:
        ProbeError: for a plain net, which has one path, or a gradient that is not finite.
        CancelledError: if `progress` cancels.
    """
    _refuse_without_additions(model)
    with borrowed(model, training=True):
        steps, gradient = _walk_forward(model, batch)
        total_norm = float(torch.linalg.vector_norm(_walk_back(steps, gradient, None)))
        if not math.isfinite(total_norm):
            raise ProbeError(
                f"The gradient of {model.config.name} is not finite, so its paths cannot be told "
                "apart: choose batch normalisation or fewer blocks."
            )
        sampled = _sample_paths(steps, gradient, num_samples, seed, progress)
        by_length = _gather_paths(steps, gradient, progress)
    count = len(steps)
    return PathLengths(
        name=model.config.name,
        counts=np.array([float(math.comb(count, length)) for length in range(count + 1)]),
        sampled_norms=sampled,
        exact_norms=np.array([_norm(each) for each in by_length]),
        shares=signed_shares([each.double().flatten().numpy() for each in by_length]),
        total_norm=total_norm,
    )


def signed_shares(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Shares <part, whole>/<whole, whole> of vectors in their sum; they add up to 1."""
    whole = np.sum(parts, axis=0)
    return np.array([part @ whole for part in parts]) / (whole @ whole)


def narrowest_range(weights: np.ndarray, share: float) -> tuple[int, int]:
    """First and last index of the shortest stretch that holds a share of the sum.

    Weights may be negative; of stretches of one length the one that holds most is taken.
    """
    reach, count = np.concatenate([[0.0], np.cumsum(weights)]), len(weights)
    needed = share * reach[-1] - 1e-12 * abs(reach[-1])
    for length in range(1, count + 1):
        held = reach[length:] - reach[:-length]
        if held.max() >= needed:
            first = int(held.argmax())
            return first, first + length - 1
    return 0, count - 1


def _refuse_without_additions(model: ResNet) -> None:
    refuse_dense(model.config)
    if model.config.is_plain:
        raise ProbeError(
            f"{model.config.name} has no shortcuts: all of its gradient takes one path, so there "
            "are no path lengths to tell apart. Choose a residual net."
        )
    refuse_dropped(model, [f"{path}.add" for path in residual_blocks(model)])


def _walk_forward(model: ResNet, batch: Batch) -> tuple[list[_Step], Tensor]:
    """Runs the net once, every block cut off from the one before; and the last gradient."""
    steps: list[_Step] = []
    ends: list[Tensor] = []
    with contextlib.ExitStack() as stack:
        stack.callback(model.stem.register_forward_hook(_cut(ends)).remove)
        for path in residual_blocks(model):
            block = model.get_submodule(path)
            stack.callback(block.get_submodule("add").register_forward_hook(_note(steps)).remove)
            stack.callback(block.register_forward_hook(_cut(ends, steps)).remove)
        loss = functional.cross_entropy(model(batch.images), batch.labels)
    return steps, torch.autograd.grad(loss, ends[-1])[0]


def _cut(ends: list[Tensor], steps: list[_Step] | None = None) -> Callable[..., Tensor]:
    """A forward hook that hands on a copy of the output without its past."""

    def hook(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if steps is not None:
            steps[-1].entering, steps[-1].leaving = inputs[0], output
        ends.append(output.detach().requires_grad_())
        return ends[-1]

    return hook


def _note(steps: list[_Step]) -> Callable[..., None]:
    """A forward hook of an addition that begins a block's record."""

    def hook(addition: Addition, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        alpha = addition.skip_strength
        steps.append(_Step(*inputs, added=output, alpha=alpha, entering=output, leaving=output))

    return hook


def _walk_back(steps: list[_Step], gradient: Tensor, through: np.ndarray | None) -> Tensor:
    """Takes the gradient to the first block's input.

    Args:
        steps: the blocks.
        gradient: at the last block's output.
        through: (n,) bool, whether each block is left through its branch; `None`: both sides.
    """
    for index in reversed(range(len(steps))):
        step = steps[index]
        gradient = step.through_addition(gradient)
        if through is None:
            gradient = step.through_branch(gradient) + step.through_skip(gradient)
        elif through[index]:
            gradient = step.through_branch(gradient)
        else:
            gradient = step.through_skip(gradient)
    return gradient


def _sample_paths(
    steps: list[_Step], gradient: Tensor, num_samples: int, seed: int, progress: Progress
) -> np.ndarray:
    random, count = np.random.default_rng(seed), len(steps)
    norms = np.zeros((count + 1, num_samples))
    for length in range(count + 1):
        progress(f"Walking back paths of {length} blocks", 0.8 * length / (count + 1))
        for sample in range(num_samples):
            through = np.zeros(count, bool)
            through[random.choice(count, length, replace=False)] = True
            norms[length, sample] = _norm(_walk_back(steps, gradient, through))
    return norms


def _gather_paths(steps: list[_Step], gradient: Tensor, progress: Progress) -> list[Tensor]:
    """The sum over all paths of each length."""
    by_length = [gradient]
    for index in reversed(range(len(steps))):
        progress("Adding up all paths", 0.8 + 0.2 * (1 - index / len(steps)))
        step = steps[index]
        added = [step.through_addition(each) for each in by_length]
        skipped = [step.through_skip(each) for each in added]
        branched = [step.through_branch(each) for each in added]
        between = [skip + branch for skip, branch in zip(skipped[1:], branched[:-1], strict=True)]
        by_length = [skipped[0], *between, branched[-1]]
    return by_length


def _back(output: Tensor, source: Tensor, gradient: Tensor) -> Tensor:
    if output is source:
        return gradient
    return torch.autograd.grad(output, source, gradient, retain_graph=True)[0]


def _norm(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(where_doubles_are(tensor), dtype=torch.float64))
