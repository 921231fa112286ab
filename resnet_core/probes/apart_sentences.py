"""What one block does to a picture, in one sentence, made from what was measured."""

from resnet_core.probes.feature_sentences import strength_words, turn_words
from resnet_core.probes.taken_apart import BlockFigures
from resnet_core.shares import percent


def figures_sentence(block: BlockFigures) -> str:
    """Says how F(x) compares with what comes over the skip, and which way the gradient takes."""
    if block.branch_norm is None:
        return f"{block.path} is switched off: it hands on what comes past its branch."
    if block.skip_norm is None or block.cosine is None or block.skip_gradient_share is None:
        return _without_sum(block.path, block.branch_norm, block.input_norm)
    share = f"{percent(block.skip_gradient_share, 0)} of the gradient comes back through the skip"
    if not block.skip_norm:
        return f"In {block.path} F(x) alone goes on, as nothing comes over the skip; {share}."
    ratio = block.branch_norm / block.skip_norm
    return (
        f"In {block.path} F(x) is {ratio:.2f} times as strong as what comes over the skip and "
        f"points {turn_words(block.cosine)} (cosine {block.cosine:+.2f}): "
        f"{strength_words(ratio)}; {share}."
    )


def _without_sum(path: str, branch_norm: float, input_norm: float) -> str:
    if not input_norm:
        return f"In {path} nothing comes in that F(x) could be compared with."
    ratio = branch_norm / input_norm
    return f"In {path} F(x) is {ratio:.2f} times as strong as x, which is not added to it."
