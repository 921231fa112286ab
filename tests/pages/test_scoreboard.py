"""The Scoreboard page over a run that the real worker finished, without a browser."""

import pytest

from resnet_core import paths
from resnet_core.checkpoints import list_cards, list_checkpoints
from resnet_core.models import net_label
from resnet_core.runs.status import WorkerState, run_dir, write_state
from resnet_core.scoreboard import joined_runs, put_on_scoreboard
from tests.pages.components import shown_figure
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.timeout(900)


def _table(at, index: int):
    return at.dataframe[index].value


def _all_results(open_page: OpenPage):
    return open_page("scoreboard", view="all-results")


def test_it_opens_on_what_depth_does_with_equal_budgets(enter: OpenPage) -> None:
    at = enter("scoreboard")
    assert "There is none yet" in at.info[0].value
    figure = shown_figure(at, "budget_depth")
    assert figure is not None
    assert {"residual", "plain"} <= {trace.get("name") for trace in figure["data"]}
    (said,) = [text.value for text in at.markdown if "layers the plain net is" in text.value]
    assert "3 seeds a net" in said
    assert at.selectbox(key="budget").value == "CIFAR-10 (JPEG copy), 9 epochs"


def test_published_view_says_where_error_is_lowest(open_page: OpenPage) -> None:
    at = open_page("scoreboard", view="published")
    assert shown_figure(at, "degradation") is not None
    (said,) = [text.value for text in at.markdown if "lowest at 110 layers" in text.value]
    assert said.count("\n") >= 3


def test_conditions_stand_beside_each_number(open_page: OpenPage) -> None:
    ranked, others = (_table(_all_results(open_page), index) for index in (0, 1))
    assert {"He et al. 2015, table 6", "He et al. 2016, table 3"} <= set(ranked["From"])
    assert ranked["Test error (%)"].is_monotonic_increasing
    best = ranked.query("From == 'a-martyn/resnet'")
    assert set(best["Picked"]) == {"best epoch on the test set"}
    (about,) = others[others["From"].str.contains("blog post")]["Note"]
    assert list(others["Test error (%)"].isna()).count(True) == 1
    assert "about 93 %" in about
    assert all(" to " in interval for interval in others.query("Epochs == 9")["95 % interval"])


def test_nothing_of_another_data_set_or_budget_is_ranked(open_page: OpenPage) -> None:
    at = _all_results(open_page)
    assert set(_table(at, 0)["Data"]) == {"CIFAR-10"}
    others = _table(at, 1)
    reasons = "Other data|Shorter budget|Fewer pictures|about 93"
    assert others["Note"].str.contains(reasons).all()
    named = {name for names in others["From"] for name in names.split(", ")}
    cards = (*list_checkpoints(), *list_cards(paths.results_dir()))
    assert named - {"ResNet-18 blog post", "2025"} <= {card.name for card in cards}


def test_a_run_joins_with_one_click_and_leaves_with_another(
    open_page: OpenPage, finished_run: str
) -> None:
    at = _all_results(open_page)
    at.button(key=f"scoreboard_{finished_run}").click().run()
    assert joined_runs() == (finished_run,)
    mine = _table(at, 1).query("From == @finished_run")
    assert set(mine["Net"]) == {"ResNet-8", "Plain-8"}
    assert set(mine["Link"]) == {f"/train?run={finished_run}"}
    assert mine["Training error (%)"].between(0, 100).all()
    assert mine["95 % interval"].str.contains(" to ").all()
    assert set(mine["Augmentation"]) == {"crop and flip"}
    at.button(key=f"scoreboard_{finished_run}").click().run()
    assert joined_runs() == ()
    assert finished_run not in set(_table(at, 1)["From"])


def test_a_joined_run_is_a_budget_of_its_own(open_page: OpenPage, finished_run: str) -> None:
    put_on_scoreboard(finished_run)
    at = open_page("scoreboard")
    (own,) = [option for option in at.selectbox(key="budget").options if "yours" in option]
    at.selectbox(key="budget").select(own).run()
    figure = shown_figure(at, "budget_depth")
    assert figure is not None
    assert {trace.get("name") for trace in figure["data"]} >= {"residual", "plain"}
    assert any("says nothing of depth" in text.value for text in at.markdown)


def test_a_run_without_test_pictures_is_refused_in_words(
    open_page: OpenPage, saved_run: str
) -> None:
    write_state(run_dir(saved_run), WorkerState(phase="finished"))
    at = open_page("scoreboard")
    at.button(key=f"scoreboard_{saved_run}").click().run()
    assert "measured nothing on test pictures" in at.info[0].value


def test_responses_are_of_one_budget_and_can_be_sorted(open_page: OpenPage) -> None:
    at = open_page("scoreboard", view="layer-responses", order="size")
    figure = shown_figure(at, "responses")
    assert figure is not None
    title = at.selectbox(key="nets").value
    alike = [c for c in list_checkpoints() if title == f"{c.data_title}, {c.num_steps:,} steps"]
    names = sorted(net_label(card.model.name) for card in alike)
    assert sorted(trace["name"] for trace in figure["data"]) == names
    assert "largest" in figure["layout"]["xaxis"]["title"]["text"]
    assert any("Mean response of a layer" in text.value for text in at.markdown)
