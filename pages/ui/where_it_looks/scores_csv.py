"""The curves behind the scores of maps and of chance, and both as CSV."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from resnet_core.explain import Chance
from resnet_core.explain.faithfulness import Faithfulness
from resnet_core.spreadsheets import title_cell

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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("net", "method", "curve", "share", "probability", "area_or_score"))
    random = [
        (net, f"{title}, number {number}", scores)
        for net, title, found in chance
        for number, scores in enumerate(found.scores)
    ]
    for net, title, scores in (*maps, *random):
        totals = (scores.deletion.area, scores.insertion.area, scores.road.score, scores.road.score)
        for kind, total in zip(SCORE_CURVES, totals, strict=True):
            for share, probability in zip(*score_curve(scores, kind), strict=True):
                numbers = (f"{share:.4f}", f"{probability:.6f}", f"{total:.6f}")
                writer.writerow((title_cell(net), title, kind, *numbers))
    return text.getvalue()
