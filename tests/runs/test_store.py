import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from resnet_core.comparing.shared_steps import read_answers
from resnet_core.errors import DiskFullError
from resnet_core.runs.curve_quantities import CURVE_QUANTITIES
from resnet_core.runs.metrics import bucket_width, read_curves, read_profiles
from resnet_core.runs.store import (
    SCALARS,
    MetricsWriter,
    StepRow,
    connect_read_only,
    read_last_step,
    set_aside_if_damaged,
)

LAYERS = ("stem.conv", "classifier")


def reader(folder: Path) -> sqlite3.Connection:
    connection = connect_read_only(folder)
    assert connection is not None
    return connection


def row(step: int, arm: int = 0) -> StepRow:
    return StepRow(
        step=step,
        arm=arm,
        time_s=step * 0.5,
        loss=float(step),
        accuracy=0.25,
        learning_rate=0.1,
        images_per_s=100.0,
        gradient_norm=2.0,
        layer_norms=np.array([step, -step], np.float32),
    )


def fill(folder, num_steps: int, num_arms: int = 1, first: int = 1) -> MetricsWriter:
    writer = MetricsWriter(folder)
    with writer.transaction():
        layout = {"label": "net", "layers": LAYERS, "positions": {"update_ratio": LAYERS}}
        writer.write_meta("arms", [layout] * num_arms)
        writer.add_steps(
            row(step, arm) for step in range(first, num_steps + 1) for arm in range(num_arms)
        )
    return writer


def test_store_keeps_every_quantity_and_no_other():
    measured = {field.name for field in fields(StepRow)} - {"step", "arm", "seed", "layer_norms"}
    assert set(CURVE_QUANTITIES) == measured
    # Runs that lie on disks have their columns in this order.
    assert SCALARS == (
        "time_s",
        "loss",
        "accuracy",
        "learning_rate",
        "images_per_s",
        "gradient_norm",
    )


def test_read_curves_gives_every_step_of_a_short_run(tmp_path):
    fill(tmp_path, 20, num_arms=2).close()
    chunk = read_curves(tmp_path)
    assert (chunk.width, chunk.reset, len(chunk.arms)) == (1, True, 2)
    assert chunk.arms[1].step.tolist() == list(range(1, 21))
    assert chunk.arms[0].scalars["loss"].tolist() == list(range(1, 21))
    assert chunk.arms[0].layer_norms[4].tolist() == [5, -5]


@pytest.mark.parametrize("num_steps", [513, 1000, 4099, 9000])
def test_read_curves_averages_each_bucket_of_a_long_run(tmp_path, num_steps):
    fill(tmp_path, num_steps).close()
    chunk = read_curves(tmp_path)
    width, steps = chunk.width, np.arange(1, num_steps + 1)
    expected = [steps[start : start + width].mean() for start in range(0, num_steps, width)]
    assert width == bucket_width(num_steps) > 1
    # Levels hold equally many steps each but for the newest bucket, whose rows are of mixed width.
    assert chunk.arms[0].scalars["loss"][:-1] == pytest.approx(expected[:-1])
    assert chunk.arms[0].step[-1] == num_steps
    assert len(expected) <= 512


def test_read_curves_catches_up_with_what_is_new(tmp_path):
    writer = fill(tmp_path, 700)
    first = read_curves(tmp_path)
    with writer.transaction():
        writer.add_steps(row(step) for step in range(701, 750))
    newest_start = (700 - 1) // first.width * first.width
    second = read_curves(tmp_path, after=newest_start, width=first.width)
    writer.close()
    assert not second.reset
    assert second.arms[0].step[0] <= 702
    kept = first.arms[0].step[first.arms[0].step <= newest_start]
    together = np.concatenate([kept, second.arms[0].step])
    assert together.tolist() == read_curves(tmp_path).arms[0].step.tolist()


def test_read_curves_starts_over_after_a_resume_from_earlier(tmp_path):
    writer = fill(tmp_path, 100)
    with writer.transaction():
        writer.truncate(40)
    writer.close()
    chunk = read_curves(tmp_path, after=99, width=1)
    assert chunk.reset
    assert chunk.arms[0].step[-1] == 40


def test_truncate_drops_means_that_cover_a_forgotten_step(tmp_path):
    writer = fill(tmp_path, 600)
    with writer.transaction():
        writer.truncate(300)
        writer.add_steps(row(step) for step in range(301, 513))
    with closing(reader(tmp_path)) as connection:
        rows = connection.execute("SELECT start, loss FROM curves WHERE width = 256").fetchall()
    writer.close()
    assert rows == [(0, pytest.approx(128.5)), (256, pytest.approx(384.5))]


def test_stretch_that_ends_with_skipped_steps_has_the_mean_of_the_others(tmp_path):
    writer = fill(tmp_path, 240)
    with writer.transaction():
        for step in range(241, 257):
            writer.pass_over(step, 0)
    writer.close()
    with closing(reader(tmp_path)) as store:
        means = store.execute("SELECT start, loss FROM curves WHERE width = 256").fetchall()
    assert means == [(0, 120.5)]


