"""What comes back for a picture: an answer, or the sentence with which it was refused."""

import functools
from dataclasses import dataclass

import numpy as np

from resnet_core.asking.seeing import Seen
from resnet_core.checkpoints import CheckpointCard, NetCard
from resnet_core.probes.calibration import (
    ENERGY_THRESHOLD,
    energy_score,
    entropy_bits,
    softmax,
    temperature_of,
)


@dataclass(frozen=True)
class ClassScore:
    """One class with its probability."""

    index: int
    """Number of the class, from 0."""
    class_name: str
    probability: float
    """Between 0 and 1, calibrated where the net is."""
    raw_probability: float | None = None
    """The same without the temperature."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What a net says of a picture."""

    name: str
    """The file's name as it came; to be shown as text only."""
    checkpoint: str
    """Name of the net's checkpoint."""
    class_names: tuple[str, ...]
    logits: np.ndarray
    """float32 (K,)."""
    temperature: float
    """What the logits were divided by; 1 where the net was not calibrated."""
    energy_threshold: float | None
    """Energy below which 95 % of known pictures lie; `None` where it was not measured."""
    strangeness: float | None = None
    """How unusual the block finds the picture that finds it the most unusual; 0 is usual.  `None`
    where what is usual was not measured."""
    strangeness_threshold: float | None = None
    """Strangeness below which 95 % of known pictures lie."""
    seen: np.ndarray
    """uint8 (S, S, 3), the picture as the net saw it, before normalisation."""
    seen_sha256: str
    """Hash of the pixels (S, S, C) that the net saw, hex."""
    format: str
    """What the file's content is, such as JPEG."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    notes: tuple[str, ...]
    """What was done to the picture, such as `turned upright by EXIF`."""
    caution: str = ""
    """What forbids to believe the answer, in a sentence, such as that the net is untrained."""

    ok = True

    @functools.cached_property
    def probabilities(self) -> np.ndarray:
        """float64 (K,), softmax of the logits over the temperature."""
        return softmax(self.logits, self.temperature)

    @functools.cached_property
    def raw_probabilities(self) -> np.ndarray:
        """float64 (K,), softmax of the logits as they are."""
        return softmax(self.logits)

    @property
    def energy(self) -> float:
        """Energy of the logits; high for pictures unlike those of the training."""
        return float(energy_score(self.logits))

    @property
    def entropy_bits(self) -> float:
        """Entropy of the probabilities, bits: 0 when sure."""
        return float(entropy_bits(self.probabilities))

    @property
    def is_unfamiliar(self) -> bool:
        """Whether the picture is unlike those that the net knows; never without a threshold.

        The channels decide where they are watched, else the energy.
        """
        if self.strangeness is None or self.strangeness_threshold is None:
            return self.has_odd_energy
        return self.strangeness > self.strangeness_threshold

    @property
    def is_watched(self) -> bool:
        """Whether anything was measured that could tell a strange picture."""
        return self.strangeness_threshold is not None or self.energy_threshold is not None

    @property
    def has_odd_energy(self) -> bool:
        """Whether the energy is higher than known pictures have; never without a threshold."""
        return self.energy_threshold is not None and self.energy > self.energy_threshold

    def top(self, count: int) -> tuple[ClassScore, ...]:
        """The most probable classes, at most so many, the first one first."""
        return top_scores(self.class_names, self.logits, self.temperature, count)


@dataclass(frozen=True)
class Refusal:
    """A file that could not be classified."""

    name: str
    """The file's name as it came; to be shown as text only."""
    error: str
    """One sentence: what is wrong with it and what to do."""

    ok = False


Outcome = Answer | Refusal


def build_answer(
    card: NetCard, seen: Seen, logits: np.ndarray, strangeness: float | None = None
) -> Answer:
    """Reads the logits (K,) float32 of a picture, and its strangeness, as the net's card says."""
    detection = card.detection if isinstance(card, CheckpointCard) else None
    detection = None if strangeness is None else detection
    return Answer(
        name=seen.name,
        checkpoint=card.name,
        class_names=card.class_names,
        logits=logits,
        temperature=temperature_of(card.metrics),
        energy_threshold=card.metrics.get(ENERGY_THRESHOLD),
        strangeness=strangeness,
        strangeness_threshold=None if detection is None else detection.threshold,
        seen=seen.colour,
        seen_sha256=seen.sha256,
        format=seen.format,
        original_size_px=seen.original_size_px,
        notes=seen.notes,
        caution=card.caution,
    )


def top_scores(
    class_names: tuple[str, ...], logits: np.ndarray, temperature: float, count: int
) -> tuple[ClassScore, ...]:
    """The most probable classes under logits (K,), at most so many, the first one first."""
    probabilities, raw = softmax(logits, temperature), softmax(logits)
    order = np.argsort(-probabilities, kind="stable")[:count]
    return tuple(
        ClassScore(int(k), class_names[k], float(probabilities[k]), float(raw[k])) for k in order
    )
