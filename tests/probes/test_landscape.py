"""The landscape against bowls and lines whose every value is known."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.landscape import (
    GRIDS,
    LandscapePoint,
    LandscapeSpec,
    LineSlice,
    RandomSlice,
    judge_on,
    measure_landscape,
)
from resnet_core.probes.landscape.kept import KeptPoints

NET = model_config("resnet8")
PICTURES = BatchSpec(kind="noise", num_pictures=12, noise_size_px=8)


class Bowl(nn.Module):
    """Loss w'Aw / 2 of a weight of one filter; nothing else."""

    def __init__(self, weight: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([weight]))
        self.bias = nn.Parameter(torch.ones(2))


CURVATURE = torch.tensor([[3.0, 1.0], [1.0, 2.0]])


def depth_of(bowl: nn.Module) -> LandscapePoint:
    weight = bowl.get_parameter("weight").detach().flatten()
    loss = float(0.5 * weight @ CURVATURE @ weight)
    return LandscapePoint(loss=loss, error=0.0, elapsed_s=0.0)


@pytest.fixture
def batch():
    return draw_batch(NET, PICTURES, seed=0)


@pytest.fixture
def net():
    return build_model(NET, seed=0).eval()


def test_a_quadratic_bowl_has_its_closed_form():
    bowl = Bowl([0.6, 0.8])
    along = RandomSlice.around(bowl, seed=3)
    first, second = (d["weight"].flatten() for d in along.directions)
    found = measure_landscape(bowl, along, depth_of, LandscapeSpec(grid=7, span=2.0), num_workers=1)
    origin = torch.tensor([0.6, 0.8])
    for row, beta in enumerate(found.betas):
        for column, alpha in enumerate(found.alphas):
            weight = origin + alpha * first + beta * second
            expected = float(0.5 * weight @ CURVATURE @ weight)
            assert found.loss[row, column] == pytest.approx(expected, rel=1e-5)
    second_differences = np.diff(found.loss, 2, axis=1)
    np.testing.assert_allclose(second_differences, second_differences[0, 0], rtol=1e-3)


def test_directions_have_the_length_of_each_filter_and_leave_the_rest_alone(net):
    along = RandomSlice.around(net, seed=0)
    for direction in along.directions:
        assert set(direction) == {p for p, w in net.named_parameters() if w.dim() > 1}
        for path, tensor in direction.items():
            filters = net.get_parameter(path).flatten(1).norm(dim=1)
            torch.testing.assert_close(tensor.flatten(1).norm(dim=1), filters)
    first, second = along.directions
    assert not torch.equal(first["stem.conv.weight"], second["stem.conv.weight"])
    own = net.get_parameter("stem.conv.weight").detach().flatten()
    cosine = functional.cosine_similarity(own, first["stem.conv.weight"].flatten(), dim=0)
    assert abs(float(cosine)) < 0.3, "a direction is not the net's own first weights"


def test_twins_are_moved_by_the_same_draws(net):
    plain = build_model(model_config("plain8"), seed=0)
    ours, theirs = (RandomSlice.around(each, seed=5).directions[0] for each in (net, plain))
    assert torch.equal(ours["stage1.0.conv1.weight"], theirs["stage1.0.conv1.weight"])


def test_a_filter_of_zeros_is_not_moved():
    bowl = Bowl([0.0, 0.0])
    direction = RandomSlice.around(bowl, seed=0).directions[0]["weight"]
    assert torch.equal(direction, torch.zeros(1, 2))


@pytest.mark.parametrize("dimensions", [1, 2])
def test_the_middle_is_the_net_to_the_last_bit_and_the_net_stays(net, batch, dimensions):
    before = copy.deepcopy(net.state_dict())
    judge = judge_on(batch, "stored")
    spec = LandscapeSpec(grid=3, dimensions=dimensions)
    found = measure_landscape(net, RandomSlice.around(net, 1), judge, spec)
    own = judge(copy.deepcopy(net))
    assert found.loss[found.middle] == own.loss
    assert found.error[found.middle] == own.error
    assert found.loss.shape == ((3, 3) if dimensions == 2 else (1, 3))
    assert all(torch.equal(tensor, before[path]) for path, tensor in net.state_dict().items())


def test_the_row_of_beta_0_is_what_one_direction_gives(net, batch):
    judge, along = judge_on(batch, "stored"), RandomSlice.around(net, 2)
    plane = measure_landscape(net, along, judge, LandscapeSpec(grid=3))
    row = measure_landscape(net, along, judge, LandscapeSpec(grid=3, dimensions=1))
    assert plane.along_alpha.spec == row.spec
    assert plane.along_alpha.betas == row.betas
    np.testing.assert_array_equal(plane.along_alpha.loss, row.loss)
    np.testing.assert_array_equal(plane.along_alpha.error, row.error)


def test_loss_and_error_are_those_of_the_whole_batch(net, batch):
    point = judge_on(batch, "stored")(net)
    with torch.no_grad():
        logits = net(batch.images)
    assert point.loss == pytest.approx(float(functional.cross_entropy(logits, batch.labels)))
    assert point.error == pytest.approx(float((logits.argmax(1) != batch.labels).float().mean()))


def test_recomputed_statistics_are_those_of_the_pictures(net, batch):
    point = judge_on(batch, "recomputed")(copy.deepcopy(net))
    with torch.no_grad():
        logits = copy.deepcopy(net).train()(batch.images)
    # Training mode divides by N, running statistics by N - 1.
    assert point.loss == pytest.approx(float(functional.cross_entropy(logits, batch.labels)), 0.05)
    assert judge_on(batch, "stored")(net).loss != point.loss


