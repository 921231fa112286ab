"""The list of all claims as a document."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims.claim import ROOT, Claim

PATH = ROOT / "docs" / "claims.md"
_HEAD = """# Claims

What README, documents and pages say of the lab in figures, and the command that shows each. Those
marked *again* are measured anew by `python -m benchmarks.claims --json`, which needs
`requirements.txt` alone and exits with 1 if one no longer holds; it reads the stated figure from
the document itself. Of those *by its card* the document is compared with the card, which holds what
was measured. This page is made by `python -m benchmarks.claims --write`. Where it names no
other hardware, that is a shared virtual machine with 2 cores of an AMD EPYC processor and no GPU.

| claim | stated | where | command | n | date | |
|---|---|---|---|---|---|---|
"""


def document(claims: Sequence[Claim]) -> str:
    """Renders the claims as Markdown, with the figures that the documents state now."""
    return _HEAD + "".join(f"{_row(claim)}\n" for claim in claims)


def write_document(claims: Sequence[Claim]) -> Path:
    """Writes docs/claims.md and gives its path."""
    PATH.write_text(document(claims), "utf-8")
    return PATH


def _row(claim: Claim) -> str:
    again = "" if claim.measure is None else "again"
    cells = (
        claim.claim,
        f"{claim.stated:.10g}",
        f"[{claim.where}](../{claim.where})",
        f"`{claim.command}`",
        claim.n,
        claim.date,
        again,
    )
    return f"| {' | '.join(cells)} |"
