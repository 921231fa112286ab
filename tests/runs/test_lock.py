import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_core.errors import RunBusyError
from resnet_core.runs.lock import hold_lock, is_held, kill_holder

HOLDER = """
import sys, time
from pathlib import Path
from resnet_core.runs.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_is_held_follows_the_life_of_the_process(tmp_path, holder):
    assert is_held(tmp_path)
    holder.kill()
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and still to be asked why
    assert not is_held(tmp_path)
    assert (tmp_path / "lock").exists()


def test_is_held_without_a_lock_file_is_false(tmp_path):
    assert not is_held(tmp_path)


def test_hold_lock_refuses_a_second_holder(tmp_path, holder):
    with pytest.raises(RunBusyError, match="already going"), hold_lock(tmp_path):
        pass


def test_kill_holder_ends_the_worker(tmp_path, holder):
    assert kill_holder(tmp_path)
    assert holder.wait(60) == -9
    assert not is_held(tmp_path)
    assert not kill_holder(tmp_path)


def test_kill_holder_spares_a_process_with_a_reused_id(tmp_path, holder):
    identity = json.loads((tmp_path / "lock").read_text())
    (tmp_path / "lock").write_text(json.dumps(identity | {"start_ticks": 1}))
    assert not kill_holder(tmp_path)
    assert holder.poll() is None
