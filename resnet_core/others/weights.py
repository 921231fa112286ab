"""Weights of a file put into a net of others: read without running anything, fitted by name."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from resnet_core.checkpoints import first_mismatch
from resnet_core.errors import CheckpointError
from resnet_core.importing.envelope import check_envelope
from resnet_core.importing.opening import read_content, reading_problem
from resnet_core.importing.states import FoundState, list_states
from resnet_core.pictures.names import plain_name

Rename = Callable[[str], str | None]
"""From a tensor's name in a file to its name today, `None` for one that is left out."""

_COUNTER = "num_batches_tracked"


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundWeights:
    """The content of a file, before it is known which of it fits."""

    shown: str
    """The file's name, as text."""
    sha256: str
    """Hash of the file."""
    states: tuple[FoundState, ...]
    """What may be the weights, the likeliest first."""


def read_weights(path: Path) -> FoundWeights:
    """Reads a safetensors or torch file of weights; nothing in it is run.

    Raises:
        CheckpointError: when it is not there, damaged, or holds no weights.
    """
    shown = plain_name(path.name)
    container = check_envelope(path, path.name)
    try:
        content, _ = read_content(path, container)
        states = list_states(content)
    except CheckpointError as exc:
        raise CheckpointError(f"'{shown}' {exc}") from exc
    except Exception as exc:  # a reader of unknown files fails in every way
        raise CheckpointError(f"'{shown}' {reading_problem(exc)}") from exc
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FoundWeights(shown=shown, sha256=digest, states=states)


def fill(model: nn.Module, name: str, found: FoundWeights, rename: Rename) -> None:
    """Puts the weights that fit into a net.

    Args:
        model: the net, which has memory.
        name: what the person calls it.
        found: the file's content.
        rename: from names in the file to today's.

    Raises:
        CheckpointError: when none fit; one sentence that names the first tensor that does not.
    """
    expected = model.state_dict()
    problem = ""
    for state in _readings(found.states, expected, rename):
        mismatch = first_mismatch(expected, state)
        if mismatch is None:
            model.load_state_dict({k: state[k].to(expected[k].dtype) for k in expected})
            return
        problem = problem or mismatch
    raise CheckpointError(
        f"'{found.shown}' does not fit {name}: {problem}. Name the net that it was saved from, and "
        "its classes by --class-names where they are not those of the library."
    )


def _readings(
    states: tuple[FoundState, ...], expected: Mapping[str, Tensor], rename: Rename
) -> Iterator[dict[str, Tensor]]:
    """Each state by today's names, without what wrappers put before them."""
    for state in states:
        prefix = _prefix(state.tensors, expected)
        pairs = (
            (rename(key.removeprefix(prefix)), tensor)
            for key, tensor in state.tensors.items()
            if key.startswith(prefix)
        )
        named = {key: tensor for key, tensor in pairs if key is not None}
        counters = {
            key: tensor
            for key, tensor in expected.items()
            if key.rpartition(".")[2] == _COUNTER and key not in named
        }
        yield named | counters  # files of torch before 1.0 have none


def _prefix(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """What stands before the net's names, such as `module.`: most wrappers put something there."""
    first = next(iter(expected), "")
    ends = (key for key in tensors if key == first or key.endswith(f".{first}"))
    return min(ends, key=len, default=first).removesuffix(first)
