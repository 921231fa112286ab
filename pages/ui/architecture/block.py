"""One block of a net: its formula, its modules, and the code that computes it."""

import streamlit as st

from pages.ui.architecture.form import PickedNet
from resnet_core.config import ModelConfig, settings_of
from resnet_core.models.explanation import explain_block, list_block_paths
from resnet_core.models.outline import outline_net

_CODE_PX = 560


def show_block_code(net: PickedNet, image_size_px: int, letter: str) -> None:
    """Lets a person choose a block and shows the paper's formula beside this project's code."""
    titles = _titles(net, image_size_px)
    path = st.selectbox(
        f"Block of net {letter.upper()}",
        list(titles),
        format_func=titles.__getitem__,
        key=f"block_{letter}",
    )
    explanation = explain_block(net.config, path)
    general, exact = st.columns([2, 3], gap="large")
    general.markdown(
        f"**As in the paper**: {explanation.paper}, "
        f"[arXiv {explanation.arxiv}](https://arxiv.org/abs/{explanation.arxiv})"
    )
    general.latex(explanation.general)
    exact.markdown("**This very block**, every operation")
    exact.latex(explanation.exact)
    exact.caption(_legend(net))
    modules, code = st.columns([2, 3], gap="large")
    modules.markdown("**Its modules**, each of which a hook can watch")
    modules.code(explanation.modules, language="text", wrap_lines=True, height=_CODE_PX)
    code.markdown("**The code that runs**, read from `resnet_core` as it stands")
    code.code(explanation.code, language="python", line_numbers=True, height=_CODE_PX)


def _titles(net: PickedNet, image_size_px: int) -> dict[str, str]:
    """The first block of each run of equal ones, by its path."""
    paths = list_block_paths(net.config)
    sections = outline_net(net.config, image_size_px)
    return {section.path: section.title for section in sections if section.path in paths}


def _legend(net: PickedNet) -> str:
    words = [r"$W_i$ a convolution", r"$\sigma$ a ReLU"]
    if net.config.norm != "none":
        word = settings_of(ModelConfig)["norm"].word(net.config.norm)
        words.append(f"$\\mathrm{{{net.config.norm[0].upper()}N}}$ {word}")
    if net.config.has_additions:
        words.append(
            r"$\mathcal{F}$ what the branch learns, $\mathcal{B}$ all of the branch, $h$ the "
            "shortcut, $f$ what follows the addition"
        )
    if net.config.branch_scale != "none":
        words.append("$a$, $b$ learned numbers")
    if net.config.skip_kind in ("exclusive_gate", "shortcut_gate"):
        words.append("$g$ a gate between 0 and 1")
    if net.config.is_dense:
        words.append(r"$[\cdot,\cdot]$ maps side by side: $x$ holds those of all blocks before")
    return ", ".join(words) + "."
