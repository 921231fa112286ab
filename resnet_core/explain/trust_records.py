"""What was measured of a map's trustworthiness, for JSON."""

import math
from dataclasses import asdict
from typing import Any

from resnet_core.explain.chance import MEASURES, Chance
from resnet_core.explain.draws import DrawAgreement
from resnet_core.explain.faithfulness import Faithfulness
from resnet_core.explain.many_pictures import ManyPictures
from resnet_core.explain.randomisation import RandomisationCheck
from resnet_core.explain.sentences import (
    chance_sentence,
    draws_sentence,
    many_sentence,
    randomisation_sentence,
)


def faithfulness_record(title: str, scores: Faithfulness, chance: Chance) -> dict[str, Any]:
    """The scores of a method's map, and how they rank among those of random maps."""
    ranks = chance.ranks(scores)
    return {
        "deletion_area": scores.deletion.area,
        "insertion_area": scores.insertion.area,
        "road_score": scores.road.score,
        "chance": {
            "num_maps": len(chance.scores),
            "cells": list(chance.shape),
            "ranks": [asdict(rank) for rank in ranks],
            "sentence": chance_sentence(title, ranks),
        },
    }


def many_record(title: str, many: ManyPictures, data_title: str) -> dict[str, Any]:
    """A method's mean scores over pictures, and how far they are above chance."""
    differences = {measure: many.difference(measure) for measure in MEASURES}
    return {
        "data": data_title,
        "num_pictures": len(many.scores),
        "differences": [asdict(difference) for difference in differences.values()],
        "sentence": many_sentence(title, differences["insertion"]),
    }


def randomisation_record(title: str, check: RandomisationCheck) -> dict[str, Any]:
    """How alike a method's map stays while the net forgets; `None` stands for a flat map."""
    columns = zip(check.maps, check.mean, check.low, check.high, strict=True)
    return {
        "seeds": list(check.seeds),
        "parts": [
            {"part": shown.part, "mean": _number(mean), "low": _number(low), "high": _number(high)}
            for shown, mean, low, high in columns
        ],
        "sentence": randomisation_sentence(title, check),
    }


def draws_record(title: str, draws: DrawAgreement) -> dict[str, Any]:
    """How far two draws of a random map agree."""
    told = {"is_enough": draws.is_enough, "sentence": draws_sentence(title, draws)}
    return asdict(draws) | told


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
