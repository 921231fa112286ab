"""What was changed in a run so far, and what that makes of its recipe: all but the nets.

The script is the log of edits; those up to `num_done` are in force.  Whoever trains a run from any
of its states with the same script does each edit at its step again, and gets the same bits.
"""

from resnet_core.config import DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.edits import Edit, data_after, rate_after, steps_after, training_after
from resnet_core.training.schedules import learning_rate


class Changes:
    """The edits of a run in training."""

    def __init__(self, config: ExperimentConfig, planned_steps: int) -> None:
        """Begins without any.

        Args:
            config: what was asked of the run.
            planned_steps: its length, as that says.
        """
        self.script: tuple[Edit, ...] = ()
        """All that are known, in the order of their steps."""
        self.num_done = 0
        self._config, self._planned_steps = config, planned_steps
        self.training: TrainingConfig = config.training
        """The recipe of the next step, but for its learning rate."""
        self.data: DataConfig = config.data
        """How the next step's pictures are augmented."""
        self.num_steps = planned_steps
        """Length of the run."""

    @property
    def done(self) -> tuple[Edit, ...]:
        """Those in force."""
        return self.script[: self.num_done]

    @property
    def is_replaying(self) -> bool:
        """Whether there are known ones still to come, before which no new one can be done."""
        return self.num_done < len(self.script)

    def due(self, step: int) -> Edit | None:
        """Gives the next edit that is to be done after `step` finished steps."""
        if not self.is_replaying:
            return None
        edit = self.script[self.num_done]
        return edit if edit.step is not None and edit.step <= step else None

    def count_done(self, number: int) -> None:
        """Puts the first `number` edits in force."""
        self.num_done = number
        self.training = training_after(self._config, self.done)
        self.data = data_after(self._config, self.done)
        self.num_steps = steps_after(self._planned_steps, self.done)

    def rate(self, step: int) -> float:
        """Learning rate of the step after `step` finished ones."""
        planned = learning_rate(
            self._config.training, min(step, self._planned_steps - 1), self._planned_steps
        )
        return rate_after(planned, step, self.done)

    def begin_at(self, step: int) -> bool:
        """Tells whether some edit was done after `step` finished steps."""
        return any(edit.step == step for edit in self.done)

    def ends(self) -> frozenset[int]:
        """Steps at which the run would have ended, were it not for more steps; and its end."""
        longer = (int(edit.after) for edit in self.done if edit.what == "steps")
        return frozenset({self._planned_steps, *longer})
