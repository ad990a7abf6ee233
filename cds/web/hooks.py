"""CDS Hooks over HTTP: discovery, calls and feedback."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, request

from cds.errors import CdsError
from cds.hearing import hear
from cds.hooks import discovery
from cds.parts import Parts
from cds.pipeline import Request, answer, enabled, hooks_of, identify
from cds.services.base import Service
from cds.trust.callers import Caller
from cds.web import metrics
from cds.web.context import bearer, json_body, parts

blueprint = Blueprint("hooks", __name__)
log = structlog.get_logger("clinicards")


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json")


@blueprint.get("/cds-services", provide_automatic_options=False)
def discover() -> Response:
    """List the services this client may call; a bad token is refused, none lists what is enabled."""
    current = parts()
    token = bearer()
    caller = identify(token, url=_url(current, ""), parts=current, claim=False) if token else None
    return _json(discovery.document(_entries(current, caller)))


def _entries(current: Parts, caller: Caller | None) -> Iterator[discovery.Entry]:
    for service in current.services.values():
        if enabled(service.id, current) and _may(service, caller):
            for hook in hooks_of(service, current):
                yield _entry(service, hook, current)


def _may(service: Service, caller: Caller | None) -> bool:
    return caller is None or not caller.client.services or service.id in caller.client.services


def _entry(service: Service, hook: str, current: Parts) -> discovery.Entry:
    config = current.snapshot.service(service.id)
    return discovery.Entry(
        id=service.id,
        hook=hook,
        title=config.title or service.title,
        description=config.description or service.description,
        prefetch={key: need.query for key, need in service.needs(hook).items()},
        usage_requirements=service.usage_requirements,
    )


@blueprint.post("/cds-services/<service_id>", provide_automatic_options=False)
def call(service_id: str) -> Response:
    """Answer a hook with cards."""
    current = parts()
    started = time.perf_counter()
    status = 500
    try:
        found = answer(_request(service_id, "", current), current)
        status = 200
        return Response(found.content, mimetype="application/json")
    except CdsError as error:
        status = error.status
        raise
    finally:
        seconds = time.perf_counter() - started
        known = service_id if service_id in current.services else "unknown"
        metrics.call(known, status, seconds)
        log.info("call", service=known, status=status, ms=round(seconds * 1000, 1))


@blueprint.post("/cds-services/<service_id>/feedback", provide_automatic_options=False)
def feedback(service_id: str) -> Response:
    """Take what became of cards."""
    current = parts()
    heard = hear(_request(service_id, "/feedback", current), current)
    log.info("feedback", service=service_id, stored=heard.stored, repeated=heard.repeated)
    return Response(status=200, mimetype="application/json")


def _request(service_id: str, rest: str, current: Parts) -> Request:
    """Return what came over HTTP.

    The audience of a token is compared with the configured base URL, never with the Host header, which is
    written by whoever calls.
    """
    body = json_body(limit=current.snapshot.limits.body_bytes)
    return Request(service_id, body, bearer(), _url(current, f"/{service_id}{rest}"))


def _url(current: Parts, rest: str) -> str:
    return f"{current.settings.base_url.rstrip('/')}/cds-services{rest}"


@blueprint.route("/cds-services", methods=["OPTIONS"], provide_automatic_options=False)
@blueprint.route("/cds-services/<path:_rest>", methods=["OPTIONS"], provide_automatic_options=False)
def preflight(_rest: str = "") -> Response:
    """Answer a browser's preflight; it carries no token, and the headers tell it whether it may."""
    assert request.method == "OPTIONS"  # noqa: S101  # the route takes no other
    return Response(status=204)
