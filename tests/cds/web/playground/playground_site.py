"""A demo with the playground, and what a browser without scripts sees of it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from playground_services import AdviceService, BrokenService

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
        checker=Checker(check_response, exercised, {name: check.title for name, check in CHECKS.items()}),
    )


@contextmanager
def demo_site() -> Iterator[Site]:
    """Run a demo in this process, with services of ours beside its own."""
    bind = f"127.0.0.1:{free_port()}"
    running = wiring.start(bind=bind)
    try:
        fakes = {service.id: service for service in (AdviceService(), BrokenService())}
        parts = running.live.parts
        holder = Holder(replace(parts, services={**parts.services, **fakes}))
        app = create_app(holder)
        if "pages" not in app.blueprints:
            app.register_blueprint(pages.blueprint)
        kit = kit_of(running, holder)
        app.register_blueprint(create_playground(kit))
        yield Site(app, holder, kit, f"http://{bind}")
    finally:
        running.close()
