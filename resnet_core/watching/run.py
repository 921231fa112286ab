"""A watched run as its program holds it."""

import logging
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from resnet_core.runs.layout import ArmLayout
from resnet_core.watching.activations import QUANTITIES
from resnet_core.watching.fetching import WatchedStep
from resnet_core.watching.journal import Journal
from resnet_core.watching.measuring import Measured, Measuring
from resnet_core.watching.recorder import End

_OWN_NAMES = {"lr": "learning_rate"}
_LONGEST_NAME = 80
_MOST_NAMES = 200
_MOST_IN_VAIN = 200


class WatchedRun:
    """A run that trains in a loop of somebody's own; `watch` makes one.

    No error of watching ever reaches the loop: the first one is warned of, and then nothing is
    watched any more.
    """

    def __init__(self, label: str, facts: Mapping[str, str | int]) -> None:
        self._label, self._facts = label, facts
        self._measuring: Measuring | None = None
        self._journal: Journal | None = None
        self._layout: ArmLayout | None = None
        self._logged: dict[str, list[float | Tensor]] = {}
        self._is_quiet = False
        self._is_laid_out = False
        self._num_in_vain = 0

    @property
    def run_id(self) -> str | None:
        """Names the run's folder, for pages and the command line; `None` where none is written."""
        return None if self._journal is None else self._journal.recorder.folder.name

    @property
    def step(self) -> int:
        """Steps of the run so far."""
        return 0 if self._journal is None else self._journal.step

    def log(self, **scalars: Any) -> None:
        """Ends a step, with whatever is worth keeping of it; call it after the optimizer's step.

        `loss`, `accuracy` (a share) and `learning_rate` stand where they stand for other runs, all
        other names in charts of their own.  Called more often than the optimizer steps, as while
        gradients are accumulated, it keeps the means until the step is over.

        Args:
            **scalars: numbers, or tensors of one number, which may stay on the device.
        """
        self.guard(self._log, scalars)

    def finish(self) -> None:
        """Ends the run; a program that ends does so by itself."""
        self._end("finished", "")

    def __enter__(self) -> "WatchedRun":
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.finish()
        else:
            self.interrupt()

    def interrupt(self) -> None:
        """Ends the run as one that an error ended."""
        self._end("interrupted", f"The program ended with an error after step {self.step:,}.")

    def guard(self, action: Callable[..., object], *arguments: object) -> None:
        """Does something for the sake of watching, of which no error gets out."""
        if self._is_quiet:
            return
        try:
            action(*arguments)
        except Exception as exc:  # whatever it is, it is none of the training's
            self._go_quiet(exc)

    def weak_guard(self) -> Callable[..., None]:
        """Gives `guard` for hooks, which do not keep a run that nobody else holds."""
        myself = weakref.ref(self)

        def guard(action: Callable[..., object], *arguments: object) -> None:
            run = myself()
            if run is not None:
                run.guard(action, *arguments)

        return guard

    def begin(self, journal: Journal | None, former: ArmLayout | None) -> None:
        """Takes what it writes with.

        Args:
            journal: where steps go; `None` in every process but the first.
            former: the layout of a run that is taken up again.
        """
        self._journal, self._layout = journal, former

    def listen(self, measuring: Measuring) -> None:
        """Takes what listens to the net."""
        self._measuring = measuring

    def _log(self, scalars: Mapping[str, Any]) -> None:
        if self._measuring is None or (self._journal and not self._journal.recorder.is_mine):
            return
        for name, value in scalars.items():
            self._keep(_OWN_NAMES.get(name, name)[:_LONGEST_NAME], value)
        if not self._measuring.is_step_over():
            self._count_in_vain()
            return
        self._num_in_vain = 0
        measured, logged = self._measuring.take(), self._logged
        self._logged = {}
        if self._journal is None:
            return
        if not self._is_laid_out:
            self._lay_out(measured, self._measuring, self._journal)
        self._journal.add(self._assemble(measured, logged, self._journal))

    def _count_in_vain(self) -> None:
        self._num_in_vain += 1
        if self._num_in_vain == _MOST_IN_VAIN:
            warn(
                f"ResNet Lab watches {self._label}, and saw no step of its optimizer in "
                f"{_MOST_IN_VAIN} calls of log: was watch given the one that steps?"
            )

    def _keep(self, name: str, value: Any) -> None:
        if len(self._logged) >= _MOST_NAMES and name not in self._logged:
            raise ValueError(f"more than {_MOST_NAMES} names were logged")
        if isinstance(value, Tensor):
            value = value.detach()
            value = (
                float(value) if value.device.type == "cpu" else value.float().reshape(()).clone()
            )
        self._logged.setdefault(name, []).append(
            value if isinstance(value, Tensor) else float(value)
        )

    def _lay_out(self, measured: Measured, measuring: Measuring, journal: Journal) -> None:
        """Says before the first step what rows are of; a run that goes on keeps what it said."""
        names = [each.name for each in measuring.parameters]
        if self._layout is None:
            layers = tuple(names[place] for place in measuring.order())
            positions = {"update_ratio": layers}
            if measured.activations:
                positions |= dict.fromkeys(QUANTITIES, tuple(measured.activations))
            self._layout = ArmLayout(label=self._label, layers=layers, positions=positions)
        order = [names.index(name) for name in self._layout.layers]
        journal.recorder.lay_out(self._layout, order, self._facts)
        self._is_laid_out = True

    def _assemble(
        self, measured: Measured, logged: dict[str, list[float | Tensor]], journal: Journal
    ) -> WatchedStep:
        if measured.rate is not None:
            logged.setdefault("learning_rate", [measured.rate])
        means = {name: _mean(values) for name, values in logged.items()}
        device = measured.norms.device
        return WatchedStep(
            step=journal.step + 1,
            time_s=journal.time_s,
            numbers={name: mean for name, mean in means.items() if isinstance(mean, float)},
            scalars={
                name: mean.to(device, non_blocking=True)
                for name, mean in means.items()
                if isinstance(mean, Tensor)
            },
            norms=measured.norms,
            scale=None if measured.scale is None else measured.scale.to(device),
            is_stepped=measured.is_stepped,
            profiles=self._profiles(measured),
        )

    def _profiles(self, measured: Measured) -> dict[str, Tensor]:
        found = {}
        if measured.update_ratios is not None:
            found["update_ratio"] = measured.update_ratios
        places = () if self._layout is None else self._layout.positions.get(QUANTITIES[0], ())
        if measured.activations and places:
            device = measured.norms.device
            gap = torch.full((len(QUANTITIES),), torch.nan, device=device)
            seen = [measured.activations.get(place, gap).to(device) for place in places]
            found |= dict(zip(QUANTITIES, torch.stack(seen, dim=1).unbind(), strict=True))
        return found

    def _end(self, how: End, message: str) -> None:
        def end() -> None:
            if self._measuring is not None and not self._measuring.is_sharded:
                self._measuring.stop()
            if self._journal is not None:
                self._journal.close(how, message)

        self.guard(end)

    def _go_quiet(self, error: Exception) -> None:
        """Warns once, and watches no more; the net is left as it was found."""
        # Pieces of a net are added up by all processes or by none: there it goes on measuring.
        if self._measuring is None or not self._measuring.is_sharded:
            self._is_quiet = True
            if self._measuring is not None:
                self._measuring.stop()
        journal, self._journal = self._journal, None
        words = " ".join(f"{error}".split()).rstrip(".") or "an error without a text"
        warn(f"ResNet Lab watches {self._label} no more: {words}. The training goes on.")
        if journal is not None:
            try:
                journal.recorder.close("interrupted", f"Watching ended: {words}.")
            except Exception:
                logging.getLogger(__name__).debug("The run could not be closed.", exc_info=True)


def warn(message: str) -> None:
    """Warns in such a way that a program which makes errors of warnings goes on, too."""
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    except RuntimeWarning:
        logging.getLogger(__name__).warning(message)


def _mean(values: Sequence[float | Tensor]) -> float | Tensor:
    tensors = [value for value in values if isinstance(value, Tensor)]
    numbers = [value for value in values if not isinstance(value, Tensor)]
    if not tensors:
        return sum(numbers) / len(numbers)
    return (torch.stack(tensors).sum() + sum(numbers)) / len(values)
