"""Nothing that was promised to be recorded is lost, whatever goes away and whenever it crashes."""

import base64
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.keys_file import FileKeys
from adapters.ports import (
    AuditRow,
    FeedbackRow,
    RevisionRow,
    SealedRow,
    SentCard,
    StoreConflict,
    StoreUnavailable,
)
from adapters.store_sql import SqlStore
from adapters.testing.store import card, revision
from cds.errors import Unavailable
from cds.privacy import spool as spooling
from cds.privacy.anchoring import AnchorPolicy
from cds.privacy.audit import AuditChain, verify
from cds.privacy.audit_kinds import BodyRefused
from cds.privacy.recorder import Recorder
from cds.privacy.seal import seal
from cds.privacy.sealed_records import open_row
from cds.privacy.spool import Adopted, Spool, SpoolFull, SpoolUnavailable
from cds.privacy.spooled import Kept, pack, unpack

KEY = b"k" * 32


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class FlakyStore(SqlStore):
    """A real store in memory that can be away, or lose its connection after it has committed."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.away = False
        self.unsure = 0
        self.tried = 0

    def record(self, tenant: str, **rows: Any) -> None:
        self._try()
        super().record(tenant, **rows)
        self._lose()

    def publish(self, tenant: str, row: RevisionRow, *, entries: Sequence[AuditRow] = ()) -> RevisionRow:
        self._try()
        stored = super().publish(tenant, row, entries=entries)
        self._lose()
        return stored

    def audit_tail(self, tenant: str, writer: str) -> AuditRow | None:
        self._try()
        return super().audit_tail(tenant, writer)

    def _try(self) -> None:
        self.tried += 1
        if self.away:
            raise StoreUnavailable("the store is away")

    def _lose(self) -> None:
        if self.unsure:
            self.unsure -= 1
            raise StoreUnavailable("whether the rows are there is not known")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeys:
    return FileKeys.create(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture
def store() -> Iterator[FlakyStore]:
    with contextlib.closing(FlakyStore()) as store:
        yield store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path, keys: FileKeys) -> Iterator[Spool]:
    with contextlib.closing(Spool(folder, keys, "t")) as spool:
        yield spool


@pytest.fixture
def recorder(store: FlakyStore, spool: Spool, clock: Clock) -> Iterator[Recorder]:
    with contextlib.closing(Recorder("t", store, spool, AuditChain("w1", KEY), clock=clock)) as recorder:
        yield recorder


def _say(recorder: Recorder, call: str, **rows: Any) -> AuditRow:
    return recorder.record("answer", {"call": call}, **rows)


def _calls(store: SqlStore) -> list[str]:
    return [row.body.decode()[9:-2] for row in store.audit_entries("t") if row.kind == "answer"]


def _all(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while spool.replay(found.extend):
        pass
    return found


# --- the spool's file --------------------------------------------------------------------------------------


def test_records_come_back_once_and_in_order(spool: Spool) -> None:
    records = [str(number).encode() for number in range(450)]
    spool.append(records[:1])
    spool.append(records[1:])
    assert spool.pending == 450
    assert _all(spool) == records
    assert (spool.pending, _all(spool)) == (0, [])
    spool.append([b"again"])
    assert _all(spool) == [b"again"]


def test_what_waits_cannot_be_read_from_disk(spool: Spool, folder: Path) -> None:
    spool.append([b"patient Alice Example"])
    (path,) = folder.iterdir()
    assert b"Alice" not in path.read_bytes()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_no_file_is_made_before_it_is_needed_and_none_is_left(folder: Path, keys: FileKeys) -> None:
    spool = Spool(folder, keys, "t")
    assert not folder.exists()
    spool.append([b"x"])
    _all(spool)
    spool.close()
    assert list(folder.iterdir()) == []


def test_a_delivery_that_fails_is_made_again(spool: Spool) -> None:
    spool.append([b"a", b"b"])

    def fail(_: Sequence[bytes]) -> None:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        spool.replay(fail)
    assert _all(spool) == [b"a", b"b"]


def test_it_is_bounded_in_records_and_keeps_none_of_what_is_too_much(folder: Path, keys: FileKeys) -> None:
    with contextlib.closing(Spool(folder, keys, "t", max_records=3)) as spool:
        spool.append([b"a", b"b"])
        with pytest.raises(SpoolFull, match="3 records"):
            spool.append([b"c", b"d"])
        spool.append([b"c"])
        assert _all(spool) == [b"a", b"b", b"c"]
        spool.append([b"d"])


def test_it_is_bounded_in_bytes_over_all_files_of_the_folder(folder: Path, keys: FileKeys) -> None:
    with (
        contextlib.closing(Spool(folder, keys, "t", max_bytes=5000)) as one,
        contextlib.closing(Spool(folder, keys, "t", max_bytes=5000)) as two,
    ):
        one.append([b"x" * 4000])
        with pytest.raises(SpoolFull, match="5000 bytes"):
            two.append([b"x" * 1000])


def _abandoned(folder: Path, keys: FileKeys, *records: bytes) -> Path:
    """Leave a file as a process that was killed would."""
    spool = Spool(folder, keys, "t")
    spool.append(records)
    own = spool._own
    assert own is not None
    os.close(own.handle)
    spool._own = None
    return own.path


def test_what_a_dead_process_left_is_adopted(folder: Path, keys: FileKeys, spool: Spool) -> None:
    path = _abandoned(folder, keys, *(str(number).encode() for number in range(401)))
    found: list[bytes] = []
    adopted = spool.adopt(found.extend)
    assert (adopted.delivered, adopted.torn, adopted.damaged) == (401, 0, ())
    assert found == [str(number).encode() for number in range(401)]
    assert not path.exists()


def test_processes_that_recover_at_once_deliver_each_record_once(folder: Path, keys: FileKeys) -> None:
    for number in range(12):
        _abandoned(folder, keys, str(number).encode())
    found: list[bytes] = []
    reports: list[Adopted] = []

    def adopt() -> None:
        with contextlib.closing(Spool(folder, keys, "t")) as spool:
            reports.append(spool.adopt(found.extend))

    team = [threading.Thread(target=adopt) for _ in range(4)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert sorted(map(int, found)) == list(range(12))
    assert (sum(report.delivered for report in reports), len(reports)) == (12, 4)
    assert not any(report.damaged for report in reports)


def test_what_a_living_process_holds_is_left_alone(folder: Path, keys: FileKeys, spool: Spool) -> None:
    with contextlib.closing(Spool(folder, keys, "t")) as other:
        other.append([b"mine"])
        assert spool.adopt(lambda _: None).delivered == 0
        assert _all(other) == [b"mine"]


def test_another_tenants_file_is_left_alone(folder: Path, keys: FileKeys, spool: Spool) -> None:
    path = _abandoned(folder, keys, b"x")
    with contextlib.closing(Spool(folder, keys, "other")) as other:
        assert other.adopt(lambda _: None).delivered == 0
    assert path.exists()


def test_a_last_record_that_a_crash_tore_is_dropped_and_reported_at_every_length(
    folder: Path, keys: FileKeys, spool: Spool
) -> None:
    path = _abandoned(folder, keys, b"whole", b"torn")
    content = path.read_bytes()
    first = 8 + 8 + int.from_bytes(content[8:12], "big")
    for length in range(first, len(content)):
        path.write_bytes(content[:length])
        found: list[bytes] = []
        adopted = spool.adopt(found.extend)
        assert (found, adopted.torn) == ([b"whole"], int(length > first)), length


def test_a_file_damaged_in_the_middle_is_kept_and_named(folder: Path, keys: FileKeys, spool: Spool) -> None:
    path = _abandoned(folder, keys, b"one", b"two", b"three")
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    assert spool.adopt(lambda _: None).damaged == (path.name,)
    assert path.read_bytes() == bytes(content)


def test_records_that_somebody_swapped_are_not_taken(folder: Path, keys: FileKeys, spool: Spool) -> None:
    path = _abandoned(folder, keys, b"one", b"two")
    content = path.read_bytes()
    middle = 8 + 8 + int.from_bytes(content[8:12], "big")
    path.write_bytes(content[:8] + content[middle:] + content[8:middle])
    found: list[bytes] = []
    assert spool.adopt(found.extend).damaged == (path.name,)
    assert found == []


def test_a_disk_that_is_full_is_unavailable_and_keeps_what_was_there(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append([b"kept"])
    (path,) = folder.iterdir()
    size = path.stat().st_size
    real = spooling.os.pwrite

    def full(handle: int, content: Any, at: int) -> int:
        if len(content) > 10:
            return real(handle, content[:10], at)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(spooling.os, "pwrite", full)
        with pytest.raises(SpoolUnavailable, match="No space left"):
            spool.append([b"x" * 15])
    assert path.stat().st_size == size
    spool.append([b"after"])
    assert _all(spool) == [b"kept", b"after"]


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path, keys: FileKeys) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnavailable, match="cannot be written"):
        Spool(tmp_path / "file" / "spool", keys, "t").append([b"x"])


def test_a_record_that_an_earlier_release_spooled_is_delivered(keys: FileKeys) -> None:
    """Its comment was inside the row, its sealed records did not say their key."""
    place = {"tenant": "t", "record": "c|accepted|when", "field": "userComment", "purpose": "feedback"}
    sealed = seal(keys, b"words", **place)
    packed = orjson.loads(
        pack(
            Kept(
                AuditRow("w", 1, 1.0, "feedback", b"{}", bytes(32)),
                cards=[card("c")],
                feedback=[FeedbackRow("ehr", "c", "s", "accepted", "when", 1.5)],
                sealed=[SealedRow("r", "answer", 1.0, 2.0, b"x")],
            )
        )
    )
    for row, names in ((packed["feedback"][0], ("comment", "reason")), (packed["sealed"][0], ("kid",))):
        for name in names:
            del row[name]
    del packed["cards"][0]["reasons"]
    packed["feedback"][0]["sealed_comment"] = base64.b64encode(sealed).decode()
    found = unpack(orjson.dumps(packed))
    assert found.feedback[0].comment == "c|accepted|when"
    assert found.sealed[0] == SealedRow("r", "answer", 1.0, 2.0, b"x")
    comment = found.sealed[1]
    assert (comment.id, comment.purpose, comment.kid) == ("c|accepted|when", "feedback", keys.active())
    assert open_row(keys, comment, tenant="t") == b"words"


def test_a_record_comes_back_from_bytes_as_it_was() -> None:
    kept = Kept(
        AuditRow("w", 1, 1000.123456789, "answer", b'{"a":1}', bytes(range(32))),
        cards=[card("c")],
        feedback=[FeedbackRow("ehr", "c", "s", "accepted", "t", 1.5, ("s-1",), "r", "u", "c|comment")],
        sealed=[SealedRow("r", "answer", 1.0, 2.0, bytes(range(256)), "k1")],
    )
    assert unpack(pack(kept)) == kept


# --- the recorder ------------------------------------------------------------------------------------------


def test_a_record_is_in_the_store_when_it_returns(recorder: Recorder, store: FlakyStore) -> None:
    row = _say(recorder, "c1", cards=[card("u1")])
    assert store.audit_tail("t", "w1") == row
    assert list(store.sent_cards("t", ["u1"])) == ["u1"]
    assert recorder.spooled == 0


def test_many_threads_make_one_whole_chain(recorder: Recorder, store: FlakyStore) -> None:
    team = [
        threading.Thread(target=lambda n=n: [_say(recorder, f"{n}-{i}") for i in range(25)]) for n in range(8)
    ]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    report = verify(store, "t", KEY)
    assert (report.ok, dict(report.chains)) == (True, {"w1": 200})


def test_while_the_store_is_away_records_wait_and_then_arrive_in_order(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    _say(recorder, "c1")
    store.away = True
    for number in range(2, 6):
        _say(recorder, f"c{number}", cards=[card(f"u{number}")])
    assert (recorder.spooled, _calls(store)) == (4, ["c1"])
    store.away = False
    clock.time += 2
    _say(recorder, "c6")
    assert recorder.spooled == 0
    assert _calls(store) == [f"c{number}" for number in range(1, 7)]
    assert set(store.sent_cards("t", ["u2", "u5"])) == {"u2", "u5"}
    assert verify(store, "t", KEY).ok


def test_a_store_that_is_away_is_left_alone_for_a_while(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    store.away = True
    _say(recorder, "c1")
    tried = store.tried
    _say(recorder, "c2")
    assert store.tried == tried
    clock.time += 2
    _say(recorder, "c3")
    assert store.tried == tried + 1


def test_a_long_spool_is_delivered_by_several_calls_each_doing_its_share(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    store.away = True
    count = 2 * spooling.CHUNK + 10
    for number in range(count):
        _say(recorder, f"c{number}")
    store.away = False
    clock.time += 2
    _say(recorder, "late")
    assert 0 < recorder.spooled < count
    for _ in range(3):
        _say(recorder, "later")
    assert recorder.spooled == 0
    assert verify(store, "t", KEY).ok
    assert len(_calls(store)) == count + 4


def test_rows_that_arrived_though_nobody_was_told_are_not_stored_twice(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    _say(recorder, "c1")
    store.unsure = 1
    _say(recorder, "c2", cards=[card("u2")])
    assert recorder.spooled == 1
    clock.time += 2
    _say(recorder, "c3")
    assert _calls(store) == ["c1", "c2", "c3"]
    assert (recorder.spooled, recorder.refused, verify(store, "t", KEY).ok) == (0, 0, True)


def _without_spool(store: FlakyStore, clock: Clock, keys: FileKeys, tmp_path: Path) -> Recorder:
    (tmp_path / "file").write_text("")
    return Recorder("t", store, Spool(tmp_path / "file" / "x", keys, "t"), AuditChain("w1", KEY), clock=clock)


def test_with_store_and_spool_away_nothing_may_be_said(
    store: FlakyStore, clock: Clock, keys: FileKeys, tmp_path: Path
) -> None:
    recorder = _without_spool(store, clock, keys, tmp_path)
    store.away = True
    with pytest.raises(Unavailable) as refused:
        _say(recorder, "c1")
    assert refused.value.status == 503
    store.away = False
    clock.time += 2
    _say(recorder, "c2")
    assert _calls(store) == ["c2"]
    assert verify(store, "t", KEY).ok


def test_a_chain_whose_end_nobody_knows_is_followed_by_another(
    store: FlakyStore, clock: Clock, keys: FileKeys, tmp_path: Path
) -> None:
    """The store had committed, the answer was lost, and the spool failed: no two entries share a number."""
    recorder = _without_spool(store, clock, keys, tmp_path)
    store.unsure = 1
    with pytest.raises(Unavailable):
        _say(recorder, "c1")
    clock.time += 2
    _say(recorder, "c2")
    assert recorder.writer != "w1"
    assert sorted(_calls(store)) == ["c1", "c2"]
    assert verify(store, "t", KEY).ok


def test_a_card_that_is_there_already_is_refused_and_the_chain_goes_on(
    recorder: Recorder, store: FlakyStore
) -> None:
    _say(recorder, "c1", cards=[card("u")])
    with pytest.raises(StoreConflict):
        _say(recorder, "c2", cards=[card("u")])
    _say(recorder, "c3")
    assert _calls(store) == ["c1", "c3"]
    assert verify(store, "t", KEY).ok


def test_one_bad_record_among_many_at_once_harms_no_other(recorder: Recorder, store: FlakyStore) -> None:
    _say(recorder, "first", cards=[card("u")])
    refused: list[StoreConflict] = []

    def say(number: int) -> None:
        cards: list[SentCard] = [card("u")] if number % 4 == 0 else []
        try:
            _say(recorder, f"c{number}", cards=cards)
        except StoreConflict as error:
            refused.append(error)

    team = [threading.Thread(target=say, args=(number,)) for number in range(16)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert (len(refused), len(_calls(store))) == (4, 13)
    assert verify(store, "t", KEY).ok


def test_a_spooled_card_the_store_refuses_does_not_cost_the_entry(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    _say(recorder, "c1", cards=[card("u")])
    store.away = True
    _say(recorder, "c2", cards=[card("u")])
    _say(recorder, "c3", cards=[card("v")])
    store.away = False
    clock.time += 2
    _say(recorder, "c4")
    assert _calls(store) == ["c1", "c2", "c3", "c4"]
    assert recorder.refused == 1
    assert list(store.sent_cards("t", ["v"])) == ["v"]


def test_a_body_with_what_it_must_not_say_is_recorded_nowhere(recorder: Recorder, store: FlakyStore) -> None:
    with pytest.raises(BodyRefused):
        recorder.record("answer", {"patient": "p"})
    assert (_calls(store), recorder.spooled) == ([], 0)


def test_a_revision_and_its_entry_are_published_together_or_not(
    recorder: Recorder, store: FlakyStore
) -> None:
    one = recorder.publish(revision(None), {"actor": "a", "action": "publish"})
    with pytest.raises(StoreConflict):
        recorder.publish(revision(None), {"actor": "b", "action": "publish"})
    _say(recorder, "c1")
    assert store.head("t") == one.id
    assert [row.kind for row in store.audit_entries("t")] == ["config", "answer"]
    assert verify(store, "t", KEY).ok


def test_nothing_is_published_past_records_that_wait(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    store.away = True
    _say(recorder, "c1")
    with pytest.raises(StoreUnavailable):
        recorder.publish(revision(None), {"action": "publish"})
    store.away = False
    clock.time += 2
    recorder.publish(revision(None), {"action": "publish"})
    assert [row.kind for row in store.audit_entries("t")] == ["answer", "config"]
    assert verify(store, "t", KEY).ok


def test_a_publication_of_unknown_outcome_ends_the_chain(
    recorder: Recorder, store: FlakyStore, clock: Clock
) -> None:
    store.unsure = 1
    with pytest.raises(StoreUnavailable):
        recorder.publish(revision(None), {"action": "publish"})
    clock.time += 2
    _say(recorder, "c1")
    assert verify(store, "t", KEY).ok
    assert len(store.audit_writers("t")) == 2


def _pair(
    store: SqlStore, folder: Path, keys: FileKeys, clock: Clock, policy: AnchorPolicy
) -> list[Recorder]:
    return [
        Recorder("t", store, Spool(folder, keys, "t"), AuditChain(name, KEY), clock=clock, anchors=policy)
        for name in ("w1", "w2")
    ]


def test_writers_anchor_each_other_so_that_a_cut_is_seen(
    store: FlakyStore, folder: Path, keys: FileKeys, clock: Clock
) -> None:
    one, two = _pair(store, folder, keys, clock, AnchorPolicy(entries=3, seconds=1e9))
    for number in range(3):
        _say(one, f"a{number}")
    for number in range(3):
        _say(two, f"b{number}")
    rows = list(store.audit_entries("t"))
    assert [row.kind for row in rows if row.writer == "w2"] == ["answer"] * 3 + ["anchor"]
    assert verify(store, "t", KEY).ok
    with contextlib.closing(SqlStore("sqlite://")) as cut:
        cut.record("t", entries=[row for row in rows if (row.writer, row.seq) != ("w1", 3)])
        (fault,) = verify(cut, "t", KEY).broken
    assert (fault.writer, fault.seq, fault.why, fault.known_by) == ("w1", 3, "truncated", "w2:4")


def test_anchors_come_by_time_too_and_only_when_others_went_on(
    store: FlakyStore, folder: Path, keys: FileKeys, clock: Clock
) -> None:
    one, two = _pair(store, folder, keys, clock, AnchorPolicy(entries=1000, seconds=60))
    _say(one, "a")
    for _ in range(4):
        clock.time += 61
        _say(two, "b")
    kinds = [row.kind for row in store.audit_entries("t", writer="w2")]
    assert kinds == ["answer", "anchor", "answer", "answer", "answer"]


def test_recovery_delivers_what_a_dead_process_left_even_what_had_arrived(
    store: FlakyStore, folder: Path, keys: FileKeys, clock: Clock
) -> None:
    spool = Spool(folder, keys, "t")
    dead = Recorder("t", store, spool, AuditChain("dead", KEY), clock=clock)
    _say(dead, "c1")
    store.unsure = 1
    _say(dead, "c2")
    store.away = True
    _say(dead, "c3")
    assert spool._own is not None
    os.close(spool._own.handle)
    spool._own = None
    store.away = False
    recorder = Recorder("t", store, Spool(folder, keys, "t"), AuditChain("next", KEY), clock=clock)
    assert recorder.recover().delivered == 2
    assert _calls(store) == ["c1", "c2", "c3"]
    assert verify(store, "t", KEY).ok
    assert list(folder.iterdir()) == []


def test_recovery_while_the_store_is_away_loses_nothing(
    store: FlakyStore, folder: Path, keys: FileKeys, clock: Clock
) -> None:
    path = _abandoned(folder, keys, pack(Kept(AuditChain("dead", KEY).append("stop", {}, 1.0))))
    recorder = Recorder("t", store, Spool(folder, keys, "t"), AuditChain("next", KEY), clock=clock)
    store.away = True
    with pytest.raises(StoreUnavailable):
        recorder.recover()
    assert path.exists()
    store.away = False
    assert recorder.recover().delivered == 1


CRASH = """
import os, sys
from adapters.keys_file import FileKeys
from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from cds.privacy.audit import AuditChain
from cds.privacy.recorder import Recorder
from cds.privacy.spool import Spool