def test_a_finer_grid_measures_only_what_is_new(net, batch):
    judge, along = judge_on(batch, "stored"), RandomSlice.around(net, 0)
    asked = []

    def counted(model: nn.Module) -> LandscapePoint:
        asked.append(1)
        return judge(model)

    known = {}
    for grid in GRIDS[:2]:
        measure_landscape(net, along, counted, LandscapeSpec(grid=grid), known=known)
        assert len(asked) == grid**2 == len(known)
    fine = measure_landscape(net, along, counted, LandscapeSpec(grid=GRIDS[1]), known=known)
    coarse = fine.loss[::2, ::2]
    assert fine.num_known == 81
    again = measure_landscape(net, along, counted, LandscapeSpec(grid=5), known=known)
    np.testing.assert_array_equal(again.loss, coarse)
    assert len(asked) == 81


def test_what_was_measured_before_a_stop_is_on_disk(net, batch, tmp_path):
    judge, along, spec = judge_on(batch, "stored"), RandomSlice.around(net, 0), LandscapeSpec()
    told, stop_at = [], 6

    def stop_soon(message: str, fraction: float | None = None) -> None:
        told.append(message)
        if len(told) == stop_at:
            raise CancelledError("Stopped.")

    question = {"net": "a", "pictures": "b"}
    with pytest.raises(CancelledError):
        measure_landscape(
            net,
            along,
            judge,
            spec,
            known=KeptPoints(tmp_path, question),
            num_workers=1,
            progress=stop_soon,
        )
    kept = KeptPoints(tmp_path, question)
    assert len(kept) == 5
    with kept.path.open("a") as file:
        file.write('[0.5, 0.5, 1.0, "torn')
    kept = KeptPoints(tmp_path, question)
    told, stop_at = [], 0
    found = measure_landscape(net, along, judge, spec, known=kept, progress=stop_soon)
    fresh = measure_landscape(net, along, judge, spec)
    assert (found.num_known, fresh.num_known) == (5, 0)
    assert told[-1] == "20 of 20 measured, 5 more were there already"
    np.testing.assert_array_equal(found.loss, fresh.loss)
    assert len(KeptPoints(tmp_path, question)) == 25
    assert len(KeptPoints(tmp_path, {"net": "other"})) == 0


def test_a_file_that_is_torn_in_its_first_line_is_begun_anew(tmp_path):
    """As a full disk leaves it."""
    kept = KeptPoints(tmp_path, {"net": "tiny"})
    kept.path.write_text('{"net": "ti')
    point = LandscapePoint(loss=1.0, error=0.5, elapsed_s=0.1)
    kept[0.0, 0.0] = kept[0.5, 0.0] = point
    assert KeptPoints(tmp_path, {"net": "tiny"}) == {(0.0, 0.0): point, (0.5, 0.0): point}


def test_points_that_cannot_be_kept_are_measured_all_the_same(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    kept = KeptPoints(tmp_path / "file" / "folder", {})
    kept[0.5, 0.0] = kept[0.0, 0.0] = LandscapePoint(loss=math.nan, error=1.0, elapsed_s=0.1)
    (told,) = caplog.messages
    assert told.startswith("What is measured is not kept for the next time. Cannot write ")
    assert math.isnan(kept[0.0, 0.0].loss)


def test_a_line_begins_and_ends_with_the_nets_to_the_last_bit(net, batch):
    other = build_model(NET, seed=1).eval()
    judge = judge_on(batch, "stored")
    spec = LandscapeSpec(grid=3)
    found = measure_landscape(net, LineSlice.between(net, other), judge, spec)
    assert found.alphas == (0.0, 0.5, 1.0)
    assert found.loss[0, 0] == judge(net).loss
    assert found.loss[0, 2] == judge(other).loss
    middle = copy.deepcopy(net)
    mixed = {k: (v + other.state_dict()[k]) / 2 for k, v in net.state_dict().items()}
    middle.load_state_dict(mixed)
    assert found.loss[0, 1] == pytest.approx(judge(middle).loss, rel=1e-5)


def test_a_line_of_a_linear_net_is_never_above_its_chord(batch):
    """Cross-entropy of logits that are linear in the weights is convex along every line."""
    nets = [nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 10)) for _ in range(2)]
    judge = judge_on(batch, "stored")
    line = LineSlice.between(*nets)
    loss = measure_landscape(nets[0], line, judge, LandscapeSpec(grid=9)).loss[0]
    assert (np.diff(loss, 2) >= -1e-9).all()


def test_a_line_between_two_architectures_is_refused(net):
    with pytest.raises(ProbeError, match="same architecture"):
        LineSlice.between(net, build_model(model_config("resnet14"), seed=0))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"grid": 4}, "odd number"),
        ({"grid": 1}, "3 to 65"),
        ({"grid": 67}, "got 67"),
        ({"dimensions": 3}, "1 or 2 dimensions"),
        ({"span": 0.0}, "more than 0"),
        ({"span": math.nan}, "more than 0"),
        ({"statistics": "guessed"}, "stored or recomputed"),
        ({"seed": -1}, "between 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(wrong, words):
    with pytest.raises(ProbeError, match=words):
        LandscapeSpec(**wrong)
