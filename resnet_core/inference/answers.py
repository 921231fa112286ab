"""What comes back for a picture: an answer, or the sentence with which it was refused."""

from dataclasses import dataclass

import numpy as np

from resnet_core.probes.calibration import entropy_bits


@dataclass(frozen=True)
class ClassScore:
    """One class with its probability."""

    index: int
    """Number of the class, from 0."""
    class_name: str
    probability: float
    """Between 0 and 1."""


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
    probabilities: np.ndarray
    """float64 (K,), softmax of the logits over the temperature."""
    temperature: float
    """What the logits were divided by; 1 where the net was not calibrated."""
    energy: float
    """Energy of the logits; high for pictures unlike those of the training."""
    energy_threshold: float | None
    """Energy below which 95 % of known pictures lie; `None` where it was not measured."""
    seen: np.ndarray
    """uint8 (S, S, 3), the picture as the net saw it, before normalisation."""
    format: str
    """What the file's content is, such as JPEG."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    notes: tuple[str, ...]
    """What was done to the picture, such as `turned upright by EXIF`."""

    ok = True

    @property
    def entropy_bits(self) -> float:
        """Entropy of the probabilities, bits: 0 when sure."""
        return float(entropy_bits(self.probabilities))

    @property
    def is_unfamiliar(self) -> bool:
        """Whether the picture is unlike those that the net knows; never without a threshold."""
        return self.energy_threshold is not None and self.energy > self.energy_threshold

    def top(self, count: int) -> tuple[ClassScore, ...]:
        """The most probable classes, at most so many, the first one first."""
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return tuple(
            ClassScore(int(index), self.class_names[index], float(self.probabilities[index]))
            for index in order
        )


@dataclass(frozen=True)
class Refusal:
    """A file that could not be classified."""

    name: str
    """The file's name as it came; to be shown as text only."""
    error: str
    """One sentence: what is wrong with it and what to do."""

    ok = False


Outcome = Answer | Refusal
