"""The key ring in the environment keeps its promises and says how it is changed."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.keys_env import EnvKeys
from adapters.keys_file import FileKeys
from adapters.ports import KeyFailure
from adapters.testing import check_adapter


@pytest.fixture
def ring(tmp_path: Path) -> str:
    """The content of a ring's file."""
    FileKeys.create(tmp_path / "keys.json").rotate()
    return (tmp_path / "keys.json").read_text()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("form", [str, in_base64, lambda text: f"\n{text}\n"])
def test_it_keeps_every_promise_of_a_ring_that_cannot_be_changed(ring: str, form) -> None:
    assert check_adapter("fixed-keys", lambda: EnvKeys("RING", environ={"RING": form(ring)})) == 5


def test_it_opens_what_the_file_sealed(ring: str, tmp_path: Path) -> None:
    file = FileKeys(tmp_path / "keys.json")
    kid, wrapped = file.wrap(b"k" * 32, context=b"c")
    found = EnvKeys("RING", environ={"RING": ring})
    assert found.unwrap(kid, wrapped, context=b"c") == b"k" * 32
    assert found.derive("audit", "t") == file.derive("audit", "t")
    assert found.describe() == file.describe()


def test_it_reads_the_process_environment(ring: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINICARDS_TEST_RING", ring)
    assert EnvKeys("CLINICARDS_TEST_RING").active() == json.loads(ring)["keys"][1]["kid"]


@pytest.mark.parametrize(
    ("environ", "fix"),
    [
        ({}, "the environment variable RING is not set: make a ring with `clinicards keys new --path FILE`"),
        ({"RING": "  "}, "is not set"),
        ({"RING": "{"}, "holds no key ring"),
        ({"RING": "nonsense!"}, "holds no key ring"),
        ({"RING": '{"version": 1}'}, "is not a whole key ring"),
        ({"RING": '{"version": 9}'}, "version 9"),
    ],
)
def test_what_is_no_ring_is_refused_with_the_fix(environ: Mapping[str, str], fix: str) -> None:
    with pytest.raises(KeyFailure, match="RING") as refused:
        EnvKeys("RING", environ=environ)
    assert fix in str(refused.value)


def test_a_change_is_refused_and_says_how_it_is_made(ring: str) -> None:
    keys = EnvKeys("RING", environ={"RING": ring})
    with pytest.raises(KeyFailure, match=r"RING cannot be changed from here.*`clinicards keys rotate`"):
        keys.rotate()
    with pytest.raises(KeyFailure, match=r"keys destroy k0"):
        keys.destroy("k0")


def test_no_secret_is_shown(ring: str) -> None:
    document = json.loads(ring)
    keys = EnvKeys("RING", environ={"RING": ring})
    shown = repr(keys) + repr(keys._ring) + repr(keys.describe())
    assert not [s for s in (document["root"], document["keys"][0]["key"]) if s in shown]
