"""One block of a trained net seen whole: its formula, and what it does to a picture."""

import streamlit as st

from pages.ui.choosing.net_and_picture import pick_net_and_picture
from pages.ui.kit.class_bars import percent, show_class_bars
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import await_all, shown
from pages.ui.shell.notices import plain
from pages.ui.take_apart.measuring import submit_answer, submit_blocks
from resnet_core.asking import Answer, ReadyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.figures.style import arm_colours
from resnet_core.models.explanation import explain_block, list_block_paths
from resnet_core.probes.taken_apart import BlockFigures

_NUM_CLASSES = 3


def show_one_block() -> None:
    """Lets a person choose net, picture and block, and shows what the block does.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded.
    """
    left, right = st.columns([2, 5], gap="medium")
    with left:
        picked = pick_net_and_picture()
    if picked is not None:
        with right:
            _show(*picked)


def _show(net: ReadyNet, picture: PickedPicture) -> None:
    answered, measured = submit_answer(net, picture), submit_blocks(net, picture)
    await_all((answered, measured), "The net and its blocks")
    path = _ask_block(net)
    answer = shown(answered, "The answer") if answered.is_done else None
    if answer is not None:
        _show_answer(net, picture, answer)
    st.latex(explain_block(net.card.model, path).exact)
    taken = shown(measured, "The blocks") if measured.is_done else None
    if taken is not None:
        _show_figures(taken.block(path))
        st.caption(
            plain(
                f"The gradient is that of the logit of {net.card.class_names[taken.class_index]}. "
                "Norms are of all maps of a block together."
            )
        )


def _ask_block(net: ReadyNet) -> str:
    blocks = list_block_paths(net.card.model)
    return st.selectbox(
        "Block", blocks, **choice_in_address("apart_block", blocks, blocks[len(blocks) // 2])
    )


def _show_answer(net: ReadyNet, picture: PickedPicture, answer: Answer) -> None:
    first = answer.top(1)[0]
    label = f", labelled {picture.class_name}" if picture.class_name else ""
    st.markdown(plain(f"It says {first.class_name} ({percent(first.probability)}){label}."))
    show_class_bars(answer.top(_NUM_CLASSES), arm_colours([net.is_plain], shown_theme())[0])


def _show_figures(block: BlockFigures) -> None:
    figures = {
        "norm of x": block.input_norm,
        "norm of F(x)": block.branch_norm,
        "norm over the skip": block.skip_norm,
        "norm of the sum": block.sum_norm,
        "cosine of skip and F(x)": block.cosine,
        "gradient through the skip": block.skip_gradient_share,
        "gradient norm behind it": block.gradient_norm,
    }
    with st.container(horizontal=True):
        for name, value in figures.items():
            if value is not None:
                written = f"{value:.0%}" if name == "gradient through the skip" else f"{value:.3g}"
                st.metric(name, written, width="content")
