"""Forks on the pages: offered under a run's curves, listed below the run that they come from."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from resnet_core.edits import Edit, read_edits
from resnet_core.edits.log import append_to_log
from resnet_core.runs.control import read_control_request
from resnet_core.runs.fork_files import furnish_fork
from resnet_core.runs.fork_plan import plan_fork
from resnet_core.runs.launcher import kill_run
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.queue import draw_ticket
from resnet_core.runs.status import (
    RunStatus,
    create_run,
    delete_run,
    list_runs,
    read_config,
    read_state,
    read_status,
    run_dir,
    write_state,
)
from tests.pages.conftest import OpenPage
from tests.pages.tiny import tiny_experiment

pytestmark = pytest.mark.timeout(900)


def make_fork(parent: str, step: int) -> str:
    plan, folder = plan_fork(parent, step), run_dir(parent)
    child = create_run(read_config(parent), lambda made: furnish_fork(made, folder, plan))
    write_state(child, replace(read_state(child), phase="stopped"))
    return child.name


def open_panel(enter: OpenPage, run_id: str):
    at = enter("train", run=run_id)
    at.session_state[f"fork_here_{run_id}"] = True  # as the browser does when it is unfolded
    at.run()
    assert not at.exception
    return at


def texts(at) -> str:
    """What stands on the page, without the marks that keep it from being taken for Markdown."""
    shown = "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.error))
    return shown.replace("\\", "")


def test_a_fork_is_listed_below_its_parent(enter: OpenPage, finished_run: str) -> None:
    child = make_fork(finished_run, 7)
    at = enter("runs")
    boxes = [str(box.key) for box in at.checkbox]
    assert boxes == [f"compare_{finished_run}", f"compare_{child}"]
    assert "from step 7 of Tiny" in texts(at)
    delete_run(finished_run)
    assert "from step 7 of a run that was deleted" in texts(enter("runs"))


def test_a_fork_says_on_its_own_page_where_it_comes_from(
    enter: OpenPage, finished_run: str
) -> None:
    child = make_fork(finished_run, 7)
    at = enter("train", run=child)
    assert any("A fork from step 7 of Tiny" in link.label for link in at.page_link)
    delete_run(finished_run)
    assert "A fork from step 7 of a run that was deleted." in texts(enter("train", run=child))


def test_what_a_fork_costs_is_said_before_the_press(enter: OpenPage, finished_run: str) -> None:
    at = open_panel(enter, finished_run)
    assert at.number_input(key=f"fork_step_{finished_run}").value == 6
    at.number_input(key=f"fork_step_{finished_run}").set_value(12).run()
    assert "The fork begins at step 12 at once." in texts(at)
    at.number_input(key=f"fork_step_{finished_run}").set_value(7).run()
    assert "The fork begins with the state of step 7" in texts(at) or "at step 7 at once" in texts(
        at
    )
    at.number_input(key=f"fork_step_{finished_run}").set_value(13).run()
    assert "has taken 12 steps, so it cannot be forked at 13" in texts(at)
    assert "Fork here" not in [button.label for button in at.button]
    assert not at.exception


def test_the_page_says_that_a_run_with_the_device_gives_its_place(
    enter: OpenPage, finished_run: str
) -> None:
    folder = run_dir(finished_run)
    with hold_lock(folder):
        write_state(folder, replace(read_state(folder), phase="training"))
        draw_ticket(folder)
        at = open_panel(enter, finished_run)
        assert "it saves, pauses and gives up its turn" in texts(at)
    assert "gives up its turn" not in texts(open_panel(enter, finished_run))


def test_a_press_forks_one_net_and_opens_the_fork(enter: OpenPage, finished_run: str) -> None:
    at = open_panel(enter, finished_run)
    at.number_input(key=f"fork_step_{finished_run}").set_value(7).run()
    at.selectbox(key=f"fork_arm_{finished_run}").set_value("Plain").run()
    next(button for button in at.button if button.label == "Fork here").click().run()
    assert not at.exception
    child = next(status.run_id for status in list_runs() if status.parent == finished_run)
    try:
        assert read_status(child).name == "Tiny, Plain from step 7"
        assert any("A fork from step 7 of Tiny" in link.label for link in at.page_link)
        assert read_control_request(run_dir(finished_run)).stands_aside_for is None
    finally:
        kill_run(child)


def test_a_fork_begins_with_the_change_that_was_chosen(enter: OpenPage, finished_run: str) -> None:
    at = open_panel(enter, finished_run)
    at.toggle(key=f"fork_change_{finished_run}").set_value(True).run()
    at.selectbox(key="fork_edit_blocks").select("stage3").run()
    assert "Cuts the skips of stage 3" in texts(at)
    next(button for button in at.button if button.label == "Fork here").click().run()
    assert not at.exception
    child = next(status.run_id for status in list_runs() if status.parent == finished_run)
    try:
        deadline = time.monotonic() + 240
        while not (made := read_edits(child)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert [(e.step, e.arm, e.what, e.blocks, e.after) for e in made] == [
            (6, "Residual", "skip_strength", "stage3", 0.0)
        ]
    finally:
        kill_run(child)


def test_what_next_opens_the_panel_with_the_cut_chosen(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    next(button for button in at.button if button.label == "Cut the skips in a fork").click().run()
    assert not at.exception
    assert "Cuts the skips of all blocks: all 3 blocks" in texts(at)
    nets = at.selectbox(key=f"fork_arm_{finished_run}")
    assert nets.index is not None
    assert nets.options[nets.index] == "All nets"
    assert not next(button for button in at.button if button.label == "Fork here").disabled


def cut_skips(run_id: str, step: int, blocks: str = "all") -> None:
    """Does what the worker did when somebody cut skips of the residual net."""
    edit = Edit(
        number=len(read_edits(run_id)) + 1,
        step=step,
        arm="Residual",
        what="skip_strength",
        blocks=blocks,
        before=1.0,
        after=0.0,
    )
    append_to_log(run_dir(run_id), edit)


def labels(at) -> list[str]:
    return [button.label for button in at.button]


def test_skips_that_are_cut_are_offered_to_be_put_back(enter: OpenPage, finished_run: str) -> None:
    cut_skips(finished_run, 3)
    at = enter("train", run=finished_run)
    assert "Cut the skips in a fork" not in labels(at)
    next(b for b in at.button if b.label == "Put the skips back in a fork").click().run()
    assert not at.exception
    assert "Puts the skips of all blocks back to 1, as the net was built." in texts(at)
    assert "Cut the skips" not in at.selectbox(key="fork_edit_what").options
    assert not next(button for button in at.button if button.label == "Fork here").disabled
    # Before that step there are skips to cut.
    at.number_input(key=f"fork_step_{finished_run}").set_value(2).run()
    assert "Cut the skips" in at.selectbox(key="fork_edit_what").options
    assert "Put the skips back" not in at.selectbox(key="fork_edit_what").options


def test_what_a_change_would_not_change_is_said_and_not_begun(
    enter: OpenPage, finished_run: str
) -> None:
    cut_skips(finished_run, 3, "stage2")
    at = enter("train", run=finished_run)
    next(button for button in at.button if button.label == "Cut the skips in a fork").click().run()
    at.selectbox(key="fork_edit_blocks").select("stage2").run()
    assert "The skips of stage 2 are cut already." in texts(at)
    assert next(button for button in at.button if button.label == "Fork here").disabled


def test_the_cut_is_made_ready_for_the_net_that_has_skips(
    enter: OpenPage, finished_run: str
) -> None:
    config = run_dir(finished_run) / "config.json"
    written = json.loads(config.read_text("utf-8"))
    written["arms"].reverse()
    config.write_text(json.dumps(written), "utf-8")
    at = enter("train", run=finished_run)
    next(button for button in at.button if button.label == "Cut the skips in a fork").click().run()
    assert not at.exception
    assert at.selectbox(key="fork_edit_arm").value == "Residual"
    assert "Cuts the skips of all blocks: all 3 blocks" in texts(at)


def test_a_fork_is_not_begun_with_what_cannot_be(enter: OpenPage, finished_run: str) -> None:
    at = open_panel(enter, finished_run)
    at.selectbox(key=f"fork_arm_{finished_run}").set_value("Plain").run()
    at.toggle(key=f"fork_change_{finished_run}").set_value(True).run()
    at.selectbox(key="fork_edit_blocks").select("stage2").run()
    assert "no shortcut" in texts(at)  # dropping is offered first to a plain net
    assert next(button for button in at.button if button.label == "Fork here").disabled


def test_a_run_that_is_gone_is_told_once(
    enter: OpenPage, finished_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def show_origin(status: RunStatus) -> None:
        """Somebody deletes the run while its page is drawn, as between two fragments' turns."""
        delete_run(status.run_id)

    at = open_panel(enter, finished_run)
    at.session_state["lab"].problem = (finished_run, "Its worker is gone.")
    at.run()
    assert "Its worker is gone." in texts(at)
    monkeypatch.setattr("pages.ui.train.one_run.show_origin", show_origin)
    at.run()
    assert not at.exception
    told = " ".join(element.value for element in (*at.error, *at.info, *at.warning))
    assert told.count("There is no run") == 1
    assert "Its worker is gone." not in texts(at)
    assert "Start training" in " ".join(labels(at))


def test_what_one_run_could_not_do_is_not_said_of_another(
    enter: OpenPage, finished_run: str
) -> None:
    at = enter("train", run=make_fork(finished_run, 7))
    at.session_state["lab"].problem = (finished_run, "Its worker is gone.")
    at.run()
    assert "Its worker is gone." not in texts(at)


def test_a_run_without_a_step_cannot_be_forked(enter: OpenPage, home: Path) -> None:
    folder = create_run(tiny_experiment(home))
    write_state(folder, replace(read_state(folder), phase="stopped"))
    labels = [block.label for block in enter("train", run=folder.name).expander]
    assert labels
    assert not any(label.startswith("Fork here") for label in labels)
