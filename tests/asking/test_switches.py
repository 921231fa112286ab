"""Switches: the fewest with one outcome, as words and back, and what cannot be."""

import numpy as np
import pytest

from resnet_core.asking.held_pictures import HeldAnswers
from resnet_core.asking.switch_sentences import (
    accuracy_change_sentence,
    held_sentence,
    no_switch_sentence,
    switch_words,
)
from resnet_core.asking.switches import (
    settle_switches,
    states_of,
    switch_of_word,
    where_it_can_be,
    why_no_drop,
    why_no_skip,
    word_of_switch,
)
from resnet_core.config import Intervention
from resnet_core.errors import ConfigError
from resnet_core.models import model_config

NET = model_config("resnet20")


def skip(value: float, blocks: str = "all") -> Intervention:
    return Intervention(what="skip_strength", blocks=blocks, value=value)


def drop(blocks: str, value: float = 1) -> Intervention:
    return Intervention(what="drop", blocks=blocks, value=value)


def held(right: int, total: int) -> HeldAnswers:
    return HeldAnswers(data_title="Figures", is_right=np.arange(total) < right)


def test_later_switches_win_and_nothing_is_left_of_what_is_put_back() -> None:
    cut = skip(0, "stage2.1")
    assert settle_switches(NET, (), [cut, cut]) == (cut,)
    assert settle_switches(NET, (), [cut, skip(1, "stage2.1")]) == ()
    assert settle_switches(NET, (), [drop("stage1.0"), drop("stage1.0", 0)]) == ()
    each = [skip(0, f"stage2.{index}") for index in range(3)]
    assert settle_switches(NET, (), each) == (skip(0, "stage2"),)
    assert settle_switches(model_config("resnet8"), (), [skip(0, "stage2")]) == (
        skip(0, "stage2.0"),
    ), "a stage of one block is called by that"


def test_what_was_done_before_the_net_was_loaded_counts_as_it_was() -> None:
    before = (skip(0, "stage2"), drop("stage3.1"))
    assert settle_switches(NET, before, []) == ()
    assert settle_switches(NET, before, [skip(0, "stage2.1")]) == ()
    back = settle_switches(NET, before, [skip(1, "stage2.1"), drop("stage3.1", 0)])
    assert back == (skip(1, "stage2.1"), drop("all", 0))


@pytest.mark.parametrize(
    "switch",
    [skip(0), skip(0.05, "stage2"), skip(1, "stage10.17"), drop("stage1.0"), drop("all", 0)],
)
def test_words_are_read_as_they_were_written(switch: Intervention) -> None:
    assert switch_of_word(word_of_switch(switch)) == switch


@pytest.mark.parametrize("word", ["", "skip", "skip-2-all", "skip-0-stem", "drop-", "drop-../x"])
def test_other_words_mean_nothing(word: str) -> None:
    assert switch_of_word(word) is None


def test_what_cannot_be_is_refused_and_the_reason_said() -> None:
    plain, dense = model_config("plain20"), model_config("densenet40_12")
    with pytest.raises(ConfigError, match="is a plain net"):
        settle_switches(plain, (), [skip(0)])
    assert where_it_can_be(plain, drop("stage2")) == (drop("stage2.1"), drop("stage2.2"))
    assert why_no_skip(NET) == why_no_drop(NET, "stage2.0") == ""
    assert "no skip to weigh" in why_no_skip(plain)
    assert "changes the shape" in why_no_drop(plain, "stage2.0")
    assert no_switch_sentence(NET, "", "") == ""
    said = no_switch_sentence(plain, why_no_skip(plain), why_no_drop(plain, "stage2.1"))
    assert said == "plain20 is a plain net: it has no skip to switch, only its branches."
    said = no_switch_sentence(dense, why_no_skip(dense), why_no_drop(dense, "stage2.1"))
    assert said.startswith("The blocks of densenet40_12 append their maps")


def words(*switches: Intervention, before: tuple[Intervention, ...] = ()) -> str:
    return switch_words(switches, states_of(NET, before, switches))


def test_sentence_says_what_the_interval_allows_and_its_opposite() -> None:
    cut = words(skip(0, "stage2.1"))
    falls = accuracy_change_sentence(cut, held(900, 1000), held(300, 1000))
    assert falls.startswith(
        "Without the skip of stage2.1 accuracy on 1,000 held pictures goes from 90.0\u00a0% to "
        "30.0\u00a0% (95 % interval of the change -6"
    )
    assert falls.endswith(" points): it falls.")
    assert accuracy_change_sentence(cut, held(300, 1000), held(900, 1000)).endswith("it rises.")
    same = accuracy_change_sentence(cut, held(90, 100), held(880, 1000))
    assert "on 100 held pictures goes from 90.0\u00a0% to 100.0\u00a0%" in same, (
        "those that both were shown"
    )
    assert accuracy_change_sentence(cut, held(90, 100), held(89, 100)).endswith(
        "no difference is shown."
    )
    assert held_sentence(held(90, 100)) == (
        "It names 90 of 100 held pictures rightly: 90.0\u00a0% (95 % interval 82.6\u00a0% to "
        "94.5\u00a0%)."
    )


def test_switches_are_named_in_words() -> None:
    assert words(skip(0.5, "stage2")) == "with the skips of stage2 at 0.5"
    assert words(skip(0, "stage2"), drop("stage1.0")) == (
        "without the skips of stage2 and without the branch of stage1.0"
    )
    assert words(drop("all", 0), before=(drop("all"),)) == "with the branches of all blocks"
    many = words(*(drop(f"stage1.{index}") for index in range(3)), drop("stage2"), drop("stage3"))
    assert many.endswith("the branch of stage1.2 and 2 more switches")


def test_a_skip_is_not_said_to_be_cut_where_a_block_hands_on_all_by_it() -> None:
    assert words(skip(0), drop("all")) == "without the branches of all blocks"
    assert words(skip(0, "stage2.1"), drop("stage2.1")) == "without the branch of stage2.1"
    assert words(skip(0, "stage2"), drop("stage2.1")) == (
        "without the skips of stage2 but that of stage2.1 and without the branch of stage2.1"
    )
    assert words(skip(0), drop("stage1")) == (
        "without the skips of all blocks but those of stage1 and without the branches of stage1"
    )
    assert words(skip(0.5), before=(drop("stage2.0"), drop("stage2.2"))) == (
        "with the skips of all blocks but those of stage2.0 and stage2.2 at 0.5"
    )
    assert words(skip(0, "stage1.0"), before=(drop("stage1.0"),)) == (
        "with nothing changed, as a block without its branch keeps its skip,"
    )
