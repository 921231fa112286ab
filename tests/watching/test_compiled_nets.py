"""A compiled net is measured, whether it is compiled before it is watched or after."""

from typing import cast

import pytest
import torch
from torch import nn

from resnet_core import watch
from tests.watching.conftest import assert_same, loss_of, norms_by_hand, small_net, stored_norms


@pytest.mark.slow
def test_a_compiled_net_is_measured():
    model = small_net()
    compiled = cast("nn.Module", torch.compile(model, backend="aot_eager"))
    optimizer, by_hand = torch.optim.SGD(model.parameters(), lr=0.1), {}
    with watch(compiled, optimizer, name="compiled") as run:
        for step in range(2):
            optimizer.zero_grad()
            loss_of(compiled, step).backward()
            by_hand = norms_by_hand(model)
            optimizer.step()
            run.log()
    assert_same(stored_norms(run)[-1], by_hand, model)


@pytest.mark.slow
def test_a_net_that_is_compiled_after_it_is_watched_is_measured():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, name="compiled") as run:
        compiled = cast("nn.Module", torch.compile(model, backend="aot_eager", fullgraph=True))
        loss_of(compiled, 0).backward()
        by_hand = norms_by_hand(model)
        optimizer.step()
        run.log()
    assert_same(stored_norms(run)[0], by_hand, model)
