"""Requests and responses between WSGI and the sandbox."""

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote
from wsgiref.util import application_uri

import orjson

from adapters.fhir_sandbox.outcomes import Refusal, invalid

FHIR_JSON = "application/fhir+json"
MAX_BODY = 16 * 1024 * 1024

_JSON = ("application/fhir+json", "application/json", "application/json+fhir", "text/json")
_ANY = ("*/*", "application/*")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Location, WWW-Authenticate, Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "accept, authorization, content-type, if-none-match, prefer",
    "Access-Control-Max-Age": "600",
}
_WORTH_COMPRESSING = 1400  # bytes; less fits one packet anyway


@dataclass(frozen=True)
class Request:
    """One HTTP request, read out of the WSGI environment."""

    method: str
    base: str  # absolute URL the application is mounted at, without a slash at the end
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        """Name the media type of the body."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def form(self) -> list[tuple[str, str]]:
        """Read a form body, or refuse with 415."""
        if self.body and self.media_type != "application/x-www-form-urlencoded":
            raise Refusal(415, "not-supported", "_search takes application/x-www-form-urlencoded")
        return read_pairs(self.body.decode("utf-8", "replace"))

    def accepted(self) -> list[str]:
        """List the media types the client takes; `_format` goes before Accept."""
        asked = dict(self.query).get("_format")
        if asked:
            # An unescaped plus sign arrives as a blank.
            return [{"json": FHIR_JSON, "xml": "application/fhir+xml"}.get(asked, asked.replace(" ", "+"))]
        accept = self.headers.get("accept", "")
        return [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]


@dataclass(frozen=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Decode a query string or form, keeping order and repetition."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise invalid("more than 500 parameters") from None


def read_request(environ: Mapping[str, Any], *, base_url: str | None = None) -> Request:
    """Read a request from a WSGI environment, its body under a cap."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name[:5] == "HTTP_"
    }
    headers["content-type"] = environ.get("CONTENT_TYPE") or ""
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    return Request(
        method=environ["REQUEST_METHOD"].upper(),
        base=(base_url or application_uri(dict(environ))).rstrip("/"),
        path=tuple(part for part in path.split("/") if part),
        query=tuple(read_pairs(environ.get("QUERY_STRING", ""))),
        headers=headers,
        body=_read_body(environ),
    )


def _read_body(environ: Mapping[str, Any]) -> bytes:
    text = environ.get("CONTENT_LENGTH") or "0"
    length = int(text) if text.isascii() and text.isdigit() else 0
    if length > MAX_BODY:
        raise Refusal(413, "too-long", f"a body may hold at most {MAX_BODY} bytes")
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def takes_json(request: Request, *, explicit: bool = False) -> bool:
    """Tell whether the client takes JSON; with `explicit`, wildcards and silence do not count."""
    accepted = request.accepted()
    if explicit:
        return any(kind in _JSON for kind in accepted)
    return not accepted or any(kind in _JSON or kind in _ANY for kind in accepted)


def json_response(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a FHIR resource, given as a dict or as finished bytes."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return Response(status, body, {"Content-Type": f"{FHIR_JSON}; charset=utf-8", **(headers or {})})


def preflight() -> Response:
    """Answer a browser that asks what it may send."""
    return Response(204, headers=_PREFLIGHT)


def compressed(response: Response, request: Request) -> Response:
    """Gzip a body that is worth it for a client that takes it."""
    if len(response.body) < _WORTH_COMPRESSING or "gzip" not in request.headers.get("accept-encoding", ""):
        return response
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(response, body=gzip.compress(response.body, 1), headers=headers)


def send(response: Response, start_response: Callable[..., Any], *, head: bool) -> Iterable[bytes]:
    """Hand a response to the WSGI server; a HEAD keeps the length and leaves the body out."""
    headers = {**_CORS, **response.headers}
    if response.status not in {204, 304}:
        headers["Content-Length"] = str(len(response.body))
    start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
    return [b"" if head else response.body]


def url(base: str, path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Build an absolute URL, leaving the separators of search values readable."""
    query = "&".join(f"{quote(name, safe='-_.:$')}={quote(value, safe='/:,$-_.~')}" for name, value in pairs)
    return (f"{base}/{path}" if path else base) + (f"?{query}" if query else "")
