"""A block in words: its formula, the paper that it comes from, and the code that computes it."""

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torch import nn

from resnet_core.config import Intervention, ModelConfig
from resnet_core.models.blocks import Block
from resnet_core.models.dense import DenseBlock
from resnet_core.models.geometry import find_rules
from resnet_core.models.interventions import apply_interventions
from resnet_core.models.nets import build_on_meta

_BRANCH = r"\mathcal{B}"
_HE_2015 = (
    "K. He, X. Zhang, S. Ren, J. Sun 2015, Deep residual learning, eq. 1 and 2",
    "1512.03385",
)
_HE_2016 = (
    "K. He, X. Zhang, S. Ren, J. Sun 2016, Identity mappings, eq. 1 to 5 and sec. 3",
    "1603.05027",
)
_ZHANG_2019 = ("H. Zhang, Y. Dauphin, T. Ma 2019, Fixup initialization, sec. 3", "1901.09321")
_BACHLECHNER_2020 = ("T. Bachlechner et al. 2020, ReZero, eq. 1", "2003.04887")
_DE_2020 = ("S. De, S. Smith 2020, SkipInit, sec. 3", "2002.10444")


@dataclass(frozen=True, kw_only=True)
class BlockExplanation:
    """What a block computes, as its paper writes it, as it is built here, and as code."""

    general: str
    """The paper's formula, LaTeX."""
    exact: str
    """Every operation of this very block, LaTeX."""
    paper: str
    """Authors, year, title, equation."""
    arxiv: str
    """The paper's number on arXiv."""
    code: str
    """Source of the block's class and of the operations in it that are this project's own."""
    modules: str
    """The block's modules, as torch prints them."""


def list_block_paths(config: ModelConfig) -> tuple[str, ...]:
    """Lists the dotted paths of a net's blocks in forward order."""
    return tuple(
        f"stage{stage}.{index}"
        for stage, count in enumerate(config.stage_blocks, start=1)
        for index in range(count)
    )


def explain_block(
    config: ModelConfig, path: str, interventions: Iterable[Intervention] = ()
) -> BlockExplanation:
    """Explains one block of a net; nothing is computed.

    Args:
        config: the net.
        path: one of `list_block_paths`.
        interventions: what was done to the net; the exact formula is that of the block as it is.

    Raises:
        ConfigError: for interventions in blocks that the net does not have.
    """
    model = build_on_meta(config)
    apply_interventions(model, interventions)
    block = model.get_submodule(path)
    assert isinstance(block, Block | DenseBlock)
    paper, arxiv = _paper(config)
    return BlockExplanation(
        general=_general(config),
        exact=_exact_dense(block) if isinstance(block, DenseBlock) else _exact(block),
        paper=paper,
        arxiv=arxiv,
        code="\n\n".join(_sources(block)),
        modules=repr(block),
    )


def _paper(config: ModelConfig) -> tuple[str, str]:
    by_scale = {"fixup": _ZHANG_2019, "rezero": _BACHLECHNER_2020, "skipinit": _DE_2020}
    if config.family.paper is not None:
        return config.family.paper
    if config.branch_scale in by_scale:
        return by_scale[config.branch_scale]
    is_first = config.activation_order == "post" and config.skip_kind == "identity"
    return _HE_2015 if is_first else _HE_2016


def _general(config: ModelConfig) -> str:
    if config.is_dense:
        return r"x_l = H_l([\,x_0, x_1, \ldots, x_{l-1}\,])"
    if config.is_plain:
        return r"y = \mathcal{F}(x, \{W_i\})"
    shortcuts = {
        "identity": r"\mathcal{F}(x, \{W_i\}) + h(x)",
        "constant": r"\tfrac12\,\mathcal{F}(x) + \tfrac12\,h(x)",
        "exclusive_gate": r"g(h)\,\mathcal{F}(x) + (1 - g(h))\,h(x)",
        "shortcut_gate": r"\mathcal{F}(x) + (1 - g(h))\,h(x)",
        "dropout": r"\mathcal{F}(x) + \mathrm{dropout}_{1/2}(h(x))",
    }
    total = shortcuts[config.skip_kind]
    if config.branch_scale != "none":
        total = total.replace(r"\mathcal", r"a\,\mathcal")
    return f"y = f({total})"


