"""One picture as one or two nets see it: what they say, how sure they are, where they look."""

import math
from collections.abc import Sequence

import streamlit as st

from pages.ui.architecture_view import theme
from pages.ui.classify_nets import ReadyNet
from pages.ui.jobs import shown, submit
from pages.ui.notices import plain
from resnet_core.explain import Attribution
from resnet_core.figures.classification import top_classes_figure
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.inference import Answer, explain_answer

_SHOWN_PX = 200


def show_answers(nets: Sequence[ReadyNet], answers: Sequence[Answer], *, top: int) -> None:
    """Shows what nets say of one picture, and the picture as each of them saw it.

    Args:
        nets: one or two.
        answers: of the same picture, one for each net.
        top: classes to name.
    """
    bars, pictures = st.columns([3, 2], gap="large")
    with bars:
        _headline(nets, answers)
        figure = top_classes_figure(
            answers,
            [net.title for net in nets],
            [net.is_plain for net in nets],
            count=top,
            theme=theme(),
        )
        st.plotly_chart(figure, key="classify_bars")
    with pictures:
        for net, answer in zip(nets, answers, strict=True):
            _pictures(net, answer, is_alone=len(nets) == 1)


def _headline(nets: Sequence[ReadyNet], answers: Sequence[Answer]) -> None:
    for net, answer in zip(nets, answers, strict=True):
        first = answer.top(1)[0]
        st.markdown(
            f"{plain(net.title)}: **{plain(first.class_name)}**, {first.probability:.1%} sure"
        )
        most = math.log2(len(answer.class_names))
        how = (
            f"calibrated by temperature {answer.temperature:.2f}"
            if net.classifier.is_calibrated
            else "not calibrated: that is done under 'On a labelled set'"
        )
        st.caption(f"Entropy {answer.entropy_bits:.2f} of at most {most:.2f} bit, {how}.")
        if answer.is_unfamiliar:
            st.warning(
                "This picture is unlike what the net was trained on (energy "
                f"{answer.energy:.1f}, 95 % of known pictures lie below "
                f"{answer.energy_threshold:.1f}): do not believe the answer.",
                icon=":material/help:",
            )
    notes = answers[0].notes
    width, height = answers[0].original_size_px
    done = f" Done to it: {'; '.join(notes)}." if notes else ""
    st.caption(plain(f"{answers[0].name}: {answers[0].format}, {width} x {height} px.{done}"))


def _pictures(net: ReadyNet, answer: Answer, *, is_alone: bool) -> None:
    if not is_alone:
        st.caption(plain(net.title))
    left, right = st.columns(2)
    seen = enlarge(answer.seen, (_SHOWN_PX, _SHOWN_PX), smooth=False)
    side = answer.seen.shape[0]
    left.image(seen, caption=f"As the net sees it: {side} x {side} px")
    with right:
        attribution = where_it_looks(net, answer)
        if attribution is not None:
            overlay = draw_map(answer.seen, attribution.values, MapStyle(size_px=_SHOWN_PX))
            name = plain(answer.top(1)[0].class_name)
            st.image(overlay, caption=f"What speaks for '{name}' (Grad-CAM)")


def where_it_looks(net: ReadyNet, answer: Answer) -> Attribution | None:
    """Computes Grad-CAM of the predicted class in a job; `None` while it is not there."""
    key = ("classify-cam", net.key, answer.seen.tobytes())
    job = submit(key, lambda progress: explain_answer(net.classifier, answer.seen))
    return shown(job, "Grad-CAM")
