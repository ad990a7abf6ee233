"""The chain shows every entry that was changed, left out, put in or cut off, and says nothing of patients."""

import contextlib
import hashlib
import hmac
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ports import AuditRow
from adapters.store_sql import SqlStore
from cds.privacy.audit import (
    Anchor,
    AuditChain,
    Broken,
    VerifyReport,
    anchor_body,
    dump_anchors,
    load_anchors,
    new_writer,
    tails,
    verify,
)
from cds.privacy.audit_kinds import INSIDE, KINDS, BodyRefused, check_body

KEY = b"k" * 32


class ListLog:
    """An audit log in a list, which a test may tamper with."""

    def __init__(self, *rows: AuditRow) -> None:
        self.rows = list(rows)

    def audit_writers(self, tenant: str) -> Sequence[str]:
        return sorted({row.writer for row in self.rows})

    def audit_tail(self, tenant: str, writer: str) -> AuditRow | None:
        return next((row for row in reversed(self.rows) if row.writer == writer), None)

    def audit_entries(self, tenant: str, *, writer: str = "", after: int = 0) -> Iterator[AuditRow]:
        names = [writer] if writer else self.audit_writers(tenant)
        for name in names:
            yield from (row for row in self.rows if row.writer == name and row.seq > after)


def _rows(writer: str, count: int, *, key: bytes = KEY) -> list[AuditRow]:
    chain = AuditChain(writer, key)
    return [chain.append("answer", {"call": f"c{n}", "status": 200}, 1000.5 + n) for n in range(count)]


def _broken(*rows: AuditRow, outside: Sequence[Anchor] = ()) -> list[tuple[str, int, str]]:
    report = verify(ListLog(*rows), "t", KEY, outside=outside)
    assert report.ok == (not report.broken)
    return [(fault.writer, fault.seq, fault.why) for fault in report.broken]


def _anchor(row: AuditRow) -> Anchor:
    return Anchor(row.writer, row.seq, row.mac.hex())


def test_a_whole_log_verifies_and_says_what_it_checked() -> None:
    report = verify(ListLog(*_rows("a", 3), *_rows("b", 2)), "t", KEY)
    assert report == VerifyReport(entries=5, chains={"a": 3, "b": 2}, anchors=0, broken=())


def test_the_mac_is_the_documented_one() -> None:
    """Written out here, for an auditor's own program, and so that no release changes it unnoticed."""
    one, two = _rows("w1", 2)
    body = b'{"call":"c1","status":200}'
    head = struct.pack(">32sQdIII", one.mac, 2, 1001.5, 2, 6, len(body))
    message = b"clinicards audit 1" + head + b"w1" + b"answer" + body
    assert two.mac == hmac.digest(KEY, message, hashlib.sha256)
    assert two.body == body


CHANGES: dict[str, Any] = {
    "time": lambda row: replace(row, time=row.time + 0.001),
    "kind": lambda row: replace(row, kind="refusal"),
    "body": lambda row: replace(row, body=row.body.replace(b"200", b"404")),
    "mac": lambda row: replace(row, mac=bytes(32)),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_changed_entry_is_the_first_broken_one(name: str, place: int) -> None:
    rows = _rows("a", 4)
    rows[place] = CHANGES[name](rows[place])
    assert _broken(*rows, *_rows("b", 2)) == [("a", place + 1, "mac")]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 4), st.integers(0, 200), st.integers(1, 255))
def test_a_change_of_any_byte_of_a_body_is_noticed(place: int, at: int, flip: int) -> None:
    rows = _rows("a", 5)
    body = bytearray(rows[place].body)
    body[at % len(body)] ^= flip
    rows[place] = replace(rows[place], body=bytes(body))
    assert _broken(*rows) == [("a", place + 1, "mac")]


def test_an_entry_left_out_is_a_gap() -> None:
    rows = _rows("a", 4)
    assert _broken(rows[0], *rows[2:]) == [("a", 3, "gap")]
    assert _broken(*rows[1:]) == [("a", 2, "gap")]


def test_entries_out_of_order_or_doubled_are_named() -> None:
    one, two, three = _rows("a", 3)
    assert _broken(one, two, two, three) == [("a", 2, "order")]
    assert _broken(one, three, two) == [("a", 3, "gap")]


