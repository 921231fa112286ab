"""The training step on buffers that keep their place, recorded as a CUDA graph where there is one.

Each arm has a stream and two recordings, with and without the measurements inside the net: a batch
is assembled, passed forward and backward, measured, clipped and applied by one launch.  What
changes from step to step is read from tables on the device by a row number that the step itself
counts up; what it measures goes into a row of a buffer that is fetched for many steps at once.
Whatever else changes (a recipe, a skip's strength, which weights learn) is part of a recording, so
whoever changes it calls `invalidate`.

Without a graph the very same code does the same work one operation at a time, so that all of it but
the recording is tested on the CPU, where its bits are those of `train_step`.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

from resnet_core.config import Replica, TrainingConfig
from resnet_core.config.plugins import VARIABLE
from resnet_core.data import Batch
from resnet_core.processors import bfloat16_sentence, has_bfloat16
from resnet_core.training.arms import Arm, measure_step
from resnet_core.training.captured_evaluation import CapturedEvaluation, JudgedPictures
from resnet_core.training.compiled import CompiledNet, not_compiled_sentence
from resnet_core.training.evaluation import MarkedScore
from resnet_core.training.observe import Profile
from resnet_core.training.recording import Recorder, Recording, cuda_recorder
from resnet_core.training.step_tables import BLOCK_STEPS, StepSource, StepTables

MeasuredProfile = tuple[int, Replica, Profile]
"""Number of finished steps, net, and what was measured inside it."""


@dataclass(frozen=True, kw_only=True)
class StepWork:
    """What a step is made of; read anew whenever it is recorded."""

    source: StepSource
    """Where the numbers of a step come from."""
    assemble: Callable[[torch.Tensor], Batch]
    """Makes a batch of a step's draws."""
    training: Callable[[], TrainingConfig]
    """The recipe as it is now."""


class CapturedStep:
    """The step of one arm."""

    def __init__(
        self,
        arm: Arm,
        work: StepWork,
        tables: StepTables,
        stream: torch.cuda.Stream | None,
        recorder: Callable[[], Recorder | None],
    ) -> None:
        """Allocates what the step keeps.

        Args:
            arm: the net.
            work: what a step is made of.
            tables: of the arm's seed.
            stream: where it is launched; `None` on the CPU.
            recorder: makes what records it, once for each life of the recordings.
        """
        self._arm, self._work, self._tables, self._stream = arm, work, tables, stream
        self._make_recorder = recorder
        device = next(arm.model.parameters()).device
        kind = torch.float32 if device.type == "cuda" else torch.float64
        self._cursor = torch.zeros(1, dtype=torch.int64, device=device)
        self._places = torch.arange(BLOCK_STEPS, device=device)[:, None]
        self._rate = torch.zeros((), dtype=kind, device=device)
        self._rows = torch.zeros(BLOCK_STEPS, 3 + len(arm.layers), device=device)
        self._row = 0
        self.compile_s: float | None = None
        """Seconds of its first step with a compiled net, most of which the compiler takes."""
        for group in arm.optimizer.param_groups:
            if "capturable" in group:
                group["capturable"] = stream is not None
        self.invalidate()

    def invalidate(self) -> None:
        """Has the step recorded anew, after something was changed that a recording holds."""
        if self._stream is not None:
            self._stream.synchronize()  # a graph that is still at work is not taken away
        self._recorder = self._make_recorder()  # its pool of memory ends with the last graph in it
        self._recordings = {
            with_profile: Recording(self._body(with_profile=with_profile), self._recorder)
            for with_profile in (False, True)
        }
        self._evaluations: dict[str, CapturedEvaluation] = {}

    @property
    def _is_compiled(self) -> bool:
        return self._arm.forward is not self._arm.model

    @property
    def compiler_problem(self) -> str | None:
        """Why the net that was to be compiled is not, if it is not."""
        forward = self._arm.forward
        return forward.problem if isinstance(forward, CompiledNet) else None

    @property
    def problem(self) -> str | None:
        """Why the step could not be recorded, if it could not."""
        recorded = (*self._recordings.values(), *self._evaluations.values())
        found = [each.problem for each in recorded if each.problem]
        return found[0] if found else None

    def take(self, row: int, *, with_profile: bool) -> Profile:
        """Takes the step that the tables have in a row; its measurements go to `arm.pending`."""
        with _on(self._stream):
            if row != self._row:
                self._move_to(row)
            started = time.perf_counter()
            profile = self._recordings[with_profile].run()
            if self.compile_s is None and self._is_compiled and not with_profile:
                self.compile_s = time.perf_counter() - started
            # The next repetition writes over what this one measured.
            profile = {name: values.clone() for name, values in profile.items()}
        self._row = row + 1
        self._arm.pending.append(self._rows[row])
        return profile

    def evaluate(
        self, pictures: JudgedPictures, should_stop: Callable[[], bool]
    ) -> MarkedScore | None:
        """Evaluates the net after the steps taken so far; `None` if it was to stop meanwhile."""
        with _on(self._stream):
            if pictures.name not in self._evaluations:
                self._evaluations[pictures.name] = CapturedEvaluation(
                    self._arm.model, pictures, self._recorder
                )
            return self._evaluations[pictures.name].mark(should_stop)

    def _move_to(self, row: int) -> None:
        """Goes to a row, mostly back to the first; what nobody has fetched yet is set aside."""
        self._cursor.fill_(row)
        if self._arm.pending:
            self._arm.pending[:] = torch.stack(self._arm.pending).unbind()

    def _body(self, *, with_profile: bool) -> Callable[[], Profile]:
        def body() -> Profile:
            row, tables = self._cursor, self._tables
            batch = self._work.assemble(tables.draws.index_select(0, row)[0])
            self._rate.copy_(tables.rates.index_select(0, row)[0])
            measured, profile = measure_step(
                self._arm, batch, self._work.training(), self._rate, with_profile=with_profile
            )
            # A plain choice: writing by an index is not deterministic on every device.
            self._rows.copy_(torch.where(self._places == row, measured, self._rows))
            self._cursor.add_(1)
            return profile

        return body


