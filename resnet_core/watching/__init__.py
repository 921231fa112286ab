"""The lab's eyes in anybody's training loop: a run that is watched, not trained, by the lab.

run = resnet_core.watch(model, optimizer, name="mine")
for batch in loader:
    loss = step(batch)
    run.log(loss=loss)
"""

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from resnet_core.config import FOREIGN_NET, ArmConfig, ExperimentConfig, ModelConfig
from resnet_core.devices import describe_device
from resnet_core.errors import ConfigError, RunError, StorageError
from resnet_core.runs.files import WorkerState, read_experiment, read_state
from resnet_core.runs.folders import find_own_run
from resnet_core.runs.layout import ArmLayout, read_run_layout
from resnet_core.runs.status import create_run, run_dir
from resnet_core.runs.store import read_last_step
from resnet_core.watching.journal import Journal
from resnet_core.watching.layout import bare_net, named_parameters
from resnet_core.watching.measuring import Measuring
from resnet_core.watching.recorder import RunRecorder
from resnet_core.watching.run import WatchedRun, warn
from resnet_core.watching.shards import is_sharded

__all__ = ["WatchedRun", "watch"]

_runs: "weakref.WeakKeyDictionary[nn.Module, weakref.ref[WatchedRun]]" = weakref.WeakKeyDictionary()
"""The newest run of each net."""


def watch(
    model: nn.Module,
    optimizer: Optimizer | Sequence[Optimizer],
    *,
    name: str = "watched",
    scaler: Any = None,
    every: int = 50,
    num_steps: int | None = None,
    resume: str | None = None,
    step: int | None = None,
) -> WatchedRun:
    """Watches a net in a training loop of one's own, live on the pages of the lab.

    Gradient norms of every parameter are those of the whole gradient before clipping: summed up
    over micro-batches, averaged over processes, divided by a scaler's factor.  In a program of
    several processes, call it in each; the first one writes.

    Args:
        model: any module, also in the wrapper of a compiler or of data parallelism.
        optimizer: what moves its weights; several are given as a sequence.
        name: what lists and charts call the run.
        scaler: the `GradScaler` that multiplies the loss, if there is one.
        every: steps between two measurements of update ratios and activations.
        num_steps: length of the run where it is known, so that the pages tell the time left.
        resume: id of a watched run to go on with, which then keeps its name.
        step: finished steps at which it goes on; what it measured after them is forgotten.  By
            default, all that it has.

    Raises:
        ConfigError: for an argument that cannot be.
        RunError: when the run to go on with cannot be.

    Examples:
        >>> import torch, resnet_core
        >>> model = torch.nn.Linear(2, 1)
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> with resnet_core.watch(model, optimizer, name="line") as run:
        ...     loss = model(torch.ones(1, 2)).square().sum()
        ...     loss.backward()
        ...     optimizer.step()
        ...     run.log(loss=loss)
        >>> run.step
        1
    """
    optimizers = _optimizers(optimizer)
    _check(model, every, num_steps, step)
    if not name.strip():
        raise ConfigError("A watched run needs a name.")
    former = _runs.get(model, lambda: None)()
    if former is not None:
        former.finish()
    run = WatchedRun(name, _facts(model, optimizers, scaler))
    values = [each.value for each in named_parameters(bare_net(model))]
    if _rank() and not any(is_sharded(value) for value in values):
        return run  # every process has the same gradients, and the first one tells them
    layout, journal = None, None
    if _rank() == 0:
        try:
            layout, journal = _open(model, name, num_steps, resume, step)
        except StorageError as exc:
            warn(f"ResNet Lab does not watch {name}: {exc} The training goes on.")
            return run
    if journal is not None:
        weakref.finalize(run, journal.close_at_exit)
    run.begin(journal, layout)
    guard = run.weak_guard()
    run.guard(lambda: run.listen(Measuring(model, optimizers, scaler, every, guard)))
    _runs[model] = weakref.ref(run)
    return run


