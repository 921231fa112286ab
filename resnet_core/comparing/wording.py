"""Parts of sentences about two arms, whether of one seed or of several."""

from resnet_core.comparing.measured import WINDOW, Comparison
from resnet_core.probes.spread import readable

_SMALLEST_P = 1e-4
_EQUAL_RATIO = 1.05
_SMALL_LOSS, _TINY_LOSS = 0.095, 1e-3


def place_words(c: Comparison) -> str:
    """Says at which step a run is, and of how many while it goes."""
    return f"at step {c.step:,}" + ("" if c.is_over else f" of {c.num_steps:,}")


def waiting_sentence(c: Comparison) -> str:
    """Says that there are too few steps for a verdict."""
    if c.is_over:
        return (
            f"Too short for a verdict: it takes {WINDOW} steps of both nets, and there are "
            f"{c.num_losses}."
        )
    return f"Not yet apart: of the {WINDOW} steps that a verdict takes, {c.num_losses} are made."


def warmup_words(c: Comparison) -> str:
    """Says until when the learning rate rises, while it does; begins with a blank."""
    if c.is_over or c.step >= c.warmup_steps:
        return ""
    return f" The learning rate still rises, until step {c.warmup_steps:,}."


def loss_words(loss: float) -> str:
    """Writes a loss with two decimals, a small one with two digits: no rise is one of 0.00."""
    if not loss or abs(loss) >= _SMALL_LOSS:
        return f"{loss:.2f}"
    return f"{loss:.2g}" if abs(loss) >= _TINY_LOSS else readable(loss)


def p_words(p_value: float) -> str:
    """Writes a p-value, the tiny ones as a bound."""
    return f"p < {_SMALLEST_P:g}" if p_value < _SMALLEST_P else f"p = {p_value:.2g}"


def ratio_words(c: Comparison, ratio: float) -> str:
    """Says which of two gradient norms was larger, and how many times."""
    larger, smaller = (c.first, c.second) if ratio >= 1 else (c.second, c.first)
    factor = max(ratio, 1 / ratio)
    if factor < _EQUAL_RATIO:
        return f"the gradient norms of {c.first} and {c.second} were about equal (×{ratio:.3f})"
    return f"the gradient norm of {larger} was {readable(factor)} times that of {smaller}"
