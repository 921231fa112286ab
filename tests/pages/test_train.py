from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.config import ExperimentConfig
from resnet_core.recipes.comparisons import READY_MADE, SWITCHES
from resnet_core.runs.control import read_control_request, request
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import delete_run, list_runs, read_state, run_dir, write_state
from tests.data.layout_trees import several, write_tree
from tests.pages.components import components
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle, tile_rows
from tests.pages.tiny import write_pictures

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _no_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a step has a test of its own; elsewhere it would only cost time."""
    monkeypatch.setattr("pages.ui.train.cost._measured", lambda config, data: None)


@contextmanager
def _living_worker(run_id: str, phase: str) -> Iterator[Path]:
    """Puts this process in the worker's place: it holds the lock and says the phase."""
    folder = run_dir(run_id)
    with hold_lock(folder):
        write_state(folder, replace(read_state(folder), phase=phase))  # type: ignore[arg-type]
        yield folder


def _labels(at) -> list[str]:
    return [button.label for button in at.button]


@pytest.mark.parametrize("comparison", READY_MADE, ids=lambda comparison: comparison.title)
def test_form_tells_the_cost_of_every_ready_comparison(open_page: OpenPage, comparison) -> None:
    at = open_page("train")
    at.selectbox(key="arms_ready").select(comparison.title).run()
    assert not at.exception
    table = at.dataframe[0].value
    assert len(table) == len(comparison.nets)
    assert "Start training" in _labels(at)


def test_form_tells_the_papers_parameter_count(open_page: OpenPage) -> None:
    at = open_page("train")
    assert at.dataframe[0].value["Parameters"].to_list() == ["270 k", "270 k"]


def test_a_comparison_is_offered_three_seeds_and_one_net_one(open_page: OpenPage) -> None:
    at = open_page("train")
    seeds = at.number_input(key="seeds_up_to_12")
    assert (seeds.label, seeds.value, seeds.min, seeds.max) == ("Seeds", 3, 1, 12)
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    at.multiselect(key="arms_nets").set_value(["resnet20"]).run()
    assert at.number_input(key="seeds_up_to_24").value == 1
    at.multiselect(key="arms_nets").set_value(["resnet20", "plain20", "resnet32"]).run()
    assert at.number_input(key="seeds_up_to_8").value == 3
    assert not at.exception


def _configs(monkeypatch: pytest.MonkeyPatch, at) -> list[ExperimentConfig]:
    """Presses Start, and gives what would have been started."""
    started: list[ExperimentConfig] = []

    def keep(config: ExperimentConfig) -> str:
        started.append(config)
        return "20200101-000000-kept-0000"

    monkeypatch.setattr("pages.ui.train.form.start_experiment", keep)
    next(button for button in at.button if button.label == "Start training").click().run()
    assert not at.exception
    return started


def test_an_address_prepares_the_experiment(open_page: OpenPage, monkeypatch) -> None:
    """All that a teacher chose and nothing else: the session of whoever opens it is a new one."""
    teacher = open_page("train")
    teacher.segmented_control(key="arms_kind").set_value("Any nets").run()
    teacher.multiselect(key="arms_nets").set_value(["resnet26", "plain20"]).run()
    teacher.selectbox(key="recipe").select("fast").run()
    teacher.number_input(key="epochs_fast").set_value(2.5)
    teacher.number_input(key="batch_fast").set_value(64)
    teacher.number_input(key="rate_fast").set_value(0.0125)
    teacher.number_input(key="decay_fast").set_value(0.0002)
    teacher.selectbox(key="schedule_fast").select("cosine")
    teacher.number_input(key="seeds_up_to_12").set_value(2)
    teacher.number_input(key="seed").set_value(7)
    teacher.number_input(key="max_train").set_value(512)
    teacher.selectbox(key="device").select("cpu")
    teacher.run()
    address = {key: teacher.query_params[key] for key in teacher.query_params}
    (sent,) = _configs(monkeypatch, teacher)

    (prepared,) = _configs(monkeypatch, open_page("train", **address))

    assert prepared == sent
    assert [arm.model.name for arm in prepared.arms] == ["resnet26", "plain20"]
    training = prepared.training
    assert (training.epochs, training.batch_size, training.schedule) == (2.5, 64, "cosine")
    assert (training.learning_rate, training.weight_decay) == (0.0125, 0.0002)
    assert (prepared.seeds, prepared.seed, prepared.data.max_train) == (2, 7, 512)


def test_an_address_prepares_a_switch(open_page: OpenPage) -> None:
    at = open_page(
        "train",
        arms_kind="one-net-one-switch",
        switch_title="skip-strength",
        switch_values_skip_strength="0.25,1.0",
    )
    assert at.multiselect(key="switch_values_skip_strength").value == [0.25, 1.0]
    assert len(at.dataframe[0].value) == 2
    assert not at.info


