"""How fast callers may come, and how strangers are counted."""

import pytest

from cds.errors import TooMany
from cds.trust.pace import Pace, Strangers


class Time:
    def __init__(self) -> None:
        self.moment = 100.0

    def __call__(self) -> float:
        return self.moment


def test_a_client_over_its_limit_is_told_when_to_come_back() -> None:
    time = Time()
    pace = Pace(time)
    for _ in range(3):
        pace.step("a", limit=3)
    time.moment += 20
    with pytest.raises(TooMany) as caught:
        pace.step("a", limit=3)
    assert caught.value.retry_after == 40


def test_one_clients_pace_is_not_anothers() -> None:
    pace = Pace(Time())
    pace.step("a", limit=1)
    pace.step("b", limit=1)
    with pytest.raises(TooMany):
        pace.step("a", limit=1)


def test_a_new_minute_begins_anew() -> None:
    time = Time()
    pace = Pace(time)
    pace.step("a", limit=1)
    time.moment += 59.9
    with pytest.raises(TooMany) as caught:
        pace.step("a", limit=1)
    assert caught.value.retry_after == 1
    time.moment += 0.1
    pace.step("a", limit=1)


def test_strangers_are_entered_once_a_minute_with_their_number() -> None:
    time = Time()
    entries: list[tuple[int, float, float]] = []
    strangers = Strangers(lambda *entry: entries.append(entry), time)
    for _ in range(3):
        strangers.refused()
    assert entries == []
    time.moment = 160.0
    strangers.refused()
    assert entries == [(3, 100.0, 160.0)]
    strangers.flush()
    assert entries[1:] == [(1, 160.0, 160.0)]


def test_nothing_is_entered_where_nobody_came() -> None:
    entries: list[tuple[int, float, float]] = []
    strangers = Strangers(lambda *entry: entries.append(entry), Time())
    strangers.flush()
    strangers.refused()
    strangers.flush()
    strangers.flush()
    assert [count for count, _, _ in entries] == [1]
