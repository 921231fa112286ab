"""Runs in families: every fork below the run that it comes from."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resnet_core.runs.status import RunStatus


@dataclass(frozen=True, kw_only=True)
class FamilyMember:
    """A run in its place among others."""

    status: RunStatus
    generation: int
    """0 for a run whose parent, if it has one, is not among them; a fork has one more."""


def in_families(runs: Sequence[RunStatus]) -> tuple[FamilyMember, ...]:
    """Puts every fork below its parent and all else where it was; forks of a run in their order."""
    known = {status.run_id for status in runs}
    forks: defaultdict[str | None, list[RunStatus]] = defaultdict(list)
    for status in runs:
        # Whoever writes files by hand could name a run as its own ancestor: it then has none.
        is_below = status.parent in known and not _is_in_circle(status, runs)
        forks[status.parent if is_below else None].append(status)
    return tuple(_members(forks, None, 0))


def _members(
    forks: dict[str | None, list[RunStatus]], parent: str | None, generation: int
) -> Iterator[FamilyMember]:
    for status in forks.get(parent, ()):
        yield FamilyMember(status=status, generation=generation)
        yield from _members(forks, status.run_id, generation + 1)


def _is_in_circle(status: RunStatus, runs: Sequence[RunStatus]) -> bool:
    parents = {each.run_id: each.parent for each in runs}
    seen, run_id = set(), status.parent
    while run_id is not None and run_id not in seen:
        seen.add(run_id)
        run_id = parents.get(run_id)
    return run_id is not None
