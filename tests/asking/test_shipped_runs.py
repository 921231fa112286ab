"""The steps that ship with the lab: a residual and a plain net of one run, small, and whole."""

from pathlib import Path

import pytest

from resnet_core import paths
from resnet_core.asking import list_steps, load_source
from resnet_core.asking.shipped_runs import list_shipped_arms, shipped_runs
from resnet_core.checkpoints import read_card, save_checkpoint
from resnet_core.config import fingerprint
from resnet_core.errors import CheckpointError, ConfigError, StorageError
from resnet_core.models import build_model
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs.files import read_experiment
from resnet_core.runs.status import create_run
from resnet_core.shipping import arm, ship_arm, ship_steps
from tests.pages.saved_runs import STEPS, write_saved_run
from tests.scoreboard.test_scoreboard import card
from tests.training.conftest import tiny_experiment, tiny_model

_MOST_BYTES = 6 * 2**20


def test_two_nets_of_the_demo_ship_with_six_steps_each() -> None:
    residual, plain = list_shipped_arms()
    assert residual.run_id == plain.run_id
    for shipped, is_plain in ((residual, False), (plain, True)):
        steps = list_steps(shipped.run_id, shipped.arm)
        assert len(steps) == 6
        assert steps[0].step == 0
        nets = [load_source(source) for source in steps]  # checks hash, keys and shapes
        assert [net.card.step for net in nets] == [source.step for source in steps]
        assert {net.is_plain for net in nets} == {is_plain}
        net = nets[-1]
        assert net.card.step == net.card.num_steps
        assert net.card.training is not None
    (folder,) = shipped_runs().values()
    demo = demo_experiment(seed=0)
    asked = read_experiment(folder)
    assert [fingerprint(arm.model) for arm in asked.arms] == [
        fingerprint(arm.model) for arm in demo.arms
    ]


def test_shipped_steps_are_small_and_in_half_precision() -> None:
    files = [path for path in paths.shipped_steps_dir().rglob("*") if path.is_file()]
    assert 0 < sum(path.stat().st_size for path in files) <= _MOST_BYTES


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    return tmp_path


def test_ship_steps_writes_what_lists_as_the_run_does(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = write_saved_run()
    written = ship_steps(run_id, count=2, folder=home / "checkpoints" / "over-training")
    assert [read_card(path).step for path in written] == [STEPS[0], STEPS[-1]] * 2
    before = list_steps(run_id, 1)
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: home / "checkpoints")
    after = list_steps(run_id, 1)
    assert [step.step for step in after] == [STEPS[0], STEPS[-1]]
    assert after[0].run_id == run_id
    full, half = (load_source(steps[-1]).model for steps in (before, after))
    for one, other in zip(full.state_dict().values(), half.state_dict().values(), strict=True):
        assert float((one - other).abs().max()) < 1e-3 * max(1.0, float(one.abs().max()))


def test_ship_steps_leaves_all_else_in_a_person_s_folder_alone(home: Path) -> None:
    run_id, folder = write_saved_run(), home / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    ship_steps(run_id, count=3, folder=folder)
    ship_steps(run_id, count=2, folder=folder)
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert len(list((folder / run_id / "checkpoints").glob("*.safetensors"))) == 4


def test_ship_steps_never_takes_the_place_of_the_run_itself(home: Path) -> None:
    run_id = write_saved_run()
    before = sorted(path.name for path in (paths.runs_dir() / run_id).rglob("*"))
    with pytest.raises(ConfigError, match="is the run's own folder"):
        ship_steps(run_id, count=2, folder=paths.runs_dir())
    assert sorted(path.name for path in (paths.runs_dir() / run_id).rglob("*")) == before


def test_ship_steps_that_fail_leave_what_was_shipped(home: Path) -> None:
    run_id, folder = write_saved_run(), home / "shipped"
    before = ship_steps(run_id, count=2, folder=folder)
    step = max((paths.runs_dir() / run_id / "checkpoints").glob("1-*.safetensors"))
    step.write_bytes(b"no weights")
    with pytest.raises(CheckpointError):
        ship_steps(run_id, count=2, folder=folder)
    assert all(path.is_file() for path in before)
    assert [path.name for path in folder.iterdir()] == [run_id]


def test_a_place_that_is_no_folder_is_refused_before_a_net_is_measured(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, measured = create_run(tiny_experiment()), []
    model = build_model(tiny_model(num_classes=2))
    final = card("0-tiny-0064000", model=model.config, seed=tiny_experiment().seed)
    save_checkpoint(folder / "checkpoints", final, model.state_dict())
    monkeypatch.setattr(arm, "load_dataset", measured.append)
    (home / "file").write_text("in the way")
    with pytest.raises(StorageError):
        ship_arm(folder.name, 0, "mine", folder=home / "file")
    assert not measured


def test_ship_steps_refuses_a_single_one(home: Path) -> None:
    run_id = write_saved_run()
    with pytest.raises(ConfigError, match="At least 2 steps are shipped"):
        ship_steps(run_id, count=1, folder=home / "shipped")


def test_ship_steps_refuses_more_than_were_saved(home: Path) -> None:
    run_id = write_saved_run()
    with pytest.raises(CheckpointError, match="has saved 3 steps of arm 0, and 6 are to be"):
        ship_steps(run_id, folder=home / "shipped")
    assert not (home / "shipped").exists()


def test_a_run_s_id_leads_nowhere_else() -> None:
    assert list_steps("../over-training", 0) == ()
