"""Take apart as a visitor uses it: a branch off changes all that is shown, on again nothing."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.net_pages import rows, settle

_HEIGHT = 800
_CURVES = """() => document.querySelector('.js-plotly-plot').data
  .filter(trace => trace.name.startsWith('as '))
  .map(trace => [trace.name, JSON.stringify(trace.y)])"""
_PLACE = """([figure, name, path]) => {
  const plot = document.querySelectorAll('.js-plotly-plot')[figure];
  plot.scrollIntoView({block: 'center'});
  const trace = plot.data.find(each => each.name === name);
  const place = trace.customdata.indexOf(path), box = plot.getBoundingClientRect();
  const {xaxis, yaxis} = plot._fullLayout;
  return [box.left + xaxis._offset + xaxis.d2p(trace.x[place]),
    box.top + yaxis._offset + yaxis.d2p(trace.y[place])];
}"""


_IS_DRAWN = """() => [...document.querySelectorAll('[data-testid=figure]')]
  .every(figure => figure.dataset.drawn)"""


def _shown(page: Page) -> dict[str, Any]:
    """Answer, accuracy, figures, maps and gradient as they stand on the page."""
    page.wait_for_function(_IS_DRAWN)
    return {
        "sentence": page.get_by_text("It says").first.inner_text(),
        "answer": page.get_by_test_id("class-bars").first.inner_text(),
        "figures": page.get_by_role("table").inner_text(),
        "gradient": page.evaluate(_CURVES),
        "maps": [rows(page, place) for place in range(1, page.get_by_test_id("tiles").count())],
    }


def _turn(page: Page, switch: str) -> None:
    page.get_by_text(switch, exact=True).click()
    settle(page)


def test_one_branch_off_changes_all_and_on_again_nothing(open_page: OpenPage) -> None:
    page = open_page("/take_apart?probed_net=kept/resnet20-synthetic&apart_block=stage1.1")
    page.set_viewport_size({"width": 1280, "height": _HEIGHT})
    expect(page.get_by_text("of 1,000 held pictures rightly")).to_be_visible()
    settle(page)
    before = _shown(page)
    for place in (page.get_by_text("It says"), page.get_by_role("table")):
        box = place.first.bounding_box()
        assert box and box["y"] + box["height"] <= _HEIGHT

    _turn(page, "Branch")
    told = page.get_by_text("Without the branch of stage1.1 accuracy on 1,000 held pictures goes")
    expect(told).to_be_visible()
    off = _shown(page)
    assert [name for name in before if before[name] == off[name]] == []
    assert "apart_switches=drop-stage1.1" in page.url
    page.reload()
    expect(told).to_be_visible()
    settle(page)
    assert _shown(page) == off

    _turn(page, "Branch")
    expect(told).to_have_count(0)
    assert _shown(page) == before, "as it was, to the last digit"
    assert "apart_switches" not in page.url


def test_a_pressed_block_is_chosen_and_back_leads_to_the_former(open_page: OpenPage) -> None:
    page = open_page("/take_apart?probed_net=kept/resnet20-synthetic&apart_block=stage1.1")
    page.set_viewport_size({"width": 1280, "height": 1000})
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    settle(page)
    page.mouse.click(*page.evaluate(_PLACE, [0, "blocks", "stage3.0"]))
    block = page.get_by_role("combobox", name="Block")
    expect(block).to_have_value("stage3.0")
    expect(page.get_by_role("table")).to_contain_text("stage3.0")
    assert "apart_block=stage3.0" in page.url
    page.go_back()
    expect(block).to_have_value("stage1.1")
    settle(page)
    page.mouse.click(*page.evaluate(_PLACE, [1, "operations", "stage2.0.conv2"]))
    expect(block).to_have_value("stage2.0")
