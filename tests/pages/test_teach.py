"""From Classify to a run that teaches a net, and from its page back to the new net."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.config import ExperimentConfig
from resnet_core.runs.status import create_run
from resnet_core.teaching.worker import calibrate_taught
from resnet_core.training.worker import Worker
from tests.inference.conftest import save_tiny
from tests.pages.conftest import OpenPage
from tests.teaching.test_command import save_shades

pytestmark = pytest.mark.timeout(900)
_PATIENCE_S = 240


@pytest.fixture
def net(home: Path) -> Path:
    """A net that a person brought."""
    return save_tiny(home / "imported", "tiny")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ExperimentConfig]:
    """Keeps what would have been started; the run is written, and no worker begins."""
    found: list[ExperimentConfig] = []

    def start(config: ExperimentConfig) -> str:
        found.append(config)
        return create_run(config).name

    monkeypatch.setattr("pages.ui.classify.teach.start_experiment", start)
    return found


def unescaped(text: str) -> str:
    return text.replace("\\", "")


def wait(at: AppTest, condition: Callable[[], object]) -> AppTest:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, [element.value for element in at.markdown]
        time.sleep(0.2)
        at.run()
        assert not at.exception
    return at


def teach_tab(open_page: OpenPage) -> AppTest:
    at = open_page("classify", classify_net="kept/tiny")
    at.session_state["classify_tab"] = "Teach your own classes"
    return at.run()


def test_a_folder_is_taught_with_what_was_chosen(open_page: OpenPage, net: Path, asked, home: Path):
    folder = save_shades(home / "shades", {"<b>dark": 12, "light": 12})
    at = teach_tab(open_page)
    assert not at.exception
    at.text_input(key="classify_teach_path").set_value(str(folder)).run()
    at.select_slider(key="classify_teach_side_32").set_value(64).run()
    at.button(key="classify_teach").click().run()
    wait(at, lambda: asked or at.error)
    (config,) = asked
    (arm,) = config.arms
    assert arm.start is not None
    assert arm.start.is_frozen
    assert arm.start.checkpoint == "tiny"
    assert (config.data.source, config.data.image_size_px) == (str(folder), 64)
    at.button_group(key="classify_teach_what").set_value("All of it").run()
    at.button(key="classify_teach").click().run()
    wait(at, lambda: len(asked) == 2)
    start = asked[1].arms[0].start
    assert start is not None
    assert not start.is_frozen


def test_pictures_that_cannot_be_taught_are_refused_before_a_run(
    open_page: OpenPage, net: Path, asked, home: Path
):
    folder = save_shades(home / "shades", {"dark": 12, "grey": 1, "light": 12})
    at = teach_tab(open_page)
    at.text_input(key="classify_teach_path").set_value(str(folder)).run()
    at.button(key="classify_teach").click().run()
    wait(at, lambda: at.error)
    assert "too few pictures of 'grey'" in unescaped(at.error[0].value)
    assert not asked


def test_an_untrained_net_is_not_offered(open_page: OpenPage, asked):
    at = open_page("classify", classify_net="untrained")
    at.session_state["classify_tab"] = "Teach your own classes"
    at.run()
    assert any("never was" in element.value for element in at.info)
    assert not [button for button in at.button if button.key == "classify_teach"]


@pytest.fixture
def taught_run(home: Path, net: Path) -> str:
    """A finished run that taught the net two shades, trained in this process."""
    from resnet_core.recipes.finetuning import TeachingRequest
    from resnet_core.teaching.preparing import prepare_teaching

    folder = save_shades(home / "shades", {"<b>dark": 20, "light": 20})
    request = TeachingRequest(source=str(folder), start="tiny", steps=40, num_threads=1)
    config = dataclasses.replace(prepare_teaching(request), device="cpu")
    run = create_run(config)
    assert Worker(run, calibrate_taught).run() == 0
    return run.name


def test_a_finished_run_says_how_good_the_net_is_and_leads_to_it(
    open_page: OpenPage, taught_run: str
):
    at = open_page("train", run=taught_run)
    assert not at.exception
    shown = [unescaped(element.value) for element in at.markdown]
    said = [text for text in shown if "held out, drawn at random" in text]
    assert "of 4 pictures" in said[0]
    at = open_page("classify", classify_net=f"run/{taught_run}/0")
    assert not at.exception
    bars = [element.proto.body for element in at.get("html") if "class-bars" in element.proto.body]
    assert "&lt;b&gt;dark" in bars[0]
    assert "<b>dark" not in bars[0]
