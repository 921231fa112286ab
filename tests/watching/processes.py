"""One of two processes that train nets together; run by `test_processes.py`."""

import gc
import json
import os
import sys
from pathlib import Path

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from resnet_core import watch
from tests.watching.conftest import loss_of, small_net

KINDS = ("ddp", "fsdp")
STEPS = 3
COUNT = 2


def main(rank: int, rendezvous: str) -> None:
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=COUNT
    )
    ids = {kind: train(kind, rank) for kind in KINDS}
    leave_together()
    Path(f"{rendezvous}.{rank}").write_text(json.dumps(ids))


def leave_together() -> None:
    """Gives the group up when all are through with it, and nothing here holds it any more."""
    gc.collect()  # the wrapped nets: they are in cycles, and each holds the group
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def train(kind: str, rank: int) -> str | None:
    model: nn.Module = small_net()
    if kind == "ddp":
        model = nn.parallel.DistributedDataParallel(model)
    else:
        mesh = init_device_mesh("cpu", (COUNT,))
        for layer in list(model.children())[::2]:
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name=kind, every=1)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss_of(model, COUNT * step + rank).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        if rank == 0 or kind == "ddp":
            run.log()
    run.finish()
    return run.run_id


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
    # A thread of gloo may have a tensor left to let go of, for which it needs the interpreter.  If
    # that shuts down meanwhile, it ends the thread inside of a destructor, and C++ then aborts the
    # process.  All is written by now, so there is nothing to shut down for.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
