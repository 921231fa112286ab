from dataclasses import replace

from resnet_core.runs.families import in_families
from resnet_core.runs.status import RunStatus, create_run, read_status
from tests.training.conftest import tiny_experiment


def places(runs: list[RunStatus]) -> list[tuple[str, int]]:
    return [(member.status.run_id, member.generation) for member in in_families(runs)]


def test_forks_stand_below_their_parents_and_all_else_where_it_was(home):
    bare = read_status(create_run(tiny_experiment()).name)

    def run(name: str, parent: str | None = None) -> RunStatus:
        return replace(bare, run_id=name, parent=parent, fork_step=parent and 3)

    runs = [run("d", "b"), run("c", "a"), run("x"), run("b", "a"), run("a"), run("y", "gone")]
    assert places(runs) == [("x", 0), ("a", 0), ("c", 1), ("b", 1), ("d", 2), ("y", 0)]
    assert places(runs[:2]) == [("d", 0), ("c", 0)]


def test_nobody_is_lost_who_is_named_as_an_ancestor_of_its_own(home):
    bare = read_status(create_run(tiny_experiment()).name)
    runs = [replace(bare, run_id=a, parent=b) for a, b in (("a", "b"), ("b", "a"), ("c", "a"))]
    assert sorted(name for name, _ in places(runs)) == ["a", "b", "c"]
    assert places([replace(bare, run_id="a", parent="a")]) == [("a", 0)]
