import pytest

from pages.ui.shell.news import news_of_verdict
from pages.ui.shell.notices import plain
from pages.ui.shell.site_map import entries
from resnet_core import paths
from resnet_core.recipes.stored_demo import find_stored_demo, read_conditions
from resnet_core.runs.status import list_runs
from tests.pages.components import components
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.timeout(900)


def test_home_shows_pictures_and_data_before_any_run(open_page: OpenPage) -> None:
    at = open_page("home")
    assert at.title[0].value == "ResNet Lab"
    assert len(at.get("image")) == 10
    assert "Synthetic figures" in at.table[0].value["Data set"].to_list()
    assert [button.label for button in at.button] == ["Start the demo"]


def test_home_opens_with_the_stored_run_and_its_verdict(open_page: OpenPage) -> None:
    at = open_page("home")
    stored = find_stored_demo()
    assert stored is not None
    assert at.header[0].value == "Why do deep nets need skips?"
    assert components(at, "stored_demo")
    (line,) = news_of_verdict(stored).lines
    assert f"**{plain(line.title)}**" in [markdown.value for markdown in at.markdown]
    (caption,) = [each.value for each in at.caption if "A stored run" in each.value]
    assert plain(line.text) in caption
    card = read_conditions(stored.run_id)
    assert card is not None
    assert plain(card.date) in caption
    assert plain(card.hardware) in caption


def test_home_without_a_stored_run_still_has_its_question_and_button(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, home
) -> None:
    monkeypatch.setattr(paths, "shipped_runs_dir", lambda: home / "nothing")
    at = open_page("home")
    assert [button.label for button in at.button] == ["Start the demo"]
    assert not components(at, "stored_demo")
    assert not any("A stored run" in each.value for each in at.caption)


def test_stored_run_opens_like_any_other_and_is_not_listed(enter: OpenPage) -> None:
    stored = find_stored_demo()
    assert stored is not None
    at = enter("train", run=stored.run_id)
    assert components(at, "train_chart")
    assert "What this run showed" in [heading.value for heading in at.header]
    assert list_runs() == ()


def test_home_through_the_navigation_shows_the_newest_run(
    enter: OpenPage, finished_run: str
) -> None:
    at = enter("home")
    assert [heading.value for heading in at.header] == [
        "Why do deep nets need skips?",
        "The newest run",
        "What else can be done here",
        "What the demo's nets learn to tell apart",
        "This machine",
    ]
    assert components(at, "home_chart")
    assert {entry.title for entry in entries()[1:]} <= {link.value for link in at.page_link}


def test_demo_starts_one_run_however_often_it_is_pressed(enter: OpenPage) -> None:
    at = enter("home")
    at.button[0].click().run()
    assert not at.exception
    (run,) = list_runs()
    assert run.is_live
    assert at.query_params["run"] == run.run_id

    second = enter("home")
    second.button[0].click().run()
    assert not second.exception
    assert [status.run_id for status in list_runs()] == [run.run_id]
    assert second.query_params["run"] == run.run_id
    assert any("already running" in info.value for info in second.info)
