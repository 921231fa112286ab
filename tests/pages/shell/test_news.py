"""What listening elements are told, at the addresses that they poll."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from pages.ui.shell import addresses, routes
from pages.ui.shell.jobs import forget, submit
from pages.ui.shell.news import news_of_list, news_of_runs
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.status import RunStatus, read_state, read_status, run_dir, write_state
from tests.pages.shell.test_jobs import key, wait_for_progress, waiting  # noqa: F401  (a fixture)
from tests.pages.shell.test_routes import Client

PAGES = Path(__file__).resolve().parents[3] / "pages"


@pytest.fixture
def client() -> Client:
    return Client(Starlette(routes=routes.build_routes()))


@pytest.fixture
def status(finished_run: str) -> RunStatus:
    return read_status(finished_run)


def test_nothing_polls_by_timed_fragments() -> None:
    timed = re.compile(r"run_every")
    assert not [path for path in PAGES.rglob("*.py") if timed.search(path.read_text())]


def test_finished_run_is_told_as_such(client: Client, status: RunStatus) -> None:
    news = client.get("/" + addresses.runs_address([status.run_id])).json()
    assert not news["is_live"]
    assert news["is_final"]
    assert news["signature"].startswith("finished")
    assert news["lines"][0]["text"].startswith("trained for ")


def test_living_run_is_told_in_the_side_bar_with_a_link(client: Client, finished_run: str) -> None:
    folder = run_dir(finished_run)
    with hold_lock(folder):
        write_state(folder, replace(read_state(folder), phase="training", num_steps=24))
        news = client.get("/" + addresses.live_runs_address()).json()
    (line,) = news["lines"]
    assert (line["title"], line["fraction"]) == ("Tiny", 0.5)
    assert line["href"] == f"train?run={finished_run}"
    assert line["text"] == "training, step 12 of 24"
    assert news["is_live"]


def test_side_bar_is_empty_while_nothing_goes_on(client: Client, finished_run: str) -> None:
    news = client.get("/" + addresses.live_runs_address()).json()
    assert (news["lines"], news["is_live"]) == ([], False)


@pytest.mark.parametrize(
    "change", [{"phase": "paused"}, {"name": "Another"}, {"run_id": "20260101-000000-x-0000"}]
)
def test_list_is_outdated_when_a_run_changed(status: RunStatus, change: dict[str, str]) -> None:
    before = news_of_list([status]).signature
    assert news_of_list([replace(status)]).signature == before
    assert news_of_list([replace(status, step=5)]).signature == before, "progress alone is drawn"
    assert news_of_list([replace(status, **change)]).signature != before
    assert news_of_list([]).signature != before


def test_controls_are_outdated_by_phase_and_step_only_where_it_matters(status: RunStatus) -> None:
    training = replace(status, phase="training", step=3)
    later = replace(training, step=4)
    assert news_of_runs([training]).signature == news_of_runs([later]).signature
    detailed = [news_of_runs([each], in_detail=True).signature for each in (training, later)]
    assert detailed[0] != detailed[1]
    assert news_of_runs([replace(training, phase="paused")]) != news_of_runs([training])


@pytest.mark.parametrize("path", ["runs/nobody", "progress/nobody", "runs/...", "runs/,"])
def test_unknown_runs_are_told_in_a_sentence(client: Client, path: str) -> None:
    answer = client.get(f"/api/news/{path}")
    assert answer.status_code == 404
    assert answer.text.endswith("deleted.")


def test_job_is_told_until_it_is_done(client: Client, key: tuple[str, float]) -> None:  # noqa: F811
    release = threading.Event()
    job = submit(key, waiting(release))
    wait_for_progress(job)
    address = addresses.jobs_address([job.token])
    going = client.get(f"/{address}").json()
    assert going["is_live"]
    assert going["lines"][0]["fraction"] == 0.5
    assert going["lines"][0]["text"].startswith("halfway, about ")
    release.set()
    assert job.wait(120)
    done = client.get(f"/{address}").json()
    assert done["is_final"]
    assert done["signature"] != going["signature"]
    forget(key)
    assert client.get(f"/{address}").json()["signature"] == done["signature"], "a page finds out"


def test_nobody_can_guess_a_jobs_address(key: tuple[str, float]) -> None:  # noqa: F811
    tokens = {submit((*key, index), lambda progress: None).token for index in range(20)}
    assert len(tokens) == 20
    assert min(len(token) for token in tokens) >= 16, "12 random bytes"


def test_addresses_answer_reading_only(client: Client, finished_run: str) -> None:
    for address in (addresses.list_address(), addresses.runs_address([finished_run])):
        assert client.request("POST", f"/{address}").status_code == 405
        assert client.get(f"/{address}").headers["cache-control"] == "no-store"
