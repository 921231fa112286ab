"""A training loop of somebody's own, in a program of its own, until its standard input ends."""

import select
import sys

import torch
from torch import nn

from resnet_core import watch

_PAUSE_S = 0.02
"""Between steps: whoever looks on needs the cores as well."""


def main() -> None:
    """Trains a small net on noise, and says the run's id first."""
    torch.set_num_threads(1)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer, name="my own loop", every=5) as run:
        sys.stdout.write(f"{run.run_id}\n")
        sys.stdout.flush()
        while not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(torch.randn(4, 6)), torch.randint(3, (4,)))
            loss.backward()
            optimizer.step()
            run.log(loss=loss)


if __name__ == "__main__":
    main()
