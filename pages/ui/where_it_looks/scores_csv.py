"""The curves behind the scores of maps and of chance, and both as CSV."""

from collections.abc import Iterator, Sequence

import numpy as np

from resnet_core.explain import Chance
from resnet_core.explain.faithfulness import Faithfulness
from resnet_core.figures.gradient_tables import csv_text

SCORE_CURVES = ("Deletion", "Insertion", "ROAD, strongest first", "ROAD, weakest first")
"""What can be drawn of a map's scores."""


def score_curve(scores: Faithfulness, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Gives shares and probabilities of one of `SCORE_CURVES`."""
    return {
        SCORE_CURVES[0]: (scores.deletion.shares, scores.deletion.probabilities),
        SCORE_CURVES[1]: (scores.insertion.shares, scores.insertion.probabilities),
        SCORE_CURVES[2]: (scores.road.shares, scores.road.most_first),
        SCORE_CURVES[3]: (scores.road.shares, scores.road.least_first),
    }[kind]


def scores_csv(
    maps: Sequence[tuple[str, str, Faithfulness]], chance: Sequence[tuple[str, str, Chance]]
) -> str:
    """Writes every curve, the random maps' too, each under the net's and its own title."""
    random = [
        (net, f"{title}, number {number}", scores)
        for net, title, found in chance
        for number, scores in enumerate(found.scores)
    ]
    header = ("net", "method", "curve", "share", "probability", "area_or_score")
    return csv_text(header, (row for each in (*maps, *random) for row in _rows(*each)))


def _rows(net: str, title: str, scores: Faithfulness) -> Iterator[tuple[object, ...]]:
    totals = (scores.deletion.area, scores.insertion.area, scores.road.score, scores.road.score)
    for kind, total in zip(SCORE_CURVES, totals, strict=True):
        for share, probability in zip(*score_curve(scores, kind), strict=True):
            yield net, title, kind, float(share), float(probability), total
