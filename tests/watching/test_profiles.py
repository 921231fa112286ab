"""Update ratios and activations in the store are those of the step and of the batch that trains."""

import numpy as np
import torch

from resnet_core import watch
from resnet_core.runs.metrics import read_profiles
from resnet_core.runs.status import run_dir
from tests.watching.conftest import batch, loss_of, small_net


def test_update_ratios_are_those_of_the_step():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with watch(model, optimizer, name="mine", every=2) as run:
        by_hand = []
        for step in range(3):
            before = [value.detach().double().clone() for value in model.parameters()]
            optimizer.zero_grad()
            loss_of(model, step).backward()
            optimizer.step()
            pairs = zip(model.parameters(), before, strict=True)
            by_hand.append(
                [((now.double() - old).norm() / old.norm()).item() for now, old in pairs]
            )
            run.log()
    found = read_profiles(run_dir(str(run.run_id)), 0, "update_ratio")
    assert found.steps.tolist() == [1, 3]
    np.testing.assert_allclose(found.values, [by_hand[0], by_hand[2]], rtol=1e-4)


def test_activations_are_those_of_the_batch_that_trains():
    model = small_net()
    with torch.no_grad():
        model.get_parameter("0.bias")[:2] = -100.0  # two units of eight that are never active
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    with watch(model, optimizer, name="mine", every=2) as run:
        for step in range(3):
            optimizer.zero_grad()
            loss_of(model, step).backward()
            with torch.no_grad():
                seen.append(model[1](model[0](batch(step)[0])))
                model(batch(99)[0])  # looked at, not trained on
            optimizer.step()
            run.log()
    folder = run_dir(str(run.run_id))
    assert read_profiles(folder, 0, "dead_share").positions == ("1", "3")
    assert read_profiles(folder, 0, "dead_share").values[0, 0] >= 2 / 8
    for name, by_hand in (
        ("activation_mean", [seen[place].mean().item() for place in (0, 2)]),
        ("activation_std", [seen[place].std().item() for place in (0, 2)]),
    ):
        found = read_profiles(folder, 0, name)
        assert found.steps.tolist() == [1, 3]
        np.testing.assert_allclose(found.values[:, 0], by_hand, rtol=1e-5)
