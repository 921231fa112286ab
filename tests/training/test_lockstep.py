import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from resnet_core.config import ArmConfig
from resnet_core.data import evaluation_batches, to_device, training_batch
from resnet_core.errors import DataError, OutOfMemoryError
from resnet_core.models import build_model
from resnet_core.training.evaluation import mark_split
from resnet_core.training.lockstep import Lockstep
from tests.gradients import gradient_of
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model

CPU = torch.device("cpu")


def build(**training) -> Lockstep:
    return Lockstep(tiny_experiment(**training), tiny_data(), CPU)


def test_arms_start_with_equal_weights():
    residual, plain = build().arms
    for name, weight in plain.model.state_dict().items():
        assert torch.equal(weight, residual.model.state_dict()[name])


def test_arms_take_the_data_s_channels_and_classes():
    assert build().arms[0].config.model.num_classes == 3


def test_advance_reports_the_gradient_that_autograd_computes():
    lockstep = build(clip_norm=1e-3, label_smoothing=0.1)
    lockstep.advance()
    rows, _ = lockstep.drain()

    config, data = lockstep.config, lockstep.data
    batch = training_batch(
        lockstep._splits["train"], data.card, config.data, seed=3, step=0, batch_size=8
    )
    for row, arm in zip(rows, lockstep.arms, strict=True):
        model = build_model(arm.config.model, seed=3)
        loss = functional.cross_entropy(model(batch.images), batch.labels, label_smoothing=0.1)
        loss.backward()
        norms = [gradient_of(model.get_parameter(f"{path}.weight")).norm() for path in arm.layers]
        total = torch.stack([gradient_of(p).norm() for p in model.parameters()]).norm()
        assert row.loss == pytest.approx(loss.item(), rel=1e-5)
        assert row.gradient_norm == pytest.approx(total.item(), rel=1e-4)
        assert row.layer_norms == pytest.approx(torch.stack(norms).log10().numpy(), abs=1e-4)


def test_advance_clips_after_it_measures():
    lockstep = build(
        clip_norm=1e-3, momentum=0.0, learning_rate=1.0, weight_decay=0.0, schedule="constant"
    )
    before = [p.detach().clone() for p in lockstep.arms[0].parameters]
    lockstep.advance()
    (row, _), _ = lockstep.drain()
    after = lockstep.arms[0].parameters
    moved = torch.stack([(a - b).norm() for a, b in zip(after, before, strict=True)]).norm()
    assert row.gradient_norm > 0.1
    assert moved.item() == pytest.approx(1e-3, rel=0.1)


def test_drain_profiles_activations_and_updates_at_the_interval():
    lockstep = build(statistics_every=3)
    for _ in range(4):
        lockstep.advance()
    _, profiles = lockstep.drain()
    assert [(p.step, p.arm) for p in profiles] == [(1, 0), (1, 1), (4, 0), (4, 1)]
    for profile in profiles:
        positions = lockstep.arms[profile.arm].positions
        assert {name: len(v) for name, v in profile.values.items()} == {
            name: len(paths) for name, paths in positions.items()
        }
        assert np.all(profile.values["update_ratio"] > 0)
        assert np.all((profile.values["dead_share"] >= 0) & (profile.values["dead_share"] <= 1))


def test_observing_does_not_change_the_training():
    often, never = build(statistics_every=1), build(statistics_every=1000)
    for lockstep in (often, never):
        for _ in range(5):
            lockstep.advance()
    for one, other in zip(often.arms, never.arms, strict=True):
        for a, b in zip(one.parameters, other.parameters, strict=True):
            assert torch.equal(a, b)


