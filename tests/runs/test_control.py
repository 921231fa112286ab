import pytest

from resnet_core.errors import ConfigError, RunNotFoundError
from resnet_core.runs import control
from resnet_core.runs.control import (
    ControlReader,
    ControlRequest,
    ask_to_stand_aside,
    read_control_request,
    request,
)


@pytest.fixture(autouse=True)
def _read_at_once(monkeypatch):
    monkeypatch.setattr(control, "_POLL_INTERVAL_S", 0.0)


def test_read_wish_without_a_file_is_run(tmp_path):
    assert read_control_request(tmp_path) == ControlRequest("run", 0)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"command": "run"}', "null"])
def test_read_wish_of_a_damaged_file_is_run(tmp_path, content):
    (tmp_path / "control").write_text(content)
    assert read_control_request(tmp_path) == ControlRequest("run", 0)


def test_request_step_counts_and_keeps_the_pause(tmp_path):
    reader = ControlReader(tmp_path)
    request(tmp_path, "step")
    request(tmp_path, "step")
    assert reader.command() == "pause"
    assert [reader.take_single_step() for _ in range(3)] == [True, True, False]


def test_control_reader_forgets_steps_asked_of_an_earlier_worker(tmp_path):
    request(tmp_path, "step")
    reader = ControlReader(tmp_path)
    assert not reader.take_single_step()


def test_request_refuses_an_unknown_command(tmp_path):
    with pytest.raises(ConfigError, match="use run, pause, step or stop"):
        request(tmp_path, "explode")  # pyright: ignore[reportArgumentType] - that is the test


def test_worker_rests_while_nothing_but_a_pause_is_asked(tmp_path):
    reader = ControlReader(tmp_path)
    assert not reader.rests(), "it trains"
    request(tmp_path, "pause")
    assert reader.rests()
    request(tmp_path, "step")
    assert not reader.rests()
    assert reader.take_single_step()
    assert reader.rests()
    ask_to_stand_aside(tmp_path, "a-fork")
    assert not reader.rests()


def test_what_is_asked_of_a_deleted_run_does_not_make_it_anew(tmp_path):
    gone = tmp_path / "20261128-120000-gone-0a1b"
    for ask in (lambda: request(gone, "pause"), lambda: ask_to_stand_aside(gone, None)):
        with pytest.raises(RunNotFoundError, match="may have been deleted"):
            ask()
    assert list(tmp_path.iterdir()) == []
