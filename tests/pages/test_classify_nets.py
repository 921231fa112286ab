"""Nets brought to the Classify page and taken away from it."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from pages.ui.shell.jobs import submit
from resnet_core.checkpoints import read_card
from tests.importing.conftest import akamaster_like, saved
from tests.pages.classify_page import open_tab, wait
from tests.pages.conftest import OpenPage


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
    assert "(“Shortcuts without weights”)" in shown
    assert "--skips" not in shown
    at.run()
    assert at.selectbox(key="classify_net").value == "kept/brought"
    assert "brought is chosen above now" in at.success[0].value
    ways = {link.label: parse_qs(link.query_string) for link in at.page_link if link.query_string}
    assert ways["Classify with it"] == {"classify_net": ["kept/brought"]}
    probed = {"probed_net": ["kept/brought"]}
    assert ways["Where does it look?"] == ways["Its maps"] == ways["Take it apart"] == probed
    assert ways["Its architecture"]["net"] == ["resnet20"]
    looks = enter("where_it_looks", probed_net="kept/brought")
    assert looks.selectbox(key="probed_net").value == "kept/brought"
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    assert not at.success, "another net is chosen since"
    assert "brought was brought; another net is chosen" in " ".join(e.value for e in at.text)


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
    assert options[0].startswith("resnet18: 45 MiB, 69.8\u00a0%")


def test_net_is_taken_away_with_its_card(open_page: OpenPage, net: Path):
    at = open_page("classify")
    at.selectbox(key="classify_net").set_value("kept/tiny").run()
    open_tab(at, "Bring or export nets")
    at.button(key="classify_prepare").click().run()
    wait(at, lambda at: at.get("download_button"))
    button = next(b for b in at.get("download_button") if "tiny" in b.proto.label)
    assert "MiB" in button.proto.label


@pytest.mark.usefixtures("no_old_jobs")
def test_what_another_session_fetched_chooses_no_net_here(enter: OpenPage, net: Path):
    submit(("classify-imagenet", "resnet18"), lambda progress: net).wait(60)
    at = open_tab(enter("classify"), "Bring or export nets")
    before = at.selectbox(key="classify_net").value
    assert before != f"kept/{net.stem}"
    at.segmented_control(key="classify_bring").set_value("ImageNet weights").run()
    at.selectbox(key="classify_imagenet").set_value("resnet18").run()
    assert not at.exception
    assert at.selectbox(key="classify_net").value == before
    assert not at.success
