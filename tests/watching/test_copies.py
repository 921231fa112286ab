"""A net that is watched can be kept whole, copied and sent away, as any other."""

import copy
import io
import pickle
import subprocess
import sys
from pathlib import Path

import torch

from resnet_core import watch
from tests.watching.conftest import loss_of, small_net


def num_hooks(model: torch.nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_a_net_is_kept_whole_while_it_is_listened_to():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine", every=1) as run:
        for step in range(3):
            assert num_hooks(model)
            content = io.BytesIO()
            torch.save(model, content)
            content.seek(0)
            kept = torch.load(content, weights_only=False)
            assert torch.equal(loss_of(kept, step), loss_of(model, step))
            optimizer.zero_grad()
            loss = loss_of(model, step)
            loss.backward()
            optimizer.step()
            run.log(loss=loss)
    assert run.run_id is not None
    assert run.step == 3


def test_a_copy_of_a_net_is_not_listened_to():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="mine", every=1) as run:
        mean = copy.deepcopy(model)
        loss_of(model, 0).backward()
        measuring = run._measuring
        assert measuring is not None and measuring._activations is not None
        before = dict(measuring._activations._seen)
        loss_of(mean, 1).backward()
        assert measuring._activations._seen == before
        hooks = [hook for m in mean.modules() for hook in m._forward_hooks.values()]
        assert {type(hook).__module__ for hook in hooks} == {"builtins"}


def test_a_kept_net_opens_where_the_lab_is_not(tmp_path: Path):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    with watch(model, torch.optim.SGD(model.parameters(), lr=0.1), name="mine"):
        (tmp_path / "net").write_bytes(pickle.dumps(model))
    code = (
        "import pickle, sys, torch\n"
        "net = pickle.load(open(sys.argv[1], 'rb'))\n"
        "assert net(torch.ones(1, 2)).shape == (1, 2)\n"
        "assert not [name for name in sys.modules if name.startswith('resnet_core')]\n"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path / "net")]
    assert not subprocess.run(command, cwd=tmp_path, check=False).returncode
