"""One of two processes that train nets together; run by `test_processes.py`."""

import json
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
    Path(f"{rendezvous}.{rank}").write_text(json.dumps(ids))
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
