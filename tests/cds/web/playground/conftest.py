"""A demo with the playground, in this process and, for browsers, on a port of its own."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playground_services import AdviceService, BrokenService
from werkzeug.serving import make_server

from adapters.fhir_folder import FolderEhr
from cds.conformance.cards import check_response, exercised
from cds.conformance.checklist import CHECKS
from cds.fire.token import Signer
from cds.parts import Parts
from cds.web import create_app, pages
from cds.web.playground.checks import Checker
from cds.web.playground.kit import PlaygroundKit, playground_kit
from cds.web.playground.routes import create_playground
from cds.wiring import demo as wiring


@dataclass
class Holder:
    """The parts of this moment; a test may swap them."""

    parts: Parts


@dataclass(frozen=True)
class Site:
    """A running demo with its playground."""

    app: Flask
    holder: Holder
    kit: PlaygroundKit
    base: str

    @property
    def web(self) -> FlaskClient:
        """A browser without scripts and without cookies."""
        return self.app.test_client()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kit_of(running: wiring.Demo, holder: Any) -> PlaygroundKit:
    return playground_kit(
        holder,
        index=running.charts.index,
        fhir_bases={vendor: running.fhir_base(vendor) for vendor in wiring.VENDORS},
        issuers={"epic": running.sandboxes["epic"]},
        open_bundle=FolderEhr,
        signer=Signer(wiring.DEMO_ISSUER, running.private_key),
        checker=Checker(check_response, exercised, {id: check.title for id, check in CHECKS.items()}),
    )


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    bind = f"127.0.0.1:{free_port()}"
    running = wiring.start(bind=bind)
    fakes = {service.id: service for service in (AdviceService(), BrokenService())}
    parts = running.live.parts
    holder = Holder(replace(parts, services={**parts.services, **fakes}))
    app = create_app(holder)
    if "pages" not in app.blueprints:
        app.register_blueprint(pages.blueprint)
    kit = kit_of(running, holder)
    app.register_blueprint(create_playground(kit))
    yield Site(app, holder, kit, f"http://{bind}")
    running.close()


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
