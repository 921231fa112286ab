"""The form of the Train page: every comparison and switch tells its cost, and what it waits for."""

import pytest

from resnet_core.recipes.comparisons import READY_MADE, SWITCHES
from tests.pages.conftest import OpenPage
from tests.pages.train_page import labels

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("no_measuring")]


@pytest.mark.parametrize("comparison", READY_MADE, ids=lambda comparison: comparison.title)
def test_form_tells_the_cost_of_every_ready_comparison(open_page: OpenPage, comparison) -> None:
    at = open_page("train")
    at.selectbox(key="arms_ready").select(comparison.title).run()
    assert not at.exception
    table = at.table[0].value
    assert len(table) == len(comparison.nets)
    assert "Start training" in labels(at)


def test_form_tells_the_papers_parameter_count(open_page: OpenPage) -> None:
    at = open_page("train")
    assert at.table[0].value["Parameters"].to_list() == ["270 k", "270 k"]


def test_a_comparison_is_offered_three_seeds_and_one_net_one(open_page: OpenPage) -> None:
    at = open_page("train")
    seeds = at.number_input(key="train_seeds")
    assert (seeds.label, seeds.value, seeds.min, seeds.max) == ("Seeds", 3, 1, 12)
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    at.multiselect(key="arms_nets").set_value(["resnet20"]).run()
    seeds = at.number_input(key="train_seeds")
    assert (seeds.value, seeds.max) == (1, 24)
    at.multiselect(key="arms_nets").set_value(["resnet20", "plain20", "resnet32"]).run()
    seeds = at.number_input(key="train_seeds")
    assert (seeds.value, seeds.max) == (3, 8)
    assert not at.exception


def test_chosen_seeds_stay_when_a_net_is_added_and_no_more_than_there_is_room_for(
    open_page: OpenPage,
) -> None:
    at = open_page("train")
    at.number_input(key="train_seeds").set_value(10).run()
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    assert at.number_input(key="train_seeds").value == 10
    nets = ["resnet20", "plain20", "resnet32"]
    at.multiselect(key="arms_nets").set_value(nets).run()
    seeds = at.number_input(key="train_seeds")
    assert (seeds.value, seeds.max) == (8, 8)
    at.number_input(key="train_seeds").set_value(2).run()
    at.multiselect(key="arms_nets").set_value([*nets, "plain32"]).run()
    assert at.number_input(key="train_seeds").value == 2
    at.multiselect(key="arms_nets").set_value(["resnet20"]).run()
    assert at.number_input(key="train_seeds").value == 2
    assert not at.exception


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.setting.title)
def test_form_makes_an_arm_of_each_value_of_a_switch(open_page: OpenPage, switch) -> None:
    at = open_page("train")
    at.segmented_control(key="arms_kind").set_value("One net, one switch").run()
    at.selectbox(key="switch_title").select(switch.setting.title).run()
    assert not at.exception
    assert len(at.table[0].value) == len(switch.first)


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
    assert "Start training" not in labels(at)


def test_form_waits_for_nets_and_pictures(open_page: OpenPage) -> None:
    at = open_page("train")
    at.segmented_control(key="arms_kind").set_value("Any nets").run()
    at.multiselect(key="arms_nets").set_value([]).run()
    assert "at least one net" in at.info[0].value
    at.multiselect(key="arms_nets").set_value(["resnet20"]).run()
    at.selectbox(key="data_source").select("Pictures of my own").run()
    assert "the path of your pictures" in at.info[0].value
