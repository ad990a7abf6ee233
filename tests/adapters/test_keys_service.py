"""A ring that a key service opens keeps its promises, asks the service rarely, and outlives its absence."""

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from key_services import MemoryService

from adapters.keys_file import FileKeys, read_ring
from adapters.keys_service import REFRESH_SECONDS, RETRY_SECONDS, STALE_SECONDS, ServiceAway, ServiceKeys
from adapters.ports import KeyFailure
from adapters.testing import check_adapter


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def service() -> MemoryService:
    return MemoryService()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path, service: MemoryService) -> Path:
    ServiceKeys.create(service, tmp_path / "keys.json")
    service.asked.clear()
    return tmp_path / "keys.json"


@pytest.fixture
def keys(path: Path, service: MemoryService, clock: Clock) -> ServiceKeys:
    return ServiceKeys(service, path, clock=clock)


def test_it_keeps_every_promise_of_the_port(path: Path, service: MemoryService) -> None:
    assert check_adapter("keys", lambda: ServiceKeys(service, path)) == 7


def test_the_service_is_asked_once_and_once_an_hour(
    keys: ServiceKeys, service: MemoryService, clock: Clock
) -> None:
    for _ in range(50):
        kid, wrapped = keys.wrap(b"k" * 32, context=b"c")
        keys.unwrap(kid, wrapped, context=b"c")
        keys.derive("audit", "t")
    assert service.asked == ["unwrap"]
    clock.time += REFRESH_SECONDS
    keys.active()
    keys.active()
    assert service.asked == ["unwrap", "unwrap"]


def test_the_file_shows_neither_root_nor_key_and_is_its_owners_alone(path: Path, tmp_path: Path) -> None:
    ring = FileKeys.create(tmp_path / "plain.json")
    secrets = [ring._held[1].root, *(key.secret for key in ring._held[1].keys)]
    service = MemoryService()
    ServiceKeys.create(service, tmp_path / "other.json", ring=read_ring(tmp_path / "plain.json"))
    content = (tmp_path / "other.json").read_bytes()
    assert not [secret for secret in secrets if secret in content]
    assert "root" not in json.loads(content)
    assert stat.S_IMODE((tmp_path / "other.json").stat().st_mode) == 0o600


def test_a_ring_in_a_file_can_be_taken_over(tmp_path: Path, service: MemoryService) -> None:
    """What was sealed opens, and audit chains and pseudonyms go on."""
    file = FileKeys.create(tmp_path / "plain.json")
    kid, wrapped = file.wrap(b"k" * 32, context=b"c")
    moved = ServiceKeys.create(service, tmp_path / "keys.json", ring=read_ring(tmp_path / "plain.json"))
    assert moved.unwrap(kid, wrapped, context=b"c") == b"k" * 32
    assert moved.derive("audit", "t") == file.derive("audit", "t")


def test_while_the_service_is_away_a_ring_in_use_stays_for_a_day(
    keys: ServiceKeys, service: MemoryService, clock: Clock
) -> None:
    service.go_away()
    start = clock.time
    while clock.time < start + STALE_SECONDS:
        assert keys.wrap(b"k" * 32, context=b"c")
        clock.time += REFRESH_SECONDS / 2
    with pytest.raises(ServiceAway):
        keys.active()
    service.come_back()
    clock.time += RETRY_SECONDS
    assert keys.active()


def test_while_it_is_away_the_service_is_asked_once_a_minute(
    keys: ServiceKeys, service: MemoryService, clock: Clock
) -> None:
    service.go_away()
    clock.time += REFRESH_SECONDS
    before = len(service.asked)
    for _ in range(60):
        keys.active()
        clock.time += 1
    assert len(service.asked) == before + 1


def test_a_refusal_ends_the_use_at_once(keys: ServiceKeys, service: MemoryService, clock: Clock) -> None:
    service.refuse()
    clock.time += REFRESH_SECONDS
    for _ in range(20):
        with pytest.raises(KeyFailure, match="disabled"):
            keys.wrap(b"k" * 32, context=b"c")
    assert service.asked == ["unwrap", "unwrap"], "calls do not queue for a service that said no"


