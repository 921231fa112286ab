"""A net's speed on the Architecture page: measured in a process of its own, which may die."""

import sys
import time

import pytest

from tests.pages.components import shown_figure
from tests.pages.test_architecture import at_tab, opened, widget


def test_speed_is_measured_when_asked_and_shown():
    page = at_tab(opened(net="resnet8"), "Speed here")
    assert shown_figure(page, "speed") is None
    widget(page, "button", "Measure the speed here").click().run()
    deadline = time.monotonic() + 240
    while (figure := shown_figure(page, "speed")) is None:
        assert time.monotonic() < deadline
        time.sleep(0.5)
        page.run()
    assert figure["layout"]["yaxis"]["title"]["text"] == "Pictures per second"
    assert [trace["name"] for trace in figure["data"]] == ["Net A, forward", "Net A, training"]
    assert "Training step, ms" in page.dataframe[-1].value
    assert [button.label for button in page.button][-1] == "Measure again"


@pytest.mark.parametrize(
    ("net", "script", "says"),
    [
        ("resnet20", "kill -9 $$", "SIGKILL"),
        ("resnet32", "exit 3", "status 3"),
        ("resnet44", "echo x", "form"),
    ],
)
def test_process_that_dies_is_told_in_a_sentence(net, script, says, tmp_path, monkeypatch):
    page = at_tab(opened(net=net), "Speed here")  # a net of its own, as answers are kept by net
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    widget(page, "button", "Measure the speed here").click().run()
    deadline = time.monotonic() + 240
    while not page.error:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        page.run()
    assert not page.exception
    (error,) = page.error
    assert says in error.value and "again" in error.value
