"""torchvision's ResNet-18 as a visitor meets it: by name, in maps, with own weights, its cost."""

from pathlib import Path

import torch
from playwright.sync_api import expect
from torchvision.models import resnet18

from tests.browser.conftest import OpenPage
from tests.browser.net_pages import choose, grid, settle


def test_torchvisions_net_is_looked_at_from_its_name_to_its_cost(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("/where_it_looks?look_methods=grad-cam,layer-cam")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "A net of others")
    choose(page, "Its name", "torchvision:resnet18")
    assert grid(page)[0]["captions"][1:] == ["Grad-CAM", "Layer-CAM"]
    page.get_by_text("its answers, and maps of what speaks for a class, mean nothing").wait_for()
    assert "probed_net=others" in page.url, "the view is a link"

    weights = tmp_path / "mine.pth"
    torch.save(resnet18(num_classes=1000).state_dict(), weights)
    page.get_by_role("button", name="Its weights").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(weights)
    settle(page)
    expect(page.get_by_text("mean nothing")).to_have_count(0)
    page.reload()
    settle(page)
    assert "mine.pth" in grid(page)[0]["title"], "weights that were brought stay"

    page.goto(page.url.partition("/where_it_looks")[0] + "/architecture?net=torchvision:resnet18")
    settle(page)
    page.get_by_text("11,689,512 parameters").wait_for()
    page.get_by_role("link", name="Its gradient flow").click()
    settle(page)
    page.get_by_text("adds a skip to a branch in 8 places (3 of them over a projection)").wait_for()
    flow = page.get_by_text(
        "Gradient of the weights of torchvision:resnet18 at the start"
    ).bounding_box()
    assert flow is not None and flow["y"] < 800, "the answer is on the first screen"