def test_drain_stops_the_arm_that_diverges_and_no_other():
    lockstep = build()
    lockstep.advance()
    with torch.no_grad():
        lockstep.arms[1].model.classifier.weight.fill_(float("nan"))
    for _ in range(3):
        lockstep.advance()
    rows, _ = lockstep.drain()
    assert lockstep.arms[0].stopped is None
    assert lockstep.arms[1].stopped == "Loss became NaN at step 2; lower the learning rate."
    assert [row.step for row in rows if row.arm == 1] == [1, 2]
    assert [row.step for row in rows if row.arm == 0] == [1, 2, 3, 4]
    lockstep.advance()
    rows, _ = lockstep.drain()
    assert {row.arm for row in rows} == {0}


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_weight_decay_spares_norms_and_biases_unless_asked(optimizer):
    for decay_all, shrinks in ((False, False), (True, True)):
        changes = {"learning_rate": 0.1, "momentum": 0.0, "schedule": "constant"}
        lockstep = build(
            optimizer=optimizer, weight_decay=0.5, decay_norm_and_bias=decay_all, **changes
        )
        groups = lockstep.arms[0].optimizer.param_groups
        norm = lockstep.arms[0].model.get_parameter("stem.norm.weight")
        (decay,) = [
            g["weight_decay"] for g in groups if any(parameter is norm for parameter in g["params"])
        ]
        assert (decay > 0) == shrinks


def test_evaluate_counts_pictures_and_restores_training_mode():
    lockstep = build()
    lockstep.advance()
    (arm, score), *_ = lockstep.evaluate("validation")
    assert arm is lockstep.arms[0]
    assert score.num_pictures == 16
    assert score.accuracy == score.num_correct / 16
    assert (score.is_right.sum(), score.is_right.shape) == (score.num_correct, (16,))
    assert lockstep.arms[0].model.training
    assert lockstep.evaluate("test", should_stop=lambda: True) == []


def test_arms_are_evaluated_side_by_side_as_each_alone():
    lockstep = build(batch_size=8)
    lockstep.advance()
    lockstep.arm_threads = 1
    together = lockstep.evaluate("validation")
    lockstep.arm_threads = None
    in_turn = lockstep.evaluate("validation")
    assert [arm.index for arm, _ in together] == [arm.index for arm in lockstep.arms]
    for (_, one), (_, other) in zip(together, in_turn, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
        assert one.is_right.tolist() == other.is_right.tolist()
    lockstep.arms[0].stopped = "It diverged."
    assert [arm for arm, _ in lockstep.evaluate("validation")] == lockstep.arms[1:]


def test_evaluate_marks_each_picture_in_the_splits_order():
    lockstep = build()
    for _ in range(6):
        lockstep.advance()
    arm, data = lockstep.arms[0], lockstep.data
    score = lockstep.evaluate("validation")[0][1]
    marks = score.is_right
    arm.model.eval()
    with torch.no_grad():
        batch = next(evaluation_batches(to_device(data.validation, CPU), data.card, 16))
        expected = arm.model(batch.images).argmax(1) == torch.from_numpy(data.validation.labels)
    assert marks.tolist() == expected.tolist()
    assert 0 < marks.sum() < 16, "a mark that is always the same proves nothing"


def test_lockstep_refuses_an_empty_training_split():
    data = tiny_data()
    empty = dataclasses.replace(
        data,
        train=dataclasses.replace(
            data.train, images=data.train.images[:0], labels=data.train.labels[:0]
        ),
    )
    with pytest.raises(DataError, match="no training pictures"):
        Lockstep(tiny_experiment(), empty, CPU)


def test_two_arms_of_one_net_train_alike():
    config = tiny_experiment()
    arms = tuple(ArmConfig(label=label, model=tiny_model()) for label in ("one", "two"))
    lockstep = Lockstep(dataclasses.replace(config, arms=arms), tiny_data(), CPU)
    for _ in range(4):
        lockstep.advance()
    rows, _ = lockstep.drain()
    assert [r.loss for r in rows if r.arm == 0] == [r.loss for r in rows if r.arm == 1]


class Narrow(torch.nn.Module):
    """A net on a device that has room for a few pictures."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return x.mean(dim=(2, 3))


def test_a_split_that_does_not_fit_is_read_in_smaller_batches():
    data = tiny_data()
    split = to_device(data.validation, CPU)
    whole = mark_split(Narrow(16), split, data.card, 16)
    parts = mark_split(Narrow(3), split, data.card, 16)
    assert whole is not None and parts is not None
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)
    assert parts.is_right.tolist() == whole.is_right.tolist()


def test_a_picture_that_does_not_fit_at_all_is_told():
    data = tiny_data()
    with pytest.raises(OutOfMemoryError, match="a single picture"):
        mark_split(Narrow(0), to_device(data.validation, CPU), data.card, 16)
