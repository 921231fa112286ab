"""Error against depth: own results with one budget, and what others published."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.words import hover_text
from resnet_core.figures.scoreboard import budget_figure, degradation_figure
from resnet_core.figures.scoreboard_tables import entries_csv
from resnet_core.scoreboard import (
    Entry,
    EqualBudget,
    budget_sentence,
    equal_budgets,
    published_sentences,
)

_BUDGET_WORDS = """
**Degradation**: plain nets get *worse* as they get deeper, and if they do so **on their own
training pictures** as well, it is not overfitting (He et al. 2015,
[arXiv 1512.03385](https://arxiv.org/abs/1512.03385), fig. 1 and 6). A budget this short shows
who learns slowly: a plain net that is far behind here may catch up with more steps. Bars are 95 %
intervals: Student's over seeds, or Wilson's over test pictures where there is one seed. Compare
these numbers with each other, never with the papers'.
"""
_PUBLISHED_WORDS = """
Each line is one source, each colour one kind of net. What a number is matters as much as its size:
the best of five runs, a median of five, or the best epoch on the test set, which flatters
(hover a mark, or see *All results*). A number that its source gives as "about" is in the table
alone.
"""


def show_budgets(entries: Sequence[Entry]) -> None:
    """Shows what depth did to own nets that had the same pictures, recipe and steps."""
    budgets = equal_budgets(entries)
    if not budgets:
        st.info("No net of this copy of the lab was measured on test pictures.")
        return
    titles = {budget.title: budget for budget in budgets}
    title = st.selectbox(
        "Pictures and budget",
        list(titles),
        **choice_in_address("budget", list(titles), budgets[0].title),
    )
    budget = titles[title or budgets[0].title]
    st.markdown(
        plain(budget_sentence(budget)),
        help=hover_text("residual net", "plain net", "degradation", "validation"),
    )
    _show_budget(budget)
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_BUDGET_WORDS)


def show_published(entries: Sequence[Entry]) -> None:
    """Draws everything that may be ranked against depth, with what each row of depths does."""
    theme = shown_theme()
    st.markdown("\n".join(f"- {plain(said)}" for said in published_sentences(entries)))
    figure = drawn(
        ("degradation", tuple(entries), theme), lambda: degradation_figure(entries, theme=theme)
    )
    measured_figure(
        figure,
        key="degradation",
        alt="Test error over depth of published nets",
        caption="CIFAR-10 with the papers' budget; the numbers of the page stand in the CSV.",
        numbers=lambda: entries_csv([entry for entry in entries if entry.is_ranked]),
    )
    with st.expander("What to look for", icon=":material/menu_book:"):
        st.markdown(_PUBLISHED_WORDS)


def _show_budget(budget: EqualBudget) -> None:
    theme = shown_theme()
    figure = drawn(
        ("budget", budget, theme),
        lambda: same_view(budget_figure(budget, theme=theme), budget.title),
    )
    measured_figure(
        figure,
        key="budget_depth",
        alt=f"Error over depth: {budget.title}",
        caption="Bars are 95 % intervals, faint marks the seeds.",
        numbers=lambda: entries_csv(budget.entries),
    )
