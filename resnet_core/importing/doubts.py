"""What is said of a net that was brought where nobody can be sure, and the option for otherwise."""

import re
from collections.abc import Iterator

from resnet_core.importing.checker import CheckedFile
from resnet_core.importing.readings import QUESTIONS
from resnet_core.importing.settling import FITS
from resnet_core.pictures.names import plain_name

_DEPTH = re.compile(r"(?:resne[xs]?t|plain|preact_?resnet|wrn|wide_resnet)[-_]?(\d{2,4})")
_MOST_SHOWN = 4


def assumed_sentences(checked: CheckedFile) -> tuple[str, ...]:
    """Says what was taken of a net by custom alone, each with the option that says otherwise."""
    return tuple(_assumed(checked))


def _assumed(checked: CheckedFile) -> Iterator[str]:
    if checked.beside:
        others = ", ".join(f"'{plain_name(path)}'" for path in checked.beside[:_MOST_SHOWN])
        taken = f"'{plain_name(checked.path)}'" if checked.path else "the file itself"
        yield f"the weights under {taken}, not those under {others} (--part)"
    for question in QUESTIONS:
        if question.name in checked.assumed:
            answer = checked.answers[question.name]
            yield f"{question.answers[answer]} ({question.option} {question.choices})"


def warning_sentences(checked: CheckedFile) -> tuple[str, ...]:
    """Says where what was measured, or what the file says of itself, speaks against the net."""
    return tuple(_warnings(checked))


def _warnings(checked: CheckedFile) -> Iterator[str]:
    if checked.distance is not None and checked.distance > FITS:
        yield (
            "Its batch norms recorded other numbers than the pictures that the lab has give them "
            f"({checked.distance:.2g} standard deviations apart, at most {FITS:g} is usual): its "
            "own pictures were of another kind, or it is another net than this. Try it on "
            "pictures whose classes you know."
        )
    if checked.alike:
        yield (
            f"Its batch norms tell of a net that {checked.alike}, which the lab cannot build, "
            f"rather than of {checked.model.name}: its answers may be another net's."
        )
    said = _DEPTH.search(checked.described.architecture)
    depth = checked.model.depth
    if said and int(said[1]) != depth:
        yield (
            f"The file calls its net '{plain_name(checked.described.architecture)}', and its "
            f"tensors are those of a net of {depth} layers, {checked.model.name}."
        )
