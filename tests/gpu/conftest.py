"""A card, with arithmetic that gives the same bits twice."""

import os
from collections.abc import Iterator

import pytest
import torch

# Before CUDA is first used: cuBLAS sums in one order only with a workspace of this kind.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@pytest.fixture
def card() -> torch.device:
    """The first CUDA device."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device("cuda:0")


@pytest.fixture
def exact(card: torch.device) -> Iterator[torch.device]:
    """The same, and whatever is computed twice gives the same bits."""
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    yield card
    torch.use_deterministic_algorithms(before[0])
    torch.backends.cudnn.benchmark = before[1]
