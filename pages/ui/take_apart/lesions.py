"""Lesions: what a net still gets right without each of its blocks, and without some at random."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell.jobs import await_all
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import duration
from pages.ui.take_apart.asked_lesions import AskedLesions, ask_lesions
from pages.ui.take_apart.frame import show_how_to_read
from pages.ui.take_apart.pair import short_titles
from resnet_core.figures.lesions import (
    lesions_csv,
    lesions_figure,
    random_lesions_csv,
    random_lesions_figure,
)
from resnet_core.probes.lesion_sentences import (
    compare_lesions_sentence,
    lesion_sentence,
    random_lesions_sentence,
)
from resnet_core.probes.lesions import LesionBench
from resnet_core.stored import StoredMeasurement
from resnet_core.stored.lesions import kept_lesions, stored_lesions

_Found = Sequence[tuple[AskedLesions, StoredMeasurement]]
_Benches = dict[str, LesionBench]

_EXPLANATION = """
A lesion takes a block out of a trained net: what enters it is handed on, or passes the shortcut
alone where the block changes the shape of the maps. Nothing is trained afterwards. Veit et al.
2016, [arXiv 1605.06431](https://arxiv.org/abs/1605.06431), sec. 4, found that a residual net loses
little, since most of its paths do not pass any one block, and that a plain net, which has a single
path, falls to chance.

**As it is**, the layers behind the gap go on with the statistics that batch norm gathered while the
block was there. **With batch norm recalibrated**, the norms behind the gap take mean and variance
anew from other pictures, without labels: what is lost then is the block's work, and no mere shift
of scale. Bars reach as far as the 95 % interval that the number of pictures allows.

In a plain net a block that changes the shape of the maps cannot be removed, as nothing else could
do it. *Chance* is what a guess among the classes gets right. For several blocks at random, each
draw is judged by pictures of its own, and the bars are the interval of the mean over the draws.
"""


def show_lesions() -> None:
    """Lets a person choose nets and pictures, and shows what each block is good for.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded, or a setting is out of bounds.
    """
    known = [(asked, _find(asked)) for asked in ask_lesions()]
    found = [(asked, stored) for asked, stored in known if stored is not None]
    _measure([asked for asked, stored in known if stored is None], found)
    if found:
        _show(found, is_all=len(found) == len(known))
    show_how_to_read(_EXPLANATION)


def _find(asked: AskedLesions) -> StoredMeasurement | None:
    """What was just measured, or was here before, or is shipped."""
    job = asked.job
    if job is not None and job.is_done and not job.problem:
        return job.result()
    return kept_lesions(asked.question) or stored_lesions(asked.question)


def _measure(missing: list[AskedLesions], found: _Found) -> None:
    """Offers to measure what is missing, or shows how far that is, with a way to stop it."""
    if missing and found:
        st.caption(
            f"{len(found)} of {len(found) + len(missing)} nets was measured before and is kept."
        )
    going = [job for asked in missing if (job := asked.job) is not None and not job.is_done]
    if going:
        await_all(going, "Removing blocks")
        if all(job.is_done for job in going):
            st.rerun()
        return
    for asked in missing:
        if asked.job is not None and asked.job.problem:
            st.warning(plain(f"{asked.net.title}: {asked.job.problem}"), icon=":material/info:")
    if missing:
        blocks = " and ".join(str(sum(a.net.card.model.stage_blocks)) for a in missing)
        with st.container(horizontal=True, vertical_alignment="center"):
            # A callback: a run of the page that is cut short would press the button twice.
            st.button(
                "Remove every block",
                icon=":material/content_cut:",
                type="primary",
                on_click=_start,
                args=(missing,),
            )
            st.caption(
                f"{blocks} blocks, each on {missing[0].settings.num_pictures:,} pictures: from "
                "seconds to some minutes, which can be stopped. Each net that is done is kept for "
                "the next time, where the disk has room."
            )


def _start(benches: Sequence[AskedLesions]) -> None:
    for asked in benches:
        asked.start()


def _show(found: _Found, *, is_all: bool) -> None:
    benches = _labelled(found)
    if is_all:
        st.info(plain(compare_lesions_sentence(benches)), icon=":material/content_cut:")
    key, theme = [(asked.key, stored.date) for asked, stored in found], shown_theme()
    measured_figure(
        drawn(
            ("lesions", *key, theme),
            lambda: same_view(lesions_figure(benches, theme=theme), key),
        ),
        key="lesions",
        alt=" ".join(lesion_sentence(*each) for each in benches.items()),
        caption=_how(found),
        numbers=lambda: lesions_csv(benches),
    )
    _tell_all(benches, is_all=is_all)
    if any(bench.at_random for bench in benches.values()):
        measured_figure(
            drawn(
                ("lesions-at-random", *key, theme),
                lambda: same_view(random_lesions_figure(benches, theme=theme), key),
            ),
            key="lesions_at_random",
            caption="Blocks removed at random, the mean over the draws with Student's 95 % "
            "interval.",
            numbers=lambda: random_lesions_csv(benches),
        )
        _tell_random(benches)
    _offer_here([asked for asked, _ in found])


def _labelled(found: _Found) -> _Benches:
    """Benches by the nets' short names, or by their titles where those are alike."""
    titles = short_titles([asked.net for asked, _ in found])
    return {title: stored.result for title, (_, stored) in zip(titles, found, strict=True)}


def _how(found: _Found) -> str:
    asked, stored = found[0]
    bench: LesionBench = stored.result
    again = (
        f"; batch norm recalibrated on {bench.num_calibration} others"
        if bench.num_calibration
        else ""
    )
    titles = short_titles([asked.net for asked, _ in found])
    measured = dict(zip(titles, (each for _, each in found), strict=True))
    return (
        f"{bench.num_pictures:,} test pictures of {asked.labelled.title}{again}. "
        f"{measured_words(measured)}"
    )


def measured_words(found: Mapping[str, StoredMeasurement]) -> str:
    """Says when, on what and for how long nets were measured, of each apart where that differs."""
    took = {name: duration(stored.result.elapsed_s) for name, stored in found.items()}
    places = {name: f"on {each.date} with {each.hardware}" for name, each in found.items()}
    if len(set(places.values())) == 1:
        return f"Measured {next(iter(places.values()))} in {' and '.join(took.values())}."
    told = (f"{name} {places[name]} in {took[name]}" for name in found)
    return f"Measured: {'; '.join(told)}."


def _tell_all(benches: _Benches, *, is_all: bool) -> None:
    told = [lesion_sentence(*each) for each in benches.items()]
    if is_all and all("recalibrated" in bench.readings for bench in benches.values()):
        told.append(compare_lesions_sentence(benches, "recalibrated"))
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in told))


def _tell_random(benches: _Benches) -> None:
    told = [
        random_lesions_sentence(label, bench, reading)
        for label, bench in benches.items()
        for reading in bench.readings
        if bench.at_random
    ]
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in told))


def _offer_here(shown: Sequence[AskedLesions]) -> None:
    """Offers to measure what is shown as the lab ships it."""
    shipped = [
        asked for asked in shown if asked.job is None and kept_lesions(asked.question) is None
    ]
    if shipped:
        st.button(
            "Measure it here",
            icon=":material/speed:",
            help="Removes every block on this machine, and keeps what comes out.",
            on_click=_start,
            args=(shipped,),
        )
