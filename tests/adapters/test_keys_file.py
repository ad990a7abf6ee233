"""The key ring in a file keeps its promises, stays private, and is never half written."""

import base64
import json
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters import keys_place
from adapters.keys_file import FileKeys
from adapters.ports import KeyFailure, KeyMismatch
from adapters.testing import check_adapter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    FileKeys.create(tmp_path / "keys.json")
    return tmp_path / "keys.json"


def test_it_keeps_every_promise_of_the_port(path: Path) -> None:
    assert check_adapter("keys", lambda: FileKeys(path)) == 7


def test_the_file_is_its_owners_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    FileKeys(path).rotate()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_open_is_refused_with_the_fix(path: Path, mode: int) -> None:
    keys = FileKeys(path)
    path.chmod(mode)
    for act in (lambda: FileKeys(path), keys.active):
        with pytest.raises(KeyFailure, match=f"chmod 600 {path}"):
            act()


def test_making_a_ring_overwrites_none(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyFailure, match="is there already"):
        FileKeys.create(path)
    assert path.read_bytes() == before


def test_a_ring_that_is_missing_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(KeyFailure, match="clinicards keys new"):
        FileKeys(tmp_path / "none.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda ring: ring.clear(),
        lambda ring: ring.update(keys=[]),
        lambda ring: ring.update(root="AAAA"),
        lambda ring: ring.update(root="!"),
        lambda ring: ring["keys"][0].update(state="decrypt-only"),
        lambda ring: ring["keys"][0].update(state="asleep"),
        lambda ring: ring["keys"][0].update(key="AAAA"),
        lambda ring: ring["keys"].append(dict(ring["keys"][0])),
    ],
)
def test_a_ring_that_is_not_whole_is_refused_without_showing_it(path: Path, change) -> None:
    ring = json.loads(path.read_text())
    secret = ring["keys"][0]["key"]
    change(ring)
    path.write_text(json.dumps(ring))
    with pytest.raises(KeyFailure, match="restore it") as refused:
        FileKeys(path)
    assert secret not in str(refused.value)


def test_a_ring_of_a_later_version_is_refused(path: Path) -> None:
    ring = json.loads(path.read_text())
    path.write_text(json.dumps(ring | {"version": 2}))
    with pytest.raises(KeyFailure, match="version 2"):
        FileKeys(path)


def test_a_destroyed_key_opens_nothing_and_has_no_secret_left(path: Path) -> None:
    keys, elsewhere = FileKeys(path), FileKeys(path)
    kid, wrapped = keys.wrap(b"k" * 32, context=b"c")
    secret = json.loads(path.read_text())["keys"][0]["key"]
    keys.rotate()
    keys.destroy(kid)
    for ring in (keys, elsewhere):
        with pytest.raises(KeyFailure, match="destroyed"):
            ring.unwrap(kid, wrapped, context=b"c")
    assert {row["kid"]: row["state"] for row in keys.describe()}[kid] == "destroyed"
    assert secret not in path.read_text()


def test_the_active_key_and_unknown_ones_cannot_be_destroyed(path: Path) -> None:
    keys = FileKeys(path)
    with pytest.raises(KeyFailure, match="rotate first"):
        keys.destroy(keys.active())
    with pytest.raises(KeyFailure, match="no key of this id"):
        keys.destroy("k0")


def test_what_does_not_open_is_told_apart_from_a_key_that_is_gone(path: Path) -> None:
    keys = FileKeys(path)
    kid, wrapped = keys.wrap(b"k" * 32, context=b"here")
    with pytest.raises(KeyMismatch):
        keys.unwrap(kid, wrapped, context=b"there")
    with pytest.raises(KeyFailure) as refused:
        keys.unwrap("other", wrapped, context=b"here")
    assert not isinstance(refused.value, KeyMismatch)


def test_derived_keys_are_hkdf_of_the_root(path: Path) -> None:
    """The construction is written out here, so that no release can change it unnoticed."""
    root = base64.b64decode(json.loads(path.read_text())["root"])
    info = b"\0\0\0\x13clinicards derive 1" + b"\0\0\0\x05audit" + b"\0\0\0\x01t"
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root)
    assert FileKeys(path).derive("audit", "t") == expected


def test_rotations_at_once_lose_no_key(path: Path) -> None:
    made: list[str] = []

    def rotate() -> None:
        keys = FileKeys(path)
        made.extend(keys.rotate() for _ in range(5))

    team = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    states = {row["kid"]: row["state"] for row in FileKeys(path).describe()}
    assert set(made) < set(states)
    assert len(states) == 21
    assert list(states.values()).count("active") == 1


def test_a_write_that_fails_leaves_the_ring_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = FileKeys(path)
    before = path.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys_place.os, "fsync", fail)
    with pytest.raises(KeyFailure, match="No space left"):
        keys.rotate()
    assert path.read_bytes() == before
    assert sorted(item.name for item in path.parent.iterdir()) == ["keys.json", "keys.json.lock"]


def test_a_file_that_is_no_json_is_refused(path: Path) -> None:
    path.write_text("{")
    with pytest.raises(KeyFailure, match="is not a key ring: restore it"):
        FileKeys(path)


def test_a_file_that_cannot_be_read_or_locked_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = FileKeys(path)

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        with pytest.raises(KeyFailure, match="cannot be read \\(Input/output error"):
            FileKeys(path)
    monkeypatch.setattr(keys_place.os, "open", fail)
    with pytest.raises(KeyFailure, match="cannot be locked \\(Input/output error"):
        keys.rotate()


def test_threads_that_see_a_rotation_at_once_read_the_file_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, reads = FileKeys(path), []
    FileKeys(path).rotate()
    read = FileKeys._read
    monkeypatch.setattr(FileKeys, "_read", lambda self: reads.append(1) or read(self))
    keys._lock.acquire()
    team = [threading.Thread(target=keys.active) for _ in range(4)]
    for thread in team:
        thread.start()
    keys._lock.release()
    for thread in team:
        thread.join()
    assert reads == [1]


def test_no_secret_is_shown_by_repr_or_description(path: Path) -> None:
    ring = json.loads(path.read_text())
    keys = FileKeys(path)
    shown = repr(keys) + repr(keys._held) + repr(keys.describe())
    for secret in (ring["root"], ring["keys"][0]["key"]):
        assert secret not in shown
        assert repr(base64.b64decode(secret))[2:-1] not in shown
