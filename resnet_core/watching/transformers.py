"""A callback that watches what a trainer of transformers trains."""

from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import TrainerCallback  # pyright: ignore

from resnet_core.watching import WatchedRun, watch
from resnet_core.watching.passing_hooks import PassingHook


class TransformersWatch(TrainerCallback):  # pyright: ignore[reportGeneralTypeIssues]
    """Watches the model of a trainer: `Trainer(callbacks=[TransformersWatch(name="mine")])`.

    The loss is that of the model's own output, in every step; what the trainer logs comes beside.
    """

    def __init__(self, name: str, **arguments: Any) -> None:
        """Watches nothing before the training starts.

        Args:
            name: what lists and charts call the run.
            **arguments: others of `watch`, such as `every`.
        """
        self._name, self._arguments = name, arguments
        self._losses: list[Tensor] = []
        self._handle: RemovableHandle | None = None
        self._due: dict[str, Any] | None = None
        self.run: WatchedRun | None = None
        """The run, from the start of the training on."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begins the run."""
        model, optimizer = kwargs["model"], kwargs["optimizer"]
        scaler = getattr(optimizer, "scaler", None)
        known = {"num_steps": state.max_steps} if state.max_steps > 0 else {}
        given = {"name": self._name, "scaler": scaler, **known, **self._arguments}
        self.run = watch(model, optimizer, **given)
        self._handle = model.register_forward_hook(PassingHook(self._hear))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ends a step, as soon as the trainer has had the time to log what belongs to it."""
        self._flush()
        losses, self._losses = self._losses, []
        self._due = {"loss": sum(losses) / len(losses)} if losses else {}

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Takes what the trainer logs."""
        numbers = {name: v for name, v in (logs or {}).items() if isinstance(v, int | float)}
        own = {name: value for name, value in numbers.items() if name not in ("loss", "step")}
        self._due = {**own, **(self._due or {})} if self._due is not None else None

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Writes the step before."""
        self._flush()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ends the run."""
        self._flush()
        if self._handle is not None:
            self._handle.remove()
        if self.run is not None:
            self.run.finish()

    def _flush(self) -> None:
        due, self._due = self._due, None
        if due is not None and self.run is not None:
            self.run.log(**due)

    def _hear(self, module: nn.Module, _inputs: Any, output: Any) -> None:
        loss = output.get("loss") if isinstance(output, dict) else getattr(output, "loss", None)
        if module.training and isinstance(loss, Tensor):
            self._losses.append(loss.detach().float().clone())
