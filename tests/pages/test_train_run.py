"""A run on the Train page: started, told what to do, found again, and gone."""

import pytest

from resnet_core.runs.control import read_control_request, request
from resnet_core.runs.status import delete_run, list_runs
from tests.pages.components import components
from tests.pages.conftest import OpenPage
from tests.pages.train_page import labels, living_worker

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("no_measuring")]


def test_start_opens_the_live_view_of_the_new_run(enter: OpenPage) -> None:
    at = enter("train")
    next(button for button in at.button if button.label == "Start training").click().run()
    assert not at.exception
    (run,) = list_runs()
    assert at.query_params["run"] == run.run_id
    assert run.seeds == 3
    assert components(at, "train_chart")
    assert "Pause" in labels(at)


def test_finished_run_is_shown_without_controls(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    assert components(at, "train_chart")
    assert not {"Pause", "Resume", "Stop"} & set(labels(at))


@pytest.mark.parametrize(
    ("phase", "label", "command"),
    [("training", "Pause", "pause"), ("paused", "Resume", "run"), ("training", "Stop", "stop")],
)
def test_controls_tell_the_worker(
    enter: OpenPage, finished_run: str, phase, label, command
) -> None:
    with living_worker(finished_run, phase) as folder:
        at = enter("train", run=finished_run)
        at.button(key=f"control_{label}").click().run()
        assert not at.exception
        assert read_control_request(folder).command == command


def test_step_button_asks_for_one_step(enter: OpenPage, finished_run: str) -> None:
    with living_worker(finished_run, "paused") as folder:
        at = enter("train", run=finished_run)
        at.button(key="control_Step one batch").click().run()
        assert read_control_request(folder).single_steps == 1
        assert read_control_request(folder).command == "pause"


def test_interrupted_run_offers_to_resume(enter: OpenPage, finished_run: str) -> None:
    with living_worker(finished_run, "training"):
        pass
    at = enter("train", run=finished_run)
    assert any(label.startswith("Resume from step") for label in labels(at))


def test_control_that_cannot_be_obeyed_is_explained(enter: OpenPage, finished_run: str) -> None:
    with living_worker(finished_run, "training"):
        pass
    at = enter("train", run=finished_run)
    resume = next(button for button in at.button if button.label.startswith("Resume"))
    with living_worker(finished_run, "training"):
        resume.click().run()
        assert not at.exception
        assert "already going" in at.error[0].value


def test_stop_that_takes_long_can_be_forced(
    enter: OpenPage, finished_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[str] = []
    monkeypatch.setattr("pages.ui.train.one_run.kill_run", killed.append)
    with living_worker(finished_run, "training") as folder:
        request(folder, "stop")
        at = enter("train", run=finished_run)
        assert not any(label.startswith("Force stop") for label in labels(at))
        monkeypatch.setattr("pages.ui.train.one_run._FORCE_AFTER_S", 0.0)
        at.run()
        next(button for button in at.button if button.label.startswith("Force stop")).click().run()
        assert not at.exception
    assert killed == [finished_run]


@pytest.mark.parametrize("run_id", ["nonsense", "../../etc", "20200101-000000-gone-0000"])
def test_unknown_run_in_the_address_falls_back_to_the_form(enter: OpenPage, run_id) -> None:
    at = enter("train", run=run_id)
    assert "Start training" in labels(at)
    assert "run" not in at.query_params


def test_new_session_finds_the_run_that_is_going(enter: OpenPage, finished_run: str) -> None:
    with living_worker(finished_run, "training"):
        at = enter("train")
        assert at.query_params["run"] == finished_run


def test_page_switch_keeps_the_run(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    at.switch_page("runs.py").run()
    del at.query_params["run"]
    at.switch_page("train.py").run()
    assert not at.exception
    assert at.query_params["run"] == finished_run


def test_back_leads_away_from_a_run_that_the_page_found_itself(
    enter: OpenPage, finished_run: str
) -> None:
    with living_worker(finished_run, "training"):
        at = enter("train")
        assert at.query_params["run"] == finished_run
        del at.query_params["run"]  # Back
        at.run()
        assert "run" not in at.query_params
        assert components(at, "train_chart")


@pytest.mark.parametrize("page", ["train", "home", "runs"])
def test_address_of_a_run_that_is_gone_gets_a_sentence_and_a_way_on(
    enter: OpenPage, page: str
) -> None:
    gone = "20200101-000000-gone-0000"
    at = enter(page, run=gone)
    if page != "train":
        assert not at.error
        return
    assert [gone in info.value.replace("\\", "") for info in at.info] == [True]
    assert "may have been deleted" in at.info[0].value
    assert "Start training" in labels(at), "the form is the way on"
    assert "run" not in at.query_params
    assert not at.run().info, "said once"


def test_run_that_is_deleted_under_its_open_page_gets_a_sentence(
    enter: OpenPage, finished_run: str, caplog: pytest.LogCaptureFixture
) -> None:
    at = enter("train", run=finished_run)
    delete_run(finished_run)
    at.run()
    assert not at.exception
    assert "may have been deleted" in at.info[0].value
    assert "Start training" in labels(at)
