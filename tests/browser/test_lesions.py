"""Lesions as a visitor meets them: shown at once, measured when asked for, stopped, and a link."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.net_pages import settle

VIEW = "/take_apart?apart_view=lesions"
QUICK = "&lesion_count=100&lesion_again=off&lesion_draws=0&lesion_beside=off"


def test_lesions_are_shown_at_once_stopped_measured_and_found_by_link(
    open_page: OpenPage,
) -> None:
    page = open_page(VIEW)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_text("keeps more than half of what it knows").first).to_be_in_viewport()
    expect(page.get_by_test_id("figure").first).to_be_in_viewport()

    deep = open_page(f"{VIEW}&probed_net=kept/resnet56-synthetic&lesion_beside=off")
    deep.get_by_role("button", name="Remove every block").click()
    deep.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(deep.get_by_text(": Stopped.")).to_be_visible()
    settle(deep)
    expect(deep.get_by_test_id("figure")).to_have_count(0)
    expect(deep.get_by_role("button", name="Remove every block")).to_be_visible()

    quick = open_page(f"{VIEW}{QUICK}")
    quick.get_by_role("button", name="Remove every block").click()
    quick.get_by_test_id("figure").first.wait_for()
    settle(quick)
    said = quick.get_by_test_id("stAlertContentInfo").locator("p").first.inner_text()
    assert "ResNet-20 keeps more than half of what it knows above chance" in said
    with quick.expect_download() as download:
        quick.get_by_role("button", name="CSV").first.click()
    text = download.value.path().read_text()
    assert text.startswith("net,without,reading,accuracy,low,high,pictures,reason\n")
    assert text.count(",as_is,") == 1 + 9

    again = open_page(quick.url)
    expect(again.get_by_test_id("stAlertContentInfo").locator("p").first).to_have_text(said)
