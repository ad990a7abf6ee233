"""A demo with the playground, in this process and, for browsers, on a port of its own."""

from collections.abc import Iterator

import pytest
from browsing import served_by_a_thread
from playground_site import Site, demo_site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with demo_site() as made:
        yield made


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[str]:
    """The address of the demo on loopback, served by a thread."""
    with served_by_a_thread(site.app, port=int(site.base.rpartition(":")[2])) as address:
        yield address
