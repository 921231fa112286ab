"""The resumable state of an experiment: one safetensors file, no pickle.

Weights, optimizer and step are all of it, because batches and learning rates are pure functions
of (seed, step).  An arm that diverged keeps its last finite state here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pydantic
import safetensors
import safetensors.numpy
import torch

from resnet_core.atomic import write_atomically
from resnet_core.config import fingerprint
from resnet_core.errors import CheckpointError, DataError
from resnet_core.own_files import AS_WRITTEN
from resnet_core.runs.kept import STATE_NAME
from resnet_core.training.arms import Arm
from resnet_core.training.live_edits import take_up_edits
from resnet_core.training.lockstep import Lockstep

_Step = Annotated[int, pydantic.Field(ge=0, le=10**15)]
_Seconds = Annotated[float, pydantic.Field(ge=0, le=1e12, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class StateHeader:
    """What stands beside the tensors."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    step: _Step
    time_s: _Seconds
    config_fingerprint: str
    data_sha256: str
    arm_steps: tuple[_Step, ...]
    """Step of each arm's tensors; lower than `step` for an arm that stopped."""
    stopped: tuple[str | None, ...]
    """Why each arm stopped, if it did."""
    arm_threads: Annotated[int, pydantic.Field(ge=1, le=2**16)] | None = None
    """Threads of each arm; `None` where they take turns, as in runs of earlier versions."""
    num_edits: Annotated[int, pydantic.Field(ge=0, le=10**9)] = 0
    """Edits of the run that were done before it was saved."""


_HEADER = pydantic.TypeAdapter(StateHeader)


def save_state(folder: Path, lockstep: Lockstep) -> None:
    """Writes the state; the caller has drained the telemetry, so every live arm is finite.

    Raises:
        StorageError: when the disk is full; the previous state is kept.
    """
    write_atomically(folder / STATE_NAME, encode_state(folder, lockstep))


def encode_state(folder: Path, lockstep: Lockstep) -> bytes:
    """Gives what `save_state` writes; tensors of stopped arms are taken from the state before."""
    header = StateHeader(
        step=lockstep.step,
        time_s=lockstep.time_s,
        config_fingerprint=fingerprint(lockstep.config),
        data_sha256=lockstep.data.card.sha256,
        arm_steps=tuple(
            lockstep.step if arm.stopped is None else _kept_step(folder, arm.index)
            for arm in lockstep.arms
        ),
        stopped=tuple(arm.stopped for arm in lockstep.arms),
        arm_threads=lockstep.arm_threads,
        num_edits=lockstep.changes.num_done,
    )
    tensors: dict[str, torch.Tensor] = {}
    for arm in lockstep.arms:
        tensors |= _tensors_of(arm) if arm.stopped is None else _kept_tensors(folder, arm.index)
    metadata = {"header": _HEADER.dump_json(header).decode()}
    # The same bytes as by way of safetensors.torch, in a third of its time for nets of many layers.
    arrays = {key: tensor.cpu().numpy() for key, tensor in tensors.items()}
    return safetensors.numpy.save(arrays, metadata)


def read_state_header(folder: Path) -> StateHeader | None:
    """Reads the header of the saved state, or `None` where nothing was saved.

    Raises:
        CheckpointError: when the file is damaged.
    """
    path = folder / STATE_NAME
    if not path.is_file():
        return None
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return _HEADER.validate_json((file.metadata() or {})["header"])
    except (safetensors.SafetensorError, KeyError, pydantic.ValidationError, OSError) as exc:
        raise _damaged() from exc


def load_state(folder: Path, lockstep: Lockstep) -> bool:
    """Brings a freshly built experiment to its saved state; returns whether there was one.

    Raises:
        CheckpointError: when the file is damaged or belongs to another configuration.
        DataError: when the data set has changed since.
    """
    header = read_state_header(folder)
    if header is None:
        return False
    if header.config_fingerprint != fingerprint(lockstep.config):
        raise CheckpointError("The saved state belongs to another configuration of this run.")
    if header.data_sha256 != lockstep.data.card.sha256:
        title = lockstep.data.card.title
        raise DataError(f"{title} has changed since this run was saved; start a new run.")
    if not len(header.stopped) == len(header.arm_steps) == len(lockstep.arms):
        raise _damaged()
    for arm in lockstep.arms:
        arm.stopped = header.stopped[arm.index]
        try:
            _restore(arm, _kept_tensors(folder, arm.index))
        except (RuntimeError, KeyError, ValueError, IndexError) as exc:
            raise _damaged() from exc  # tensors of other names or shapes than the net's
    lockstep.step, lockstep.time_s = header.step, header.time_s
    lockstep.arm_threads = header.arm_threads  # rounding stays what it was
    if lockstep.captured is not None:  # recorded with the optimizers' former tensors
        lockstep.captured.invalidate()
    take_up_edits(lockstep, header.num_edits)
    return True


def _damaged() -> CheckpointError:
    return CheckpointError(
        f"The saved state {STATE_NAME} is damaged: delete it to train from the beginning."
    )


def saved_weights(folder: Path, arm: Arm) -> dict[str, torch.Tensor]:
    """Reads the state dict of one arm from the saved state, empty where nothing was saved."""
    prefix = f"{arm.index}/model/"
    kept = _kept_tensors(folder, arm.index)
    return {k.removeprefix(prefix): v for k, v in kept.items() if k.startswith(prefix)}


def _tensors_of(arm: Arm) -> dict[str, torch.Tensor]:
    tensors = {f"{arm.index}/model/{key}": value for key, value in arm.model.state_dict().items()}
    for number, state in arm.optimizer.state_dict()["state"].items():
        for key, value in state.items():
            if value is not None:  # SGD without momentum keeps None
                tensors[f"{arm.index}/optimizer/{number}/{key}"] = value
    plain = torch.contiguous_format
    # To the host before they are laid out anew: a full device has no room for a second copy.
    return {
        key: value.detach().cpu().contiguous(memory_format=plain) for key, value in tensors.items()
    }


def _kept_tensors(folder: Path, index: int) -> dict[str, torch.Tensor]:
    path = folder / STATE_NAME
    if not path.is_file():
        return {}
    with safetensors.safe_open(path, framework="pt") as file:
        keys = [key for key in file.keys() if key.startswith(f"{index}/")]  # noqa: SIM118
        return {key: file.get_tensor(key) for key in keys}


def _kept_step(folder: Path, index: int) -> int:
    header = read_state_header(folder)
    return header.arm_steps[index] if header else 0


def _restore(arm: Arm, tensors: dict[str, torch.Tensor]) -> None:
    weights, optimizer = {}, arm.optimizer.state_dict()
    in_order = [p for group in arm.optimizer.param_groups for p in group["params"]]
    for name, tensor in tensors.items():
        _, kind, *rest = name.split("/")
        if kind == "model":
            weights[rest[0]] = tensor
            continue
        number = int(rest[0])
        # Fused optimizers walk weights and momentum side by side, so their layouts must agree.
        is_per_weight = tensor.shape == in_order[number].shape
        value = torch.empty_like(in_order[number]).copy_(tensor) if is_per_weight else tensor
        optimizer["state"].setdefault(number, {})[rest[1]] = value
    arm.model.load_state_dict(weights)
    arm.optimizer.load_state_dict(optimizer)