class Clock:
    def now(self): return 1.0
    def monotonic(self): return 1.0

class Away(SqlStore):
    def record(self, tenant, **rows): raise StoreUnavailable("away")

url, folder, ring = sys.argv[1:]
spool, chain = Spool(folder, FileKeys(ring), "t"), AuditChain("dead", b"k" * 32)
recorder = Recorder("t", Away(url), spool, chain, clock=Clock())
recorder.record("answer", {"call": "before"})
if os.fork() == 0:
    recorder.record("answer", {"call": "child"})
    os._exit(0)
os.wait()
for number in range(3):
    recorder.record("answer", {"call": str(number)})
os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_what_was_promised_survives_a_fork_and_a_kill(tmp_path: Path, clock: Clock) -> None:
    """Parent and child keep chains and files of their own, and both are adopted after they died."""
    ring, folder, url = tmp_path / "keys.json", tmp_path / "spool", f"sqlite:///{tmp_path}/store.db"
    keys = FileKeys.create(ring)
    done = subprocess.run(
        [sys.executable, "-c", CRASH, url, folder, ring], check=False, timeout=60, capture_output=True
    )
    assert (done.returncode, done.stderr) == (-9, b"")
    with contextlib.closing(SqlStore(url)) as store:
        recorder = Recorder("t", store, Spool(folder, keys, "t"), AuditChain("next", KEY), clock=clock)
        assert recorder.recover().delivered == 5
        assert sorted(_calls(store)) == ["0", "1", "2", "before", "child"]
        report = verify(store, "t", KEY)
    assert report.ok
    assert sorted(report.chains.values()) == [1, 4]


def test_a_store_that_breaks_its_promises_does_not_hang_anybody(
    spool: Spool, clock: Clock, store: FlakyStore
) -> None:
    """An error that no port may raise reaches one caller, the others get `Unavailable`, and work goes on."""

    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    recorder = Recorder("t", store, spool, AuditChain("w1", KEY), clock=clock)
    real: Callable[..., None] = store.record
    store.record = explode  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        _say(recorder, "c1")
    store.record = real  # type: ignore[method-assign]
    _say(recorder, "c2")
    assert _calls(store) == ["c2"]
