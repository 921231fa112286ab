"""What a person sees before scrolling, at 1280 x 800: the effect on Home, the answer on Train."""

from playwright.sync_api import Locator, Page, expect

from pages.ui.shell.news import news_of_verdict
from resnet_core.recipes.stored_demo import find_stored_demo
from tests.browser.conftest import FinishedRuns, OpenPage, StartRun
from tests.browser.live import CHART, arm_steps, measures, wait_for, wait_for_growth

_HEIGHT = 800


def _first_screen(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": _HEIGHT})
    return page


def _ends_at(place: Locator) -> float:
    """Where an element ends, px from the top of a page that nobody has scrolled."""
    expect(place).to_be_visible()
    box = place.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def _right_end(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def test_home_replays_the_stored_run_to_its_verdict_on_the_first_screen(
    open_page: OpenPage,
) -> None:
    stored = find_stored_demo()
    assert stored is not None
    page = _first_screen(open_page())
    whole = [stored.step] * 2
    wait_for(lambda: 0 < arm_steps(page)[0] < stored.step, "the replay to go", page)
    wait_for(lambda: arm_steps(page) == whole, "the replay's end", page)
    assert measures(page)["phase"] == "finished"
    (line,) = news_of_verdict(stored).lines
    sentence = page.get_by_text(line.title)
    button = page.get_by_role("button", name="Start the demo")
    curves = (page.locator(f".rl-is-replay .rl-{name}") for name in ("loss", "accuracy"))
    for place in (sentence, button, *curves):  # a run of one's own would have curves below
        assert _ends_at(place) <= _HEIGHT
    page.get_by_role("button", name="Replay").click()
    wait_for(lambda: arm_steps(page)[0] < stored.step, "the replay to begin again", page)
    wait_for(lambda: arm_steps(page) == whole, "its end", page)


def test_home_moves_nothing_for_a_person_who_wants_no_motion(open_page: OpenPage) -> None:
    stored = find_stored_demo()
    assert stored is not None
    page = open_page("/", reduced_motion="reduce")
    first = page.wait_for_function(f"() => document.querySelector('{CHART}')?.dataset.steps")
    assert first.json_value() == f"{stored.step},{stored.step}"


def test_train_has_its_button_and_the_cost_on_the_first_screen(open_page: OpenPage) -> None:
    page = _first_screen(open_page("/train"))
    assert _ends_at(page.get_by_role("button", name="Start training")) <= _HEIGHT
    assert _ends_at(page.get_by_test_id("stTable")) <= _HEIGHT


def test_train_shows_verdict_and_first_chart_on_the_first_screen(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = _first_screen(open_page(f"/train?run={finished_runs.run_ids[0]}"))
    wait_for(lambda: arm_steps(page)[0] == finished_runs.steps, "the curves", page)
    verdict = page.get_by_test_id("listener").filter(has_text="verdict")
    assert _ends_at(verdict) <= _HEIGHT
    assert _ends_at(page.locator(f"{CHART} .rl-loss")) <= _HEIGHT
    expect(page.get_by_role("heading", name="What this run showed")).to_be_attached()
    page.set_viewport_size({"width": 1800, "height": _HEIGHT})
    accuracy, row = page.locator(f"{CHART} .rl-accuracy"), page.locator(f"{CHART} .rl-figures")
    wait_for(lambda: abs(_right_end(accuracy) - _right_end(row)) < 2, "no column to be empty", page)


def test_two_compared_runs_show_their_loss_on_the_first_screen(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = _first_screen(open_page(f"/runs?runs={','.join(finished_runs.run_ids)}"))
    wait_for(lambda: measures(page).get("runs") == "2", "both runs", page)
    assert _ends_at(page.locator(f"{CHART} .rl-loss")) <= _HEIGHT
    title = page.locator(f"{CHART} .rl-flow .gtitle").bounding_box()
    chart = page.locator(f"{CHART} .rl-flow").bounding_box()
    assert title and chart
    assert title["x"] + title["width"] <= chart["x"] + chart["width"], "the title is not cut off"


_CUT_OFF = """root => [...root.querySelectorAll(
    'p:not(.rl-plot-twin), input, [role=radiogroup], .stMarkdownEllipsis')]
  .filter(place => place.offsetWidth > 0 && !place.closest('[data-testid=stSlider]'))
  .filter(place => place.scrollWidth > place.clientWidth + 1)
  .map(place => place.textContent || place.value)"""


def test_at_768_px_no_choice_and_no_name_is_cut_off(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = open_page("/gradient_flow?depth=8&pictures=Noise&batch=8&seeds=1")
    page.set_viewport_size({"width": 768, "height": _HEIGHT})
    page.get_by_role("radio", name="none").wait_for()
    expect(page.get_by_role("button", name="More")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate(_CUT_OFF) == []
    page = open_page("/train")
    page.set_viewport_size({"width": 768, "height": _HEIGHT})
    expect(page.get_by_role("radio", name="Any nets")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate(_CUT_OFF) == []
    page = open_page(f"/gradient_flow?view=while-training&runs={','.join(finished_runs.run_ids)}")
    page.set_viewport_size({"width": 768, "height": _HEIGHT})
    expect(page.get_by_role("heading", name="Skip anatomy")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate(_CUT_OFF) == []
    page = open_page(f"/runs?runs={finished_runs.run_ids[0]}")
    page.set_viewport_size({"width": 768, "height": _HEIGHT})
    wait_for(lambda: measures(page).get("runs") == "1", "the run", page)
    assert page.get_by_test_id("stMain").evaluate(_CUT_OFF) == []


_ROOM_BELOW_REPLAY = """() => document.querySelector('.st-key-stored_demo').offsetHeight
  - document.querySelector('.st-key-stored_demo .rl-live-chart').offsetHeight"""


def test_at_768_px_home_keeps_no_more_room_than_its_replay_takes(open_page: OpenPage) -> None:
    page = open_page("/")
    page.set_viewport_size({"width": 768, "height": _HEIGHT})
    wait_for(lambda: arm_steps(page)[0] > 0, "the replay to go", page)
    wait_for(lambda: page.evaluate(_ROOM_BELOW_REPLAY) < 40, "the words below the replay", page)


def test_run_that_waits_leads_to_the_run_it_waits_for(
    open_page: OpenPage, start_endless: StartRun
) -> None:
    first = start_endless("The first")
    page = open_page(f"/train?run={first}")
    wait_for_growth(page)
    second = start_endless("The second")
    page = open_page(f"/train?run={second}")
    expect(page.get_by_text("This run waits for “The first”")).to_be_visible()
    told = page.get_by_test_id("listener").filter(has_text="This run waits")
    told.get_by_role("link", name="The first").click()
    page.wait_for_function(f"() => location.search.includes('{first}')")
    wait_for_growth(page)
