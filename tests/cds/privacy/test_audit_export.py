"""The audit as others read it: NDJSON and FHIR AuditEvents that say no more than the chain does."""

import itertools
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from test_audit import BODIES, KEY, ListLog

from adapters.ports import AuditRow
from cds.privacy.audit import Anchor as KnownEnd
from cds.privacy.audit import AuditChain, anchor_body, verify
from cds.privacy.audit_export import audit_event, bundles, fhir_ndjson, ndjson
from cds.privacy.audit_kinds import KINDS

MADE = 1_795_000_000.25


def _rows() -> list[AuditRow]:
    chain = AuditChain("w0123456789abcdef", KEY)
    return [chain.append(kind, BODIES.get(kind, {}), MADE + n) for n, kind in enumerate(sorted(KINDS))]


def _many(count: int) -> Iterator[AuditRow]:
    chain = AuditChain("w0123456789abcdef", KEY)
    return (chain.append("answer", BODIES["answer"], 1.0 + n) for n in range(count))


def test_a_line_holds_all_that_the_chain_is_made_of() -> None:
    """Whoever has the key can check the chain from the export alone."""
    lines = [orjson.loads(line) for line in ndjson(_rows())]
    again = [
        AuditRow(
            d["writer"],
            d["seq"],
            d["time"],
            d["kind"],
            orjson.dumps(d["body"], option=orjson.OPT_SORT_KEYS),
            bytes.fromhex(d["mac"]),
        )
        for d in lines
    ]
    assert again == _rows()
    assert verify(ListLog(*again), "t", KEY).entries == len(KINDS)


def test_every_kind_is_a_valid_AuditEvent_of_R4() -> None:
    for bundle in bundles(_rows(), made=MADE):
        Bundle.model_validate(orjson.loads(orjson.dumps(bundle)))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row.kind)
def test_an_event_says_what_the_entry_says_and_nothing_else(row: AuditRow) -> None:
    event = audit_event(row)
    (entity,) = event["entity"]
    details = {d["type"]: d["valueString"] for d in entity["detail"]}
    body = orjson.loads(row.body)
    said = {k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in body.items()}
    assert details == {**{k: v for k, v in said.items() if v}, "mac": row.mac.hex()}
    assert entity["what"]["identifier"]["value"] == f"{row.writer}:{row.seq}"
    assert event["subtype"][-1]["code"] == row.kind


@pytest.mark.parametrize(
    ("kind", "body", "outcome"),
    [
        ("answer", {"status": 200}, "0"),
        ("refusal", {"status": 401}, "4"),
        ("refusal", {"status": 500}, "8"),
        ("refusal", {"status": 503}, "8"),
        ("unavailable", {"part": "store"}, "8"),
        ("start", {}, "0"),
    ],
)
def test_the_outcome_tells_whose_failure_it_was(kind: str, body: Mapping[str, Any], outcome: str) -> None:
    assert audit_event(AuditChain("w", KEY).append(kind, body, 1.0))["outcome"] == outcome


def test_who_asked_is_the_requestor_and_without_one_the_service() -> None:
    chain = AuditChain("w", KEY)
    asked = audit_event(chain.append("answer", {"client": "ehr"}, 1.0))["agent"]
    assert [(a["requestor"], "identifier" in a["who"]) for a in asked] == [(True, True), (False, False)]
    assert [a["requestor"] for a in audit_event(chain.append("start", {}, 1.0))["agent"]] == [True]


def test_a_bundle_holds_at_most_so_many_and_none_is_empty() -> None:
    sizes = [len(b["entry"]) for b in bundles(_many(1001), made=MADE)]
    assert sizes == [500, 500, 1]
    assert list(bundles([], made=MADE)) == []


def test_the_same_entry_has_the_same_address_in_every_export() -> None:
    def first(made: float) -> Any:
        return next(bundles(_many(1), made=made))["entry"][0]["fullUrl"]

    assert first(1.0) == first(2.0)


