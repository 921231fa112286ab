"""One claim, the document that states it, and whether it still holds."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence with a figure in it."""

    claim: str
    """The sentence, without its figure's value."""
    where: str
    """File that states it, from the project's root."""
    pattern: str
    """Regular expression that finds it there; its group, if it has one, is the figure."""
    meant: float = 0.0
    """The figure, where the words say it without digits."""
    command: str
    """What a person types to see it."""
    n: str
    """How many times it was measured, and of what."""
    date: str
    """When the stated figure was measured."""
    measure: Callable[[], float] | None = None
    """Measures it again, in the unit of the figure; `None` where that is not cheap."""
    tolerance: float = 0.0
    """How far the two may differ."""
    relative: float = 0.0
    """How far beyond that, as a share of the stated figure."""

    @property
    def stated(self) -> float:
        """Reads the figure from its document.

        Raises:
            LookupError: when the document says it no more.
        """
        found = re.search(self.pattern, _text(self.where))
        if found is None:
            raise LookupError(f"{self.where} no longer says “{self.claim}” ({self.pattern}).")
        return float(found[1].replace(",", "")) if found.re.groups else self.meant


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A claim that was measured again."""

    claim: str
    where: str
    command: str
    stated: float
    measured: float
    ok: bool

    def as_json(self) -> dict[str, object]:
        """Gives the record that `--json` prints."""
        return asdict(self)


def check(claim: Claim) -> Checked:
    """Measures a cheap claim again."""
    if claim.measure is None:
        raise ValueError(f"“{claim.claim}” is not measured again here.")
    stated, measured = claim.stated, claim.measure()
    return Checked(
        claim=claim.claim,
        where=claim.where,
        command=claim.command,
        stated=stated,
        measured=measured,
        ok=abs(measured - stated) <= claim.tolerance + claim.relative * abs(stated) + 1e-9,
    )


def _text(where: str) -> str:
    return " ".join((ROOT / where).read_text("utf-8").split())
