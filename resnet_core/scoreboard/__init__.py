"""The papers' results beside ours, with everything that makes them comparable or not."""

from resnet_core.scoreboard.budgets import EqualBudget, depth_effect, equal_budgets
from resnet_core.scoreboard.entries import Entry, NetKind, ResultOrigin
from resnet_core.scoreboard.ours import (
    joined_runs,
    leave_scoreboard,
    list_entries,
    put_on_scoreboard,
)
from resnet_core.scoreboard.published import PUBLISHED_RESULTS
from resnet_core.scoreboard.sentences import (
    budget_sentence,
    published_sentences,
    ranking_sentence,
    responses_sentence,
)

__all__ = [
    "PUBLISHED_RESULTS",
    "Entry",
    "EqualBudget",
    "NetKind",
    "ResultOrigin",
    "budget_sentence",
    "depth_effect",
    "equal_budgets",
    "joined_runs",
    "leave_scoreboard",
    "list_entries",
    "published_sentences",
    "put_on_scoreboard",
    "ranking_sentence",
    "responses_sentence",
]
