"""Fixtures: an installation with a registered client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, installed


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    with installed(tmp_path, monkeypatch=monkeypatch) as made:
        yield made


@pytest.fixture
def site_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(installed(tmp_path, monkeypatch=monkeypatch, **more))
