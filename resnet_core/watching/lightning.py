"""A callback that watches what a Lightning trainer trains."""

from typing import Any

from lightning.pytorch.callbacks import Callback  # pyright: ignore
from torch import Tensor

from resnet_core.watching import WatchedRun, watch


class LightningWatch(Callback):
    """Watches the module of a trainer: `Trainer(callbacks=[LightningWatch(name="mine")])`.

    Every metric that the module logs is kept under its name; the loss is that of `training_step`.
    """

    def __init__(self, name: str, **arguments: Any) -> None:
        """Watches nothing before the training starts.

        Args:
            name: what lists and charts call the run.
            **arguments: others of `watch`, such as `every`.
        """
        self._name, self._arguments = name, arguments
        self.run: WatchedRun | None = None
        """The run, from the start of the training on."""

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begins the run."""
        known = trainer.max_steps if trainer.max_steps > 0 else trainer.estimated_stepping_batches
        given = {"num_steps": int(known)} if known != float("inf") else {}
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        model = trainer.strategy.model or pl_module
        arguments = {"name": self._name, "scaler": scaler, **given, **self._arguments}
        self.run = watch(model, trainer.optimizers, **arguments)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: Any) -> None:
        """Ends a step; while gradients are accumulated, it is not over yet."""
        if self.run is not None:
            self.run.log(**_single(trainer.logged_metrics), **_loss(outputs))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Ends the run."""
        if self.run is not None:
            self.run.finish()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Ends the run as one that an error ended."""
        if self.run is not None:
            self.run.interrupt()


def _loss(outputs: Any) -> dict[str, Tensor]:
    loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
    return {"loss": loss} if isinstance(loss, Tensor) else {}


def _single(metrics: Any) -> dict[str, Any]:
    """What was logged, but the loss, of which the step itself has the value."""
    return {name: value for name, value in metrics.items() if name != "loss"}
