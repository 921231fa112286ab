"""A net taken to parts: stem, blocks, head, each found by its place and the shapes of its tensors.

What a module is called hardly matters.  A *block* is the innermost numbered module that holds two
convolutions or more, so that `layer1.0`, `conv2_x.0`, `encoder.stages.0.layers.1`, `4.0` of an
`nn.Sequential` and `block3` are all found; whatever stands around them is a prefix.  Inside a block
the shortcut and the gate are known by name, everything else by order and shape.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.insides import ForeignBlock, read_block
from resnet_core.importing.leaves import Leaf, Sorted, common_prefix, natural

_NUMBERED = re.compile(r".*\d")
_MOST_COLOURS = 4
_FEATURES = re.compile(
    r"(.*\.)?((online_)?predictor|projector|projections?|proj_?head|projection_?head|prototypes|"
    r"contrastive_?head|mlp_?head)(\..*)?",
    re.I,
)
"""Maps behind a net that is trained without labels; what they give are no classes."""
_ANGLES = re.compile(
    r"(.*[._])?(arc(_?face|_?margin\w*)?|cos_?face|sphere_?face|am_?softmax|metric_fc|cosine\w*)",
    re.I,
)
"""Classifiers of losses with a margin, which compare directions."""
_USUAL_HEADS = ("fc", "linear", "classifier", "head", "last_linear", "output", "out", "logits")


@dataclass(frozen=True, eq=False)
class NetParts:
    """The modules of a net by what they are for."""

    stem: tuple[Leaf, ...]
    stem_norms: tuple[Leaf, ...]
    stages: tuple[tuple[ForeignBlock, ...], ...]
    final_norm: Leaf | None
    classifier: Leaf
    normaliser: tuple[Tensor, Tensor] | None = None
    """Mean and std that a module before the net subtracts and divides by."""
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    """What was left out, in words, and how many tensors it was."""

    @property
    def blocks(self) -> tuple[ForeignBlock, ...]:
        """All blocks in forward order."""
        return tuple(block for stage in self.stages for block in stage)


def find_parts(found: Sorted) -> NetParts:
    """Finds the parts of a net.

    Raises:
        CheckpointError: when there is no net, or a part of it that the lab does not know.
    """
    paths = _block_paths(found.leaves)
    if not paths:
        _refuse_no_net(found.leaves)
    inside = {path: [leaf for leaf in found.leaves if _lies_in(leaf.path, path)] for path in paths}
    outside = [leaf for leaf in found.leaves if not any(_lies_in(leaf.path, p) for p in paths)]
    blocks = [read_block(path, inside[path]) for path in sorted(paths, key=natural)]
    return _assemble(blocks, outside, found)


def _refuse_no_net(leaves: Sequence[Leaf]) -> None:
    if any(leaf.kind == "convolution" for leaf in leaves):
        has_classifier = any(leaf.kind == "linear" for leaf in leaves)
        raise CheckpointError(
            "has convolutions, but no blocks of two or more of them: it is no ResNet."
            if has_classifier
            else "has no classifier and no blocks: these weights belong to another kind of net."
        )
    raise CheckpointError(
        "holds no ResNet: a stem such as 'conv1.weight' and blocks such as 'layer1.0' were "
        "expected. Bring the weights of a ResNet."
    )


def _block_paths(leaves: Sequence[Leaf]) -> set[str]:
    """The innermost numbered modules with two convolutions or more, but for a stem."""
    convolutions = [leaf for leaf in leaves if leaf.kind == "convolution"]
    held = Counter(path for leaf in convolutions for path in _holders(leaf.path))
    found = set()
    for leaf in convolutions:
        if leaf.kernel_px != 1:
            numbered = (path for path in _holders(leaf.path) if _is_numbered(path))
            found.add(next((path for path in numbered if held[path] > 1), ""))
    found.discard("")
    outer = {path for inner in found for path in _holders(inner)}
    found -= outer
    covered = [leaf for leaf in convolutions if any(_lies_in(leaf.path, path) for path in found)]
    if len(covered) == len(convolutions):  # then the first of them is the stem
        found -= {path for path in found if _takes_pictures(path, convolutions)}
    return found


def _holders(path: str) -> Iterable[str]:
    """Paths of the modules that hold one, the innermost first."""
    while path:
        path = path.rpartition(".")[0]
        if path:
            yield path


def _is_numbered(path: str) -> bool:
    return bool(_NUMBERED.fullmatch(path.rpartition(".")[2]))


def _lies_in(path: str, holder: str) -> bool:
    return path.startswith(f"{holder}.")


def _takes_pictures(path: str, convolutions: Sequence[Leaf]) -> bool:
    first = min((leaf for leaf in convolutions if _lies_in(leaf.path, path)), key=_place)
    return first.in_channels <= _MOST_COLOURS


def _place(leaf: Leaf) -> tuple[tuple[int, int, str], ...]:
    return natural(leaf.path)


def _assemble(blocks: list[ForeignBlock], outside: list[Leaf], found: Sorted) -> NetParts:
    entering, leaving = blocks[0].in_channels, blocks[-1].out_channels
    behind = [leaf for leaf in outside if _FEATURES.fullmatch(leaf.path)]
    outside = [leaf for leaf in outside if leaf not in behind]
    classifier, others = _classifier(outside, leaving, behind)
    stem = _stem([leaf for leaf in outside if leaf.kind == "convolution"], entering, classifier)
    norms = [leaf for leaf in outside if leaf.kind == "norm"]
    prefix = common_prefix([leaf.parent for leaf in stem] + [block.path for block in blocks])
    stem_norms, final_norm = _outer_norms(norms, stem, blocks, prefix)
    used = {leaf.path for leaf in (*stem, *stem_norms, classifier, *others)}
    used |= {final_norm.path} if final_norm else set()
    rest = [leaf for leaf in outside if leaf.path not in used]
    normaliser = next((each for each in map(_normaliser, rest) if each), None)
    rest = [leaf for leaf in rest if _normaliser(leaf) is None]
    return NetParts(
        stem=stem,
        stem_norms=stem_norms,
        stages=_stages(blocks),
        final_norm=final_norm,
        classifier=classifier,
        normaliser=normaliser,
        left_out=found.left_out | _other_heads(others) | _counts(behind) | _left_out(rest, prefix),
    )


def _classifier(
    outside: Sequence[Leaf], channels: int, behind: Sequence[Leaf]
) -> tuple[Leaf, tuple[Leaf, ...]]:
    """The linear map from the last channels to the classes, and others beside it."""
    linear = [leaf for leaf in outside if leaf.kind == "linear"]
    if not linear:  # some nets have it as a 1x1 convolution of the pooled map
        linear = [leaf for leaf in outside if _may_be_head(leaf, channels)]
    if not linear:
        raise _no_classifier(behind)
    fitting = [leaf for leaf in linear if leaf.in_channels == channels]
    if not fitting:
        raise CheckpointError(
            f"has a head '{linear[0].path}' that takes {linear[0].in_channels:,} numbers, and "
            f"{channels:,} channels leave the last block: the lab's nets average each channel, and "
            "have one linear map after it."
        )
    head = next((leaf for name in _USUAL_HEADS for leaf in fitting if _is_called(leaf, name)), None)
    if head is None and len(fitting) > 1:
        listed = " and ".join(f"'{leaf.path}'" for leaf in fitting[:3])
        raise CheckpointError(
            f"has several classifiers ({listed}), and the lab's nets have one: keep one of them."
        )
    head = head or fitting[0]
    chained = [leaf for leaf in linear if leaf.in_channels == head.out_channels != channels]
    if chained:
        raise CheckpointError(
            f"has a head of several linear maps ('{head.path}', '{chained[0].path}'), and the "
            "lab's nets have one: bring a net whose classifier is one linear map."
        )
    if "bias" not in head.tensors and _ANGLES.fullmatch(head.path):
        raise CheckpointError(
            f"has a classifier '{head.path}' of a loss with a margin, which compares directions: "
            "the lab's classifiers are linear maps; bring a net with one."
        )
    return head, tuple(leaf for leaf in fitting if leaf is not head)


def _no_classifier(behind: Sequence[Leaf]) -> CheckpointError:
    if behind:
        return CheckpointError(
            f"has no classifier: '{behind[0].path}' gives features of a training without labels, "
            "not classes. Train a classifier on the net, and bring both."
        )
    return CheckpointError(
        "has no classifier, a linear map such as 'fc.weight' after the last block: bring the whole "
        "net, not its backbone alone."
    )


def _other_heads(others: Sequence[Leaf]) -> dict[str, int]:
    return {f"tensors of the head '{leaf.path}'": len(leaf.tensors) for leaf in others}


def _may_be_head(leaf: Leaf, channels: int) -> bool:
    is_pointwise = leaf.kind == "convolution" and leaf.kernel_px == 1
    return is_pointwise and leaf.in_channels == channels and "bias" in leaf.tensors


def _is_called(leaf: Leaf, name: str) -> bool:
    return name in leaf.path.split(".")


def _stem(convolutions: Sequence[Leaf], entering: int, classifier: Leaf) -> tuple[Leaf, ...]:
    """The convolutions before the first block, of which the last gives what enters it."""
    stem = sorted((leaf for leaf in convolutions if leaf is not classifier), key=_place)
    if not stem:
        raise CheckpointError(
            "has no stem convolution, a tensor of four dimensions before the first block: these "
            "weights belong to another kind of net."
        )
    last = next((i for i, leaf in enumerate(stem) if leaf.out_channels == entering), len(stem) - 1)
    chain = stem[: last + 1]
    return tuple(chain[-3:] if len(chain) > 3 else chain)


def _outer_norms(
    norms: list[Leaf], stem: Sequence[Leaf], blocks: Sequence[ForeignBlock], prefix: str
) -> tuple[tuple[Leaf, ...], Leaf | None]:
    """Norms of the stem, one for each of its convolutions at most, and one after the last block."""
    own = sorted((leaf for leaf in norms if not prefix or _lies_in(leaf.path, prefix)), key=_place)
    of_stem = []
    for convolution in stem:
        fitting = [leaf for leaf in own if leaf.out_channels == convolution.out_channels]
        if fitting:
            of_stem.append(fitting[0])
            own.remove(fitting[0])
    last = [leaf for leaf in own if leaf.out_channels == blocks[-1].out_channels]
    return tuple(of_stem), last[0] if last else None


def _stages(blocks: Sequence[ForeignBlock]) -> tuple[tuple[ForeignBlock, ...], ...]:
    """Blocks in stages: by the modules that hold them, or else where channels change."""
    parents = [block.path.rpartition(".")[0] for block in blocks]
    by_parent = len(set(parents)) > 1
    stages: list[list[ForeignBlock]] = []
    for index, block in enumerate(blocks):
        before = blocks[index - 1]
        is_same = (
            parents[index] == parents[index - 1] if by_parent else block.widths == before.widths
        )
        if index and is_same:
            stages[-1].append(block)
        else:
            stages.append([block])
    return tuple(map(tuple, stages))


def _normaliser(leaf: Leaf) -> tuple[Tensor, Tensor] | None:
    """Mean and std of a module that normalises pictures before the net sees them."""
    mean, std = leaf.tensors.get("mean"), leaf.tensors.get("std")
    if mean is None or std is None or mean.numel() != std.numel() or mean.numel() > 64:
        return None
    return mean.flatten(), std.flatten()


def _left_out(rest: Iterable[Leaf], prefix: str) -> dict[str, int]:
    """Counts what stands beside the net.

    Raises:
        CheckpointError: for a module within it, without which it would be another net.
    """
    rest = list(rest)
    for leaf in rest:
        if not prefix or _lies_in(leaf.path, prefix):
            name = ".".join(filter(None, (leaf.path, next(iter(leaf.tensors)))))
            raise CheckpointError(
                f"does not fit: '{name}' is no part of a ResNet that the lab can build, and "
                "without it this would be another net."
            )
    return _counts(rest)


def _counts(leaves: Iterable[Leaf]) -> dict[str, int]:
    """Counts tensors by the outermost module that they stand in, or by their own names."""
    counts: dict[str, int] = {}
    for leaf in leaves:
        for name in leaf.tensors:
            what = f"tensors of '{(leaf.path or name).partition('.')[0]}'"
            counts[what] = counts.get(what, 0) + 1
    return counts
