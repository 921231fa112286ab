import numpy as np
import pytest

from resnet_core.errors import RunError, RunNotFoundError
from resnet_core.runs.status import create_run
from resnet_core.runs.store import MetricsWriter, StepRow
from resnet_core.training.flow import ArmFlow, ratio_of, read_flow, steps_of
from tests.training.conftest import tiny_experiment

LAYERS = ("stem.conv", "classifier")


def _row(step: int, arm: int, norms: np.ndarray) -> StepRow:
    return StepRow(
        step=step,
        arm=arm,
        time_s=1.0,
        loss=1.0,
        accuracy=0.5,
        learning_rate=0.1,
        images_per_s=1.0,
        gradient_norm=1.0,
        layer_norms=norms,
    )


@pytest.fixture
def run_id(home) -> str:
    """A run of 300 steps whose norms are 10^(step/100) and 10^-(step/100)."""
    folder = create_run(tiny_experiment())
    writer = MetricsWriter(folder)
    positions = {"update_ratio": LAYERS, "skip_norm": ("stage1.0",)}
    with writer.transaction():
        writer.write_meta(
            "arms",
            [
                {"label": label, "layers": LAYERS, "positions": positions}
                for label in ("residual", "plain")
            ],
        )
        for step in range(1, 301):
            norms = np.array([step / 100, -step / 100], np.float32)
            writer.add_steps([_row(step, 0, norms), _row(step, 1, 2 * norms)])
        for step in (1, 51, 101):
            writer.add_profile(step, 0, "skip_norm", np.array([step]))
    writer.close()
    return folder.name


def test_gradient_norms_of_every_arm_are_read_on_their_own_scale(run_id):
    residual, plain = read_flow(run_id, "gradient_norm", max_steps=1000)
    assert (residual.label, residual.is_plain, plain.is_plain) == ("residual", False, True)
    assert residual.steps.tolist() == list(range(1, 301))
    assert residual.at(100) == pytest.approx([10, 0.1])
    assert plain.at(100) == pytest.approx([100, 0.01])


def test_logs_of_gradient_norms_are_those_that_the_step_took(run_id):
    flow = read_flow(run_id, "gradient_norm", max_steps=1000)[0]
    taken = np.array([[step / 100, -step / 100] for step in range(1, 301)], np.float32)
    np.testing.assert_array_equal(flow.logs, taken)
    np.testing.assert_allclose(flow.values, 10.0**taken, rtol=1e-6)


def test_logs_of_other_quantities_are_taken_when_asked_for(run_id):
    (flow,) = read_flow(run_id, "skip_norm")
    np.testing.assert_allclose(flow.logs, np.log10([[1], [51], [101]]))


def test_long_histories_are_thinned_out_with_both_ends_kept(run_id):
    flow = read_flow(run_id, "gradient_norm", max_steps=10)[0]
    assert len(flow.steps) == 10
    assert flow.steps[[0, -1]].tolist() == [1, 300]


def test_an_arm_that_does_not_measure_it_is_left_out(run_id):
    (only,) = read_flow(run_id, "skip_norm")
    assert only.label == "residual"
    assert steps_of([only]) == [1, 51, 101]
    assert [only.at(step)[0] for step in (0, 1, 60, 999)] == [1, 1, 51, 101]


def test_ratio_is_taken_where_both_nets_have_a_layer():
    def arm(positions, values):
        return ArmFlow(
            label="x",
            is_plain=False,
            steps=np.array([1]),
            positions=positions,
            values=np.array([values], np.float32),
        )

    names, ratios = ratio_of(arm(("a", "b", "c"), (1, 6, 8)), arm(("b", "c", "d"), (3, 0, 9)), 1)
    assert names == ("b", "c")
    assert ratios[0] == 2
    assert np.isnan(ratios[1])


def test_what_is_not_there_is_said_in_a_sentence(run_id, home):
    with pytest.raises(RunError, match="no measurement of 'Update / weight'"):
        read_flow(run_id, "update_ratio")
    with pytest.raises(RunError, match="A run measures gradient_norm"):
        read_flow(run_id, "colour")
    with pytest.raises(RunNotFoundError):
        read_flow("20260101-000000-none-0000", "gradient_norm")
    young = create_run(tiny_experiment())
    with pytest.raises(RunError, match="no measurement of 'Gradient norm'"):
        read_flow(young.name, "gradient_norm")
