"""Measures the cheap claims again and exits with 1 if one fails; `--write` makes docs/claims.md."""

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks.claims.claim import Checked, check
from benchmarks.claims.document import write_document
from benchmarks.claims.listed import CLAIMS


def main() -> int:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--write", action="store_true", help="write docs/claims.md and measure nothing"
    )
    options = parser.parse_args()
    if options.write:
        print(write_document(CLAIMS))
        return 0
    found = [check(claim) for claim in CLAIMS if claim.measure is not None]
    print(
        json.dumps([each.as_json() for each in found], indent=2) if options.json else _table(found)
    )
    return 0 if all(each.ok for each in found) else 1


def _table(found: Sequence[Checked]) -> str:
    return "\n".join(
        f"{'ok  ' if each.ok else 'FAIL'} {each.claim}: stated {each.stated:g}, "
        f"measured {each.measured:g} ({each.where})"
        for each in found
    )


if __name__ == "__main__":
    sys.exit(main())
