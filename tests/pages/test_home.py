import pytest

from pages.ui.shell.site_map import entries
from resnet_core.runs.status import list_runs
from tests.pages.components import components
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.timeout(300)


def test_home_shows_pictures_and_data_before_any_run(open_page: OpenPage) -> None:
    at = open_page("home")
    assert at.title[0].value == "ResNet Lab"
    assert len(at.get("image")) == 10
    assert "Synthetic figures" in at.dataframe[0].value["Data set"].to_list()
    assert [button.label for button in at.button] == ["Start the demo"]


def test_home_through_the_navigation_shows_the_newest_run(
    enter: OpenPage, finished_run: str
) -> None:
    at = enter("home")
    assert [heading.value for heading in at.header] == [
        "The newest run",
        "What else can be done here",
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
