"""Largest eigenvalues of a matrix that is only known by its products."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resnet_core.errors import ProbeError
from resnet_core.progress import Progress, ignore_progress

Product = Callable[[Tensor], Tensor]

MOST_PRODUCTS = 40
MEMORY_LIMIT_MIB = 1024
"""What the basis may take."""
_FEWEST_PRODUCTS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Eigenvalues:
    """The largest k eigenvalues."""

    values: np.ndarray
    """(k,) float64, the largest first."""
    residuals: np.ndarray
    """How far each is from an eigenvalue of the matrix at most, (k,) float64."""
    num_products: int
    """Products that it took."""
    is_converged: bool
    """Whether the residuals are as small as was asked."""


def largest_eigenvalues(
    product: Product,
    start: Tensor,
    count: int,
    *,
    tolerance: float = 0.05,
    progress: Progress = ignore_progress,
) -> Eigenvalues:
    """Finds the algebraically largest eigenvalues of a symmetric matrix.

    Each new vector is made orthogonal to all before it, twice, so that no eigenvalue is found a
    second time by rounding.

    Args:
        product: multiplies by the matrix.
        start: (P,) float32, not orthogonal to what is looked for, such as a random one.
        count: k; fewer are given of a matrix with fewer rows.
        tolerance: largest residual, in shares of the largest eigenvalue.
        progress: told after each product; it cancels by raising.

    Raises:
        ProbeError: when P is so large that the vectors do not fit into the memory set aside.
        CancelledError: if `progress` cancels.

    Source: Lanczos 1950; Golub and Van Loan, Matrix Computations, sec. 10.1 and 10.3.
    """
    most = _affordable(len(start))
    basis = [start / start.norm()]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        following = product(basis[-1])
        diagonal.append(float(torch.dot(basis[-1].double(), following.double())))
        following = _orthogonal(following, basis)
        beside.append(float(following.norm()))
        found = _ritz(diagonal, beside, min(count, len(start)), tolerance)
        progress(_told(found), len(diagonal) / most)
        is_whole = beside[-1] <= 1e-6 * max(map(abs, diagonal)) or len(diagonal) == len(start)
        if found.is_converged or is_whole or len(diagonal) == most:
            return found
        basis.append(following / beside[-1])


def _affordable(size: int) -> int:
    fitting = int(MEMORY_LIMIT_MIB * 2**20 / (4 * size))
    if fitting < _FEWEST_PRODUCTS:
        raise ProbeError(
            f"A net of {size / 1e6:,.0f} million parameters is too large to look for the largest "
            "eigenvalues of its Hessian here: take a smaller net."
        )
    return min(MOST_PRODUCTS, fitting)


def _orthogonal(vector: Tensor, basis: list[Tensor]) -> Tensor:
    for _ in range(2):
        for each in basis:
            vector = vector - torch.dot(each, vector) * each
    return vector


def _ritz(diagonal: list[float], beside: list[float], count: int, tolerance: float) -> Eigenvalues:
    """Eigenvalues of the small matrix, and how far each is from one of the large matrix."""
    small = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    values, vectors = np.linalg.eigh(small)
    values, residuals = values[::-1][:count], np.abs(beside[-1] * vectors[-1, ::-1][:count])
    enough = len(values) == count and bool((residuals <= tolerance * abs(values[0])).all())
    return Eigenvalues(
        values=values, residuals=residuals, num_products=len(diagonal), is_converged=enough
    )


def _told(found: Eigenvalues) -> str:
    return f"Largest eigenvalue {found.values[0]:.4g} after {found.num_products} products"
