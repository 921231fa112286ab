"""How a session takes up what an earlier one of the same run left."""

from pathlib import Path

from resnet_core.runs.store import MetricsWriter, read_last_step, set_aside_if_damaged
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.state import load_state


def take_up(run_dir: Path, lockstep: Lockstep) -> str:
    """Loads the saved state and tells what was lost, in a sentence, if anything was.

    Raises:
        CheckpointError: when the saved state cannot be used.
        DataError: when the data set has changed since.
    """
    damaged = set_aside_if_damaged(run_dir)
    last_step = read_last_step(run_dir).step
    load_state(run_dir / "checkpoints", lockstep)
    if damaged:
        return f"The history was damaged; it is set aside as {damaged.name}."
    if last_step < lockstep.step:
        return f"The history of steps {last_step + 1} to {lockstep.step} was lost."
    return ""


def take_up_store(run_dir: Path, lockstep: Lockstep) -> MetricsWriter:
    """Opens the store at the lockstep's step: what was measured past it is forgotten.

    Raises:
        StorageError: when it cannot be written.
    """
    writer, num_arms = MetricsWriter(run_dir), len(lockstep.config.arms)
    with writer.transaction():
        writer.truncate(lockstep.step)
        writer.write_meta("arms", [arm.layout for arm in lockstep.arms[:num_arms]])
        writer.write_meta("seeds", [arm.replica.seed for arm in lockstep.arms[::num_arms]])
    return writer
