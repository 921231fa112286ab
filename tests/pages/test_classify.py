"""The Classify page run for real, with pictures, refusals, many at once, and links."""

import io
import zipfile
from pathlib import Path

from pages.ui.kit.class_bars import class_bars_html
from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.inference import ClassScore
from resnet_core.shares import probability_text
from tests.inference.conftest import picture_bytes
from tests.pages.classify_page import bars, captions, upload, wait
from tests.pages.conftest import OpenPage


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
    assert (probability_text(0.0), probability_text(1.0)) == ("< 0.1\u00a0%", "> 99.9\u00a0%")


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


def test_zip_is_opened(open_page: OpenPage, net: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/1.png", picture_bytes(1))
        archive.writestr("a/2.png", picture_bytes(2))
    at = upload(open_page("classify"), ("two.zip", buffer.getvalue()))
    wait(at, lambda at: any("2 of 2 pictures classified" in text.value for text in at.text))


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


def test_page_stands_without_any_checkpoint(open_page: OpenPage):
    at = open_page("classify")
    assert not at.exception
    wait(at, bars)
