"""What it costs to be watched: ResNet-20 in a bare loop, and the same loop with somebody looking.

    python -m benchmarks.watch_overhead --json

The lab reads the gradient norm of every parameter in every step, and update ratios and activations
at its usual interval. Beside it, where they are installed, `wandb.watch` (offline) and TensorBoard
write a histogram of every gradient, in every step as well. Goal: 0.97 of the bare loop's speed or
more. `ratio` is the median over the rounds; `whole` is that of all rounds together, in which what
comes at an interval has its share.
"""

import argparse
import importlib.util
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.timing import compare
from resnet_core.models import build_model, model_config
from resnet_core.watching import watch

Log = Callable[[Tensor], object]
BATCH = 128


class Loop:
    """The loop that everybody writes, with what somebody does at the end of each step."""

    def __init__(self, num_steps: int) -> None:
        self.num_steps = num_steps
        self.model: nn.Module = build_model(model_config("resnet20"), seed=0).train()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        self.log: Log = lambda loss: None
        self._images = torch.randn(BATCH, 3, 32, 32)
        self._labels = torch.arange(BATCH) % 10

    def __call__(self) -> None:
        """Trains for a round of steps."""
        for _ in range(self.num_steps):
            self.optimizer.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(self.model(self._images), self._labels)
            loss.backward()
            self.optimizer.step()
            self.log(loss)


@contextmanager
def watched_by_lab(loop: Loop) -> Iterator[None]:
    """Watches with the lab, as it does where nothing else is asked for."""
    with watch(loop.model, loop.optimizer, name="overhead") as run:
        loop.log = lambda loss: run.log(loss=loss)
        yield


@contextmanager
def watched_by_wandb(loop: Loop) -> Iterator[None]:
    """Watches with wandb, offline; its own process writes, and is not counted as CPU time here."""
    import wandb  # pyright: ignore[reportMissingImports]

    with wandb.init(mode="offline", dir=os.environ["RESNET_LAB_HOME"], project="overhead") as run:
        run.watch(loop.model, log="gradients", log_freq=1)
        loop.log = lambda loss: run.log({"loss": loss})
        yield


@contextmanager
def watched_by_tensorboard(loop: Loop) -> Iterator[None]:
    """Writes each gradient's histogram with TensorBoard."""
    from torch.utils.tensorboard import SummaryWriter

    steps = iter(range(10**9))
    with SummaryWriter(os.environ["RESNET_LAB_HOME"]) as writer:

        def log(loss: Tensor) -> None:
            step = next(steps)
            writer.add_scalar("loss", loss, step)
            for name, value in loop.model.named_parameters():
                writer.add_histogram(name, value.grad, step)

        loop.log = log
        yield


WATCHERS: dict[str, tuple[str | None, Callable[[Loop], Any]]] = {
    "resnet_lab": (None, watched_by_lab),
    "wandb.watch": ("wandb", watched_by_wandb),
    "tensorboard": ("tensorboard", watched_by_tensorboard),
}
"""Who watches, the package that it takes, and how."""


def measure(who: str, num_pairs: int, num_steps: int, clock: Callable[[], float]) -> dict[str, Any]:
    """Compares a watched loop with a bare one, in turn."""
    watched, bare = Loop(num_steps), Loop(num_steps)
    with WATCHERS[who][1](watched):
        found = compare(watched, bare, num_pairs, clock=clock)
    ratios = sorted(b / o for b, o in zip(found.baseline_s, found.ours_s, strict=True))
    low, _, high = statistics.quantiles(ratios, n=4)
    whole = sum(found.baseline_s) / sum(found.ours_s)
    shown = {"ratio": found.ratio, "q1": low, "q3": high, "whole": whole}
    rounded = {name: round(value, 4) for name, value in shown.items()}
    return {"who": who, **rounded, "n": num_pairs}


def main() -> None:
    """Prints how fast each watched loop is, as a share of the bare one's speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=5, help="Steps of a round.")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wall", action="store_true", help="Wall time instead of CPU seconds.")
    parser.add_argument("--who", nargs="*", choices=WATCHERS, default=list(WATCHERS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.perf_counter if options.wall else time.process_time
    for who in options.who:
        package = WATCHERS[who][0]
        if package is not None and importlib.util.find_spec(package) is None:
            print(json.dumps({"who": who, "problem": f"{package} is not installed"}))
            continue
        with tempfile.TemporaryDirectory() as home:
            os.environ["RESNET_LAB_HOME"] = home
            found = measure(who, options.pairs, options.steps, clock)
        if options.json:
            print(json.dumps(found), flush=True)
        else:
            shares = "{ratio:.3f} (quartiles {q1:.3f} to {q3:.3f}, n = {n})".format(**found)
            print(f"{who}: {shares} of the bare loop's speed", flush=True)


if __name__ == "__main__":
    main()
