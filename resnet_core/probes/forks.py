"""Where the two sides of a sum come from: the last tensor that all of both is made of.

A forward pass that was recorded by autograd is a graph of functions. Going back from a sum along
both of its sides, the first function that everything passes is what made x, of `F(x) + x`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from torch.autograd.graph import GradientEdge, Node


@dataclass(frozen=True, kw_only=True, eq=False)
class Fork:
    """What two sides of a sum are made of."""

    edges: tuple[GradientEdge, ...]
    """x in the record of autograd; several where one function gave several tensors."""
    distances: tuple[int, int]
    """Functions that each side passes after it; 0 where the side is x itself."""


def nodes_after(source: Node, ends: Iterable[Node]) -> frozenset[Node]:
    """Finds all functions between a source and some ends that hear from the source, with both.

    Weights and what is made of them alone are left out.
    """
    seen: dict[Node, list[Node]] = {}
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen[node] = [before for before, _ in node.next_functions if before is not None]
            waiting += seen[node]
    hearing = {source}
    for node in sorted(seen, key=_order):  # a function is made after those that it reads from
        if any(before in hearing for before in seen[node]):
            hearing.add(node)
    return frozenset(hearing)


def find_fork(sides: tuple[GradientEdge, GradientEdge], hearing: frozenset[Node]) -> Fork | None:
    """Finds the fork of two sides; `None` where one of them has nothing of the picture.

    Args:
        sides: of the sum.
        hearing: the functions after the picture, as `nodes_after` finds them.
    """
    if any(side.node not in hearing for side in sides):
        return None
    entered = {side.node: {side.output_nr} for side in sides}
    if sides[0].node is sides[1].node:
        return None  # x + x, or two parts of one tensor: nothing lies between
    frontier = set(entered)
    while len(frontier) > 1:
        newest = max(frontier, key=_order)
        frontier.remove(newest)
        for before, number in newest.next_functions:
            if before in hearing:
                entered.setdefault(before, set()).add(number)
                frontier.add(before)
    (found,) = frontier
    edges = tuple(GradientEdge(found, number) for number in sorted(entered[found]))
    return Fork(
        edges=edges,
        distances=(_distance(sides[0], found, hearing), _distance(sides[1], found, hearing)),
    )


def _distance(side: GradientEdge, fork: Node, hearing: frozenset[Node]) -> int:
    """Counts the functions between a side and the fork."""
    seen: set[Node] = set()
    waiting = [side.node]
    while waiting:
        node = waiting.pop()
        if node is not fork and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions if before in hearing]
    return len(seen)


def _order(node: Node) -> int:
    return node._sequence_nr()  # grows with every function that is recorded
