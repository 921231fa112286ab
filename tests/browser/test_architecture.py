"""A person builds nets of their own, reads what they cost, and sends them to other pages."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.net_pages import choose


def _ready(page: Page) -> None:
    page.wait_for_selector(".js-plotly-plot .main-svg")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


_RANGE = "() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.join()"
_SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def test_wheel_moves_the_page_and_with_ctrl_it_zooms_the_diagram(open_page: OpenPage) -> None:
    page = open_page("/architecture?net=resnet20&net_b=plain20")
    _ready(page)
    page.set_viewport_size({"width": 1280, "height": 600})
    page.locator(".js-plotly-plot .nsewdrag").first.hover()
    whole, top = page.evaluate(_RANGE), page.evaluate(_SCROLLED)
    page.mouse.wheel(0, 120)
    page.wait_for_function(f"top => ({_SCROLLED})() > top", arg=top)
    assert page.evaluate(_RANGE) == whole

    page.locator(".js-plotly-plot .nsewdrag").first.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_function(f"whole => ({_RANGE})() !== whole", arg=whole)
    zoomed = page.evaluate(_RANGE)
    choose(page, "Net B", "Plain-32")
    expect(page.get_by_role("figure", name="Diagram of Plain-32")).to_be_visible()
    assert page.evaluate(_RANGE) == zoomed, "the same net stays as it was looked at"
    page.locator(".js-plotly-plot .nsewdrag").first.dblclick()
    page.wait_for_function(f"whole => ({_RANGE})() === whole", arg=whole)


def test_custom_net_is_built_read_and_sent_to_train(open_page: OpenPage) -> None:
    page = open_page("/architecture?net=resnet18")
    _ready(page)
    expect(page.get_by_role("heading", name="Architecture")).to_be_visible()
    expect(page.locator(".js-plotly-plot text", has_text="7x7 conv 64 /2").first).to_be_visible()

    page.get_by_text("Change net A").click()
    blocks = page.get_by_role("textbox", name="Blocks in each stage")
    blocks.fill("1, 1, 1, 1")
    blocks.press("Enter")
    page.wait_for_url("**changes=**")
    _ready(page)
    # One of two basic blocks in each stage is left, their first with its projection.
    expect(page.locator(".js-plotly-plot text", has_text="Stage 4, block 1").first).to_be_visible()
    assert page.locator(".js-plotly-plot text", has_text="blocks").count() == 0
    expect(
        page.locator(".js-plotly-plot text", has_text="3,673,088 parameters").first
    ).to_be_visible()

    page.get_by_role("tab", name="Map sizes").click()
    expect(page.get_by_text("From stage4 on the maps are 1x1")).to_be_visible()

    page.reload()
    _ready(page)
    page.get_by_text("Change net A").click()
    expect(page.get_by_role("textbox", name="Blocks in each stage")).to_have_value("1, 1, 1, 1")

    page.get_by_role("button", name="Train this").click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    sent = page.get_by_placeholder("ResNet-18, blocks in each stage 1-1-1-1 and")
    expect(sent).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()


def test_dense_net_is_built_read_and_sent_to_gradient_flow(open_page: OpenPage) -> None:
    page = open_page("/architecture?net=densenet40_12")
    _ready(page)
    page.get_by_text("Change net A").click()
    for label, text in (
        ("Blocks in each stage", "2, 2, 2"),
        ("Width of each stage", "6, 6, 6"),
    ):
        field = page.get_by_role("textbox", name=label)
        field.fill(text)
        field.press("Enter")
        page.wait_for_function(
            "text => decodeURIComponent(location).includes(text)", arg=f"[{text[0]},"
        )
        _ready(page)
    diagram = page.locator(".js-plotly-plot text")
    # The stem gives 16 channels, and twice six are appended in each stage.
    expect(diagram.filter(has_text="22 to 28 x 32 x 32").first).to_be_visible()
    expect(diagram.filter(has_text="append")).to_have_count(3)

    page.get_by_role("tab", name="Formula and code").click()
    expect(page.get_by_text("class DenseBlock")).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()

    page.get_by_role("button", name="Gradient flow of this").click()
    expect(page.get_by_role("heading", name="Gradient flow")).to_be_visible()
    expect(
        page.get_by_text(
            "DenseNet-40 (k = 12), blocks in each stage 2-2-2, width of each stage 6-6-6"
        ).first
    ).to_be_visible()
    page.wait_for_selector(".js-plotly-plot .main-svg")


def test_pressed_block_leads_to_its_maps(open_page: OpenPage) -> None:
    page = open_page("/architecture?net=resnet20&net_b=plain20")
    _ready(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_text("11 operations the other lacks")).to_be_visible()
    left, right = page.locator(".js-plotly-plot").all()
    places = [plot.bounding_box() for plot in (left, right)]
    assert places[0] and places[1]
    assert places[0]["y"] == places[1]["y"] and places[1]["x"] > places[0]["x"] + 300
    label = left.locator("text", has_text="3x3 conv 16").nth(1).bounding_box()
    assert label
    page.mouse.move(label["x"] + 20, label["y"] + 5)
    page.mouse.click(label["x"] + 20, label["y"] + 5)
    link = page.get_by_role("link", name="See the maps of stage1.0")
    expect(link).to_be_visible()
    assert "maps_layer=stage1.0" in (link.get_attribute("href") or "")
    link.click()
    expect(page.get_by_role("heading", name="Feature maps")).to_be_visible()


def test_buttons_below_a_figure_zoom_it_and_bring_it_back(open_page: OpenPage) -> None:
    page = open_page("/architecture?net=resnet20")
    _ready(page)
    whole = page.evaluate(_RANGE)
    page.get_by_role("button", name="Look closer").click()
    page.wait_for_function(f"whole => ({_RANGE})() !== whole", arg=whole)
    page.get_by_role("button", name="Whole").click()
    page.wait_for_function(f"whole => ({_RANGE})() === whole", arg=whole)
