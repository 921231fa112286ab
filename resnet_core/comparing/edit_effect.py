"""What the last edit of a net did to its training loss and its answers, read from the store."""

import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_core.comparing.measured import WINDOW
from resnet_core.comparing.shared_steps import opened_store, read_newest, read_steps
from resnet_core.edits import Edit, read_edits, say_edit
from resnet_core.runs.status import RunStatus, read_config, run_dir

_SCORES = (
    "SELECT seed, split, accuracy FROM evaluations WHERE step = ? AND arm = ?"
    " AND split IN ('before_edit', 'after_edit')"
)
_PICTURES = (
    "SELECT max(num_pictures) FROM answers WHERE step = ? AND arm = ? AND split = 'after_edit'"
)


@dataclass(frozen=True, kw_only=True)
class EditEffect:
    """A net around its last edit; losses are those of training steps, of several seeds the mean.

    The mean is of the seeds from which it still trains: one that diverges would move it by leaving.
    """

    label: str
    """Of the arm."""
    deeds: tuple[str, ...]
    """All that was done at that step to this net, or to all, such as `the skips of stage 2 were
    cut`: nothing that was measured tells one of them from the others."""
    step: int
    """Finished steps when it was done."""
    num_later: int
    """Steps that it trained since."""
    before: tuple[float, ...]
    """Losses of the last steps before it, at most `WINDOW`, none older than the edit before."""
    after: tuple[float, ...]
    """Losses of the first steps with it, at most `WINDOW`."""
    now: tuple[float, ...]
    """Losses of the newest steps with it, at most `WINDOW`."""
    accuracies: tuple[float, float] | None
    """Share of right answers just before and just after it, on the same validation pictures."""
    num_pictures: int = 0
    """Behind each of these."""
    later: tuple[tuple[str, int], ...] = ()
    """What was changed for all nets since, and at which step: what the loss did, it did with it."""
    num_seeds: int = 1
    """From which it still trains."""
    num_all_seeds: int = 1
    left_out: str = ""
    """Why it trains no more from the other seeds, if there are some."""
    stopped: str = ""
    """Why the arm trains no more, if it does not from any seed."""

    @property
    def did_rise(self) -> bool:
        """Whether the loss with it lay above every single step's before it."""
        return statistics.median(self.after) > max(self.before)

    @property
    def did_fall(self) -> bool:
        """Whether it lay below every single one."""
        return statistics.median(self.after) < min(self.before)

    @property
    def is_back(self) -> bool:
        """Whether by now it lies no higher and no lower than single steps did before."""
        return min(self.before) <= statistics.median(self.now) <= max(self.before)


def read_edit_effect(status: RunStatus) -> EditEffect | None:
    """Reads what the last edit of a net did, as far as the run is; `None` without one.

    Raises:
        RunNotFoundError: when the run is gone.
        RunError: when its store or its edits cannot be read.
    """
    edits = read_edits(status.run_id)
    last = next((edit for edit in reversed(edits) if edit.is_of_net), None)
    if last is None or last.step is None:
        return None
    place = read_config(status.run_id).find_arm(last.arm or "")
    seeds = _seeds_left(status, place)
    why = status.arms[place].stopped_message or ""
    with opened_store(run_dir(status.run_id)) as connection:
        newest = read_newest(connection).step
        accuracies, num_pictures = _read_scores(connection, last.step, place, seeds)

        def losses(first: int, until: int) -> tuple[float, ...]:
            return _mean_losses(connection, place, (first, until), seeds)

        return EditEffect(
            label=last.arm or "",
            deeds=tuple(say_edit(edit) for edit in edits if _is_joint(edit, last)),
            step=last.step,
            num_later=newest - last.step,
            before=losses(max(last.step - WINDOW, _step_before(edits, last)) + 1, last.step),
            after=losses(last.step + 1, min(last.step + WINDOW, newest)),
            now=losses(max(newest - WINDOW, last.step) + 1, newest),
            accuracies=accuracies,
            num_pictures=num_pictures,
            later=tuple(
                (say_edit(edit), edit.step)
                for edit in edits
                if edit.arm is None and edit.step is not None and edit.step > last.step
            ),
            num_seeds=len(seeds),
            num_all_seeds=status.seeds,
            left_out=why if seeds else "",
            stopped="" if seeds else why,
        )


def _seeds_left(status: RunStatus, place: int) -> tuple[int, ...]:
    """The seeds from which an arm still trains."""
    gone = {replica.seed for replica in status.stopped_replicas if replica.arm == place}
    every = range(status.seed, status.seed + status.seeds)
    return tuple(seed for seed in every if seed not in gone)


def _is_joint(edit: Edit, last: Edit) -> bool:
    return edit.step == last.step and edit.arm in (None, last.arm)


def _step_before(edits: Sequence[Edit], last: Edit) -> int:
    """The step of the edit before that concerned the same net, so that its effect is left out."""
    earlier = [e.step or 0 for e in edits if e.number < last.number and e.arm in (None, last.arm)]
    return max((step for step in earlier if step < (last.step or 0)), default=0)


def _mean_losses(
    connection: sqlite3.Connection, place: int, span: tuple[int, int], seeds: Sequence[int]
) -> tuple[float, ...]:
    """The finite losses of an arm from a step to another, each the mean of its seeds."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    if span[0] > span[1]:
        return ()
    for seed in seeds:
        for step, (loss, _) in read_steps(connection, *span, seed).get(place, {}).items():
            found[step].append(loss)
    return tuple(statistics.fmean(found[step]) for step in sorted(found))


def _read_scores(
    connection: sqlite3.Connection, step: int, place: int, seeds: Sequence[int]
) -> tuple[tuple[float, float] | None, int]:
    shares: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for seed, split, share in connection.execute(_SCORES, (step, place)):
        if isinstance(share, float):
            shares[split][seed] = share
    (count,) = connection.execute(_PICTURES, (step, place)).fetchone()
    before, after = shares["before_edit"], shares["after_edit"]
    if not seeds or not isinstance(count, int) or not before.keys() & after.keys() >= set(seeds):
        return None, 0
    means = [statistics.fmean(found[seed] for seed in seeds) for found in (before, after)]
    return (means[0], means[1]), count
