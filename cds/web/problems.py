"""Errors as `application/problem+json` (RFC 9457), for every address that does not speak FHIR."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from cds.config.document import Fault, NotValid
from cds.errors import (
    BadRequest,
    CdsError,
    Conflict,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Precondition,
    TooLarge,
    Unauthorized,
    UnsupportedMedia,
)

MEDIA_TYPE = "application/problem+json"
REALM = 'Bearer realm="clinicards"'

_BY_STATUS: Mapping[int, type[CdsError]] = {
    kind.status: kind
    for kind in (
        BadRequest, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, Conflict, Precondition, TooLarge,
        UnsupportedMedia,
    )
}  # fmt: skip


def problem(error: CdsError) -> Response:
    """Return the answer that an error makes; a 401 says nothing but that."""
    body: dict[str, Any] = {
        "type": f"https://clinicards.org/problems/{error.title.lower().replace(' ', '-')}",
        "title": error.title,
        "status": error.status,
    }
    if not isinstance(error, Unauthorized):
        body |= {"detail": error.message, **_errors(error)}
    response = Response(orjson.dumps(body), status=error.status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = REALM
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def not_valid(error: NotValid) -> BadRequest:
    """Return the error of a document that does not fit, with every fault."""
    count = len(error.faults)
    return BadRequest(
        f"the document does not fit: {count} place{'s' if count > 1 else ''}",
        errors=[fault_json(fault) for fault in error.faults],
    )


def fault_json(fault: Fault) -> dict[str, str]:
    """Return one fault as JSON data."""
    return {"pointer": fault.pointer, "message": fault.message}


def http_problem(error: HTTPException) -> Response:
    """Return the answer to what Flask itself refused, with its headers (`Allow`), without its words."""
    kind = kind_of(error)
    response = problem(kind(kind.title))
    allow(error, response)
    return response


def kind_of(error: HTTPException) -> type[CdsError]:
    """Return which of our errors stands for what Flask itself refused."""
    status = error.code or 500
    return _BY_STATUS.get(status) or (BadRequest if 400 <= status < 500 else CdsError)


def allow(error: HTTPException, response: Response) -> None:
    """Name the methods that an address takes, where one was refused that it does not."""
    if methods := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(methods))


def _errors(error: CdsError) -> dict[str, Any]:
    given = error.extra.get("errors")
    if given is None and error.pointer:
        given = [{"pointer": error.pointer, "message": error.message}]
    return {"errors": given} if given else {}
