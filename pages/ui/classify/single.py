"""One picture as one or two nets see it: what they say, how sure they are, where they look."""

import math
from collections.abc import Sequence

import streamlit as st

from pages.ui.choosing.other_nets import say_caution
from pages.ui.classify.downloads import offer_answers
from pages.ui.kit.class_bars import show_class_bars
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.jobs import Job, shown, submit
from pages.ui.shell.notices import plain
from resnet_core.asking import OtherNet
from resnet_core.asking.layers_to_ask import AnyNet, plainness
from resnet_core.explain import Attribution
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.figures.style import arm_colours
from resnet_core.inference import Answer, ClassScore
from resnet_core.inference.sentences import (
    alarm_sentence,
    choice_sentence,
    classes_sentence,
    detection_sentence,
    second_reading_sentence,
    silence_sentence,
    unwatched_sentence,
)
from resnet_core.shares import probability_text

_SHOWN_PX = 224


def show_answers(
    nets: Sequence[AnyNet], answers: Sequence[Answer], *, top: int, with_downloads: bool = True
) -> None:
    """Shows what nets say of one picture, and the picture as each of them saw it.

    Args:
        nets: one or two.
        answers: of the same picture, one for each net.
        top: classes to name; of two nets, those of both.
        with_downloads: whether the answers are offered as files.
    """
    names = list(dict.fromkeys(s.class_name for answer in answers for s in answer.top(top)))
    colours = arm_colours([plainness(net) for net in nets], shown_theme())
    for net, answer in zip(nets, answers, strict=True):
        if not net.layers_problem:
            _find_map(net, answer)  # all begin before the first is waited for
    _about_the_picture(answers[0])
    cards = st.columns(len(nets), gap="medium")
    for card, net, answer, colour in zip(cards, nets, answers, colours, strict=True):
        with card.container(border=True):
            _show_card(net, answer, names, colour, is_alone=len(nets) == 1)
    if with_downloads:
        offer_answers(answers, top)


def _show_card(
    net: AnyNet, answer: Answer, names: Sequence[str], colour: str, *, is_alone: bool
) -> None:
    _headline(net, answer, is_alone=is_alone)
    if is_alone:
        _say_how_strange(net, answer)
        pictures, bars = st.columns([9, 10], gap="medium", vertical_alignment="center")
    else:
        bars, pictures = st.container(), st.container()
    with bars:
        show_class_bars(_scores(answer, names), colour)
        if not is_alone:
            _say_how_strange(net, answer)
    with pictures:
        _pictures(net, answer)


def _scores(answer: Answer, names: Sequence[str]) -> list[ClassScore]:
    known = {score.class_name: score for score in answer.top(len(answer.class_names))}
    return [known[name] for name in names if name in known]


def _about_the_picture(answer: Answer) -> None:
    width, height = answer.original_size_px
    done = f" ({'; '.join(answer.notes)})" if answer.notes else ""
    st.caption(plain(f"{answer.name}: {answer.format}, {width} x {height} px{done}"))


def _headline(net: AnyNet, answer: Answer, *, is_alone: bool) -> None:
    first = answer.top(1)[0]
    st.markdown(f"## {plain(first.class_name)}, {plain(probability_text(first.probability))} sure")
    most = math.log2(len(answer.class_names))
    advice = "" if isinstance(net, OtherNet) else ": measure it under 'On a labelled set'"
    how = f"not calibrated{advice}"
    if net.is_calibrated:
        is_moved = answer.temperature != 1
        how = (
            f"temperature {answer.temperature:.2f}" if is_moved else "no temperature gains a thing"
        )
    whose = "" if is_alone else f"{plain(net.title)}. "
    st.caption(
        f"{whose}Entropy {answer.entropy_bits:.2f} of at most {most:.2f} bit; {how}.",
        help="Entropy is 0 when the net is certain, and largest when all classes are equally "
        "likely. Calibrated means that of all pictures with 80 % about 80 % are right.",
    )


def _say_how_strange(net: AnyNet, answer: Answer) -> None:
    """Says whether the picture is unlike the net's own, and what silence is worth."""
    if isinstance(net, OtherNet):
        say_caution(net.card)
        return
    detection = net.card.detection if answer.strangeness is not None else None
    if answer.is_unfamiliar:
        st.warning(plain(alarm_sentence(answer)), icon=":material/help:")
    elif detection is not None:
        words = f"{choice_sentence(answer.class_names)}. {silence_sentence(detection)}"
        known = f"{classes_sentence(answer.class_names)} {detection_sentence(detection)}"
        st.caption(plain(words), help=plain(known))
        if answer.has_odd_energy:
            st.info(plain(second_reading_sentence(answer)), icon=":material/help:")
    else:
        why = net.watch_problem if net.card.detection is not None else ""
        st.warning(
            plain(f"{why} {unwatched_sentence(answer.class_names)}".strip())
            + " Measure it with pictures of its classes under 'On a labelled set'.",
            icon=":material/visibility_off:",
        )


def _pictures(net: AnyNet, answer: Answer) -> None:
    left, right = st.columns(2)
    side = answer.seen.shape[0]
    seen = enlarge(answer.seen, (_SHOWN_PX, _SHOWN_PX), smooth=side > _SHOWN_PX)
    caption = f"As the net sees it: {side} x {side} px"
    left.image(seen, caption=caption, alt=f"The picture. {caption}", output_format="PNG")
    if why := net.layers_problem:
        st.caption(plain(why))
        return
    with right:
        attribution = shown(_find_map(net, answer), "Grad-CAM")
        if attribution is not None:
            overlay = draw_map(answer.seen, attribution.values, MapStyle(size_px=_SHOWN_PX))
            name = plain(answer.top(1)[0].class_name)
            caption = f"What speaks for {name} (Grad-CAM)"
            st.image(overlay, caption=caption, alt=f"The picture under a heat map. {caption}")


def _find_map(net: AnyNet, answer: Answer) -> Job[Attribution]:
    """Starts Grad-CAM of the predicted class, or finds it."""
    key = ("classify-cam", net.key, answer.seen.tobytes())
    return submit(key, lambda progress: net.explain(answer.seen, net.question()))