def test_nets_of_the_address_train_with_their_twin_or_without(open_page: OpenPage) -> None:
    at = open_page("train", net="resnet20", changes='{"norm":"none"}')
    assert len(at.dataframe[0].value) == 2
    at.toggle(key="twin").set_value(False).run()
    assert at.query_params["twin"] == "off"
    assert len(at.dataframe[0].value) == 1
    next(button for button in at.button if button.label == "Choose other nets").click().run()
    assert "net" not in at.query_params
    assert at.selectbox(key="arms_ready").value
    assert "no net called" in open_page("train", net="resnet9").error[0].value


def test_back_undoes_a_choice_of_the_form(open_page: OpenPage) -> None:
    at = open_page("train")
    assert not at.query_params, "what opens a page writes no entry of its history"
    at.number_input(key="steps_demo").set_value(40).run()
    assert at.query_params["steps_demo"] == "40"
    at.query_params.clear()
    at.run()
    assert at.number_input(key="steps_demo").value == 320


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("recipe", "slow"),
        ("arms_nets", "resnet21"),
        ("data_source", "imagenet"),
        ("rate_demo", "1e999"),
        ("decay_demo", "nan"),
        ("steps_demo", "-3"),
        ("seeds_up_to_12", "100"),
        ("device", "tpu"),
    ],
)
def test_a_word_that_the_form_cannot_take_gets_a_sentence(open_page: OpenPage, key, word) -> None:
    kind = {"arms_kind": "any-nets"} if key == "arms_nets" else {}
    at = open_page("train", **kind, **{key: word})
    said = [info.value.replace("\\", "") for info in at.info]
    assert [f"“{word}” as “{key}”" in sentence for sentence in said] == [True]
    assert "Start training" in _labels(at)


def test_a_prepared_form_is_shown_while_a_run_goes(enter: OpenPage, finished_run: str) -> None:
    with _living_worker(finished_run, "training"):
        at = enter("train", recipe="fast")
        assert "run" not in at.query_params
        assert at.selectbox(key="recipe").value == "fast"


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.setting.title)
def test_form_makes_an_arm_of_each_value_of_a_switch(open_page: OpenPage, switch) -> None:
    at = open_page("train")
    at.segmented_control(key="arms_kind").set_value("One net, one switch").run()
    at.selectbox(key="switch_title").select(switch.setting.title).run()
    assert not at.exception
    assert len(at.dataframe[0].value) == len(switch.first)


@pytest.mark.parametrize(
    ("nets", "says"),
    [
        (["resnet21"], "nearest are resnet20 and resnet26"),
        (["![x](http://example.com/x.png)"], "did you mean"),
    ],
)
def test_form_names_what_an_unknown_net_should_be(open_page: OpenPage, nets, says) -> None:
    at = open_page("train")
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    at.multiselect(key="arms_nets").set_value(nets).run()
    assert not at.exception
    assert says in at.error[0].value
    assert "](http" not in at.error[0].value
    assert "Start training" not in _labels(at)


def test_form_waits_for_nets_and_pictures(open_page: OpenPage) -> None:
    at = open_page("train")
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    at.multiselect(key="arms_nets").set_value([]).run()
    assert "at least one net" in at.info[0].value
    at.multiselect(key="arms_nets").set_value(["resnet20"]).run()
    at.selectbox(key="data_source").select("Pictures of my own").run()
    assert "the path of your pictures" in at.info[0].value


def test_form_looks_at_a_folder_of_ones_own(open_page: OpenPage, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "own")
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    at.text_input(key="data_path").set_value(str(folder)).run()
    assert not at.exception
    assert any(
        "3 classes: dark, grey, light" in caption.value.replace("\\", "") for caption in at.caption
    )


def _look_at(at: AppTest, folder: Path) -> AppTest:
    at.selectbox(key="data_source").select("Pictures of my own").run()
    return settle(at.text_input(key="data_path").set_value(str(folder)).run())


def test_form_shows_counts_and_pictures_and_names_what_is_left_out(
    open_page: OpenPage, tmp_path: Path
) -> None:
    tops = {"training_set/a__b": 8, "training_set/dog": 8, "test_set/a__b": 3, "test_set/dog": 3}
    pictures = [path for top, count in tops.items() for path in several(top, count)]
    folder = write_tree(tmp_path / "own", [*pictures, *several("pred", 2)], {"LICENSE": "free"})
    at = _look_at(open_page("train"), folder)
    said = " ".join(caption.value.replace("\\", "") for caption in at.caption)
    assert "2 classes: a__b, dog (class folders in split folders)" in said
    assert "No validation folder: 10% of the training pictures are held out for it." in said
    assert "Left out: 3 files" in [expander.label for expander in at.expander]
    left = next(table.value for table in at.dataframe if "Because it" in table.value)
    assert left["What"].to_list() == ["pred", "LICENSE"]
    assert left["Files"].to_list() == [2, 1]
    rows = tile_rows(at, "own-pictures")
    assert [(row["title"], row["notes"]) for row in rows] == [
        ("a__b", ["8 train, 3 test"]),
        ("dog", ["8 train, 3 test"]),
    ]
    assert [len(row["tiles"]) for row in rows] == [6, 6]
    assert "Start training" in _labels(at)


