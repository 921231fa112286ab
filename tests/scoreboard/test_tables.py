"""The numbers behind the scoreboard's figures, as CSV."""

import pytest

from resnet_core.checkpoints import list_checkpoints
from resnet_core.figures.scoreboard_tables import card_responses_csv, entries_csv
from resnet_core.scoreboard import PUBLISHED_RESULTS
from tests.figures.reading import rows
from tests.scoreboard.test_sentences import MEASURED


def test_results_have_a_row_each_in_percents():
    ours, *_ = rows(entries_csv(MEASURED))
    low, high = (100 * bound for bound in MEASURED[0].interval or (0, 0))
    assert float(ours["test_error_percent"]) == pytest.approx(100 * MEASURED[0].test_error)
    assert float(ours["low_95_percent"]) == pytest.approx(low, rel=1e-5)
    assert float(ours["high_95_percent"]) == pytest.approx(high, rel=1e-5)
    assert (ours["seeds"], ours["depth_layers"], ours["epochs"]) == ("3", "20", "9")
    published = rows(entries_csv(PUBLISHED_RESULTS))
    assert len(published) == len(PUBLISHED_RESULTS)
    assert {row["low_95_percent"] for row in published} == {""}, "what is not known is empty"


def test_responses_have_a_row_for_each_layer():
    card = next(card for card in list_checkpoints() if card.layer_responses)
    written = rows(card_responses_csv([card]))
    assert [row["layer"] for row in written] == list(card.layer_responses)
    assert [row["place"] for row in written[:2]] == ["1", "2"]
