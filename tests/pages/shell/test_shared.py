import threading
import time

import numpy as np
import plotly.graph_objects as go
import pytest

from pages.ui.choosing.labelled_sets import open_labelled_set
from pages.ui.shell.shared import Same, SharedCache, drawn, same_each
from pages.ui.shell.turns import Turns
from resnet_core.asking import load_net
from resnet_core.checkpoints import find_checkpoint
from resnet_core.data.synthetic import draw_pictures
from resnet_core.figures.scoreboard import degradation_figure
from resnet_core.scoreboard import list_entries


def in_threads(count, action):
    results = []
    threads = [threading.Thread(target=lambda: results.append(action())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def test_shared_cache_computes_once_for_all_who_ask_at_once():
    cache, calls = SharedCache(4), []

    def compute():
        calls.append(1)
        time.sleep(0.05)
        return object()

    results = in_threads(20, lambda: cache.get("key", compute))
    assert len(results) == 20 and len(set(map(id, results))) == 1
    assert len(calls) == 1


def test_shared_cache_keeps_the_newest_and_no_more():
    cache = SharedCache(3)
    for key in (0, 1, 2, 0, 3):  # 0 was asked for again, so 1 is the oldest
        cache.get(key, lambda key=key: key)
    assert len(cache) == 3
    assert [cache.get(key, lambda: "anew") for key in (0, 2, 3, 1)] == [0, 2, 3, "anew"]


def test_shared_cache_tries_again_after_a_failure():
    cache = SharedCache(1)
    with pytest.raises(ValueError, match="broken"):
        cache.get("key", lambda: (_ for _ in ()).throw(ValueError("broken")))
    assert cache.get("key", lambda: "mended") == "mended"


def test_same_is_equal_to_itself_alone():
    first, second = np.zeros(2), np.zeros(2)
    assert Same(first) == Same(first) and hash(Same(first)) == hash(Same(first))
    assert Same(first) != Same(second)
    assert same_each((first, second)) == (Same(first), Same(second))


def test_drawn_gives_all_one_figure_equal_to_one_drawn_anew():
    entries = list_entries()
    shared = [
        drawn(("test", tuple(list_entries())), lambda: degradation_figure(list_entries()))
        for _ in range(2)
    ]
    assert shared[0] is shared[1]
    assert isinstance(shared[0], go.Figure)
    assert shared[0].to_json() == degradation_figure(entries).to_json()


def test_synthetic_set_shares_pictures_that_nobody_can_change():
    net = load_net(find_checkpoint("resnet20-synthetic"))
    labelled = open_labelled_set(net, "synthetic")
    assert labelled is open_labelled_set(net, "synthetic")
    assert labelled is not None
    numbers = np.array([3, 0, 3, 1999])
    pictures = labelled.pictures(numbers)
    for number, picture in zip(numbers, pictures, strict=True):
        expected, _ = draw_pictures("test", int(number), int(number) + 1)
        np.testing.assert_array_equal(picture, expected[0])
    pictures[:] = 0  # a copy: the next who asks gets the picture itself
    assert labelled.pictures(numbers)[0].any()


def most_at_once(turns, count, wait):
    lock, now, most = threading.Lock(), [0], [0]

    def work():
        with turns.taken():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            wait()
            with lock:
                now[0] -= 1

    in_threads(count, work)
    assert now[0] == 0
    return most[0]


def test_turns_let_so_many_work_at_once():
    together = threading.Barrier(2, timeout=60)  # only passes when two work at once
    assert most_at_once(Turns(2, 60.0), 8, together.wait) == 2


def test_turns_are_not_waited_for_for_ever():
    together = threading.Barrier(3, timeout=60)  # the first gives its turn back after the others
    assert most_at_once(Turns(1, 0.05), 3, together.wait) == 3


def test_turns_go_to_others_while_one_waits():
    turns, seen = Turns(1, 600.0), []

    def other():
        with turns.taken():
            seen.append(turns.has_one)

    with turns.taken():
        with turns.lent():
            in_threads(2, other)
            assert seen == [True, True] and not turns.has_one
        assert turns.has_one
    assert not turns.has_one
