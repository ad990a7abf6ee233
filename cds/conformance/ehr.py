"""The EHR that the kit plays on loopback: one server, whose first path segment chooses how it behaves."""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Final, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from cds.conformance.fixtures import answer_query, bundle, operation_outcome, resource

SLOW_SECONDS: Final = 2.0
_STATUSES: Final[Mapping[str, str]] = {
    "401": "401 Unauthorized",
    "403": "403 Forbidden",
    "404": "404 Not Found",
    "500": "500 Internal Server Error",
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request the EHR received."""

    mode: str
    query: str
    authorization: str


class Ehr:
    """A small FHIR server in a thread.

    Modes: `ok` answers from the synthetic record; `401`, `403`, `404`, `500` fail; `garbage` is no JSON;
    `slow` answers after two seconds; `pages` has a second page; `endless` always has another;
    `foreign` names its next page on `elsewhere`.
    """

    def __init__(self, *, port: int = 0, patient: str = "conformance-patient", elsewhere: str = "") -> None:
        """Listen on loopback; port 0 lets the system choose."""
        self._seen: list[Seen] = []
        self._closing = threading.Event()
        self._patient = patient
        self._elsewhere = elsewhere
        self._server = _Server(("127.0.0.1", port), _Silent)
        self._server.set_app(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def base(self, mode: str) -> str:
        """Return the FHIR base URL of a mode."""
        return f"{self.origin}/{mode}"

    def seen(self, mode: str | None = None) -> tuple[Seen, ...]:
        """Return the requests received so far, of one mode or of all."""
        return tuple(item for item in tuple(self._seen) if mode in {None, item.mode})

    def forget(self) -> None:
        """Drop what was received so far."""
        self._seen.clear()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        mode, _, path = environ["PATH_INFO"].lstrip("/").partition("/")
        query = _query(environ, path)
        self._seen.append(Seen(mode=mode, query=query, authorization=environ.get("HTTP_AUTHORIZATION", "")))
        if mode == "slow":
            self._closing.wait(SLOW_SECONDS)
        status = _STATUSES.get(mode, "200 OK")
        body = b"<html>not FHIR" if mode == "garbage" else json.dumps(self._body(mode, query)).encode()
        start(status, [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))])
        return [body]

    def _body(self, mode: str, query: str) -> dict[str, Any]:
        if mode in _STATUSES:
            return operation_outcome(f"the EHR answers {mode}")
        if query == "metadata":
            return {"resourceType": "CapabilityStatement", "status": "active", "fhirVersion": "4.0.1"}
        found = answer_query(query, patient=self._patient)
        searched = found["resourceType"] == "Bundle" and "_id=" not in query
        return self._paged(mode, query) if searched else found

    def _paged(self, mode: str, query: str) -> dict[str, Any]:
        kind, _, parameters = query.partition("?")
        page = int(parameters.partition("page=")[2] or 1)
        if mode not in {"pages", "foreign", "endless"}:
            return answer_query(query, patient=self._patient)
        found = bundle("searchset", [resource(kind, f"conformance-{page}", patient=self._patient)])
        base = self._elsewhere if mode == "foreign" else self.origin
        follows = mode == "endless" or page == 1
        link = {"relation": "next", "url": f"{base}/{mode}/{kind}?page={page + 1}"}
        return found | ({"link": [link]} if follows else {})


class _Server(ThreadingMixIn, WSGIServer):
    """A WSGI server with a thread for each request, which never waits for them at the end."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a service that hangs up on the slow EHR is what is being tested."""


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write no log of requests."""


def _query(environ: WSGIEnvironment, path: str) -> str:
    if environ["REQUEST_METHOD"] == "POST" and path.endswith("/_search"):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return f"{path.removesuffix('/_search')}?{environ['wsgi.input'].read(length).decode()}"
    parameters = environ.get("QUERY_STRING", "")
    return f"{path}?{parameters}" if parameters else path
