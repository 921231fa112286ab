"""What is stored is what is measured, and is used only where question and code still match."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from resnet_core.asking import load_net
from resnet_core.asking.labelled_sets import SyntheticSet
from resnet_core.asking.lesions import LesionSettings, chosen_numbers
from resnet_core.checkpoints import find_checkpoint
from resnet_core.cli import app
from resnet_core.config import Intervention
from resnet_core.models import apply_interventions
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_nets
from resnet_core.probes.shattering import measure_shattering
from resnet_core.stored import files, list_storables, store_measurement, stored_measurement
from resnet_core.stored.code import code_fingerprint, code_of
from resnet_core.stored.gradients import default_pair, flow_question
from resnet_core.stored.lesions import STORED_PAIR
from resnet_core.training.first_steps import measure_first_steps

NAMES = tuple(list_storables())
BATCH = BatchSpec(num_pictures=32)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the test's own for stored measurements."""
    monkeypatch.setattr(files, "_FOLDER", tmp_path)
    files.read_stored.cache_clear()
    yield tmp_path
    files.read_stored.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_stored_measurement_is_of_this_code_and_these_defaults(name):
    stored = stored_measurement(name, list_storables()[name].question())
    assert stored is not None, f"outdated: python -m resnet_core store {name}"


def result_of(name: str):
    stored = files.read_stored(name)
    assert stored is not None
    return stored.result


def test_gradients_measured_again_are_those_that_are_stored():
    again = measure_nets(default_pair(), batch=BATCH, seeds=(0,), num_workers=1)
    for name in ("gradient_flow", "gradient_two_by_two"):
        for stored, new in zip(result_of(name), again, strict=False):
            np.testing.assert_allclose(stored.weight_norms[:1], new.weight_norms, rtol=0.02)
            np.testing.assert_allclose(stored.output_norms[:1], new.output_norms, rtol=0.02)


def test_first_steps_measured_again_are_those_that_are_stored():
    """Rounding grows with every step of a deep net, so that two of them are compared."""
    again = measure_first_steps(default_pair(), batch=BATCH, seeds=(0,), num_steps=2)
    for stored, new, tolerance in zip(
        result_of("gradient_first_steps"), again, (0.05, 0.2), strict=True
    ):
        np.testing.assert_allclose(stored.weight_norms[0, 0], new.weight_norms[0, 0], rtol=0.02)
        np.testing.assert_allclose(stored.ratios[0, 1], new.ratios[0, 1], rtol=tolerance)


def test_the_sweep_agrees_with_the_profile_of_the_same_net():
    """Two tabs never disagree: the same net, pictures and seeds give the same number."""
    sweep, (residual, plain) = result_of("gradient_sweep"), result_of("gradient_flow")
    deep = sweep.depths.index(56)
    for alpha, profile in ((1.0, residual), (0.0, plain)):
        ratios = profile.output_norms[:, 0] / profile.output_norms[:, -1]
        cell = sweep.seed_ratios["outputs"][deep, sweep.alphas.index(alpha)]
        np.testing.assert_allclose(cell, ratios, rtol=0.02)


def test_shattering_measured_again_is_what_is_stored():
    again = measure_shattering(default_pair()[0], batch=BATCH, seeds=(0,))
    stored = result_of("gradient_shattering")[0]
    np.testing.assert_allclose(stored.values[:1], again.values, atol=0.02)


def test_a_stored_lesion_is_the_one_made_by_hand():
    bench, net = result_of("lesions")[0], load_net(find_checkpoint(STORED_PAIR[0]), device="cpu")
    numbers, _ = chosen_numbers(SyntheticSet(), LesionSettings())
    pixels, labels = SyntheticSet().pictures(numbers[:200]), SyntheticSet().labels[numbers[:200]]
    (first, *_), whole = bench.at_random[0].draws, net.logits(pixels).argmax(1) == labels
    apply_interventions(
        net.model, [Intervention(what="drop", blocks=path, value=1) for path in first.removed]
    )
    right = int((net.logits(pixels).argmax(1) == labels).sum())
    assert first.as_is.total == 200
    assert first.as_is.right == pytest.approx(right, abs=1)
    assert right < whole.sum()


def test_stored_shares_of_paths_add_up_to_one():
    paths = result_of("gradient_paths")
    assert paths.shares.sum() == pytest.approx(1)
    assert paths.num_blocks == 27


def test_a_stored_answer_to_another_question_is_not_used():
    seeds = (0, 1, 2, 3, 4)
    asked = flow_question(default_pair(), BATCH, seeds)
    assert stored_measurement("gradient_flow", asked) is not None
    assert stored_measurement("gradient_flow", flow_question(default_pair(), BATCH, (1,))) is None
    other = flow_question(default_pair()[::-1], BATCH, seeds)
    assert stored_measurement("gradient_flow", other) is None


def test_what_other_code_measured_is_not_used(folder):
    storable = dataclasses.replace(
        list_storables()["gradient_shattering"], measure=lambda progress: ("measured", 1.5)
    )
    store_measurement(storable)
    found = stored_measurement(storable.name, storable.question())
    assert found is not None
    assert found.result == ("measured", 1.5)
    written = json.loads((folder / "gradient_shattering.json").read_text())
    (folder / "gradient_shattering.json").write_text(json.dumps({**written, "code": "0" * 16}))
    files.read_stored.cache_clear()
    assert stored_measurement(storable.name, storable.question()) is None
    assert stored_measurement("gradient_flow", {}) is None, "there is no file"


def test_a_fingerprint_is_of_the_code_alone():
    plain = "def double(x):\n    return 2 * x\n"
    told = 'def double(x):  # twice\n    """Doubles."""\n\n    return 2  *  x  # so\n'
    assert code_of(plain) == code_of(told)
    assert code_of(plain) != code_of(plain.replace("2", "3"))
    assert "#" in code_of('WORD = "# no comment"\n')
    assert code_fingerprint(("errors.py",)) != code_fingerprint(("progress.py",))


def test_the_command_refuses_what_is_not_stored():
    done = CliRunner().invoke(app, ["store", "weather"])
    assert done.exit_code == 1
    assert "Nothing is stored as 'weather': choose gradient_flow" in " ".join(done.output.split())


def test_every_module_of_a_fingerprint_exists():
    for storable in list_storables().values():
        assert len(storable.code) == 16
