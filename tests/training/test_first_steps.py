"""The first steps of training: what they measure, what is said of it, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig
from resnet_core.data import load_dataset
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.recipes.presets import training_preset
from resnet_core.training.first_steps import SCHEDULE_STEPS, FirstSteps, measure_first_steps
from resnet_core.training.first_steps_words import crossing_step, first_steps_sentence
from resnet_core.training.lockstep import Lockstep

SPEC = BatchSpec(num_pictures=8)


@pytest.fixture(scope="module")
def nets() -> tuple[FirstSteps, ...]:
    configs = [model_config("resnet8"), model_config("plain8")]
    return measure_first_steps(configs, batch=SPEC, seeds=(0, 1, 2), num_steps=3)


def with_ratios(net: FirstSteps, *ratios: float, spread: float = 1.01) -> FirstSteps:
    """Three seeds whose first over last gradient is this at each step, a little apart."""
    norms = np.ones((3, len(ratios), len(net.layers)))
    seeds = np.array([1 / spread, 1.0, spread])[:, None]
    norms[..., 0] = seeds * np.array(ratios)
    return replace(net, weight_norms=norms, seeds=(0, 1, 2))


def test_the_norms_are_those_of_the_engine(nets):
    training = replace(training_preset("fast"), steps=SCHEDULE_STEPS, batch_size=8)
    experiment = ExperimentConfig(
        name="Oracle",
        arms=(ArmConfig(label="plain", model=model_config("plain8")),),
        data=DataConfig(),
        training=training,
        seed=1,
    )
    lockstep = Lockstep(experiment, load_dataset(experiment.data), torch.device("cpu"))
    for _ in range(3):
        lockstep.advance()
    rows, _ = lockstep.drain()
    layers = lockstep.arms[0].layers
    chosen = [layers.index(path) for path in nets[1].layers]
    expected = np.array([10.0 ** row.layer_norms[chosen] for row in rows])
    np.testing.assert_allclose(nets[1].weight_norms[1], expected, rtol=2e-3)
    np.testing.assert_allclose(nets[1].rates, [row.learning_rate for row in rows])
    assert (nets[1].layers[0], nets[1].layers[-1]) == ("stem.conv", "stage3.0.conv2")


def test_the_ratio_is_the_geometric_mean_of_first_over_last(nets):
    ratios = nets[0].weight_norms[:, 1, 0] / nets[0].weight_norms[:, 1, -1]
    factor = nets[0].at(2)
    assert factor is not None
    assert factor.mean == pytest.approx(np.exp(np.log(ratios).mean()))
    assert factor.interval is not None
    assert factor.interval[0] <= factor.mean <= factor.interval[1]


def test_the_sentence_is_made_from_the_measurement_and_its_opposite(nets):
    exploding = with_ratios(nets[1], 743.0, 17.6, 0.09)
    said = first_steps_sentence([exploding])
    assert "(95 % intervals, 3 seeds): Plain-8 ×743 (" in said
    assert "×0.09 (0.0878 to 0.0923) at step 3" in said
    assert "towards the picture it grows at first and vanishes in the end" in said
    assert said.endswith("the mean passes an even gradient at step 3.")
    assert crossing_step(exploding) == 3
    opposite = first_steps_sentence([with_ratios(nets[1], 0.09, 0.5, 743.0)])
    assert "towards the picture it vanishes at first and grows in the end" in opposite


def test_nothing_is_said_that_the_interval_does_not_hold(nets):
    unsure = first_steps_sentence([with_ratios(nets[0], 1.2, 0.9, spread=3)])
    assert "neither can be told from an even gradient" in unsure
    assert "grows" not in unsure
    half = first_steps_sentence([with_ratios(nets[0], 40.0, 0.9, spread=3)])
    assert "it grows at first and cannot be told from an even gradient in the end" in half
    few = replace(nets[0], seeds=(0,), weight_norms=nets[0].weight_norms[:1])
    said = first_steps_sentence([few])
    assert "(one seed)" in said
    assert "so few seeds do not tell what it does" in said
    assert "vanishes" not in said


def test_a_net_that_diverges_has_no_ratio_from_there_on(nets):
    norms = nets[1].weight_norms.copy()
    norms[0, 2] = np.nan
    broken = replace(nets[1], weight_norms=norms)
    assert broken.at(2) is not None
    assert broken.at(3) is None
    assert "from step 3 on none that is finite" in first_steps_sentence([broken])
    never = replace(nets[1], weight_norms=np.full_like(norms, np.nan))
    assert "has no finite ratio at initialisation" in first_steps_sentence([never])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"batch": BatchSpec(kind="noise", num_pictures=8)}, "name a data set, not noise"),
        ({"seeds": ()}, "at least one seed"),
        ({"num_steps": 423}, "the first 1 to 422 can be measured; got 423"),
    ],
)
def test_what_cannot_be_measured_is_refused(change, sentence):
    with pytest.raises(ProbeError, match=sentence):
        measure_first_steps([model_config("resnet8")], **{"batch": SPEC, **change})


def test_training_can_be_cancelled():
    def cancel(message: str, fraction: float | None = None) -> None:
        if fraction is not None:
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        measure_first_steps([model_config("resnet8")], batch=SPEC, progress=cancel)
