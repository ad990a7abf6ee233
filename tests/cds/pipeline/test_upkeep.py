"""The server purges by itself: one worker an hour, on record, and never in a call's way."""

import threading
import time
from typing import Any

import pytest
from installation import Installation

from adapters.ports import StoreUnavailable
from adapters.testing.store import card, item
from cds.hooks.cards import OWN_OVERRIDE_SYSTEM
from cds.wiring import build
from cds.wiring.upkeep import Upkeep, purge_once


def purges(site: Installation) -> list[Any]:
    return [body for kind, body in site.audit() if kind == "purge"]


def test_one_worker_purges_in_an_hour(site: Installation) -> None:
    parts = site.live.parts
    parts.store.record("default", cards=[card("a", expires=1.0)])
    purge_once(parts)
    assert [body["counts"]["cards"] for body in purges(site)] == [1]
    assert purges(site)[0]["actor"] == "server"
    parts.store.record("default", cards=[card("b", expires=1.0)])
    purge_once(parts)
    assert len(purges(site)) == 1


def test_a_store_that_is_away_is_left_to_the_next_hour(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(site.live.parts.store), "expired", away)
    purge_once(site.live.parts)
    assert purges(site) == []


def test_the_server_purges_a_while_after_its_start(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.live.parts.store.record("default", cards=[card("a", expires=1.0)])
    monkeypatch.setattr(Upkeep.__init__, "__kwdefaults__", {"first": 0.01, "every": 3_600.0})
    live = build(site.live.parts.settings)
    try:
        live.start()
        deadline = time.monotonic() + 10
        while not purges(site) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        live.close()
    assert len(purges(site)) == 1


def test_work_that_fails_is_tried_again() -> None:
    done, tries = threading.Event(), []

    def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("Zwyndelbrook")
        done.set()

    upkeep = Upkeep(work, first=0.0, every=0.0)
    upkeep.start()
    assert done.wait(10)
    upkeep.stop()


def test_reasons_that_an_earlier_release_stored_are_sealed_at_the_start(site: Installation) -> None:
    from dataclasses import replace

    store = site.live.parts.store
    clear = replace(item("c"), reason="", reason_code="Zwyndelbrook", reason_system=OWN_OVERRIDE_SYSTEM)
    store.record("default", feedback=[clear])
    live = build(site.live.parts.settings)
    try:
        live.start()
    finally:
        live.close()
    (row,) = store.feedback("default")
    assert row.reason_code == "other"
    assert b"Zwyndelbrook" not in store.sealed("default", row.reason).sealed
