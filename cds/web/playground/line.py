"""The line between the playground's EHR and the service of this process.

Calls go to `pipeline.answer` itself, so that what the service saw can be shown beside what it was sent; all
else (discovery, feedback) goes through the whole web application.
"""

import traceback
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import replace
from typing import Any

import orjson
import structlog

from cds.errors import CdsError
from cds.fire.discovery import PATH
from cds.fire.transport import Reply, WsgiApp, WsgiPost
from cds.parts import Parts
from cds.pipeline import Answer, Request, answer
from cds.trust.callers import Registry
from cds.web.failures import outcome
from cds.web.playground.timing import CALL, EHR, SERVICE, Watch, watched

log = structlog.get_logger("clinicards")


class Line:
    """Carries one firing's requests and keeps what the service made of the call."""

    def __init__(self, app: WsgiApp, parts: Callable[[str], Parts], watch: Watch) -> None:
        """Take the application, the parts by service id, and the watch."""
        self._web = WsgiPost(app)
        self._parts = parts
        self._watch = watch
        self.answer: Answer | None = None

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request."""
        service = url.rpartition(f"{PATH}/")[2]
        if method == "POST" and "/" not in service:
            return self._call(service, url, headers, body)
        with self._watch.span(EHR, "discovery"):
            # A context of its own: Flask would share the values of the page's request with this one.
            return Context().run(lambda: self._web.send(method, url, headers=headers, body=body))

    def _call(self, service: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        with self._watch.span(SERVICE, CALL):
            status, document = self._answered(Request(service, body, token, url))
        seconds = self._watch.spans[-1].ms / 1000
        return Reply(status, {"content-type": "application/json"}, orjson.dumps(document), seconds)

    def _answered(self, request: Request) -> tuple[int, Mapping[str, Any]]:
        try:
            self.answer = answer(request, self._parts(request.service))
        except CdsError as error:
            return error.status, outcome(error)
        except Exception as error:  # noqa: BLE001
            # A defect of a service: an EHR sees a 500 and nothing else, and so does whoever plays EHR here.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{frame.name}:{frame.lineno}"
            log.error("unforeseen", error=type(error).__name__, at=where)  # noqa: TRY400  # no values
            return 500, outcome(CdsError("an error of the service; nothing was checked"))
        return 200, self.answer.body


def as_ehr(parts: Parts, issuer: str, ehr: str) -> Parts:
    """Return the parts with one issuer's client registered under another EHR profile."""
    registry = parts.snapshot.registry
    clients = tuple(replace(c, profile=ehr) if c.issuer == issuer else c for c in registry.clients)
    return replace(parts, snapshot=replace(parts.snapshot, registry=Registry(clients)))


def line(app: WsgiApp, parts: Parts, *, issuer: str, ehr: str, watch: Watch) -> Line:
    """Return a line on which the calls of one EHR are answered and timed."""
    mine = as_ehr(parts, issuer, ehr)
    return Line(app, lambda service: watched(mine, service, watch), watch)