def _open(
    model: nn.Module, name: str, num_steps: int | None, resume: str | None, step: int | None
) -> tuple[ArmLayout | None, Journal]:
    state = WorkerState(phase="training", num_steps=num_steps or 0, device=_device(model))
    if resume is None:
        arm = ArmConfig(label=name, model=_own_config(model))
        folder = create_run(ExperimentConfig(name=name, arms=(arm,), kind="watched"))
        return None, Journal(RunRecorder(folder, state), step or 0, 0.0)
    find_own_run(resume)
    folder = run_dir(resume)
    if read_experiment(folder).kind != "watched":
        raise RunError(f"Run {resume} is trained by the lab: resume takes a run that was watched.")
    layout = read_run_layout(folder)
    _refuse_other_net(model, layout, resume)
    last, before = read_last_step(folder), read_state(folder)
    begun = last.step if step is None else step
    if num_steps is None:
        state = WorkerState(phase="training", num_steps=before.num_steps, device=_device(model))
    recorder = RunRecorder(folder, state)
    recorder.forget_after(begun)
    return layout, Journal(recorder, begun, read_last_step(folder).time_s)


def _refuse_other_net(model: nn.Module, layout: ArmLayout | None, run_id: str) -> None:
    names = {each.name for each in named_parameters(bare_net(model))}
    if layout is not None and set(layout.layers) != names:
        odd = sorted(set(layout.layers) ^ names)[0]
        whose = "this net" if odd in names else "that run"
        raise RunError(
            f"Run {run_id} watched another net: only {whose} has '{odd}'. Watch this one as a new "
            "run."
        )


def _check(model: nn.Module, every: int, num_steps: int | None, step: int | None) -> None:
    if next(model.parameters(), None) is None:
        raise ConfigError("The model has no parameters, so there is no gradient to watch.")
    if any(type(module).__name__ == "FullyShardedDataParallel" for module in model.modules()):
        raise ConfigError(
            "Nets in FullyShardedDataParallel cannot be watched, as it hides their parameters: use "
            "fully_shard."
        )
    for what, value, least in (("every", every, 1), ("num_steps", num_steps, 1), ("step", step, 0)):
        if value is not None and value < least:
            raise ConfigError(f"{what} must be at least {least}, got {value}.")


def _optimizers(given: Optimizer | Sequence[Optimizer]) -> tuple[Optimizer, ...]:
    """Lists optimizers, each without what a framework put around it."""
    several = (given,) if isinstance(given, Optimizer) else tuple(given)
    found = tuple(_bare(each) for each in several)
    if not found or not all(isinstance(each, Optimizer) for each in found):
        raise ConfigError("watch needs the optimizer, or the optimizers, that move the weights.")
    return found


def _bare(optimizer: Any) -> Any:
    while isinstance(inner := getattr(optimizer, "optimizer", None), Optimizer):
        optimizer = inner
    return optimizer


def _own_config(model: nn.Module) -> ModelConfig:
    config = getattr(bare_net(model), "config", None)
    return config if isinstance(config, ModelConfig) else FOREIGN_NET


def _facts(model: nn.Module, optimizers: Sequence[Optimizer], scaler: Any) -> dict[str, str | int]:
    values = [each.value for each in named_parameters(bare_net(model))]
    facts: dict[str, str | int] = {
        "Net": type(bare_net(model)).__name__,
        "Parameters": sum(value.numel() for value in values),
        "Trained": sum(value.numel() for value in values if value.requires_grad),
        "Optimizer": ", ".join(type(each).__name__ for each in optimizers),
        "Loss scaling": "off" if scaler is None or not scaler.is_enabled() else "on",
        "Processes": _count_processes(),
        "torch": torch.__version__,
    }
    return facts


def _device(model: nn.Module) -> str:
    return describe_device(next(model.parameters()).device)


def _rank() -> int:
    return torch.distributed.get_rank() if _count_processes() > 1 else 0


def _count_processes() -> int:
    distributed = torch.distributed
    is_there = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if is_there else 1
