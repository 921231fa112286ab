"""The Scoreboard page over a run that the real worker finished, without a browser."""

import pytest

from resnet_core.checkpoints import list_checkpoints
from resnet_core.runs.status import WorkerState, run_dir, write_state
from resnet_core.scoreboard import joined_runs
from tests.pages.components import shown_figure
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.timeout(300)


def _table(at, index: int):
    return at.dataframe[index].value


def _owners(at) -> set[str]:
    """Whether the figure shows lines that are the visitor's own."""
    figure = shown_figure(at, "degradation")
    assert figure is not None
    return {"yours" for trace in figure["data"] if "yours" in trace["name"]}


def test_without_runs_it_says_how_to_get_one(enter: OpenPage) -> None:
    at = enter("scoreboard")
    assert "There is none yet" in at.info[0].value
    assert {"He et al. 2015, table 6", "He et al. 2016, table 3"} <= set(_table(at, 0)["From"])
    assert _table(at, 0)["Test error (%)"].is_monotonic_increasing


def test_nothing_of_another_data_set_or_budget_is_ranked(open_page: OpenPage) -> None:
    at = open_page("scoreboard")
    assert set(_table(at, 0)["Data"]) == {"CIFAR-10"}
    others = _table(at, 1)
    assert others["Mind"].str.contains("Other data|Shorter budget|Fewer pictures").all()
    named = {name for names in others["From"] for name in names.split(", ")}
    assert named <= {card.name for card in list_checkpoints()}


def test_a_run_joins_with_one_click_and_leaves_with_another(
    open_page: OpenPage, finished_run: str
) -> None:
    at = open_page("scoreboard")
    at.button(key=f"scoreboard_{finished_run}").click().run()
    assert joined_runs() == (finished_run,)
    mine = _table(at, 1).query("From == @finished_run")
    assert set(mine["Net"]) == {"ResNet-8", "Plain-8"}
    assert set(mine["Link"]) == {f"/train?run={finished_run}"}
    assert mine["Training error (%)"].between(0, 100).all()
    assert _owners(at) == {"yours"}
    at.button(key=f"scoreboard_{finished_run}").click().run()
    assert joined_runs() == ()
    assert _owners(at) == set()
    assert finished_run not in set(_table(at, 1)["From"])


def test_a_run_without_test_pictures_is_refused_in_words(
    open_page: OpenPage, saved_run: str
) -> None:
    write_state(run_dir(saved_run), WorkerState(phase="finished"))
    at = open_page("scoreboard")
    at.button(key=f"scoreboard_{saved_run}").click().run()
    assert "measured nothing on test pictures" in at.info[0].value


def test_responses_are_of_one_data_set_and_can_be_sorted(open_page: OpenPage) -> None:
    at = open_page("scoreboard")
    at.segmented_control(key="responses_order").set_value("size").run()
    trained_on = {card.name: card.data_title for card in list_checkpoints()}
    figure = shown_figure(at, "responses")
    assert figure is not None
    assert len({trained_on[trace["name"]] for trace in figure["data"]}) == 1
    assert "largest" in figure["layout"]["xaxis"]["title"]["text"]
