"""Which lesions are asked for: nets, pictures, and how thoroughly."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.choosing.companion import offer_companion
from pages.ui.choosing.labelled_sets import open_labelled_set
from pages.ui.choosing.linked_run import take_linked_run
from pages.ui.choosing.nets import load_shared_net, pick_net
from pages.ui.choosing.probed_set import pick_probed_set
from pages.ui.shell import jobs
from pages.ui.shell.address import (
    choice_in_address,
    number_in_address,
    remarks_shown_in,
    switch_in_address,
)
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.shared import Same, SharedCache
from pages.ui.shell.words import hover_text
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import LabelledSet, with_net_classes
from resnet_core.asking.lesions import LesionSettings, lesion_question
from resnet_core.errors import ResNetLabError
from resnet_core.stored import StoredMeasurement
from resnet_core.stored.files import StoredQuestion
from resnet_core.stored.lesions import LESIONS, STORED_PAIR, find_lesions

_USUAL = LesionSettings()
_COUNTS = (100, 300, _USUAL.num_pictures, 2000)
_MOST_DRAWS = 20
_MOST_SEED = 2**31


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedLesions:
    """One net on the page, and which pictures judge its lesions."""

    net: ReadyNet
    labelled: LabelledSet
    """Under the net's own classes."""
    settings: LesionSettings
    question: StoredQuestion
    """All that the answer depends on."""

    @property
    def key(self) -> tuple[object, ...]:
        """Names its job, and what is drawn of it."""
        return (LESIONS, *self.question.values())

    @property
    def job(self) -> jobs.Job[StoredMeasurement] | None:
        """Measures it, or did so; `None` where nobody asked for it."""
        return jobs.find(self.key)

    def start(self) -> None:
        """Measures it in a thread, anew where that was stopped."""
        jobs.forget(self.key)
        jobs.submit(
            self.key,
            lambda progress: find_lesions(self.net, self.labelled, self.settings, progress),
            lane="slow",
        )


def ask_lesions() -> list[AskedLesions]:
    """Lets a person choose one net or two, and the pictures that judge both.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded, or a setting is out of bounds.
    """
    take_linked_run("probed", "lesion_other")
    first, second, third, fourth = st.columns([7, 7, 5, 6], gap="small")
    with first:
        sources = [pick_net("Net", key="probed", first=STORED_PAIR[0])]
    offer_companion(sources[0], key="lesion_other", switch="lesion_beside")
    with fourth:
        has_other = st.toggle("Beside another net", **switch_in_address("lesion_beside", True))
        settings = _ask_settings()
    if has_other:
        with second:
            sources.append(pick_net("Beside it", key="lesion_other", first=STORED_PAIR[1]))
    different = {source.key: source for source in sources if source is not None}
    nets = [load_shared_net(source) for source in different.values()]
    if not nets:
        return []
    with third:
        pictures = pick_probed_set(
            "Pictures", nets[0], key="lesion_pictures", why="Test pictures of a data set at hand."
        )
    if pictures is None:
        return []
    asked, problems = [], {}
    for net in nets:
        opened = open_labelled_set(net, pictures.name)
        try:
            if opened is not None:
                asked.append(_asked(net, opened, settings))
        except ResNetLabError as exc:
            problems[str(exc)] = exc  # what both nets meet is said once
    for problem in problems.values():
        show_error(problem)
    return asked


def _asked(net: ReadyNet, opened: LabelledSet, settings: LesionSettings) -> AskedLesions:
    labelled, matching = with_net_classes(net, opened)
    if matching.sentence:
        st.caption(plain(matching.sentence))
    question = _questions.get(
        (net.source.key, Same(opened), settings),
        lambda: lesion_question(net.source.key, labelled, settings),
    )
    return AskedLesions(net=net, labelled=labelled, settings=settings, question=question)


def _ask_settings() -> LesionSettings:
    place = st.container()
    with st.popover("How thoroughly", icon=":material/tune:"), remarks_shown_in(place):
        count = st.select_slider(
            "Pictures that judge",
            _COUNTS,
            help=hover_text("confidence interval"),
            **choice_in_address("lesion_count", _COUNTS, _USUAL.num_pictures),
        )
        recalibrates = st.toggle(
            "Also recalibrate batch norm",
            help=f"On {_USUAL.num_calibration} pictures, none of which judges: twice the time.",
            **switch_in_address("lesion_again", True),
        )
        draws = st.number_input(
            "Draws at random",
            0,
            _MOST_DRAWS,
            help="For each number of blocks, each on pictures of its own; 0 leaves them out.",
            **number_in_address("lesion_draws", _USUAL.num_draws, 0, _MOST_DRAWS),
        )
        seed = st.number_input(
            "Seed of pictures and draws",
            0,
            _MOST_SEED,
            **number_in_address("lesion_seed", _USUAL.seed, 0, _MOST_SEED),
        )
    return LesionSettings(
        num_pictures=count,
        num_calibration=_USUAL.num_calibration if recalibrates else 0,
        num_draws=int(draws),
        seed=int(seed),
    )


# To name pictures by their content, all that judge are read.
_questions: SharedCache[StoredQuestion] = SharedCache(64)
