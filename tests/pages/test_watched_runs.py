"""A watched run on the pages: all that it measured, and nothing that needs a worker."""

from collections.abc import Iterator

import pytest
import torch

from pages.ui.runs.list import _options
from resnet_core import watch
from resnet_core.runs.status import read_status
from resnet_core.watching import WatchedRun
from tests.watching.conftest import loss_of, small_net


@pytest.fixture
def live_run(home) -> Iterator[WatchedRun]:
    """A run of a foreign net that is going, and logged something of its own."""
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = watch(model, optimizer, name="my own loop", every=2)
    for step in range(5):
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        optimizer.step()
        run.log(loss=loss, temperature=step / 2)
    run._journal._send()  # pyright: ignore  # as half a second later
    yield run
    run.finish()


def texts(at) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.title, *at.header]
    return "\n".join(str(part.value) for part in parts)


def buttons(at) -> set[str]:
    return {button.label for button in at.button}


@pytest.mark.parametrize("is_over", [False, True])
def test_train_shows_it_and_offers_nothing_that_cannot_be(open_page, live_run, is_over):
    if is_over:
        live_run.finish()
    at = open_page("train", run=live_run.run_id)
    assert read_status(live_run.run_id).is_live != is_over
    assert buttons(at).isdisjoint({"Pause", "Stop", "Fork here", "Cut the skips in a fork"})
    labels = [expander.label for expander in at.expander]
    assert not [label for label in labels if "Fork" in label or "Train for longer" in label]
    assert "What is watched, and how" in labels
    assert "What was logged" in texts(at)
    assert not at.error
    assert not at.warning


def test_runs_list_it_with_its_kind_and_no_resume(open_page, live_run):
    run_id = live_run.run_id
    live_run.interrupt()
    at = open_page("runs")
    assert "Watched in a program of its own" in texts(at)
    assert "step 5" in texts(at)
    assert not at.error
    assert _options(read_status(run_id)) == [
        *("Open", "Rename", "Notes", "Download metrics", "Delete")
    ]


def test_a_live_one_cannot_be_stopped_from_the_list(live_run):
    status = read_status(live_run.run_id)
    assert _options(status) == ["Open", "Rename", "Notes", "Download metrics"]


def test_gradient_flow_shows_it_while_it_trains(open_page, live_run):
    at = open_page("gradient_flow", view="while-training", runs=live_run.run_id)
    assert not at.error
    assert "Gradient norm at step 5" in texts(at)
    assert "Skip anatomy" not in texts(at)
    shown = open_page(
        "gradient_flow", view="while-training", runs=live_run.run_id, quantity="dead-units"
    )
    assert "Dead units at step 5" in texts(shown)
    absent = open_page(
        "gradient_flow", view="while-training", runs=live_run.run_id, quantity="skip-x"
    )
    (said,) = (*absent.error, *absent.warning)
    assert "is watched and has no measurement of 'Skip x'" in said.value.replace("\\", "")


def test_its_net_is_not_offered_where_weights_are_needed(open_page, live_run):
    at = open_page("feature_maps")
    options = [option for box in at.selectbox for option in box.options]
    assert not [option for option in options if "my own loop" in option]
