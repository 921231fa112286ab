"""The inside of a block: branch, shortcut, gate, whatever they are called."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resnet_core.errors import CheckpointError
from resnet_core.importing.leaves import Leaf, natural

_SHORTCUT = re.compile(
    r".*(shortcut|short_cut|downsample|down_sample|skip|proj|identity|res_conv|residual_conv|"
    r"match|resample|adjust).*",
    re.I,
)
"""What projects' modules on the shortcut are called."""
_GATE = re.compile(
    r"(.*_)?(se|squeeze\w*|excit\w*|scse|senet|channel_att\w*|fc|gate)(_\w+)?\d*", re.I
)
"""What squeeze-and-excitation modules are called."""
_RESNEXT = {"reduce": 1, "conv": 2, "": 2, "expand": 3}
"""Order of ResNeXt's conv_reduce, conv_conv, conv_expand and bn_reduce, bn, bn_expand."""
_MOST_CONVOLUTIONS = 4


@dataclass(frozen=True, eq=False)
class ForeignBlock:
    """The modules of a block by what they are for."""

    path: str
    convolutions: tuple[Leaf, ...]
    """Of the branch, in forward order."""
    norms: tuple[Leaf, ...]
    """Of the branch, in forward order."""
    shortcut: Leaf | None = None
    """The projection's convolution."""
    shortcut_norm: Leaf | None = None
    gate: tuple[Leaf, ...] = ()
    """The two maps of squeeze-and-excitation, first the one that squeezes."""

    @property
    def in_channels(self) -> int:
        """Channels that enter."""
        return self.convolutions[0].in_channels

    @property
    def out_channels(self) -> int:
        """Channels that leave."""
        return self.convolutions[-1].out_channels

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels that leave each convolution."""
        return tuple(leaf.out_channels for leaf in self.convolutions)

    @property
    def kernels_px(self) -> tuple[int, ...]:
        """Sides of the convolutions' windows, px."""
        return tuple(leaf.kernel_px for leaf in self.convolutions)

    @property
    def is_preactivated(self) -> bool | None:
        """Whether norms come before convolutions; `None` where channels do not tell."""
        pairs = list(zip(self.norms, self.convolutions, strict=False))
        groups = [c.in_channels if i == 0 else self.widths[i - 1] for i, (_, c) in enumerate(pairs)]
        is_pre = all(n.out_channels == g for (n, _), g in zip(pairs, groups, strict=True))
        is_post = all(norm.out_channels == conv.out_channels for norm, conv in pairs)
        return None if is_pre == is_post else is_pre


def read_block(path: str, leaves: Sequence[Leaf]) -> ForeignBlock:
    """Sorts a block's modules.

    Raises:
        CheckpointError: for a module that no block of the lab has.
    """
    inner = {leaf.path.removeprefix(f"{path}."): leaf for leaf in leaves}
    beside = {name: leaf for name, leaf in inner.items() if _SHORTCUT.fullmatch(_first(name))}
    gate = {
        name: leaf
        for name, leaf in inner.items()
        if name not in beside and (_GATE.fullmatch(_first(name)) or leaf.kind == "linear")
    }
    branch = [leaf for name, leaf in inner.items() if name not in beside and name not in gate]
    for leaf in inner.values():
        if leaf.kind == "other":
            _refuse(leaf)
    convolutions = _in_order(branch, "convolution")
    norms = _in_order(branch, "norm")
    shortcut, shortcut_norm = _shortcut(list(beside.values()))
    if shortcut is None:
        convolutions, norms, shortcut, shortcut_norm = _unnamed_shortcut(convolutions, norms)
    if not 1 <= len(convolutions) <= _MOST_CONVOLUTIONS:
        raise CheckpointError(
            f"has a block '{path}' of {len(convolutions)} convolutions, which no block of the lab "
            "has."
        )
    return ForeignBlock(
        path, tuple(convolutions), tuple(norms), shortcut, shortcut_norm, _gate(gate.values())
    )


def _first(name: str) -> str:
    return name.partition(".")[0]


def _refuse(leaf: Leaf) -> None:
    name = next(iter(set(leaf.tensors) - {"weight", "bias"}), next(iter(leaf.tensors)))
    raise CheckpointError(
        f"does not fit: '{leaf.path}.{name}' is no part of a block that the lab has, and without "
        "it this would be another net."
    )


def _in_order(leaves: Sequence[Leaf], kind: str) -> list[Leaf]:
    return sorted((leaf for leaf in leaves if leaf.kind == kind), key=_place)


def _place(leaf: Leaf) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    match = re.fullmatch(r"(?:conv|bn)_?(reduce|conv|expand|)", leaf.path.rpartition(".")[2])
    return (_RESNEXT[match[1]] if match else 0), natural(leaf.path)


def _shortcut(beside: Sequence[Leaf]) -> tuple[Leaf | None, Leaf | None]:
    convolutions = [leaf for leaf in beside if leaf.kind == "convolution"]
    norms = [leaf for leaf in beside if leaf.kind == "norm"]
    if len(convolutions) > 1 or len(norms) > 1 or len(convolutions) + len(norms) < len(beside):
        _refuse(beside[-1])
    if norms and not convolutions:
        _refuse(norms[0])
    return (convolutions or [None])[0], (norms or [None])[0]


def _unnamed_shortcut(
    convolutions: list[Leaf], norms: list[Leaf]
) -> tuple[list[Leaf], list[Leaf], Leaf | None, Leaf | None]:
    """A projection that is called like the branch's own, such as `conv3` beside two 3x3."""
    kernels = [leaf.kernel_px for leaf in convolutions]
    if kernels not in ([3, 3, 1], [1, 3, 1, 1]):
        return convolutions, norms, None, None
    *branch, last = convolutions
    if last.in_channels != branch[0].in_channels or last.out_channels != branch[-1].out_channels:
        return convolutions, norms, None, None
    own = norms[-1] if len(norms) == len(convolutions) else None
    return branch, norms[: len(branch)], last, own


def _gate(found: Iterable[Leaf]) -> tuple[Leaf, ...]:
    leaves = sorted(found, key=lambda leaf: leaf.out_channels)
    if not leaves:
        return ()
    fits = len(leaves) == 2 and all(leaf.kernel_px == 1 for leaf in leaves)
    if not fits or leaves[0].in_channels != leaves[1].out_channels:
        _refuse(leaves[0])
    return tuple(leaves)