def test_an_entry_put_in_by_somebody_without_the_key_is_noticed() -> None:
    forged = AuditChain("a", b"x" * 32)
    rows = [*_rows("a", 2), replace(forged.append("answer", {}, 1.0), seq=3)]
    assert _broken(*rows) == [("a", 3, "mac")]


def test_another_writers_entry_does_not_fit_in() -> None:
    mine, other = _rows("a", 2), _rows("b", 3)
    assert _broken(*mine, replace(other[2], writer="a")) == [("a", 3, "mac")]


def test_another_tenants_key_verifies_nothing() -> None:
    assert _broken(*_rows("a", 2, key=b"o" * 32)) == [("a", 1, "mac")]


def test_an_end_cut_off_is_seen_by_another_writers_anchor() -> None:
    rows = _rows("a", 5)
    witness = AuditChain("b", KEY)
    seen = witness.append("anchor", anchor_body([_anchor(rows[4])]), 1.0)
    assert _broken(*rows, seen) == []
    report = verify(ListLog(*rows[:3], seen), "t", KEY)
    assert report.broken == (Broken("a", 4, "truncated", "b:1"),)


def test_a_whole_chain_taken_away_is_seen_by_an_anchor() -> None:
    rows = _rows("a", 2)
    seen = AuditChain("b", KEY).append("anchor", anchor_body([_anchor(rows[1])]), 1.0)
    assert _broken(seen) == [("a", 1, "truncated")]


def test_an_end_cut_off_is_seen_by_anchors_kept_outside() -> None:
    rows = _rows("a", 5)
    outside = load_anchors(dump_anchors(tails(ListLog(*rows), "t")))
    assert _broken(*rows, outside=outside) == []
    assert _broken(*rows[:4], outside=outside) == [("a", 5, "truncated")]


def test_a_chain_made_anew_with_the_key_contradicts_its_anchor() -> None:
    """Somebody who has the key can forge a chain, but not what was kept elsewhere."""
    rows, forged = _rows("a", 3), AuditChain("a", KEY)
    new = [forged.append("answer", {"status": 500}, 1.0) for _ in range(3)]
    assert _broken(*new, outside=[_anchor(rows[1])]) == [("a", 2, "anchor")]


def test_anchors_that_cannot_be_trusted_accuse_nobody() -> None:
    rows = _rows("a", 2)
    seen = AuditChain("b", b"x" * 32).append("anchor", anchor_body([Anchor("a", 9, "00" * 32)]), 1.0)
    assert _broken(*rows, seen) == [("b", 1, "mac")]


def test_entries_written_while_verifying_are_not_taken_for_broken() -> None:
    rows = _rows("a", 3)

    class Growing(ListLog):
        def audit_entries(self, tenant: str, *, writer: str = "", after: int = 0) -> Iterator[AuditRow]:
            yield from list(super().audit_entries(tenant, writer=writer, after=after))
            self.rows = [*rows, seen]

    seen = AuditChain("b", KEY).append("anchor", anchor_body([_anchor(rows[2])]), 1.0)
    assert verify(Growing(*rows[:1], seen), "t", KEY).ok


@pytest.mark.parametrize("line", [b"{}", b"nonsense", b'{"writer":"a","seq":1,"mac":"zz"}', b"[]"])
def test_a_line_that_is_no_anchor_is_named(line: bytes) -> None:
    with pytest.raises(ValueError, match="line 2 of the anchor file"):
        load_anchors(dump_anchors([Anchor("a", 1, "00")]) + line)


def test_a_chain_goes_on_from_its_tail() -> None:
    rows = _rows("a", 2)
    chain = AuditChain("a", KEY, tail=rows[1])
    assert _broken(*rows, chain.append("stop", {}, 5.0)) == []