class CapturedSteps:
    """The steps of all arms of an experiment, each arm on a stream of its own."""

    def __init__(
        self, arms: Sequence[Arm], work: StepWork, device: torch.device, *, graph: bool
    ) -> None:
        """Allocates what the steps keep.

        Args:
            arms: all nets.
            work: what a step is made of.
            device: where they are.
            graph: whether steps are recorded, which needs CUDA.
        """
        self._device = device
        seeds = {arm.replica.seed for arm in arms}
        self._tables = {seed: StepTables(work.source, seed, device) for seed in seeds}
        self._titles = {arm.index: arm.title for arm in arms}
        self._steps: dict[int, CapturedStep] = {}
        self._streams: list[torch.cuda.Stream] = []
        for arm in arms:
            stream = torch.cuda.Stream(device) if device.type == "cuda" else None
            self._streams += [] if stream is None else [stream]
            if arm.forward is not arm.model and not isinstance(arm.forward, CompiledNet):
                arm.forward = CompiledNet(arm.model, arm.forward)
            recorder = _recorder_maker(stream if graph else None)
            tables = self._tables[arm.replica.seed]
            self._steps[arm.index] = CapturedStep(arm, work, tables, stream, recorder)

    @property
    def notice(self) -> str:
        """What a person is told of arms that were compiled or could not be recorded, or nothing."""
        told = []
        for index, step in self._steps.items():
            if step.compiler_problem is not None:
                told.append(not_compiled_sentence(self._titles[index], step.compiler_problem))
            elif step.compile_s is not None:
                told.append(compiled_sentence(self._titles[index], step.compile_s))
            if step.problem is not None:
                told.append(not_recorded_sentence(self._titles[index], step.problem))
        return " ".join(told)

    def advance(
        self, arms: Iterable[Arm], step: int, *, with_profile: bool
    ) -> list[MeasuredProfile]:
        """Trains arms on the batches of the step after `step` finished ones."""
        rows = {seed: tables.row_of(step) for seed, tables in self._tables.items()}
        self._let_streams_follow()
        found = []
        for arm in arms:
            taken = self._steps[arm.index].take(rows[arm.replica.seed], with_profile=with_profile)
            found += [(step + 1, arm.replica, taken)] if taken else []
        self._follow_streams()
        return found

    def evaluate(
        self, arm: Arm, pictures: JudgedPictures, should_stop: Callable[[], bool]
    ) -> MarkedScore | None:
        """Evaluates an arm on the same pictures again and again; `None` if it was to stop."""
        self._let_streams_follow()
        score = self._steps[arm.index].evaluate(pictures, should_stop)
        self._follow_streams()
        return score

    def invalidate(self) -> None:
        """Draws and records everything anew, after a recipe or a net was changed."""
        for tables in self._tables.values():
            tables.forget()
        for step in self._steps.values():
            step.invalidate()

    def _let_streams_follow(self) -> None:
        """What is launched next begins when what was launched before is done."""
        for stream in self._streams:
            stream.wait_stream(torch.cuda.current_stream(self._device))

    def _follow_streams(self) -> None:
        """Whoever reads weights or measurements from now on gets those after the step."""
        for stream in self._streams:
            torch.cuda.current_stream(self._device).wait_stream(stream)


def capture_steps(
    arms: Sequence[Arm], work: StepWork, device: torch.device
) -> tuple[CapturedSteps | None, str]:
    """Prepares recorded steps where they are of use.

    Returns:
        The steps, or `None` where they are taken one operation at a time, and what a person is told
        of how they are taken: nothing where there is no graph to be had anyway and the CPU computes
        in the wanted precision by itself.
    """
    if device.type != "cuda":
        may_emulate = device.type == "cpu" and work.training().precision == "bfloat16"
        return None, bfloat16_sentence(has_bfloat16()) if may_emulate else ""
    if os.environ.get(VARIABLE):
        # A plugin may draw random numbers, count or branch in Python, which no recording repeats.
        return None, not_recorded_sentence("Every net", "a plugin's code runs in each step")
    return CapturedSteps(arms, work, device, graph=True), ""


def not_recorded_sentence(title: str, problem: str) -> str:
    """Says that steps are slower than they could be, and why."""
    return (
        f"{title} trains one operation at a time, as its steps could not be recorded as a CUDA "
        f"graph: {problem.rstrip('.')}."
    )


def compiled_sentence(title: str, seconds: float) -> str:
    """Says what compiling took, so that nobody wonders what a run waits for."""
    return f"The first step of {title} took {seconds:.0f} s, in which the net was compiled."


def _recorder_maker(stream: torch.cuda.Stream | None) -> Callable[[], Recorder | None]:
    return lambda: None if stream is None else cuda_recorder(stream)


def _on(stream: torch.cuda.Stream | None) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext() if stream is None else torch.cuda.stream(stream)
