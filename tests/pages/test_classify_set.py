"""A labelled set on the Classify page: measured, calibrated on, and matched by names."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.ui.classify.report import _find_map
from resnet_core.asking import load_net
from resnet_core.checkpoints import read_card
from resnet_core.inference import Mistake
from tests.inference.conftest import CLASSES, picture_bytes
from tests.pages.classify_page import open_tab, wait
from tests.pages.components import shown_figure
from tests.pages.conftest import OpenPage


def write_classes(folder: Path) -> Path:
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for index in range(20):
            content = picture_bytes(100 * number + index, size=(16, 16))
            (folder / name / f"{index}.png").write_bytes(content)
    return folder


def test_labelled_set_is_measured_and_its_calibration_kept(
    open_page: OpenPage, net: Path, tmp_path: Path
):
    folder = write_classes(tmp_path / "pictures")
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    open_tab(at, "On a labelled set")
    at.selectbox(key="classify_set_noise").set_value("Pictures of my own").run()
    at.text_input(key="classify_set_path").set_value(str(folder)).run()
    at.button(key="classify_measure").click().run()
    wait(at, lambda at: at.metric or at.error)
    assert not at.error
    assert at.metric[0].label == "Right"
    for key, title in (
        ("confusion", "predicted class"),
        ("reliability", "mean confidence (%)"),
        ("by_class", "true class"),
    ):
        figure = shown_figure(at, f"classify_{key}")
        assert figure is not None and figure["layout"]["xaxis"]["title"]["text"] == title
    assert not at.warning
    at.button(key="classify_keep").click().run()
    assert not at.exception
    card = read_card(net)
    assert card.metrics["temperature"] > 0
    assert card.detection is not None
    assert any("own test pictures" in element.value for element in at.markdown)
    (folder / CLASSES[0] / "new.png").write_bytes(picture_bytes(999, size=(16, 16)))
    st.cache_data.clear()  # the page looks at the folder again, as it does after a while
    at.run()
    assert not at.metric, "these are other pictures than those that were measured"


def test_other_names_are_refused_until_a_person_says_which_is_which(
    open_page: OpenPage, net: Path, tmp_path: Path
):
    folder = write_classes(tmp_path / "pictures")
    (folder / "bee").rename(folder / "wasp")
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    open_tab(at, "On a labelled set")
    at.selectbox(key="classify_set_noise").set_value("Pictures of my own").run()
    at.text_input(key="classify_set_path").set_value(str(folder)).run()
    at.button(key="classify_measure").click().run()
    wait(at, lambda at: at.metric or at.error)
    assert "does not know wasp" in at.error[0].value
    at.text_input(key="classify_class_map").set_value("wasp=bee").run()
    at.button(key="classify_measure").click().run()
    wait(at, lambda at: at.metric or at.error)
    assert not at.error
    assert any("with wasp as bee" in element.value for element in at.info)
    at.text_input(key="classify_class_map").set_value("wasp").run()
    assert "is no pair of classes" in at.error[0].value


def test_a_mistake_gets_the_map_of_its_own_picture(net: Path):
    """Two folders may have one title, and pictures of one number."""
    ready = load_net(net)
    mistakes = [
        Mistake(
            index=0,
            label=0,
            predicted=1,
            probability=0.9,
            pixels=np.full((16, 16, 3), shade, np.uint8),
        )
        for shade in (10, 200)
    ]
    first, second = (_find_map(ready, mistake, 1) for mistake in mistakes)
    assert first is not second
    assert first is _find_map(ready, mistakes[0], 1)
