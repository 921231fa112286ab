"""Landscape and sharpness on the page, measured for real on tiny nets."""

import threading
import time
from collections import OrderedDict

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell import jobs
from resnet_core.asking import list_steps, load_source
from resnet_core.asking.training_pictures import draw_training_pictures, own_set
from resnet_core.data import list_sources
from resnet_core.errors import CancelledError
from resnet_core.probes.landscape import LandscapeSpec
from resnet_core.probes.sharpness import lanczos
from resnet_core.stored.landscapes import (
    SHARPNESS_PICTURES,
    STORED_SHARPNESS,
    find_landscape,
    find_sharpness,
)
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle

PAGE = "take_apart"
_PATIENCE_S = 240.0


def texts(at: AppTest) -> str:
    shown = [*at.caption, *at.error, *at.info, *at.markdown, *at.warning, *at.text]
    return " ".join(e.value for e in shown).replace("\\", "")


def until(words: str, at: AppTest) -> AppTest:
    """Runs the page on, as a browser would, until it shows some words; jobs may still be going."""
    deadline = time.monotonic() + _PATIENCE_S
    while words not in texts(at):
        assert time.monotonic() < deadline, texts(at)
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def of_run(run_id: str, **more: str) -> dict[str, str]:
    """A residual net and its plain twin, trained a moment, on few places."""
    return {
        "apart_view": "landscape",
        "land_net": f"run/{run_id}/0",
        "land_other_net": f"run/{run_id}/1",
        "land_pictures": "64",
        **more,
    }


@pytest.mark.usefixtures("no_shipped_nets")
def test_landscape_grows_finer_until_the_last_grid(open_page: OpenPage, saved_run: str) -> None:
    at = until("33 places", open_page(PAGE, **of_run(saved_run, land_along="direction")))
    told = texts(at)
    assert "Measured here. Nets share one scale. 33 places" in told
    assert "in the middle to" in told
    assert "other directions may show other things" in told
    assert "running statistics that the net has stored" in told


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_stopped_landscape_says_so_and_begins_again(open_page: OpenPage, saved_run: str) -> None:
    others_are_done = threading.Event()
    before = jobs.submit(
        "the only lane", lambda progress: others_are_done.wait(_PATIENCE_S), lane="slow"
    )
    at = open_page(PAGE, **of_run(saved_run, land_draw="7"))
    every = [job for key, job in jobs._jobs.items() if "landscape" in str(key)]
    (going,) = [job for job in every if not job.is_done]
    going.cancel()
    others_are_done.set()
    assert before.wait(_PATIENCE_S)
    until("Stopped.", at.run())
    next(button for button in at.button if button.label == "Start again").click()
    until("25 places", at.run())


def keep_some(run_id: str, count: int) -> None:
    """Measures places as the page does, and stops after some of them."""
    net = load_source(list_steps(run_id, 0)[-1])
    told = []

    def stop(message: str, fraction: float | None = None) -> None:
        told.append(message)
        if len(told) > count:
            raise CancelledError("Stopped.")

    pictures = draw_training_pictures(net, own_set(net, list_sources()), 64)
    with pytest.raises(CancelledError):
        find_landscape(net, pictures, LandscapeSpec(), num_workers=1, progress=stop)


@pytest.mark.usefixtures("no_shipped_nets")
def test_places_that_are_kept_are_not_measured_again_and_are_counted(
    open_page: OpenPage, saved_run: str
) -> None:
    keep_some(saved_run, 7)
    at = open_page(PAGE, **of_run(saved_run, land_beside="off"))
    until("25 places", at)
    assert "Measured here; 7 of 25 places were there already." in texts(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_nets_whose_sharpness_is_kept_are_counted(
    open_page: OpenPage, saved_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanczos, "MOST_PRODUCTS", 2)
    monkeypatch.setattr(jobs, "_jobs", OrderedDict())  # as on a server that began anew
    spec, source = STORED_SHARPNESS, list_steps(saved_run, 0)[-1]
    net = load_source(source)
    pictures = draw_training_pictures(net, own_set(net, list_sources()), SHARPNESS_PICTURES)
    find_sharpness(net, pictures, spec)
    at = settle(open_page(PAGE, apart_view="sharpness", sharp_run=saved_run))
    next(button for button in at.button if button.label == "Measure the sharpness").click()
    told = texts(until("3 steps of 2 nets", at.run()))
    assert "Measured here; 1 of 6 nets were there already." in told


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_line_between_two_steps_of_a_run_and_none_between_twins(
    open_page: OpenPage, saved_run: str
) -> None:
    twins = settle(open_page(PAGE, **of_run(saved_run, land_along="line")))
    assert "A line joins nets of the same architecture" in texts(twins)
    steps = of_run(saved_run, land_along="line", land_other_net=f"run/{saved_run}/0")
    steps[f"land_step_{saved_run}_0"] = "0"
    at = until("33 places", open_page(PAGE, **steps))
    assert "The loss is " in texts(at)
    assert "mixed as the weights are" in texts(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_sharpness_of_a_run_is_measured_when_it_is_asked_for(
    open_page: OpenPage, saved_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanczos, "MOST_PRODUCTS", 2)
    at = settle(open_page(PAGE, apart_view="sharpness", sharp_run=saved_run))
    assert "Measured here" not in texts(at)
    next(button for button in at.button if button.label == "Measure the sharpness").click()
    told = texts(until("3 steps of 2 nets", at.run()))
    assert "how much seeds differ is not known" in told
    assert "No line is drawn. With what learning rate it was trained is not known." in told
    assert "Largest eigenvalue of the Hessian of the loss on" in told


def test_the_page_opens_on_what_is_stored(open_page: OpenPage) -> None:
    for view in ("landscape", "sharpness"):
        at = settle(open_page(PAGE, apart_view=view))
        assert "Stored: measured on" in texts(at)
        assert "Measure it here" in " ".join(button.label for button in at.button)
