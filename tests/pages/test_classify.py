"""The Classify page run for real, with pictures, refusals, many at once, and a labelled set."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.kit.class_bars import class_bars_html, percent
from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.inference import ClassScore
from tests.importing.conftest import akamaster_like, saved
from tests.inference.conftest import CLASSES, picture_bytes, save_tiny
from tests.pages.components import shown_figure
from tests.pages.conftest import OpenPage

_PATIENCE_S = 240


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


def bars(at: AppTest) -> list:
    return [element for element in at.get("html") if "class-bars" in element.proto.body]


def open_tab(at: AppTest, title: str) -> AppTest:
    """AppTest cannot press tabs: the session state says which one is open."""
    at.session_state["classify_tab"] = title
    return at.run()


def captions(at: AppTest) -> list[str]:
    return [element.value for element in at.caption]


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = next(u for u in at.file_uploader if "Pictures" in u.label)
    uploader.set_value([(name, content, "application/octet-stream") for name, content in files])
    at.run()
    assert not at.exception
    return at


def test_example_is_answered_at_once(open_page: OpenPage, net: Path):
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    wait(at, bars)
    assert any("sure" in element.value for element in at.markdown)
    assert any("not calibrated" in element.value for element in at.caption)
    assert any(element.value.startswith("airplane \\(example\\)") for element in at.caption)


def test_photograph_is_answered_with_its_notes(open_page: OpenPage, net: Path):
    at = upload(open_page("classify"), ("dog.png", picture_bytes(size=(80, 60))))
    wait(at, bars)
    assert any("dog\\.png" in caption and "80 x 60 px" in caption for caption in captions(at))
    upload(at)
    wait(at, bars)
    assert not any("dog" in caption for caption in captions(at))  # taken away with its file


def test_pictures_stay_when_another_page_was_open(enter: OpenPage, net: Path):
    at = upload(enter("classify"), ("dog.png", picture_bytes()))
    at.switch_page("home.py").run()
    at.switch_page("classify.py").run()
    wait(at, bars)
    assert any("dog" in caption for caption in captions(at))


def test_probability_that_a_float_rounds_is_not_said_to_be_none_or_all():
    assert (percent(0.0), percent(1.0)) == ("< 0.1\u00a0%", "> 99.9\u00a0%")


def test_bars_show_names_as_text_and_probabilities_as_they_are():
    scores = [ClassScore(0, "<b onclick=x>", 0.25), ClassScore(1, "cat", 0.0004)]
    drawn = class_bars_html([*scores, ClassScore(2, "dog", 1 - 1e-6)], "#123456")
    assert "<b" not in drawn
    assert "&lt;b onclick=x&gt;" in drawn
    assert "width:25.00%;background:#123456" in drawn
    assert [word in drawn for word in ("25.0\u00a0%", "< 0.1\u00a0%", "> 99.9\u00a0%")] == [
        True
    ] * 3


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
    at.button_group(key="classify_view").set_value("Gallery").run()
    assert not at.exception
    assert not at.dataframe  # what was refused has no picture


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


def test_a_net_that_nothing_watches_says_so_with_its_classes(open_page: OpenPage, net: Path):
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    wait(at, bars)
    (warning,) = at.warning
    assert "one of its 3 classes\\: ant\\, bee\\, cow" in warning.value


def test_a_quiet_watch_is_no_all_clear(open_page: OpenPage, net: Path):
    at = wait(open_page("classify", classify_example="ship"), bars)
    assert not at.warning
    assert any("no all\\-clear" in caption for caption in captions(at))


def test_what_is_unlike_the_nets_own_pictures_is_announced(open_page: OpenPage, net: Path):
    noise = picture_bytes(size=(32, 32))
    at = upload(open_page("classify"), ("noise.png", noise))
    wait(at, bars)
    (warning,) = at.warning
    assert "may mean nothing" in warning.value


def test_a_link_names_net_example_and_view(open_page: OpenPage, net: Path):
    at = open_page("classify", classify_net="kept/tiny", classify_example="ship")
    wait(at, bars)
    assert at.selectbox(key="classify_net").value == "kept/tiny"
    assert any(caption.startswith("ship \\(example\\)") for caption in captions(at))
    other = open_page("classify", classify_tab="bring-or-export-nets")
    assert other.session_state["classify_tab"] == "Bring or export nets"


def test_a_link_to_what_is_not_there_gets_a_sentence(open_page: OpenPage, net: Path):
    at = open_page("classify", classify_net="kept/gone", classify_example="unicorn")
    wait(at, bars)
    said = " ".join(element.value for element in at.info)
    assert "kept\\/gone" in said
    assert "unicorn" in said


def test_it_opens_on_the_best_pair_with_equal_budgets_and_old_links_hold(open_page: OpenPage):
    at = open_page("classify", classify_compare="on")
    chosen = [at.selectbox(key=key).value for key in ("classify_net", "classify_other_net")]
    names = [value.removeprefix("kept/") for value in chosen if value]
    assert names == ["resnet20-cifar10-jpeg-22-epochs", "plain20-cifar10-jpeg-22-epochs"]
    first, second = (read_card(find_checkpoint(name)) for name in names)
    assert (first.training, first.seed, first.num_train) == (
        second.training,
        second.seed,
        second.num_train,
    )
    old = open_page("classify", classify_net="kept/resnet20-cifar10-jpeg")
    assert old.selectbox(key="classify_net").value == "kept/resnet20-cifar10-jpeg"


def test_a_photograph_chooses_a_net_of_photographs(open_page: OpenPage, net: Path):
    at = open_page("classify", classify_net="kept/resnet20-synthetic", classify_example="ship")
    upload(at, ("dog.png", picture_bytes()))
    wait(at, bars)
    chosen = at.selectbox(key="classify_net").value
    assert chosen is not None
    assert chosen == "kept/resnet20-cifar10-jpeg-22-epochs", "the most accurate residual one"
    assert at.query_params["classify_net"] == chosen
    assert "classify_example" not in at.query_params
    assert any("A net of photographs was chosen" in caption for caption in captions(at))


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


def test_weights_are_imported_and_offered(enter: OpenPage, net: Path, home: Path):
    at = open_tab(enter("classify"), "Bring or export nets")
    weights = at.file_uploader(key="classify_weights")
    weights.set_value(("net.th", saved(akamaster_like()), "application/octet-stream"))
    at.run()
    assert at.text_input(key="classify_weights_name").value == "net"
    at.text_input(key="classify_weights_name").set_value("brought").run()
    next(button for button in at.button if button.label == "Import").click().run()
    wait(at, lambda at: at.success or at.error)
    assert not at.error
    assert read_card(home / "imported" / "brought").model.name == "resnet20"
    shown = " ".join(markdown.value for markdown in at.markdown).replace("\\", "")
    assert "Assumed: shortcuts that pad new channels with zeros on both sides" in shown
    assert "--skips zeros-around" in shown
    at.run()
    assert at.selectbox(key="classify_net").value == "kept/brought"
    ways = {link.label: parse_qs(link.query_string) for link in at.page_link if link.query_string}
    assert ways["Classify with it"] == {"classify_net": ["kept/brought"]}
    probed = {"probed_net": ["kept/brought"]}
    assert ways["Where does it look?"] == ways["Its maps"] == ways["Take it apart"] == probed
    assert ways["Its architecture"]["net"] == ["resnet20"]
    looks = enter("where_it_looks", probed_net="kept/brought")
    assert looks.selectbox(key="probed_net").value == "kept/brought"


REFUSED_WEIGHTS = {
    "a web page": (b"<!DOCTYPE html><html>", {}, "is a web page that a download left"),
    "too few names": (None, {"classes": "cat, dog"}, "give 10 class names, not 2"),
    "no numbers": (None, {"mean": "grey", "std": "grey"}, "is no list of numbers"),
    "a name with a slash": (None, {"name": "../mine"}, "../mine"),
}


def test_refused_weights_leave_what_was_typed(enter: OpenPage, net: Path, home: Path):
    at = open_tab(enter("classify"), "Bring or export nets")
    for content, typed, sentence in REFUSED_WEIGHTS.values():
        weights = at.file_uploader(key="classify_weights")
        file = saved(akamaster_like()) if content is None else content
        weights.set_value(("net.th", file, "application/octet-stream"))
        at.run()
        typed = {"name": "mine", "classes": "", "mean": "", "std": "", **typed}
        for field, value in typed.items():
            at.text_input(key=f"classify_weights_{field}").set_value(value)
        at.selectbox(key="classify_weights_stem_pool").set_value("none").run()
        next(button for button in at.button if button.label == "Import").click().run()
        wait(at, lambda at: at.error)
        assert sentence in at.error[0].value.replace("\\", "")
        assert not at.exception
        for field, value in typed.items():
            assert at.text_input(key=f"classify_weights_{field}").value == value
        assert at.selectbox(key="classify_weights_stem_pool").value == "none"
    assert [path.stem for path in (home / "imported").glob("*.safetensors")] == ["tiny"]


def test_imagenet_weights_are_offered_with_their_size(open_page: OpenPage, net: Path):
    at = open_tab(open_page("classify"), "Bring or export nets")
    at.button_group(key="classify_bring").set_value("ImageNet weights").run()
    options = at.selectbox(key="classify_imagenet").options
    assert len(options) == 5
    assert options[0].startswith("resnet18: 45 MiB, 69.8%")


def test_page_stands_without_any_checkpoint(open_page: OpenPage):
    at = open_page("classify")
    assert not at.exception
    wait(at, bars)


def test_net_is_taken_away_with_its_card(open_page: OpenPage, net: Path):
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    open_tab(at, "Bring or export nets")
    at.button(key="classify_prepare").click().run()
    wait(at, lambda at: at.get("download_button"))
    button = next(b for b in at.get("download_button") if "tiny" in b.proto.label)
    assert "MiB" in button.proto.label
