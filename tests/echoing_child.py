"""A process that answers with what it was asked, and prints meanwhile as plugins may."""

import os
import sys
from collections.abc import Iterator

from resnet_core.children import answer_parent
from resnet_core.errors import DeviceError


def echo(question: dict) -> Iterator[str]:
    """Answers with the question's text, then fails if it is asked to."""
    sys.stdout.write("said by a plugin\n")
    os.write(1, b"said by a library\n")
    yield question["text"]
    if question["fails"]:
        raise DeviceError("It cannot go on.")


if __name__ == "__main__":
    answer_parent(echo)
