"""A net on a labelled set: confusion, reliability, accuracy by class, confident mistakes."""

import functools
from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.ui.classify.labelled_data import ask_class_map, pick_labelled_data
from pages.ui.kit.plot import same_view, show_figure
from pages.ui.kit.theme import shown_theme
from pages.ui.kit.tiles import Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.jobs import Job, find, forget, shown, submit
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.session import app_state
from pages.ui.shell.shared import Same, drawn
from resnet_core.asking import ReadyNet
from resnet_core.checkpoints.naming import learned_data
from resnet_core.config import FIRST_RESIZING, DataConfig
from resnet_core.data import load_dataset
from resnet_core.explain import Attribution
from resnet_core.figures.classification import (
    class_accuracy_figure,
    confusion_figure,
    reliability_figure,
)
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.inference import (
    ClassificationReport,
    Mistake,
    class_accuracy_csv,
    confusion_csv,
    keep_calibration,
    measure_report,
    reliability_csv,
)
from resnet_core.inference.sentences import (
    accuracy_sentence,
    detection_sentence,
    reliability_sentence,
    sureness_sentence,
    temperature_sentence,
)
from resnet_core.progress import Progress
from resnet_core.shares import percent, probability_text

_TILE_PX = 110
_COLUMNS = 8
_CHART_PX = 500
_CHOSEN = "classify_mistake"
_EXPLANATION = r"""
**Temperature.** Dividing all logits by one number $T$ makes a net more or less sure, and changes no
answer (Guo et al. 2017, [arXiv 1706.04599](https://arxiv.org/abs/1706.04599), sec. 4.2).
It is fitted on validation pictures, and applied only where others of them, left out by turns, gain
by it. ECE is the mean distance between how sure the net is and how often it is right, over 15 bins
of confidence. Its floor is what honest probabilities of the same size show, since so few pictures
never come out even.

**Strange pictures.** After every block each channel has a mean and a standard deviation over its
places. The distance of these numbers to the nearest class mean, in units of how they scatter (Lee
et al. 2018, [arXiv 1807.03888](https://arxiv.org/abs/1807.03888), sec. 2.1), says how unusual a
block finds a picture, and the block that finds it the most unusual decides. The threshold lets 95 %
of the validation pictures pass.

**Energy.** $E(x) = -\log \sum_k e^{f_k(x)}$ is low for pictures like those of the training and high
for others (Liu et al. 2020, [arXiv 2010.03759](https://arxiv.org/abs/2010.03759), eq. 4): a second
reading, from the net's answer alone.
"""


def labelled_set(net: ReadyNet) -> None:
    """Lets a person measure a net on a labelled set, and shows what came out."""
    st.caption(
        "Every test picture goes through the net: you will see what it confuses, which classes are "
        "hard, how far its probabilities can be believed, and where it looked when it was sure and "
        "wrong. The validation pictures calibrate it. "
        + plain(f"The chosen net learned {learned_data(net.card.name, net.card.data_title)}.")
    )
    data = pick_labelled_data(net)
    if data is None:
        return
    said = ask_class_map()
    pictures = (data.config.source, data.origin)
    key = ("classify-report", net.source.key, pictures, tuple(said.items()))
    if st.button("Measure", icon=":material/speed:", type="primary", key="classify_measure"):
        forget(key)
        submit(key, lambda progress: _measure(net, data.config, said, progress), lane="slow")
    job = find(key)
    report = shown(job, data.title) if job is not None else None
    if report is not None:
        _show_report(net, report)


def _measure(
    net: ReadyNet, config: DataConfig, said: Mapping[str, str], progress: Progress
) -> ClassificationReport:
    needs = ("validation", "test")
    data = load_dataset(net.as_measured(config), progress=progress, needs=needs)
    return measure_report(net, data, progress, class_map=said)


def _show_report(net: ReadyNet, report: ClassificationReport) -> None:
    _say_what_came_out(net, report)
    if report.resizing == FIRST_RESIZING:
        st.caption(
            "These pictures were brought to one size as when this net was trained and measured: "
            "the square was cut first. Pictures that you bring are resized whole, as torchvision "
            "does, so that their probabilities may differ a little from those of the same pictures "
            "here."
        )
    if said := report.calibration.matching.sentence:
        st.info(plain(said), icon=":material/label:")
    _offer_calibration(net, report)
    _show_figures(net, report)
    _offer_tables(report)
    with st.expander("What these words mean", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)
    _show_mistakes(net, report)


def _say_what_came_out(net: ReadyNet, report: ClassificationReport) -> None:
    columns = st.columns(4)
    columns[0].metric("Right", percent(report.accuracy, 2), border=True)
    columns[1].metric("Loss", f"{report.loss:.3f}", border=True)
    for column, title, reliability in (
        (columns[2], "ECE as trained", report.raw),
        (columns[3], "ECE calibrated", report.calibrated),
    ):
        column.metric(
            title,
            percent(reliability.ece),
            f"by chance alone {percent(reliability.floor)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    st.caption(plain(f"{net.title} on {report.data_title}."))
    sentences = (
        accuracy_sentence(report),
        sureness_sentence(report.sureness),
        reliability_sentence(report.raw, "as trained"),
        temperature_sentence(report.calibration.temperature),
        detection_sentence(report.calibration.detection),
    )
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))


