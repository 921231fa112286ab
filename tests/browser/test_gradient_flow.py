"""A person turns every knob of the gradient instrument and reads the curves that come of it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, StartRun
from tests.browser.live import WORKER_PATIENCE_S
from tests.browser.net_pages import settle

_SMALL = "depth=8&pictures=Noise&batch=8&seeds=1"
_READ = """name => {
  const plots = [...document.querySelectorAll('[data-testid=figure]')];
  const traces = plots.flatMap((root) => root.querySelector('.js-plotly-plot')?.data ?? []);
  const found = traces.filter(({ meta }) => meta?.quantity === name && meta?.kind === 'measured');
  return JSON.stringify(found.map((trace) => trace.y));
}"""


def curves(page: Page, quantity: str = "outputs") -> str:
    """Residual and plain curve of a quantity, as the figure on the screen holds them."""
    return page.evaluate(_READ, quantity)


def settled(page: Page) -> str:
    """Waits for the exact measurement, and gives its curves.

    Its first estimate moves the figure too, and may come before the words of the measurement that
    stood there have gone.
    """
    settle(page)
    page.wait_for_selector("[data-testid=figure][data-drawn] .main-svg")
    expect(page.get_by_text(re.compile("^Exact: "))).to_be_visible()
    return curves(page)


def changed(page: Page, act: Callable[[], object]) -> str:
    """Does something, waits until the figure holds other numbers, and gives the exact ones."""
    before = curves(page)
    act()
    page.wait_for_function(
        f"([name, before]) => ({_READ})(name) !== before", arg=["outputs", before]
    )
    return settled(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_every_knob_moves_the_curves(open_page: OpenPage) -> None:
    page = open_page(f"/gradient_flow?{_SMALL}")
    seen = {settled(page)}
    for knob, key in (("Layers", "ArrowRight"), ("Skip strength", "ArrowLeft")):
        slider = page.get_by_role("slider", name=knob)
        seen.add(changed(page, lambda slider=slider, key=key: slider.press(key)))
    seen.add(changed(page, lambda: page.get_by_role("radio", name="none").click()))
    page.get_by_role("button", name="More").click()
    for label, option in (
        ("Initialisation", "Xavier"),
        ("Activation order", "pre-activation (2016)"),
        ("Shortcut", "C: project everywhere"),
        ("Pictures", "Synthetic figures"),
    ):
        seen.add(changed(page, lambda label=label, option=option: choose(page, label, option)))
    for knob in ("Batch size", "Seeds"):
        slider = page.get_by_role("slider", name=knob)
        seen.add(changed(page, lambda slider=slider: slider.press("ArrowRight")))
    first_seed = page.get_by_role("spinbutton", name="First seed")
    seen.add(changed(page, lambda: (first_seed.fill("7"), first_seed.press("Enter"))))
    page.keyboard.press("Escape")
    assert len(seen) == 11, "each knob gave a curve of its own"
    for part in ("depth=14", "alpha=0.95", "norm=none", "init=Xavier", "order=pre", "shortcut=C"):
        assert part in page.url
    for part in ("batch=16", "seeds=3", "first_seed=7"):
        assert part in page.url

    # The address alone brings the very curves back, in another browser.
    other = open_page(page.url.removeprefix(page.url.split("/gradient_flow")[0]))
    assert settled(other) == curves(page)
    other.get_by_role("button", name="More").click()
    order = other.get_by_role("combobox", name="Activation order")
    expect(order).to_have_value("pre-activation (2016)")


def test_figure_and_numbers_can_be_saved(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(f"/gradient_flow?{_SMALL}")
    settled(page)
    starts = {"PNG": b"\x89PNG", "SVG": b"<svg", "HTML": b"<!doctype html>", "CSV": b"net,quantity"}
    for name, start in starts.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=name).last.click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        assert target.suffix == f".{name.lower()}"
        assert target.read_bytes().startswith(start), name
    html = (tmp_path / "gradient-depth.html").read_text()
    assert "<script src" not in html, "the page needs nothing else"
    assert "ResNet-8" in html


def test_sweep_runs_in_the_background_and_can_be_stopped(open_page: OpenPage) -> None:
    page = open_page(f"/gradient_flow?view=Skip+strength&{_SMALL}")
    page.wait_for_selector("[data-testid=figure][data-drawn] .main-svg")
    page.get_by_role("button", name="Measure 63 nets").click()
    expect(page.get_by_text("Measuring 63 nets")).to_be_visible()
    stop = page.get_by_test_id("stMain").get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    stop.click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.get_by_role("button", name="Start again")).to_be_visible()


def test_a_net_of_the_address_is_shown_beside_its_twin(open_page: OpenPage) -> None:
    changes = "%7B%22stage_blocks%22%3A%5B1%2C2%2C1%5D%7D"
    page = open_page(f"/gradient_flow?net=resnet20&changes={changes}&{_SMALL}")
    own = settled(page)
    expect(page.get_by_text("Nets from the Architecture page")).to_contain_text("Plain-20")
    page.get_by_role("radio", name="Two by two").click()
    expect(page.get_by_text("normalisation none").first).to_be_visible()
    assert "net=resnet20" in page.url
    page.get_by_role("radio", name="At the start").click()
    assert settled(page) == own
    assert changed(page, page.get_by_role("button", name="Back to the knobs").click) != own
    expect(page.get_by_role("slider", name="Layers")).to_be_visible()


@pytest.mark.slow
def test_a_live_run_moves_the_profile(open_page: OpenPage, start_endless: StartRun) -> None:
    run_id = start_endless("Endless")
    page = open_page(f"/gradient_flow?view=While+training&runs={run_id}")
    figure = "[data-testid=figure][data-drawn] .main-svg"
    page.wait_for_selector(figure, timeout=1000 * WORKER_PATIENCE_S)
    title = "() => document.querySelectorAll('.js-plotly-plot')[1]?.layout.annotations[0].text"
    before = page.evaluate(title)
    page.wait_for_function(
        f"before => ({title})() !== before", arg=before, timeout=1000 * WORKER_PATIENCE_S
    )
    expect(page.get_by_text("Skip anatomy")).to_be_visible()
    page.get_by_text("Newest step").click()
    expect(page.get_by_role("slider", name="Step")).to_be_enabled()
