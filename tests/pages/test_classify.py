"""The Classify page run for real, with pictures, refusals, many at once, and a labelled set."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.checkpoints import read_card
from tests.importing.conftest import akamaster_like, saved
from tests.inference.conftest import CLASSES, picture_bytes, save_tiny
from tests.pages.conftest import OpenPage

_PATIENCE_S = 90


@pytest.fixture
def net(home: Path) -> Path:
    """A net that a person brought."""
    return save_tiny(home / "imported", "tiny")


def wait(at: AppTest, condition: Callable[[AppTest], object]) -> AppTest:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition(at):
        assert time.monotonic() < deadline, [element.value for element in at.text]
        time.sleep(0.2)
        at.run()
        assert not at.exception
    return at


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = next(u for u in at.file_uploader if "Pictures" in u.label)
    uploader.set_value([(name, content, "application/octet-stream") for name, content in files])
    at.run()
    assert not at.exception
    return at


def test_example_is_answered_at_once(open_page: OpenPage, net: Path):
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    at.button_group(key="classify_way").set_value("Examples").run()
    wait(at, lambda at: at.get("plotly_chart"))
    assert any("sure" in element.value for element in at.markdown)
    assert any("not calibrated" in element.value for element in at.caption)


def test_photograph_is_answered_with_its_notes(open_page: OpenPage, net: Path):
    at = upload(open_page("classify"), ("dog.png", picture_bytes(size=(80, 60))))
    wait(at, lambda at: at.get("plotly_chart"))
    assert any("80 x 60 px" in element.value for element in at.caption)


def test_refused_picture_is_one_sentence(open_page: OpenPage, net: Path):
    at = upload(open_page("classify"), ("![x](http://evil).png", b"<svg onload=alert(1)>"))
    wait(at, lambda at: at.error)
    (error,) = at.error
    assert "http\\:\\/\\/evil" in error.value
    assert "Error" not in error.value


def test_many_fill_a_table_and_the_broken_ones_say_why(open_page: OpenPage, net: Path):
    files = [(f"{index}.png", picture_bytes(index)) for index in range(6)]
    at = upload(open_page("classify"), *files, ("bad.jpg", b"nothing"), ("cut.png", b"\x89PNG"))
    wait(at, lambda at: any("6 of 8 pictures classified" in text.value for text in at.text))
    table = at.dataframe[0].value
    assert list(table["File"])[:2] == ["0.png", "1.png"]
    assert "'bad.jpg'" in list(table["Remark"])[6]
    at.selectbox(key="classify_kind").set_value("refused").run()
    assert list(at.dataframe[0].value["File"]) == ["bad.jpg", "cut.png"]


def test_labelled_set_is_measured_and_its_calibration_kept(
    open_page: OpenPage, net: Path, tmp_path: Path
):
    folder = write_classes(tmp_path / "pictures")
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    # AppTest cannot press tabs: the session state says which one is open.
    at.session_state["classify_tab"] = "On a labelled set"
    at.run()
    at.selectbox(key="data_source").set_value("Pictures of my own").run()
    at.text_input(key="data_path").set_value(str(folder)).run()
    at.button(key="classify_measure").click().run()
    wait(at, lambda at: at.metric or at.error)
    assert not at.error
    assert at.metric[0].label == "Right"
    assert len(at.get("plotly_chart")) == 3
    assert not at.warning
    at.button(key="classify_keep").click().run()
    assert not at.exception
    assert read_card(net).metrics["temperature"] > 0


def write_classes(folder: Path) -> Path:
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for index in range(20):
            content = picture_bytes(100 * number + index, size=(16, 16))
            (folder / name / f"{index}.png").write_bytes(content)
    return folder


def test_zip_is_opened(open_page: OpenPage, net: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/1.png", picture_bytes(1))
        archive.writestr("a/2.png", picture_bytes(2))
    at = upload(open_page("classify"), ("two.zip", buffer.getvalue()))
    wait(at, lambda at: any("2 of 2 pictures classified" in text.value for text in at.text))


def test_weights_are_imported_and_offered(open_page: OpenPage, net: Path, home: Path):
    at = open_page("classify")
    weights = at.file_uploader(key="classify_weights")
    weights.set_value(("net.th", saved(akamaster_like()), "application/octet-stream"))
    at.run()
    at.text_input(key="classify_weights_name").set_value("brought").run()
    next(button for button in at.button if button.label == "Import").click().run()
    wait(at, lambda at: at.success or at.error)
    assert not at.error
    assert read_card(home / "imported" / "brought").model.name == "resnet20"
    at.run()
    assert any("brought" in option for option in at.selectbox(key="classify_net").options)


def test_imagenet_weights_are_offered_with_their_size(open_page: OpenPage, net: Path):
    at = open_page("classify")
    options = at.selectbox(key="classify_imagenet").options
    assert len(options) == 5
    assert options[0].startswith("resnet18: 45 MiB, 69.8%")


def test_page_stands_without_any_checkpoint(open_page: OpenPage):
    at = open_page("classify")
    assert not at.exception
    assert at.info