def _show_figures(net: ReadyNet, report: ClassificationReport) -> None:
    theme = shown_theme()

    def figure_of(name: str, draw: Callable[[], go.Figure]) -> go.Figure:
        view = (net.source.key, report.data_title)
        return drawn((name, Same(report), theme), lambda: same_view(draw(), view))

    with st.container(horizontal=True):  # beside each other where there is room for two
        show_figure(
            figure_of("confusion", lambda: confusion_figure(report)),
            key="classify_confusion",
            alt=f"Confusion matrix of {net.title} on {report.data_title}",
            width_px=_CHART_PX,
        )
        show_figure(
            figure_of("reliability", lambda: reliability_figure(report, theme=theme)),
            key="classify_reliability",
            alt=f"Accuracy over confidence of {net.title} on {report.data_title}",
            width_px=_CHART_PX,
        )
    show_figure(
        figure_of("by class", lambda: class_accuracy_figure(report, theme=theme)),
        key="classify_by_class",
        alt=f"Accuracy by class of {net.title} on {report.data_title}",
    )


def _offer_tables(report: ClassificationReport) -> None:
    tables = (
        ("Confusion matrix as CSV", confusion_csv, "confusion"),
        ("Reliability as CSV", reliability_csv, "reliability"),
        ("Accuracy by class as CSV", class_accuracy_csv, "accuracy-by-class"),
    )
    with st.container(horizontal=True):
        for label, write, name in tables:
            st.download_button(
                label,
                functools.partial(write, report),
                f"{name}.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
            )


def _offer_calibration(net: ReadyNet, report: ClassificationReport) -> None:
    path = net.source.path
    if path is None:
        return
    pressed = st.button(
        "Keep this calibration with the net's card",
        icon=":material/bookmark_add:",
        help="Probabilities on this page are then calibrated, and strange pictures are announced. "
        "For a net that came with the lab it is kept in the lab's home.",
        key="classify_keep",
    )
    if pressed:
        with shown_errors():
            keep_calibration(path, report.calibration)
            st.success("Kept: it is used from now on.", icon=":material/check:")


def _show_mistakes(net: ReadyNet, report: ClassificationReport) -> None:
    st.header("Sure, and wrong")
    if not report.mistakes:
        st.text("The net makes no mistake on these pictures.")
        return
    choices = app_state().choices
    place, index = choices.get(_CHOSEN, (None, None))
    if place != (net.key, report.data_title):
        index = report.mistakes[0].index
    st.caption("Press a picture to see what spoke for the wrong class and for the right one.")
    show_tiles(
        [
            _mistake_row(report, report.mistakes[start : start + _COLUMNS])
            for start in range(0, len(report.mistakes), _COLUMNS)
        ],
        key="classify-mistakes",
        tile_px=_TILE_PX,
        fill=True,
        selected=[str(index)],
        on_press=lambda name: choices.__setitem__(
            _CHOSEN, ((net.key, report.data_title), int(name))
        ),
    )
    for mistake in report.mistakes:
        if mistake.index == index:
            _show_mistake(net, report, mistake)


def _mistake_row(report: ClassificationReport, row: Sequence[Mistake]) -> TileRow:
    return TileRow(
        sheet=photo_sheet([mistake.pixels for mistake in row]),
        tiles=tuple(
            Tile(
                name=str(mistake.index),
                label=_describe(report, mistake),
                caption=f"{report.class_names[mistake.predicted]}, "
                f"{probability_text(mistake.probability)}",
            )
            for mistake in row
        ),
    )


def _describe(report: ClassificationReport, mistake: Mistake) -> str:
    names = report.class_names
    return (
        f"{names[mistake.label]}, taken for {names[mistake.predicted]}: "
        f"{probability_text(mistake.probability)} sure"
    )


def _show_mistake(net: ReadyNet, report: ClassificationReport, mistake: Mistake) -> None:
    with st.container(border=True):
        st.text(f"Test picture {mistake.index}: {_describe(report, mistake)}")
        picture, wrong, right = st.columns(3)
        size = (2 * _TILE_PX, 2 * _TILE_PX)
        seen = enlarge(mistake.pixels, size, smooth=len(mistake.pixels) > size[0])
        picture.image(
            seen,
            caption="As the net sees it",
            alt=f"Test picture {mistake.index} as the net sees it",
            output_format="PNG",
        )
        for place, index in ((wrong, mistake.predicted), (right, mistake.label)):
            with place, shown_errors():
                _show_map(net, report, mistake, index)


def _show_map(
    net: ReadyNet, report: ClassificationReport, mistake: Mistake, class_index: int
) -> None:
    attribution = shown(_find_map(net, mistake, class_index), "Grad-CAM")
    if attribution is not None:
        overlay = draw_map(mistake.pixels, attribution.values, MapStyle(size_px=2 * _TILE_PX))
        name = plain(report.class_names[class_index])
        caption = f"What speaks for '{name}' (Grad-CAM)"
        st.image(overlay, caption=caption, alt=f"Test picture {mistake.index}. {caption}")


def _find_map(net: ReadyNet, mistake: Mistake, class_index: int) -> Job[Attribution]:
    """Starts Grad-CAM of a class, or finds it; by the pixels, as two folders may have one title."""
    key = ("classify-mistake", net.key, mistake.pixels.tobytes(), class_index)
    return submit(key, lambda progress: net.explain(mistake.pixels, net.question(class_index)))
