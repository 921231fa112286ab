"""Nets shared between sessions, and the names that tell them apart."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pages.ui.choosing.nets import load_shared_net
from resnet_core.asking import NetSource, ReadyNet, list_steps, untrained_card
from resnet_core.checkpoints import save_checkpoint
from resnet_core.explain import Question, attribute, normalise_pictures
from resnet_core.models import build_model
from resnet_core.paths import runs_dir
from resnet_core.runs.status import run_dir
from tests.pages.conftest import OpenPage
from tests.pages.saved_runs import STEPS
from tests.pages.tile_sheets import settle, tile_rows

pytestmark = pytest.mark.usefixtures("no_shipped_nets")


def untrained(name: str = "resnet8") -> ReadyNet:
    return load_shared_net(NetSource(title=name, key=name, name=name))


def test_list_steps_gives_an_arm_s_steps_in_order(saved_run: str) -> None:
    for arm, label in enumerate(("Residual", "Plain")):
        sources = list_steps(saved_run, arm)
        assert tuple(source.step for source in sources) == STEPS
        assert all(source.title.startswith(label) for source in sources)
        assert load_shared_net(sources[1]).card.step == STEPS[1]
    assert list_steps("20200101-000000-none-0000", 0) == ()


def test_twins_with_equal_weights_have_keys_of_their_own(saved_run: str) -> None:
    residual, plain = (list_steps(saved_run, arm)[0] for arm in (0, 1))
    assert (
        load_shared_net(residual).card.weights_sha256 == load_shared_net(plain).card.weights_sha256
    )
    assert residual.key != plain.key


def test_load_net_gives_all_sessions_the_same_net() -> None:
    assert untrained().model is untrained().model
    assert not untrained().model.training
    assert untrained_card("resnet8").class_names[0] == "ring"


def test_two_sessions_at_once_each_get_the_right_answer() -> None:
    net = untrained()
    generator = np.random.default_rng(0)
    pixels = [generator.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(4)]
    questions = [Question(method=m, layer="stage2.0") for m in ("grad-cam", "guided-backprop")] * 2
    pictures = [normalise_pictures(p, net.card) for p in pixels]
    expected = [attribute(net.model, p, q).values for p, q in zip(pictures, questions, strict=True)]
    found: dict[int, list[np.ndarray]] = {index: [] for index in range(4)}

    def session(index: int) -> None:
        for turn in range(4):
            with net.use(for_long=turn % 2 == 1) as model:
                answer = attribute(model, pictures[index], questions[index])
            found[index].append(answer.values)

    threads = [threading.Thread(target=session, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, answers in found.items():
        assert len(answers) == 4
        assert all(np.allclose(values, expected[index], atol=1e-6) for values in answers)


def test_an_imported_net_is_offered_and_looked_into(open_page: OpenPage, home: Path) -> None:
    (home / "imported").mkdir()
    card = replace(untrained_card("resnet8"), name="brought", source="a file of one's own")
    save_checkpoint(home / "imported", card, build_model(card.model, seed=5).state_dict())
    for name, tiles in (
        ("feature_maps", "maps_glance"),
        ("where_it_looks", "look_grid"),
        ("take_apart", "apart_evidence"),
    ):
        at = settle(open_page(name))
        assert at.selectbox(key="probed_net").value == "kept/brought"
        assert tile_rows(at, tiles)


def test_runs_of_one_name_tell_when_they_started(open_page: OpenPage, saved_run: str) -> None:
    shutil.copytree(run_dir(saved_run), runs_dir() / "20260102-030405-tiny-abcd")
    options = open_page("feature_maps").selectbox(key="probed_net").options
    assert len(set(options)) == len(options) == 6
    assert options[0].startswith("Tiny: Residual, started ")


def test_long_work_holds_up_nobody() -> None:
    net = untrained()
    with net.use(for_long=True) as own:
        assert own is not net.model
        assert net.lock.acquire(timeout=60)
        net.lock.release()
