"""Each figure that a document states stands beside the command that shows it."""

import dataclasses
import math
import re
import statistics

import pytest

from benchmarks.claims.cards import card_figure, over_seeds
from benchmarks.claims.claim import Claim, check
from benchmarks.claims.document import PATH, document
from benchmarks.claims.listed import CLAIMS
from benchmarks.claims.patterns import cell


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim)
def test_the_document_that_a_claim_names_states_it(claim):
    assert math.isfinite(claim.stated)


def test_the_list_of_claims_is_written_down_as_it_is():
    assert PATH.read_text("utf-8") == document(CLAIMS)


def test_a_claim_that_holds_no_more_is_told():
    claim = dataclasses.replace(_telemetry(), measure=lambda: 0.5, tolerance=0.1)

    found = check(claim)

    assert (found.ok, found.measured) == (False, 0.5)
    assert check(dataclasses.replace(claim, measure=lambda: claim.stated)).ok


def test_a_claim_that_its_document_dropped_is_told():
    with pytest.raises(LookupError, match=r"docs/benchmarks\.md no longer says"):
        _ = dataclasses.replace(_telemetry(), pattern="never written (1)").stated


def test_a_large_figure_may_differ_by_a_share_of_itself():
    claim = dataclasses.replace(
        _telemetry(), pattern="batch 64", meant=200.0, relative=0.01, measure=lambda: 201.9
    )
    assert check(claim).ok
    assert not check(dataclasses.replace(claim, measure=lambda: 202.1)).ok


@pytest.mark.parametrize(
    ("key", "column", "figure"),
    [("plain | 6", 1, "37.2"), ("plain | 6", 2, "-0.5"), ("plain | 16", 1, "1.8e-9")],
)
def test_a_cell_is_found_by_the_row_s_first_cells_and_its_place(key, column, figure):
    text = "| plain | 6 | 37.2 % (n = 2) | -0.5 | | plain | 16 | **falls** ×1.8e-9 (1 to 2) |"
    found = re.search(cell(key, column), text)
    assert found is not None
    assert found[1] == figure


def test_a_row_of_another_table_is_passed_by():
    text = "One: | Home | 1 s | Two: | Home | 2 s |"
    found = re.search(cell("Home", 1, after="Two:"), text)
    assert found is not None
    assert found[1] == "2"


def test_seeds_are_summarised_from_the_cards_of_all_three():
    net = "plain56-cifar10-jpeg-9-epochs"
    cards = [card_figure(name, "metrics.test_accuracy") for name in (net, *_results(net))]
    assert over_seeds(max, net) == max(cards)
    assert over_seeds(statistics.mean, net, 100) == pytest.approx(100 * sum(cards) / 3)


def _results(net: str) -> list[str]:
    return [f"results/{net}-seed{seed}" for seed in (1, 2)]


def _telemetry() -> Claim:
    return next(claim for claim in CLAIMS if "telemetry" in claim.claim)
