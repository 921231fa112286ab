import os

import pytest

from resnet_core.runs import kept
from resnet_core.runs.kept import (
    KEPT_NAME,
    MOST_KEPT_BYTES,
    forget_kept_after,
    is_whole,
    list_kept,
    steps_between,
    write_kept,
)


def steps_of_kept(folder) -> list[int]:
    return [each.step for each in list_kept(folder)]


@pytest.mark.parametrize("num_steps", [1, 12, 39, 320, 400, 64_000])
def test_steps_between_states_let_no_fork_replay_more_than_a_twentieth(num_steps):
    spacing = steps_between(num_steps, 1_000)
    assert spacing is not None
    assert (spacing - 1) <= 0.05 * num_steps < spacing


def test_steps_between_large_states_fill_the_space_and_no_more():
    spacing = steps_between(1000, 30_000_000)
    assert spacing == 167
    assert 1000 // spacing * 30_000_000 <= MOST_KEPT_BYTES
    assert steps_between(1000, MOST_KEPT_BYTES + 1) is None


def test_list_kept_is_in_order_and_knows_nothing_else(tmp_path):
    assert list_kept(tmp_path) == ()
    for step in (30, 10, 20):
        write_kept(tmp_path, step, bytes([step]) * 100)
    folder = tmp_path / KEPT_NAME
    (folder / "0000040-00000000.safetensors").mkdir()
    os.mkfifo(folder / "0000050-00000000.safetensors")
    (folder / "0000060-00000000.safetensors").symlink_to(list_kept(tmp_path)[0].path)
    (folder / "notes.txt").touch()
    assert steps_of_kept(tmp_path) == [10, 20, 30]
    assert all(is_whole(each) for each in list_kept(tmp_path))


@pytest.mark.parametrize("place", [0, 50, 99])
def test_one_bit_of_damage_is_found(tmp_path, place):
    write_kept(tmp_path, 10, bytes(100))
    (found,) = list_kept(tmp_path)
    content = bytearray(100)
    content[place] = 1
    found.path.write_bytes(content)
    assert not is_whole(found)
    found.path.write_bytes(bytes(99))
    assert not is_whole(found)
    found.path.unlink()
    assert not is_whole(found)


def test_states_are_thinned_out_evenly_and_the_last_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST_KEPT_BYTES", 800)
    for step in range(10, 330, 10):
        write_kept(tmp_path, step, bytes(100))
        assert sum(each.path.stat().st_size for each in list_kept(tmp_path)) <= 800
    found = steps_of_kept(tmp_path)
    gaps = [late - early for early, late in zip([0, *found], found, strict=False)]
    assert (len(found), found[-1]) == (8, 320)
    assert max(gaps) <= 2 * 320 / 8


def test_forget_kept_after_gives_up_what_lies_past_a_step(tmp_path):
    for step in (10, 20, 30):
        write_kept(tmp_path, step, b"state")
    forget_kept_after(tmp_path, 20)
    assert steps_of_kept(tmp_path) == [10, 20]
