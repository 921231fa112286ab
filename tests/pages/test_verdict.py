"""The verdict on the run page: what it says, how it stays fresh, and where it leads."""

import shutil

import pytest
from starlette.applications import Starlette

from pages.ui.shell import addresses, routes
from pages.ui.shell.address import word_of
from pages.ui.shell.news import news_of_verdict
from resnet_core.comparing.comparison import WINDOW
from resnet_core.comparing.verdict import judge_run
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.recipes.comparisons import READY_MADE
from resnet_core.recipes.presets import demo_experiment
from resnet_core.runs.status import WorkerState, create_run, read_status, run_dir, write_state
from tests.comparing.measured_runs import write_run
from tests.pages.components import components
from tests.pages.conftest import OpenPage
from tests.pages.saved_runs import write_saved_run
from tests.pages.shell.test_routes import Client

pytestmark = pytest.mark.timeout(900)

LOSSES = {"residual": [0.5] * WINDOW, "plain": [2.3] * WINDOW}


@pytest.fixture
def client() -> Client:
    return Client(Starlette(routes=routes.build_routes()))


def test_verdict_is_told_at_its_address(client: Client, home) -> None:
    run_id = write_run(LOSSES).name
    news = client.get("/" + addresses.verdict_address(run_id)).json()
    (line,) = news["lines"]
    verdict = judge_run(read_status(run_id))
    assert f"{line['title']} {line['text']}" == verdict.sentence
    assert "the training loss of residual is lower by 1.80" in line["title"]
    assert (news["is_live"], news["is_final"], news["signature"]) == (False, False, "")


def test_verdict_begins_with_what_an_edit_did(home) -> None:
    folder = write_run({"residual": [0.5] * WINDOW + [2.2] * WINDOW, "plain": [0.5] * 2 * WINDOW})
    cut = Edit(
        number=1,
        step=WINDOW,
        arm="residual",
        what="skip_strength",
        blocks="all",
        before=1.0,
        after=0.0,
    )
    append_to_log(folder, cut)
    edited, compared = news_of_verdict(read_status(folder.name)).lines
    assert f"After the skips of all blocks were cut at step {WINDOW}" in edited.title
    assert "rose from 0.50 to 2.20" in edited.title
    assert "the training loss of plain is lower" in compared.title


def test_verdict_has_a_line_for_each_pair_and_one_for_a_lonely_arm(home) -> None:
    three = write_run(LOSSES | {"plain b": [2.3] * WINDOW}).name
    assert len(news_of_verdict(read_status(three)).lines) == 2
    (line,) = news_of_verdict(read_status(write_run({"plain": [2.3]}).name)).lines
    assert "nothing to compare it with" in line.title


def test_verdict_of_a_run_without_a_store_waits(home) -> None:
    folder = write_run(LOSSES)
    (folder / "metrics.db").unlink()
    (line,) = news_of_verdict(read_status(folder.name)).lines
    assert str(WINDOW) in line.title


def test_verdict_of_no_run_is_told_in_a_sentence(client: Client, home) -> None:
    answer = client.get("/api/news/verdict/nobody")
    assert answer.status_code == 404
    assert answer.text.endswith("deleted.")


def test_run_page_shows_the_verdict_above_the_chart(enter: OpenPage, finished_run: str) -> None:
    at = enter("train", run=finished_run)
    shown = [e.proto.id for e in at.get("bidi_component")]
    places = [
        next(i for i, each in enumerate(shown) if part in each)
        for part in ("verdict-", "train_chart")
    ]
    assert places == sorted(places)
    assert len(components(at, f"verdict-{finished_run}".replace("__", "-"))) == 1
    labels = [link.label for link in at.page_link]
    asked = ["Where does the gradient go?", "What do the layers see?", "Where does it look?"]
    assert [label for label in labels if label in asked] == asked


def test_run_page_survives_a_damaged_history(enter: OpenPage, finished_run: str) -> None:
    (run_dir(finished_run) / "metrics.db").write_bytes(b"not a database, for sure" * 100)
    at = enter("train", run=finished_run)
    assert any("cannot be read" in error.value for error in at.error)


def test_gradient_page_takes_the_run_of_a_link_again_and_again(
    enter: OpenPage, finished_run: str
) -> None:
    other = f"20200101-000000{finished_run[15:]}"
    shutil.copytree(run_dir(finished_run), run_dir(finished_run).with_name(other))
    at = enter("gradient_flow", view="While training", runs=other)
    assert at.multiselect(key="runs").value == [other]
    at.query_params["runs"] = finished_run  # the visitor came back by the link of another run
    at.run()
    assert at.multiselect(key="runs").value == [finished_run]
    at.multiselect(key="runs").set_value([other, finished_run]).run()
    assert set(at.multiselect(key="runs").value) == {other, finished_run}
    assert set(at.query_params["runs"].split(",")) == {other, finished_run}
    at.query_params["runs"] = finished_run  # Back
    at.run()
    assert at.multiselect(key="runs").value == [finished_run]
    assert not at.exception


@pytest.mark.parametrize("page", ["feature_maps", "where_it_looks"])
def test_page_that_looks_inside_takes_the_run_of_a_link_once(enter: OpenPage, home, page) -> None:
    first, second = write_saved_run("First"), write_saved_run("Second")
    at = enter(page, run=first)
    assert at.selectbox(key="probed_net").value == f"run/{first}/0"
    at.selectbox(key="probed_net").select(f"run/{second}/1").run()
    assert not at.exception
    assert at.selectbox(key="probed_net").value == f"run/{second}/1"
    at.toggle(key="probed_compare").set_value(True).run()
    assert at.selectbox(key="probed_other_net").value == f"run/{first}/1"


def test_unknown_run_of_a_link_is_ignored(enter: OpenPage, home) -> None:
    at = enter("feature_maps", run="20200101-000000-gone-0000")
    assert not str(at.selectbox(key="probed_net").value).startswith("run/")


def test_a_deep_pair_leads_to_one_of_20_layers(enter: OpenPage, home) -> None:
    deep = create_run(demo_experiment())
    write_state(deep, WorkerState(phase="stopped"))
    labels = [link.label for link in enter("train", run=deep.name).page_link]
    assert "And at 20 layers?" in labels
    shallow = write_run(LOSSES).name
    labels = [link.label for link in enter("train", run=shallow).page_link]
    assert "Where does it look?" in labels
    assert "And at 20 layers?" not in labels


def test_the_link_to_20_layers_prepares_that_pair(open_page: OpenPage) -> None:
    at = open_page("train", arms_ready=word_of(READY_MADE[0].title))
    assert at.selectbox(key="arms_ready").value == READY_MADE[0].title
    assert "Start training" in [button.label for button in at.button]
