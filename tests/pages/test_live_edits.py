"""Reaching into a net from the page of a run: what is offered, asked for, listed and put back."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell.news import news_of_edits
from resnet_core.edits import done_and_pending_edits, read_edits
from resnet_core.edits.log import append_to_log, refuse_wish, take_from_inbox
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import read_state, read_status, run_dir, write_state
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def going(finished_run: str):
    """A run that trains, with this process in the worker's place."""
    folder = run_dir(finished_run)
    with hold_lock(folder):
        write_state(folder, replace(read_state(folder), phase="training"))
        yield finished_run


def _labels(at) -> list[str]:
    return [button.label for button in at.button]


def _words(elements) -> str:
    return " ".join(each.value.replace("\\", "") for each in elements)


def _new_value(at, what: str):
    """Where the new value of a setting is typed; each run has a widget of its own."""
    return next(box for box in at.number_input if box.key.startswith(f"recipe_value_{what}_"))


def _grant(run_id: str, step: int) -> None:
    """Does what the worker does between two steps."""
    (wish,) = done_and_pending_edits(run_id)[1]
    append_to_log(run_dir(run_id), replace(wish, step=step))
    take_from_inbox(run_dir(run_id), wish.number)


def test_skips_are_cut_listed_and_put_back(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    at.selectbox(key="edit_blocks").select("stage2").run()
    assert "Cuts the skips of stage 2: 1 of the net's 3 blocks" in _words(at.caption)
    next(button for button in at.button if button.label == "Cut the skips").click().run()
    assert not at.exception
    (wish,) = done_and_pending_edits(going)[1]
    assert (wish.arm, wish.what, wish.blocks, wish.after) == (
        "Residual",
        "skip_strength",
        "stage2",
        0,
    )
    assert "it is done before the next step" in _words(at.markdown)
    assert "Put it back" not in _labels(at)

    before = news_of_edits(read_status(going)).signature
    _grant(going, 7)
    assert news_of_edits(read_status(going)).signature != before
    at.run()
    assert "Step **7** · Residual: the skips of stage 2 were cut" in _words(at.markdown)
    next(button for button in at.button if button.label == "Put it back").click().run()
    assert not at.exception
    _grant(going, 8)
    at.run()
    assert [edit.after for edit in read_edits(going)] == [0, 1]
    assert "the skips of stage 2 were put back at 1" in _words(at.markdown)
    assert "Put it back" not in _labels(at)


def test_each_of_two_cuts_at_other_blocks_can_be_put_back(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    for step, stage in enumerate(("stage2", "stage3"), start=7):
        at.selectbox(key="edit_blocks").select(stage).run()
        next(button for button in at.button if button.label == "Cut the skips").click().run()
        _grant(going, step)
        at.run()
    assert _labels(at).count("Put it back") == 2
    for number, stage in ((2, "stage3"), (1, "stage2")):
        at.button(key=f"put_back_{number}").click().run()
        (wish,) = done_and_pending_edits(going)[1]
        assert (wish.blocks, wish.before, wish.after) == (stage, 0, 1)
        _grant(going, 10 - number)
        at.run()
    assert "Put it back" not in _labels(at)


def test_what_is_done_already_is_not_offered_again(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    next(button for button in at.button if button.label == "Cut the skips").click().run()
    _grant(going, 7)
    at.run()
    assert not at.exception
    assert "Cut the skips" not in at.selectbox(key="edit_what").options
    next(button for button in at.button if button.label == "Put the skips back").click().run()
    (wish,) = done_and_pending_edits(going)[1]
    assert (wish.blocks, wish.before, wish.after) == ("all", 0, 1)
    _grant(going, 8)
    at.selectbox(key="edit_what").select("Drop blocks").run()
    next(button for button in at.button if button.label == "Drop blocks").click().run()
    _grant(going, 9)
    at.run()
    assert at.selectbox(key="edit_what").options == [
        "Let blocks compute",
        "Freeze blocks",
        "Draw blocks anew",
    ]


def test_plain_net_is_not_offered_what_it_has_not(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    assert "Cut the skips" in at.selectbox(key="edit_what").options
    at.selectbox(key="edit_arm").select("Plain").run()
    assert at.selectbox(key="edit_what").options == [
        "Drop blocks",
        "Freeze blocks",
        "Draw blocks anew",
    ]
    at.selectbox(key="edit_blocks").select("stage3").run()
    assert not at.exception
    assert "no shortcut" in _words(at.error)
    assert "Drop blocks" not in _labels(at)


def test_recipe_is_changed_for_all_nets(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    _new_value(at, "learning_rate_factor").set_value(0.5).run()
    at.button(key="recipe_change").click().run()
    assert not at.exception
    (wish,) = done_and_pending_edits(going)[1]
    assert (wish.arm, wish.what, wish.after) == (None, "learning_rate_factor", 0.5)


def test_augmentation_is_switched_off_and_on_again(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    at.session_state["recipe_what"] = "augmentation"
    at.run()
    for step, offered in enumerate(("none", "crop and flip", "none"), start=7):
        assert at.selectbox(key="recipe_value_augmentation").options == [offered]
        at.button(key="recipe_change").click().run()
        assert not at.exception
        _grant(going, step)
        at.run()
    assert [edit.after for edit in read_edits(going)] == ["none", "crop_flip", "none"]


def test_edit_that_came_too_late_is_told(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    next(button for button in at.button if button.label == "Cut the skips").click().run()
    (wish,) = done_and_pending_edits(going)[1]
    refuse_wish(run_dir(going), wish.number, "The run ended at step 12, before this edit.")
    at.run()
    assert not at.exception
    assert "Edit 1 was not done. The run ended at step 12, before this edit." in _words(at.markdown)
    assert "Asked for" not in _words(at.markdown)


def test_value_that_cannot_be_is_refused_in_a_sentence(enter: OpenPage, going: str) -> None:
    at = enter("train", run=going)
    _new_value(at, "learning_rate_factor").set_value(-1.0).run()
    at.button(key="recipe_change").click().run()
    assert not at.exception
    assert "learning_rate_factor must lie above 0" in _words(at.error)
    assert done_and_pending_edits(going)[1] == ()


def test_finished_run_is_offered_more_steps_alone(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    assert "edit_what" not in [box.key for box in at.selectbox]
    assert len(at.selectbox(key="recipe_what").options) == 1
    _new_value(at, "steps").set_value(20).run()
    at.button(key="recipe_change").click().run()
    assert not at.exception
    assert read_status(finished_run).phase == "stopped"
    (wish,) = done_and_pending_edits(finished_run)[1]
    assert (wish.what, wish.after) == ("steps", 20)


def test_another_run_is_offered_its_own_length(
    enter: OpenPage, finished_run: str, home: Path
) -> None:
    other = f"{finished_run[:-4]}beef"
    shutil.copytree(run_dir(finished_run), home / "runs" / other)
    write_state(run_dir(other), replace(read_state(run_dir(other)), num_steps=100))
    at = enter("train", run=finished_run)
    assert _new_value(at, "steps").value == 15
    at.query_params["run"] = other
    at.run()
    assert _new_value(at, "steps").value == 125


def _picker() -> None:
    from pages.ui.train.edit_picker import choose_edit
    from resnet_core.config import ArmConfig
    from resnet_core.models import model_config

    choose_edit([ArmConfig(label="Residual", model=model_config("resnet8"))], (), key="tried")


def test_a_strength_stays_while_another_edit_is_looked_at() -> None:
    at = AppTest.from_function(_picker).run()
    cut, weigh, *_ = at.selectbox(key="tried_what").options
    assert weigh == "Weigh the skips"
    at.selectbox(key="tried_what").select(weigh).run()
    at.slider(key="tried_strength").set_value(0.25).run()
    at.selectbox(key="tried_what").select(cut).run()
    at.selectbox(key="tried_what").select(weigh).run()
    assert at.slider(key="tried_strength").value == 0.25
