"""The frame of a benchmark's command: options, threads, one measurement, JSON or words."""

import argparse
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch

from resnet_core.errors import ResNetLabError

Found = TypeVar("Found")


def benchmark_options(
    description: str | None, *, with_threads: bool = False
) -> argparse.ArgumentParser:
    """Begins a command's options; its module's docstring stands in `--help` as it is.

    Args:
        description: the docstring.
        with_threads: whether torch computes in this very process, with `--threads`.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if with_threads:
        parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def measure_and_tell(
    parser: argparse.ArgumentParser,
    measure: Callable[[argparse.Namespace], Found],
    words: Callable[[Found], str],
    *,
    at_least: Mapping[str, int] | None = None,
) -> None:
    """Measures as the command line says, and prints what was found in words, or as JSON.

    Args:
        parser: as `benchmark_options` began it.
        measure: gives a dataclass or a dict; what a person can mend ends the command in a sentence.
        words: says what was found.
        at_least: the smallest value of options that have one; threads are one at the least.
    """
    options = parser.parse_args()
    for name, least in {"threads": 1, **(at_least or {})}.items():
        if getattr(options, name, least) < least:
            parser.error(f"--{name} must be at least {least}, got {getattr(options, name)}")
    if "threads" in options:
        torch.set_num_threads(options.threads)
    try:
        found = measure(options)
    except ResNetLabError as exc:
        parser.exit(1, f"{exc}\n")
    print(json.dumps(_as_dict(found), indent=2) if options.json else words(found))


def _as_dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else dataclasses.asdict(found)