def test_form_folds_the_pictures_of_many_classes(open_page: OpenPage, tmp_path: Path) -> None:
    names = [f"kind {number:02}" for number in range(9)]
    folder = write_tree(tmp_path / "own", [p for name in names for p in several(name, 3)])
    at = _look_at(open_page("train"), folder)
    assert [row["title"] for row in tile_rows(at, "own-pictures")] == names[:6]
    assert "Pictures of 3 more classes" in [expander.label for expander in at.expander]
    counts = next(table.value for table in at.dataframe if "Class" in table.value)
    assert counts["train"].to_list() == [3] * 9


def test_form_says_what_is_wrong_with_a_folder(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    for path in (tmp_path / "empty", tmp_path / "missing", "~nobody-of-that-name/x", "x" * 300):
        at.text_input(key="data_path").set_value(str(path)).run()
        assert not at.exception
        assert len(at.error) == 1
        assert "Error" not in at.error[0].value
        assert "Start training" not in _labels(at)


def test_start_opens_the_live_view_of_the_new_run(enter: OpenPage) -> None:
    at = enter("train")
    next(button for button in at.button if button.label == "Start training").click().run()
    assert not at.exception
    (run,) = list_runs()
    assert at.query_params["run"] == run.run_id
    assert run.seeds == 3
    assert components(at, "train_chart")
    assert "Pause" in _labels(at)


def test_finished_run_is_shown_without_controls(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    assert components(at, "train_chart")
    assert not {"Pause", "Resume", "Stop"} & set(_labels(at))


@pytest.mark.parametrize(
    ("phase", "label", "command"),
    [("training", "Pause", "pause"), ("paused", "Resume", "run"), ("training", "Stop", "stop")],
)
def test_controls_tell_the_worker(
    enter: OpenPage, finished_run: str, phase, label, command
) -> None:
    with _living_worker(finished_run, phase) as folder:
        at = enter("train", run=finished_run)
        at.button(key=f"control_{label}").click().run()
        assert not at.exception
        assert read_control_request(folder).command == command


def test_step_button_asks_for_one_step(enter: OpenPage, finished_run: str) -> None:
    with _living_worker(finished_run, "paused") as folder:
        at = enter("train", run=finished_run)
        at.button(key="control_Step one batch").click().run()
        assert read_control_request(folder).single_steps == 1
        assert read_control_request(folder).command == "pause"


def test_interrupted_run_offers_to_resume(enter: OpenPage, finished_run: str) -> None:
    with _living_worker(finished_run, "training"):
        pass
    at = enter("train", run=finished_run)
    assert any(label.startswith("Resume from step") for label in _labels(at))


def test_control_that_cannot_be_obeyed_is_explained(enter: OpenPage, finished_run: str) -> None:
    with _living_worker(finished_run, "training"):
        pass
    at = enter("train", run=finished_run)
    resume = next(button for button in at.button if button.label.startswith("Resume"))
    with _living_worker(finished_run, "training"):
        resume.click().run()
        assert not at.exception
        assert "already going" in at.error[0].value


def test_stop_that_takes_long_can_be_forced(
    enter: OpenPage, finished_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[str] = []
    monkeypatch.setattr("pages.ui.train.one_run.kill_run", killed.append)
    with _living_worker(finished_run, "training") as folder:
        request(folder, "stop")
        at = enter("train", run=finished_run)
        assert not any(label.startswith("Force stop") for label in _labels(at))
        monkeypatch.setattr("pages.ui.train.one_run._FORCE_AFTER_S", 0.0)
        at.run()
        next(button for button in at.button if button.label.startswith("Force stop")).click().run()
        assert not at.exception
    assert killed == [finished_run]


@pytest.mark.parametrize("run_id", ["nonsense", "../../etc", "20200101-000000-gone-0000"])
def test_unknown_run_in_the_address_falls_back_to_the_form(enter: OpenPage, run_id) -> None:
    at = enter("train", run=run_id)
    assert "Start training" in _labels(at)
    assert "run" not in at.query_params


def test_new_session_finds_the_run_that_is_going(enter: OpenPage, finished_run: str) -> None:
    with _living_worker(finished_run, "training"):
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
    with _living_worker(finished_run, "training"):
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
    assert "Start training" in _labels(at), "the form is the way on"
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
    assert "Start training" in _labels(at)


def test_expected_errors_are_one_line_in_the_log(
    open_page: OpenPage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = open_page("train")
    at.selectbox(key="data_source").select("Pictures of my own").run()
    at.text_input(key="data_path").set_value(str(tmp_path / "missing")).run()
    (said,) = [record for record in caplog.records if record.name == "resnet_lab"][:1]
    assert "missing" in said.getMessage()
    assert "\n" not in said.getMessage()
    assert said.exc_info is None
