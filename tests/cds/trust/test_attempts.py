"""Guessing is slow: failures count by address, within a window, in a table that does not grow."""

import pytest

from cds.errors import TooMany
from cds.trust.attempts import Attempts


def fail(attempts, address, times, *, now=0.0):
    for _ in range(times):
        attempts.failed(address, now=now)


def test_the_eleventh_try_waits_until_the_window_ends():
    attempts = Attempts(most=10, seconds=60)
    fail(attempts, "192.0.2.1", 9)
    attempts.check("192.0.2.1", now=1)
    fail(attempts, "192.0.2.1", 1)
    with pytest.raises(TooMany) as caught:
        attempts.check("192.0.2.1", now=12.5)
    assert caught.value.retry_after == 48
    attempts.check("192.0.2.1", now=60)


def test_a_new_window_counts_anew():
    attempts = Attempts(most=2, seconds=60)
    fail(attempts, "192.0.2.1", 2)
    fail(attempts, "192.0.2.1", 1, now=61)
    attempts.check("192.0.2.1", now=61)


def test_one_address_does_not_lock_out_another():
    attempts = Attempts(most=1)
    fail(attempts, "192.0.2.1", 5)
    attempts.check("192.0.2.2", now=1)


def test_addresses_of_one_ipv6_network_count_together():
    attempts = Attempts(most=2)
    fail(attempts, "2001:db8::1", 1)
    fail(attempts, "2001:db8::2", 1)
    with pytest.raises(TooMany):
        attempts.check("2001:db8::ffff", now=1)
    attempts.check("2001:db8:0:1::1", now=1)


def test_the_table_stays_within_its_bound():
    attempts = Attempts(addresses=10)
    for n in range(200):
        fail(attempts, f"192.0.2.{n}", 1)
    assert len(attempts._failures) == 10


def test_what_is_no_address_is_counted_too():
    attempts = Attempts(most=1)
    fail(attempts, "", 1)
    with pytest.raises(TooMany):
        attempts.check("garbage", now=1)