def _exact(block: Block) -> str:
    if block.is_dropped:
        return _exact_dropped(block)
    branch = _compose(block, block.branch, "x")
    if block.add is None:
        return f"y = {_compose(block, block.after, branch)}"
    source = _before_shortcut(block)
    strength = block.add.skip_strength
    alpha = "" if strength == 1.0 else f"{strength:g}\\,"
    before, behind = _on_their_way(block.skip_kind)
    total = f"{before}{_BRANCH}(x) + {alpha}{behind}{_shortcut(block.shortcut, source)}"
    return _aligned(f"{_BRANCH}(x) &= {branch}", f"y &= {_compose(block, block.after, total)}")


def _exact_dropped(block: Block) -> str:
    if not block.changes_shape:
        return "y = x"
    return f"y = {_shortcut(block.shortcut, _before_shortcut(block))}"


def _before_shortcut(block: Block) -> str:
    """What enters the shortcut: x, or the activation that it shares with the branch."""
    if not block.shared:
        return "x"
    return _compose(block, block.branch[: block.branch.index(block.shared) + 1], "x")


def _exact_dense(block: DenseBlock) -> str:
    return _aligned(f"H(x) &= {_compose(block, block.branch, 'x')}", r"y &= [\,x,\; H(x)\,]")


def _aligned(*lines: str) -> str:
    """One equation a line, on a common equals sign."""
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def _on_their_way(skip_kind: str) -> tuple[str, str]:
    return {
        "identity": ("", ""),
        "constant": (r"\tfrac12\,", r"\tfrac12\,"),
        "exclusive_gate": (r"g \odot ", r"(1 - g) \odot "),
        "shortcut_gate": ("", r"(1 - g) \odot "),
        "dropout": ("", r"\mathrm{dropout}\,"),
    }[skip_kind]


def _shortcut(shortcut: nn.Module | None, source: str) -> str:
    name = type(shortcut).__name__
    if name == "Identity":
        return source
    letter = r"\mathrm{pad}" if name == "ZeroPadShortcut" else "W_s"
    return f"{letter}\\,{source}" if source == "x" else f"{letter}({source})"


def _compose(block: nn.Module, names: tuple[str, ...], inner: str) -> str:
    """Writes operations around what enters them, innermost first."""
    for name in names:
        inner = _around(block, name, inner)
    return inner


def _around(block: nn.Module, name: str, inner: str) -> str:
    number = "".join(filter(str.isdigit, name))
    if name.startswith("conv"):
        return f"W_{number}\\,{inner}" if _is_single(inner) else f"W_{number}({inner})"
    if name.startswith("norm"):
        return f"\\mathrm{{{_norm_name(block.get_submodule(name))}}}_{number}({inner})"
    if name.startswith("shift"):
        return f"{inner} + b_{{{name.removeprefix('shift')}}}"
    if name == "scale":
        return f"a\\,{inner}" if _is_single(inner) else f"a\\,({inner})"
    rules = find_rules(block.get_submodule(name))
    function = rules.formula if rules else r"\mathrm{SE}"
    return f"{function}({inner})"


def _norm_name(norm: nn.Module) -> str:
    if isinstance(norm, nn.GroupNorm):
        return "LN" if norm.num_groups == 1 else "GN"
    return "BN"


def _is_single(inner: str) -> bool:
    """Whether an operator in front of it reaches all of it, without brackets."""
    depth = 0
    for letter in inner:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "+" and depth == 0:
            return False
    return True


def _sources(block: nn.Module) -> Iterator[str]:
    """Source of each class of ours in a block, the block's own first."""
    kinds = dict.fromkeys(type(module) for module in block.modules())
    for kind in kinds:
        if not kind.__module__.startswith("torch."):
            yield f"# {kind.__module__}\n{inspect.getsource(kind)}"
