"""What tests of several packages share."""

from collections.abc import Iterator

import pytest
from private_postgresql import PrivatePostgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL on loopback, gone after the tests."""
    server = PrivatePostgresql()
    try:
        yield server.url
    finally:
        server.stop()
        server.close()
