"""The service does not start beside somebody else's `adapters` or `models`."""

import sys
from pathlib import Path

import pytest

import cds
from cds import check_neighbours

HOME = Path(cds.__file__).resolve().parent.parent


def test_our_own_neighbours_are_found() -> None:
    check_neighbours(HOME)


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put another distribution's `models` first on the path."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "models")
    return tmp_path


def test_anothers_models_on_the_path_stop_the_start_and_the_message_says_the_fix(stranger: Path) -> None:
    with pytest.raises(ImportError, match="environment of its own") as caught:
        check_neighbours(HOME)
    assert str(stranger / "models") in str(caught.value)


def test_a_neighbour_that_is_nowhere_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cds, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"found on the path \(nowhere\)"):
        check_neighbours(tmp_path)
