"""A published revision is loaded within a second, and no failure stops the watching."""

import threading
import time
from itertools import pairwise

from structlog.testing import capture_logs

from cds.config.watch import Watcher


def until(condition, *, seconds=5.0):
    """Wait for a condition; fail where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


def test_a_new_revision_is_loaded_within_a_second():
    newest, loaded = [1], []
    with Watcher(lambda: newest[0], loaded.append, loaded=1):
        newest[0] = 2
        began = time.monotonic()
        until(lambda: loaded == [2])
        assert time.monotonic() - began < 1


def test_the_revision_in_use_is_not_loaded_again():
    looks, loaded = [], []
    with Watcher(lambda: looks.append(1) or 7, loaded.append, every=0.01, loaded=7):
        until(lambda: len(looks) > 5)
    assert loaded == []


def test_an_empty_store_is_nothing_to_load():
    loaded = []
    watcher = Watcher(lambda: None, loaded.append)
    watcher.look()
    assert loaded == []


def test_a_failure_is_logged_without_its_text_and_tried_again():
    tries = []

    def load(revision):
        tries.append(revision)
        if len(tries) < 3:
            raise ValueError("Smith, John")

    with capture_logs() as logs:
        watcher = Watcher(lambda: 5, load, every=0.01)
        with watcher:
            until(lambda: watcher.loaded == 5)
            until(lambda: not watcher.failing)
    assert tries == [5, 5, 5]
    assert "Smith" not in str(logs)
    assert [log["error"] for log in logs if log["event"] == "configuration_not_loaded"] == ["ValueError"] * 2


def test_failures_make_it_look_less_often_up_to_a_limit():
    looks = []

    def head():
        looks.append(time.monotonic())
        raise OSError

    with capture_logs(), Watcher(head, print, every=0.02):
        until(lambda: len(looks) > 4)
    gaps = [b - a for a, b in pairwise(looks)]
    assert gaps[-1] > gaps[0] * 2


def test_it_stops_when_told_and_leaves_no_thread():
    before = threading.active_count()
    watcher = Watcher(lambda: 1, lambda _: None, every=60, loaded=1).start()
    assert threading.active_count() == before + 1
    began = time.monotonic()
    watcher.stop()
    assert time.monotonic() - began < 1
    assert threading.active_count() == before


def test_stopping_what_never_started_is_no_error():
    Watcher(lambda: 1, lambda _: None).stop()