def test_threads_share_a_chain() -> None:
    chain, rows = AuditChain("a", KEY), []

    def work() -> None:
        rows.extend(chain.append("answer", {"status": 200}, 1.0) for _ in range(200))

    team = [threading.Thread(target=work) for _ in range(5)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert _broken(*sorted(rows, key=lambda row: row.seq)) == []


def test_a_chain_taken_back_goes_on_as_if_nothing_was() -> None:
    chain = AuditChain("a", KEY)
    one, before = chain.append("answer", {}, 1.0), chain.position
    chain.append("answer", {}, 2.0)
    chain.move(before)
    assert _broken(one, chain.append("answer", {}, 3.0)) == []


def test_writers_have_names_of_their_own() -> None:
    assert len({new_writer() for _ in range(100)}) == 100


def test_bodies_are_canonical() -> None:
    row = AuditChain("a", KEY).append("answer", {"status": 200, "call": "c", "cards": []}, 1.0)
    assert row.body == b'{"call":"c","cards":[],"status":200}'


def test_a_chain_verifies_after_a_real_store_kept_it() -> None:
    store = SqlStore("sqlite://")
    with contextlib.closing(store):
        store.record("t", entries=_rows("a", 3))
        store.record("t", entries=_rows("b", 600))
        store.record("other", entries=_rows("a", 1, key=b"o" * 32))
        report = verify(store, "t", KEY)
    assert (report.ok, report.entries) == (True, 603)


FORBIDDEN = ["patient", "patientId", "subject", "subject_key", "user", "hookInstance", "hook_instance"]
FORBIDDEN += [
    "name",
    "birthDate",
    "text",
    "summary",
    "detail",
    "comment",
    "resource",
    "order",
    "trace",
    "token_value",
]


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("key", FORBIDDEN)
def test_no_kind_takes_a_key_that_could_hold_a_patients_data(kind: str, key: str) -> None:
    with pytest.raises(BodyRefused, match=key) as refused:
        check_body(kind, {key: "Alice Example"})
    assert "Alice" not in str(refused.value)


@pytest.mark.parametrize("key", sorted(INSIDE))
def test_nor_does_what_stands_inside(key: str) -> None:
    kind = next(kind for kind, keys in KINDS.items() if key in keys)
    with pytest.raises(BodyRefused, match="patient"):
        check_body(kind, {key: [{"patient": "p"}]})
    with pytest.raises(BodyRefused):
        check_body(kind, {key: [{next(iter(INSIDE[key])): {"deeper": "p"}}]})


@pytest.mark.parametrize(
    "value",
    [
        "x" * 201,
        "two\nlines",
        float("nan"),
        float("inf"),
        2**53,
        b"bytes",
        {"a": "b"},
        [["nested"]],
        ["x"] * 1001,
    ],
)
def test_values_are_short_plain_things(value: object) -> None:
    with pytest.raises(BodyRefused):
        check_body("answer", {"missing": value})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BodyRefused, match="kind 'gossip'"):
        AuditChain("a", KEY).append("gossip", {}, 1.0)


def test_a_refused_body_leaves_the_chain_where_it_was() -> None:
    chain = AuditChain("a", KEY)
    with pytest.raises(BodyRefused):
        chain.append("answer", {"patient": "p"}, 1.0)
    assert chain.position.seq == 0


BODIES: dict[str, dict[str, object]] = {
    "answer": {
        "call": "c1",
        "client": "ehr",
        "service": "s",
        "hook": "patient-view",
        "config_revision": 3,
        "cards": [{"uuid": "u", "topic": "ckd", "indicator": "info", "model": "m@1", "shown": True}],
        "models": ["m@1"],
        "missing": ["labs"],
        "silent": False,
        "duration_ms": 4.2,
        "sealed": None,
    },
    "refusal": {"status": 401, "reason": "unknown issuer", "count": 7, "since": 1.0, "until": 61.0},
    "feedback": {"client": "ehr", "items": [{"card": "u", "outcome": "accepted", "reason": ""}]},
    "config": {"actor": "a", "action": "publish", "revision": 2, "parent": 1, "paths": ["/services/x"]},
    "token": {"actor": "a", "action": "new", "token": "id", "role": "admin", "expires": 1.0},
    "keys": {"action": "rotate", "kid": "k1", "rewrapped": 10, "remaining": 0},
    "anchor": {"chains": [{"writer": "w", "seq": 1, "mac": "00"}]},
    "start": {"version": "1", "mode": "serve", "config_revision": 1},
    "stop": {"reason": "signal"},
    "purge": {"counts": {"cards": 1, "sealed": 2, "replay": 3, "memory": 4}, "before": 1.0},
    "unavailable": {"part": "store", "spooled": 4, "since": 1.0},
    "re-identify": {"actor": "a (token id)", "found": True, "sealed": "id"},
    "de-identify": {"actor": "a (token id)", "profile": "limited", "resources": 3, "refused": 1},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_takes_what_it_is_for(kind: str) -> None:
    row = AuditChain("a", KEY).append(kind, BODIES[kind], 1.0)
    assert orjson.loads(row.body) == BODIES[kind]
