"""Does a run's edits where they belong: after one step, and before the next."""

from collections.abc import Callable
from pathlib import Path

from resnet_core.edits import Edit, say_waiting
from resnet_core.training.arms import Arm
from resnet_core.training.evaluation import MarkedScore
from resnet_core.training.live_edits import WishReader, apply_edit, edited_arms
from resnet_core.training.lockstep import Lockstep

MOST_PICTURES = 500
"""Validation pictures on which a net is evaluated before and after it is edited."""

Store = Callable[[Arm, str, MarkedScore], None]
"""Keeps the score of an arm on a split."""


class Editor:
    """Grants wishes, does edits, and measures what an edit does to its net."""

    def __init__(self, run_dir: Path, lockstep: Lockstep, flush: Callable[[], None]) -> None:
        """Begins with the script that the lockstep follows.

        Args:
            run_dir: the run's folder.
            lockstep: the experiment.
            flush: fetches and stores what was measured, so that arms that diverged are known.
        """
        self._lockstep, self._flush = lockstep, flush
        self._wishes = WishReader(run_dir)

    def do_all(self, store: Store) -> int:
        """Does every edit that comes before the next step; returns how many."""
        count = 0
        while (edit := self._next()) is not None:
            self._flush()
            self._score(edit, "before_edit", store)
            apply_edit(self._lockstep, edit)
            self._score(edit, "after_edit", store)
            count += 1
        return count

    def close(self) -> str:
        """Refuses what came after the last step; says what still waits, if anything does."""
        longer = self._wishes.close(self._lockstep)
        return "" if longer is None else say_waiting(longer, "stopped")

    def _next(self) -> Edit | None:
        """The next edit of the script, or of the inbox once the script is done."""
        changes, step = self._lockstep.changes, self._lockstep.step
        if not changes.is_replaying and self._wishes.are_there():
            self._flush()
            self._wishes.grant(self._lockstep)
        return changes.due(step)

    def _score(self, edit: Edit, split: str, store: Store) -> None:
        arms = edited_arms(self._lockstep, edit) if edit.is_of_net else []
        for arm, score in self._lockstep.evaluate_quickly(arms, MOST_PICTURES):
            store(arm, split, score)
