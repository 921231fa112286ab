"""Runs compared, renamed, downloaded and deleted in a real browser, under names meant to harm."""

import re
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from resnet_core.runs.status import list_runs, read_status
from tests.browser.conftest import FinishedRuns, OpenPage, StartRun
from tests.browser.live import CHART, measures, wait_for

HOSTILE = "![x](http://example.com/x.png) <svg onload=alert(1)> :red[hi] $x$ <b>**b**</b>"


def _ask(page: Page, row: int, action: str) -> None:
    page.get_by_role("button", name="Actions").nth(row).click()
    page.get_by_role("menuitem", name=action).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_two_runs_share_a_chart(open_page: OpenPage, finished_runs: FinishedRuns) -> None:
    page = open_page("/runs")
    wait_for(lambda: measures(page).get("runs") == "1", "one run", page)
    page.get_by_test_id("stCheckbox").nth(1).click()
    wait_for(lambda: measures(page).get("runs") == "2", "two runs", page)
    expect(page.locator(f"{CHART} .rl-flow .heatmaplayer .hm")).to_have_count(4)
    expect(page.locator(f"{CHART} .rl-name")).to_have_count(2)


def test_hostile_name_is_shown_letter_by_letter_everywhere(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    newest = list_runs()[0].run_id
    page = open_page("/runs")
    _ask(page, 0, "Rename")
    page.get_by_role("dialog").get_by_label("Name").fill(HOSTILE)
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    wait_for(lambda: read_status(newest).name == HOSTILE, "the new name", page)
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()
    for path in ("/", f"/train?run={newest}", "/runs"):
        page = open_page(path)
        # Home has the chart of the stored demo above that of the newest run.
        expect(page.locator(f"{CHART} .rl-name").last).to_contain_text(HOSTILE)
        assert page.locator("img[src*='example.com'], svg[onload]").count() == 0


def test_metrics_are_downloaded_as_csv(open_page: OpenPage, finished_runs: FinishedRuns) -> None:
    page = open_page("/runs")
    _ask(page, 0, "Download metrics")
    link = page.get_by_role("dialog").get_by_role("link", name="Download CSV")
    answer = page.request.get(urljoin(page.url, link.get_attribute("href") or ""))
    assert answer.ok
    assert answer.text().startswith("arm,step,split,")
    assert answer.text().count("\n") > 2 * finished_runs.steps


def test_delete_asks_first(open_page: OpenPage, finished_runs: FinishedRuns) -> None:
    before = {status.run_id for status in list_runs()}
    newest = list_runs()[0].run_id
    page = open_page("/runs")
    _ask(page, 0, "Delete")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {status.run_id for status in list_runs()} == before
    _ask(page, 0, "Delete")
    page.get_by_role("button", name="Delete for good").click()
    wait_for(lambda: {s.run_id for s in list_runs()} == before - {newest}, "the end of a run", page)
    expect(page.get_by_role("button", name="Actions")).to_have_count(len(before) - 1)


def test_link_of_a_comparison_opens_it_and_back_undoes_a_tick(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    newest, other = finished_runs.run_ids[:2]
    page = open_page(f"/runs?runs={newest},{other}&view=results-and-settings")
    boxes = page.get_by_role("checkbox")
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    expect(page.get_by_text("right equally often")).to_be_visible()
    page.get_by_test_id("stCheckbox").nth(1).click()
    expect(boxes.nth(1)).not_to_be_checked()
    expect(page).to_have_url(re.compile(rf"runs={newest}(&|$)"))
    page.go_back()
    expect(boxes.nth(1)).to_be_checked()
    page.reload()
    expect(boxes.nth(1)).to_be_checked()
    expect(page.get_by_role("radio", name="Results and settings")).to_be_checked()
    page.get_by_role("link", name=read_status(newest).name).click()
    expect(page).to_have_url(re.compile(rf"/train\?run={newest}$"))


def test_live_run_is_stopped_from_its_menu(open_page: OpenPage, start_endless: StartRun) -> None:
    run_id = start_endless("Endless")
    page = open_page("/runs")
    wait_for(lambda: read_status(run_id).phase == "training", "training", page)
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("menuitem", name="Stop").click()
    wait_for(lambda: read_status(run_id).phase == "stopped", "the end", page)
    expect(page.get_by_text("stopped", exact=True).first).to_be_visible()


def test_chart_follows_the_theme(open_page: OpenPage, finished_runs: FinishedRuns) -> None:
    for theme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(14, 20, 32)")):
        page = open_page(f"/train?run={list_runs()[0].run_id}", color_scheme=theme)
        wait_for(lambda page=page, theme=theme: measures(page).get("theme") == theme, theme, page)
        shown = page.locator(f"{CHART} .rl-loss .main-svg").first.get_attribute("style")
        assert re.search(re.escape(background), shown or ""), shown
