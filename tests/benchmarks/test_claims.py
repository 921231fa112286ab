"""Each figure that a document states stands beside the command that shows it."""

import dataclasses

import pytest

from benchmarks.claims.claim import Claim, check
from benchmarks.claims.document import PATH, document
from benchmarks.claims.listed import CLAIMS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim)
def test_the_document_that_a_claim_names_states_it(claim):
    assert claim.stated >= 0


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


def _telemetry() -> Claim:
    return next(claim for claim in CLAIMS if "telemetry" in claim.claim)
