"""Several seeds of a net as one: weights stacked, each layer computed for all of them at once.

`torch.func` makes one convolution in as many groups as there are seeds of the stacked ones, and a
batch norm with statistics for each seed of the stacked batch norms.
"""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

from resnet_core.config import ExperimentConfig
from resnet_core.data import DataSet, assemble_batch, to_device
from resnet_core.models import build_model
from resnet_core.training.arms import autocast
from resnet_core.training.eager import EagerSGD
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.recording import Recording, cuda_recorder
from resnet_core.training.step_tables import StepTables


class _Mean(nn.Module):
    """Pools as torch's own module does, which would go through a stack seed by seed."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps.mean(dim=(-2, -1), keepdim=True)


class Stacked:
    """The same seeds on the same batches as one bare step, recorded as a graph on CUDA."""

    def __init__(
        self,
        config: ExperimentConfig,
        data: DataSet,
        device: torch.device,
        *,
        doubles: bool = False,
    ) -> None:
        self._config, self._card, self._taken = config, data.card, 0
        lockstep = Lockstep(config, data, device)
        self._kind = torch.float64 if doubles else torch.float32
        source = lockstep.step_work().source
        models = [arm.model.to(self._kind) for arm in lockstep.arms]
        seeds = [arm.replica.seed for arm in lockstep.arms]
        self._tables = [StepTables(source, seed, device) for seed in seeds]
        self._split = to_device(data.train, device)
        self._parameters, self._buffers = stack_module_state(models)
        self._one = build_model(lockstep.arms[0].config.model).to(device).train()
        self._one.add_module("pool", _Mean())
        self._optimizer = self._build_optimizer()
        self._cursor = torch.zeros(1, dtype=torch.int64, device=device)
        is_cuda = device.type == "cuda"
        # As the lab's steps have it on either device.
        self._rate = torch.zeros(
            (), dtype=torch.float32 if is_cuda else torch.float64, device=device
        )
        self._stream = torch.cuda.Stream(device) if is_cuda else None
        recorder = None if self._stream is None else cuda_recorder(self._stream)
        self._recording = Recording(self._step, recorder)

    def __call__(self, num_steps: int) -> None:
        """Trains for some steps."""
        for _ in range(num_steps):
            (row,) = {tables.row_of(self._taken) for tables in self._tables}
            with self._on_stream():
                self._cursor.fill_(row)
                self._recording.run()
            self._taken += 1
        if self._stream is not None:
            torch.cuda.synchronize()
        if self._recording.problem is not None:
            raise RuntimeError(f"Stacked seeds were not recorded: {self._recording.problem}.")

    def weights(self) -> list[dict[str, torch.Tensor]]:
        """A copy of the weights and running statistics of each seed, by name."""
        state = self._parameters | self._buffers
        return [
            {
                name: value[place].detach().clone()
                for name, value in state.items()
                if value.is_floating_point()
            }
            for place in range(len(self._tables))
        ]

    def _build_optimizer(self) -> EagerSGD:
        """As the lab's: one seed's vectors are spared weight decay, though stacked to matrices."""
        recipe = self._config.training
        decayed, spared = (
            [value for value in self._parameters.values() if (value.ndim > 2) is is_matrix]
            for is_matrix in (True, False)
        )
        decay = recipe.weight_decay if recipe.decay_norm_and_bias else 0.0
        groups = [
            {"params": decayed, "weight_decay": recipe.weight_decay},
            {"params": spared, "weight_decay": decay},
        ]
        fused = self._parameters["classifier.weight"].device.type in ("cpu", "cuda")
        return EagerSGD(
            groups,
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            fused=fused,
        )

    def _step(self) -> None:
        drawn = [tables.draws.index_select(0, self._cursor)[0] for tables in self._tables]
        batch = assemble_batch(self._split, self._card, self._config.data, torch.cat(drawn, dim=1))
        shape = (len(drawn), self._config.training.batch_size)
        images = batch.images.to(self._kind).unflatten(0, shape)
        labels = batch.labels.view(shape)
        self._rate.copy_(self._tables[0].rates.index_select(0, self._cursor)[0])
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate
        self._optimizer.zero_grad(set_to_none=True)
        with autocast(self._config.training, batch.images.device):
            # What a seed does not see has no gradient: the sum's is that of each seed's own mean.
            logits = vmap(self._logits)(self._parameters, self._buffers, images)
            losses = functional.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), reduction="none"
            )
            loss = losses.view(shape).mean(dim=1).sum()
        loss.backward()
        self._optimizer.step()

    def _logits(
        self, parameters: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], x: torch.Tensor
    ) -> torch.Tensor:
        return functional_call(self._one, (parameters, buffers), (x,))

    @contextlib.contextmanager
    def _on_stream(self) -> Iterator[None]:
        """What is launched inside comes after all that was launched before, and before the rest."""
        if self._stream is None:
            yield
            return
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            yield
        torch.cuda.current_stream().wait_stream(self._stream)
