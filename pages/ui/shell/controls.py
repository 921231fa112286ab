"""Sentences of the core name options of the command line; on a page they name its controls."""

import re
from collections.abc import Mapping

_OPTIONS = re.compile(
    r"'[^']*'|(?<=[\s(])(?P<names>--[a-z][a-z-]+(?:, --[a-z][a-z-]+)*)(?: [\w-]+(?:\|[\w-]+)+)?"
)
"""Options with the words that one may be; what stands in quotes is a name that a person gave."""
_USUAL = {"--map": "Classes of other names", "--faithful": "Is it faithful?"}
"""Controls of which a page with such sentences has one."""


def with_controls(sentence: str, controls: Mapping[str, str] | None = None) -> str:
    """Puts a page's controls in place of options, and says which options have none there.

    Args:
        sentence: as the core says it.
        controls: what the page calls that which an option says.
    """
    known = _USUAL | dict(controls or {})

    def named(match: re.Match[str]) -> str:
        if match["names"] is None:
            return match[0]
        names = match["names"].split(", ")
        if all(name in known for name in names):
            return " and ".join(f"“{known[name]}”" for name in names)
        return f"{match[0]} on the command line"

    return _OPTIONS.sub(named, sentence)
