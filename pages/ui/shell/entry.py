"""How a page introduces itself."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PageEntry:
    """One page, in the side bar and on Home."""

    name: str
    """Its file in `pages/` without the ending; also its path in the address bar."""
    title: str
    icon: str
    """Name of a Material symbol."""
    summary: str
    """What can be done there, in one sentence."""
    terms: tuple[str, ...] = ()
    """Words of the field that it uses, from `resnet_core.glossary`."""