def test_answers_can_be_read_back_and_are_forgotten_with_their_step(tmp_path):
    writer = fill(tmp_path, 3)
    marks = np.arange(19) % 3 == 0
    with writer.transaction():
        for step in (2, 3):
            for arm, is_right in enumerate((marks, ~marks)):
                writer.add_answers(step, arm, "validation", is_right)
        writer.truncate(2)
    writer.close()
    connection = connect_read_only(tmp_path)
    assert connection is not None
    with closing(connection):
        found = read_answers(connection, 2, (0, 1), 0)
        assert read_answers(connection, 3, (0, 1), 0) is None
    assert found is not None
    first, second = found
    assert first.tolist() == marks.tolist()
    assert second.tolist() == (~marks).tolist()


def test_writer_goes_on_with_a_store_of_an_earlier_version(tmp_path):
    fill(tmp_path, 3).close()
    with closing(sqlite3.connect(tmp_path / "metrics.db")) as connection, connection:
        connection.execute("DROP TABLE answers")
    writer = MetricsWriter(tmp_path)
    with writer.transaction():
        writer.truncate(2)
        writer.add_answers(2, 0, "validation", np.ones(4, bool))
    writer.close()
    assert read_last_step(tmp_path).step == 2


def test_transaction_that_fails_leaves_nothing(tmp_path):
    writer = fill(tmp_path, 3)
    with pytest.raises(ZeroDivisionError), writer.transaction():
        writer.add_steps([row(4)])
        raise ZeroDivisionError
    writer.close()
    assert read_last_step(tmp_path).step == 3


def test_mean_of_a_divergence_is_not_finite(tmp_path):
    writer = fill(tmp_path, 15)
    bad = row(16)
    with writer.transaction():
        writer.add_steps([replace(bad, loss=float("nan"))])
    with closing(reader(tmp_path)) as connection:
        (loss,) = connection.execute("SELECT loss FROM curves WHERE width = 16").fetchone()
    writer.close()
    assert loss is None  # SQLite keeps NaN as NULL


def test_a_rate_beyond_single_precision_is_read_as_infinite_without_a_word(tmp_path):
    writer = fill(tmp_path, 1)
    with writer.transaction():
        writer.add_steps([replace(row(2), learning_rate=1e300)])
    writer.close()
    assert read_curves(tmp_path).arms[0].scalars["learning_rate"][-1] == np.inf


def test_read_profiles_gives_steps_positions_and_values(tmp_path):
    writer = fill(tmp_path, 2)
    with writer.transaction():
        writer.add_profile(1, 0, "update_ratio", np.array([0.1, 0.2]))
        writer.add_profile(2, 0, "update_ratio", np.array([0.3, 0.4]))
    writer.close()
    profiles = read_profiles(tmp_path, 0, "update_ratio")
    assert profiles.steps.tolist() == [1, 2]
    assert profiles.positions == LAYERS
    assert profiles.values == pytest.approx(np.array([[0.1, 0.2], [0.3, 0.4]]))


def test_set_aside_if_damaged_keeps_a_sound_store(tmp_path):
    fill(tmp_path, 5).close()
    assert set_aside_if_damaged(tmp_path) is None
    assert read_last_step(tmp_path).step == 5


def test_set_aside_if_damaged_moves_a_broken_one(tmp_path):
    fill(tmp_path, 500).close()
    content = bytearray((tmp_path / "metrics.db").read_bytes())
    content[4096:12288] = b"\xff" * 8192
    (tmp_path / "metrics.db").write_bytes(content)
    assert set_aside_if_damaged(tmp_path) == tmp_path / "metrics.db.damaged"
    assert not (tmp_path / "metrics.db").exists()
    assert read_last_step(tmp_path).step == 0


def test_chunk_to_bytes_can_be_read_back(tmp_path):
    import json
    import struct

    fill(tmp_path, 20, num_arms=2).close()
    content = read_curves(tmp_path).to_bytes({"run": "x"})
    (length,) = struct.unpack_from("<I", content)
    header, body = json.loads(content[4 : 4 + length]), content[4 + length :]
    assert (4 + length) % 8 == 0
    assert header["run"] == "x"
    assert header["arms"][1]["layers"] == list(LAYERS)
    array = next(a for a in header["arrays"] if a["arm"] == 1 and a["name"] == "layer_norms")
    values = np.frombuffer(body, np.float32, np.prod(array["shape"]), array["offset"])
    assert values.reshape(array["shape"])[7].tolist() == [8, -8]


def test_store_tells_a_full_disk_as_what_may_pass(tmp_path):
    writer = fill(tmp_path, 3)
    (pages,) = writer._connection.execute("PRAGMA page_count").fetchone()
    writer._connection.execute(f"PRAGMA max_page_count={pages}")  # SQLite then says "disk is full"
    with pytest.raises(DiskFullError), writer.transaction():
        writer.add_steps(row(step) for step in range(4, 4000))
    assert read_last_step(tmp_path).step == 3
    writer._connection.execute(f"PRAGMA max_page_count={100 * pages}")
    with writer.transaction():
        writer.add_steps([row(4)])
    assert read_last_step(tmp_path).step == 4
