"""A demo with the playground, in this process and, for browsers, on a port of its own."""

from collections.abc import Iterator
from threading import Thread

import pytest
from playground_site import Site, demo_site
from werkzeug.serving import make_server


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with demo_site() as made:
        yield made


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[str]:
    """The address of the demo on loopback, served by a thread."""
    host, _, port = site.base.removeprefix("http://").rpartition(":")
    server = make_server(host, int(port), site.app, threaded=True)
    thread = Thread(target=server.serve_forever, name="demo", daemon=True)
    thread.start()
    yield site.base
    server.shutdown()
    server.server_close()
    thread.join()
