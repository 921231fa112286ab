"""axe-core in a page of the lab, and which of its findings are Streamlit's own."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

_SCRIPT = Path(__file__).parents[1] / "javascript/node_modules/axe-core/axe.min.js"
_RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(
    ({ html, failureSummary }) => ({ rule: id, html, why: failureSummary })));
}"""

STREAMLITS: dict[str, tuple[str, str]] = {
    "list": (
        'data-testid="stSidebarNavItems"',
        "The side bar puts a section's pages into a list beside headings; st.navigation has no "
        "other markup.",
    ),
    "listitem": ("<li class=", "The same list: each section's pages lie in a box inside of it."),
    "presentation-role-conflict": (
        'data-testid="stFileUploaderDropzone"',
        "The place to drop files is decoration that keeps its label; st.file_uploader has no "
        "other markup.",
    ),
}
"""Rules that Streamlit breaks: what its elements hold, and why the lab cannot mend them."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One element that breaks a rule."""

    rule: str
    html: str
    why: str

    @property
    def is_streamlits(self) -> bool:
        """Whether it is of the listed kinds, on an element that Streamlit alone makes."""
        return self.rule in STREAMLITS and STREAMLITS[self.rule][0] in self.html


def find_violations(page: Page) -> list[Violation]:
    """Lists what axe finds wrong with a page as it is shown."""
    if not _SCRIPT.exists():
        pytest.skip("axe-core is not there: `make scripts` fetches it.")
    page.evaluate(_SCRIPT.read_text())
    return [Violation(**found) for found in page.evaluate(_RUN)]
