"""What tests of adapters share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ehr_site import EhrSite
from loopback import Reply, Server, in_turn


@pytest.fixture
def make() -> Iterator[Callable[..., EhrSite]]:
    sites: list[EhrSite] = []

    def start(*replies: Reply, **settings: Any) -> EhrSite:
        sites.append(EhrSite(Server(in_turn(*replies)), **settings))
        return sites[-1]

    yield start
    for site in sites:
        site.ehr.close()
        site.server.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a new store in a file."""
    return f"sqlite:///{tmp_path}/store.db"
