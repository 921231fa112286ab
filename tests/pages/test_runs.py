from dataclasses import replace
from pathlib import Path

import pytest

from pages.ui.shell.notices import plain
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import (
    WorkerState,
    create_run,
    list_runs,
    read_status,
    rename_run,
    run_dir,
    write_state,
)
from tests.pages.components import components
from tests.pages.conftest import OpenPage
from tests.pages.tiny import tiny_experiment

pytestmark = pytest.mark.timeout(900)
HOSTILE = "![x](http://example.com/x.png) <svg onload=alert(1)> :red[hi] $x$ **b**"


def _ask(at, run_id: str, action: str):
    at.get_by_key(f"menu_{run_id}").set_value(action)
    return at.run()


def _ticked(at) -> str:
    word = at.query_params["runs"]
    return word if isinstance(word, str) else word[0]


def test_runs_page_says_what_to_do_while_there_is_none(enter: OpenPage) -> None:
    at = enter("runs")
    assert "There is no run yet" in at.info[0].value


def test_runs_page_compares_the_newest_run_at_first(enter: OpenPage, finished_run: str) -> None:
    at = enter("runs")
    assert at.checkbox(key=f"compare_{finished_run}").value
    assert components(at, "compare_chart")


def test_unticking_all_runs_takes_the_chart_away(enter: OpenPage, finished_run: str) -> None:
    at = enter("runs")
    at.checkbox(key=f"compare_{finished_run}").uncheck().run()
    assert not at.exception
    assert not components(at, "compare_chart")


def test_fifth_run_cannot_be_ticked(enter: OpenPage, home: Path) -> None:
    for number in range(5):
        create_run(tiny_experiment(home, f"Run {number}"))
    at = enter("runs")
    for box in [box for box in at.checkbox if not box.value][:3]:
        at.checkbox(key=str(box.key)).check().run()
    assert [box.disabled for box in at.checkbox].count(True) == 1


def test_rename_changes_the_title(enter: OpenPage, finished_run: str) -> None:
    at = _ask(enter("runs"), finished_run, "Rename")
    at.text_input(key="new_name").set_value("Another title")
    next(button for button in at.button if button.label == "Rename").click().run()
    assert not at.exception
    assert read_status(finished_run).name == "Another title"


def test_delete_asks_first(enter: OpenPage, finished_run: str) -> None:
    at = _ask(enter("runs"), finished_run, "Delete")
    assert [status.run_id for status in list_runs()] == [finished_run]
    next(button for button in at.button if button.label == "Delete for good").click().run()
    assert not at.exception
    assert list_runs() == ()


def test_delete_of_a_run_that_was_resumed_meanwhile_is_refused(
    enter: OpenPage, finished_run: str
) -> None:
    at = _ask(enter("runs"), finished_run, "Delete")
    with hold_lock(run_dir(finished_run)):
        next(button for button in at.button if button.label == "Delete for good").click().run()
        assert not at.exception
        assert any("still going" in info.value for info in at.info)
    assert len(list_runs()) == 1


def test_download_links_to_the_csv(enter: OpenPage, finished_run: str) -> None:
    at = _ask(enter("runs"), finished_run, "Download metrics")
    assert at.link_button[0].url == f"api/runs/{finished_run}/metrics.csv"


def test_hostile_names_are_shown_as_letters(enter: OpenPage, finished_run: str) -> None:
    rename_run(finished_run, HOSTILE)
    for page in ("home", "runs"):
        at = enter(page, run=finished_run)
        shown = [str(element.value) for element in (*at.markdown, *at.caption, *at.page_link)]
        assert any(plain(HOSTILE) in text for text in shown)
        assert not any("svg" in text.replace(plain(HOSTILE), "") for text in shown)


def test_a_comparison_is_a_link(enter: OpenPage, home: Path) -> None:
    ids = [create_run(tiny_experiment(home, f"Run {number}")).name for number in range(3)]
    at = enter("runs", runs=f"{ids[0]},{ids[2]}", view="results-and-settings")
    assert [at.checkbox(key=f"compare_{run_id}").value for run_id in ids] == [True, False, True]
    at.checkbox(key=f"compare_{ids[1]}").check().run()
    assert set(_ticked(at).split(",")) == set(ids)
    at.checkbox(key=f"compare_{ids[0]}").uncheck().run()
    assert set(_ticked(at).split(",")) == set(ids[1:])


def test_unknown_runs_of_an_address_get_a_sentence(enter: OpenPage, finished_run: str) -> None:
    at = enter("runs", runs=f"{finished_run},<b>gone</b>")
    (told,) = [info.value for info in at.info]
    assert plain("<b>gone</b>") in told and "not to be had here" in told
    assert at.checkbox(key=f"compare_{finished_run}").value
    assert not enter("runs").info


def test_results_and_settings_of_two_runs(enter: OpenPage, finished_run: str, home: Path) -> None:
    other = create_run(replace(tiny_experiment(home, "Other seed"), seed=7)).name
    at = enter("runs", runs=f"{finished_run},{other}", view="results-and-settings")
    results, differences = (table.value for table in at.dataframe)
    assert set(results["Net"]) == {"Residual", "Plain"}
    assert results["95 % interval"].str.contains(" to ").all()
    assert min(results["n"]) > 0
    seeds = differences.query("Setting == 'Seed'").iloc[0]
    assert seeds["Other seed"] == "7"
    assert any(text.value.startswith("Highest") for text in at.markdown)


def test_notes_are_kept_and_shown_letter_by_letter(enter: OpenPage, finished_run: str) -> None:
    at = _ask(enter("runs"), finished_run, "Notes")
    at.text_area(key="new_notes").set_value(HOSTILE)
    next(button for button in at.button if button.label == "Keep the notes").click().run()
    assert not at.exception
    assert read_status(finished_run).notes == HOSTILE
    assert any(plain(HOSTILE) in caption.value for caption in at.caption)


def test_a_live_run_is_stopped_from_its_menu(enter: OpenPage, saved_run: str) -> None:
    write_state(run_dir(saved_run), WorkerState(phase="training", num_steps=100))
    with hold_lock(run_dir(saved_run)):
        at = _ask(enter("runs"), saved_run, "Stop")
        assert not at.exception
        assert read_status(saved_run).phase == "stopping"
