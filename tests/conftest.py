"""What tests of several packages share."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from private_postgresql import PrivatePostgresql


def pytest_collection_finish() -> None:
    """Spare the collector what all tests share: a full collection among it took two seconds of one test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL on loopback, gone after the tests."""
    server = PrivatePostgresql()
    try:
        yield server.url
    finally:
        server.stop()
        server.close()


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a command under test set up for its own process: loggers, and a stream that goes."""
    before, configure = structlog.get_config(), structlog.configure

    def uncached(*args: Any, **kwargs: Any) -> None:
        configure(*args, **{**kwargs, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    configure(**before)
