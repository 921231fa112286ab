"""Does a run's edits where they belong: after one step, and before the next."""

from collections.abc import Callable
from pathlib import Path

from resnet_core.edits import Edit, say_waiting
from resnet_core.training.arms import Arm
from resnet_core.training.evaluation import MarkedScore, never
from resnet_core.training.live_edits import (
    WishReader,
    apply_edit,
    begin_edit,
    edit_arm,
    edited_arms,
)
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.side_by_side import run_each

MOST_PICTURES = 500
"""Validation pictures on which a net is evaluated before and after it is edited."""

Store = Callable[[Arm, str, MarkedScore], None]
"""Keeps the score of an arm on a split."""
_Moment = tuple[int, int]
"""Finished steps, and edits that are done: together they say which weights a net has."""


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
        self._known: dict[int, tuple[_Moment, MarkedScore]] = {}

    def do_all(self, store: Store) -> int:
        """Does every edit that comes before the next step; returns how many."""
        count = 0
        while (edit := self._next()) is not None:
            self._flush()
            if edit.is_of_net:
                self._do_measured(edit, store)
            else:
                apply_edit(self._lockstep, edit)
            count += 1
        return count

    def look_ahead(self, should_stop: Callable[[], bool]) -> None:
        """Evaluates a net that an edit may come to, so that its effect then is seen sooner.

        One net at a time, while a run is paused; a wish ends it at once.

        Args:
            should_stop: asked every moment, whether something else is to do after all.
        """

        def is_wanted() -> bool:
            return should_stop() or self._wishes.are_there()

        unknown = [arm for arm in self._lockstep.active_arms if self._known_score(arm) is None]
        for arm in [] if is_wanted() else unknown[:1]:
            self._remember(arm, self._evaluation(is_wanted)(arm))

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

    def _do_measured(self, edit: Edit, store: Store) -> None:
        """Does an edit of nets one by one; what it does to the first is told before the others."""
        arms, evaluate = edited_arms(self._lockstep, edit), self._evaluation()
        before = {arm.index: self._known_score(arm) for arm in arms}
        begin_edit(self._lockstep)
        is_first = not self._was_edited_here(edit)

        def work(arm: Arm) -> tuple[MarkedScore | None, MarkedScore | None]:
            former = before[arm.index] or evaluate(arm) if is_first else None
            edit_arm(self._lockstep, edit, arm)
            return former, evaluate(arm)

        scores = run_each(arms, work, self._lockstep.arm_threads)
        for arm, (former, now) in zip(arms, scores, strict=True):
            self._remember(arm, now)
            for split, score in (("before_edit", former), ("after_edit", now)):
                if score is not None:
                    store(arm, split, score)

    def _was_edited_here(self, edit: Edit) -> bool:
        """Whether its net was edited at this step already: what was before all of it stands."""
        earlier = self._lockstep.changes.done[:-1]
        return any(e.is_of_net and (e.arm, e.step) == (edit.arm, edit.step) for e in earlier)

    def _evaluation(
        self, should_stop: Callable[[], bool] = never
    ) -> Callable[[Arm], MarkedScore | None]:
        return self._lockstep.quick_evaluation(MOST_PICTURES, should_stop=should_stop)

    @property
    def _moment(self) -> _Moment:
        return self._lockstep.step, self._lockstep.changes.num_done

    def _known_score(self, arm: Arm) -> MarkedScore | None:
        """What was measured of an arm since its weights last changed."""
        moment, score = self._known.get(arm.index, (None, None))
        return score if moment == self._moment else None

    def _remember(self, arm: Arm, score: MarkedScore | None) -> None:
        if score is not None:
            self._known[arm.index] = self._moment, score
