"""What a figure's traces are, and what a table's rows say."""

import csv
import io


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def traces(figure, **meta):
    found = []
    for trace in figure.data:
        said = trace.meta or {}
        if all(said.get(name) == value for name, value in meta.items()):
            found.append(trace)
    return found
