"""What several nets side by side show at initialisation, in sentences made from their verdicts."""

from collections.abc import Sequence

from resnet_core.probes.gradients import GradientProfile
from resnet_core.probes.verdict import FlowVerdict, brief_words, judge
from resnet_core.students import CONFIDENCE


def cells_sentence(cells: Sequence[tuple[str, FlowVerdict]]) -> str:
    """Says in one sentence how the gradient at the outputs fares in several nets, by label."""
    first = cells[0][1]
    seeds = (
        "one seed" if first.num_seeds == 1 else f"{CONFIDENCE} intervals, {first.num_seeds} seeds"
    )
    said = "; ".join(f"{label} {brief_words(v.trend, v.total.short_words)}" for label, v in cells)
    return f"At initialisation, gradient at the blocks' outputs, first over last ({seeds}): {said}."


def describe_cell(profile: GradientProfile) -> str:
    """Says what a net's profile shows, in one sentence made from its three verdicts.

    Raises:
        ProbeError: as `judge`.
    """
    weights, outputs, activations = (
        judge(profile, quantity) for quantity in ("weights", "outputs", "activations")
    )
    total = weights.total.words
    shares = {
        "grows": f"The first convolution's weights get {total} the gradient of the last one's",
        "vanishes": f"The first convolution's weights get only {total} the gradient of the last "
        "one's",
        "flat": f"First and last convolution's weights get a like gradient, {total}",
        None: f"First over last convolution's weight gradient is {total}",
    }
    back = {
        "grows": f"at the blocks' outputs it grows towards the input, {outputs.total.words}",
        "vanishes": f"at the blocks' outputs it fades towards the input, {outputs.total.words}",
        "flat": f"at the blocks' outputs it stays about as it is, {outputs.total.words}",
        None: f"at the blocks' outputs it is {outputs.total.words}, first over last",
    }
    forward = {
        "grows": f"the signal grows on its way forward, {activations.total.words}",
        "vanishes": f"the signal fades on its way forward, {activations.total.words}",
        "flat": f"the signal about keeps its size on its way forward, {activations.total.words}",
        None: f"the signal is {activations.total.words} on its way forward, last over first",
    }
    return f"{shares[weights.trend]}; {back[outputs.trend]}; {forward[activations.trend]}."