def test_a_service_that_is_away_at_the_start_is_named(path: Path, service: MemoryService) -> None:
    service.go_away()
    with pytest.raises(ServiceAway, match="away"):
        ServiceKeys(service, path)


def test_a_rotation_elsewhere_is_seen_and_one_that_cannot_be_opened_is_waited_for(
    keys: ServiceKeys, path: Path, service: MemoryService, clock: Clock
) -> None:
    elsewhere = ServiceKeys(service, path)
    old = keys.active()
    new = elsewhere.rotate()
    service.go_away()
    assert keys.active() == old
    service.come_back()
    clock.time += RETRY_SECONDS
    assert keys.active() == new


def test_each_rotation_makes_a_new_key_encryption_key(keys: ServiceKeys, path: Path) -> None:
    before = json.loads(path.read_text())
    keys.rotate()
    after = json.loads(path.read_text())
    assert before["kek"] != after["kek"]
    assert before["ring"] != after["ring"]


def test_a_rotation_that_the_service_does_not_allow_changes_nothing(
    keys: ServiceKeys, path: Path, service: MemoryService
) -> None:
    before = path.read_bytes()
    service.refuse()
    with pytest.raises(KeyFailure, match="disabled"):
        keys.rotate()
    assert path.read_bytes() == before


def changed(path: Path, change: Callable[[dict[str, str]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(version=2), "version 2"),
        (
            lambda d: d.update(service="memory:other"),
            "made with memory:other and the settings name memory:key",
        ),
        (lambda d: d.update(ring="other"), "refused"),
        (lambda d: d.update(sealed="AAAA"), "was changed"),
        (lambda d: d.update(sealed=d["sealed"][:-4] + "AAAA"), "was changed"),
        (lambda d: d.update(sealed="!"), "is not a key ring of a service"),
        (lambda d: d.pop("kek"), "is not a key ring of a service"),
    ],
)
def test_a_file_that_was_changed_is_refused(path: Path, service: MemoryService, change, words: str) -> None:
    changed(path, change)
    with pytest.raises(KeyFailure, match=words):
        ServiceKeys(service, path)


def test_a_wrapped_key_of_another_ring_does_not_open_this_one(
    path: Path, tmp_path: Path, service: MemoryService
) -> None:
    """Swapped with its ring's id, so that the service itself has nothing against it."""
    ServiceKeys.create(service, tmp_path / "other.json")
    other = json.loads((tmp_path / "other.json").read_text())
    changed(path, lambda d: d.update(kek=other["kek"], ring=other["ring"]))
    with pytest.raises(KeyFailure, match="was changed"):
        ServiceKeys(service, path)


def test_a_file_that_is_no_json_or_a_plain_ring_is_refused(tmp_path: Path, service: MemoryService) -> None:
    FileKeys.create(tmp_path / "plain.json")
    with pytest.raises(KeyFailure, match="is not a key ring of a service"):
        ServiceKeys(service, tmp_path / "plain.json")
    (tmp_path / "plain.json").write_text("{")
    with pytest.raises(KeyFailure, match="is not a key ring of a service"):
        ServiceKeys(service, tmp_path / "plain.json")


def test_making_a_ring_overwrites_none(path: Path, service: MemoryService) -> None:
    with pytest.raises(KeyFailure, match="is there already"):
        ServiceKeys.create(service, path)


def test_who_has_a_ring_does_not_wait_for_the_one_that_asks(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, entered, go_on = MemoryService(), threading.Event(), threading.Event()
    path.unlink()
    keys = ServiceKeys.create(service, path, clock=clock)
    ask = service.unwrap

    def slow(wrapped, context):
        entered.set()
        assert go_on.wait(10)
        return ask(wrapped, context)

    monkeypatch.setattr(service, "unwrap", slow)
    clock.time += REFRESH_SECONDS
    asking = threading.Thread(target=keys.active)
    asking.start()
    assert entered.wait(10)
    assert keys.active()
    go_on.set()
    asking.join()


def test_no_secret_is_shown_by_repr(keys: ServiceKeys) -> None:
    held = keys._held
    assert held is not None
    assert repr(held.ring.root)[2:-1] not in repr(keys) + repr(held)