def _peak(lines: Iterable[object]) -> int:
    tracemalloc.start()
    for _ in lines:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    "export", [ndjson, lambda rows: fhir_ndjson(rows, made=MADE)], ids=["ndjson", "fhir"]
)
def test_a_long_log_is_exported_in_the_memory_of_a_short_one(export: Any) -> None:
    short, long = _peak(export(_many(1_500))), _peak(export(_many(6_000)))
    assert long < 1.2 * short + 100_000


class Anchored:
    """A log that is made as it is read: two writers, and an anchor for every entry of the first."""

    def __init__(self, count: int) -> None:
        self._count = count

    def audit_writers(self, tenant: str) -> list[str]:
        return ["a", "b"]

    def audit_tail(self, tenant: str, writer: str) -> AuditRow | None:
        raise AssertionError("the first writer has entries after every claim")

    def audit_entries(self, tenant: str, *, writer: str = "", after: int = 0) -> Iterator[AuditRow]:
        names = [writer] if writer else ["a", "b"]
        return (row for name in names for row in getattr(self, f"_{name}")() if row.seq > after)

    def _a(self) -> Iterator[AuditRow]:
        chain = AuditChain("a", KEY)
        return (chain.append("answer", {"status": 200}, 1.0) for _ in range(self._count))

    def _b(self) -> Iterator[AuditRow]:
        chain = AuditChain("b", KEY)
        known = (KnownEnd("a", row.seq, row.mac.hex()) for row in self._a())
        return (chain.append("anchor", anchor_body([one]), 1.0) for one in known)


def test_a_long_log_is_verified_in_the_memory_of_a_short_one() -> None:
    def checked(count: int) -> Iterator[object]:
        report = verify(Anchored(count), "t", KEY, held=500)
        assert (report.ok, report.anchors, report.entries) == (True, count, 2 * count)
        yield report

    short, long = _peak(checked(600)), _peak(checked(2_500))
    assert long < 1.3 * short + 100_000


@pytest.mark.parametrize("held", [1, 2, 3, 50])
def test_however_few_anchors_are_held_the_first_broken_entry_is_named(held: int) -> None:
    """A chain made anew by somebody with the key: every anchor contradicts, the first is told."""
    old, new = AuditChain("a", KEY), AuditChain("a", KEY)
    before = [old.append("answer", {"status": 200}, float(n)) for n in range(9)]
    forged = [new.append("answer", {"status": 200 + n // 5}, float(n)) for n in range(9)]
    witness = AuditChain("b", KEY)
    order = [8, 6, 5, 7, 2]
    seen = [
        witness.append("anchor", anchor_body([KnownEnd("a", before[n].seq, before[n].mac.hex())]), 1.0)
        for n in order
    ]
    report = verify(ListLog(*forged, *seen), "t", KEY, held=held)
    assert [(b.writer, b.seq, b.why) for b in report.broken] == [("a", 6, "anchor")]
    assert report.anchors == len(order)
    cut = verify(ListLog(*before[:4], *seen), "t", KEY, held=held)
    assert [(b.writer, b.seq, b.why) for b in cut.broken] == [("a", 5, "truncated")]


def test_a_chain_that_breaks_twice_is_named_where_it_breaks_first() -> None:
    chain = AuditChain("a", KEY)
    rows = [chain.append("answer", {"status": 200}, float(n)) for n in range(6)]
    late = [*rows[:4], replace(rows[4], kind="stop")]
    wrong = KnownEnd("a", 2, "00" * 32)
    report = verify(ListLog(*late), "t", KEY, outside=[wrong])
    assert [(b.seq, b.why) for b in report.broken] == [(2, "anchor")]


def test_any_two_entries_put_in_each_others_place_are_noticed() -> None:
    chain = AuditChain("a", KEY)
    rows = [chain.append("answer", {"status": 200}, 1.0) for _ in range(5)]
    for one, other in itertools.combinations(range(5), 2):
        swapped = list(rows)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        (fault,) = verify(ListLog(*swapped), "t", KEY).broken
        assert (fault.seq, fault.why) == (other + 1, "gap")
        renumbered = [AuditRow(r.writer, n, r.time, r.kind, r.body, r.mac) for n, r in enumerate(swapped, 1)]
        (fault,) = verify(ListLog(*renumbered), "t", KEY).broken
        assert (fault.seq, fault.why) == (one + 1, "mac")
