"""Every failure as an answer: OperationOutcome where FHIR speaks, problem+json (RFC 9457) elsewhere."""

import traceback
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapters.ports import PortError
from cds import errors
from cds.errors import CdsError
from cds.web.context import parts
from cds.web.problems import allow, kind_of, problem

log = structlog.get_logger("clinicards")

_UNAUTHORIZED = orjson.dumps(
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "login", "details": {"text": "Unauthorized"}}],
    }
)


def install(app: Flask) -> None:
    """Make the application answer every error in its form."""
    app.register_error_handler(CdsError, answer)
    app.register_error_handler(PortError, _away)
    app.register_error_handler(PortError, _from_outside)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(Exception, _unforeseen)


def answer(error: CdsError) -> Response:
    """Return the answer that an error is."""
    if isinstance(error, errors.Unauthorized):
        parts().strangers.refused()
    if not _speaks_fhir():
        return problem(error)
    body = _UNAUTHORIZED if error.status == 401 else orjson.dumps(outcome(error))
    response = Response(body, status=error.status, mimetype="application/json")
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    retry = getattr(error, "retry_after", None)
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    return response


def _speaks_fhir() -> bool:
    return request.path.startswith(("/cds-services", "/fhir"))


def outcome(error: CdsError) -> dict[str, Any]:
    """Return the OperationOutcome of an error, an issue for each place it names."""
    places = error.extra.get("pointers") or [error.pointer]
    return {"resourceType": "OperationOutcome", "issue": [_issue(error, place) for place in places]}


def _issue(error: CdsError, place: str) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": "error",
        "code": error.code,
        "details": {"text": error.message},
    }
    if place:
        issue["expression"] = [place]
        issue["diagnostics"] = f"at {place}"
    return issue


def _from_outside(error: PortError) -> Response:
    """Answer what came from outside without being met on its way: that part is away, try again."""
    log.error("part-away", error=type(error).__name__, at=places(error))
    return answer(errors.Unavailable("a part that is needed is away; try again"))


def _from_werkzeug(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return answer(errors.TooLarge("the body is too large"))
    kind = kind_of(error)
    response = answer(kind(_WORDS.get(kind.status, kind.title)))
    allow(error, response)
    return response


_WORDS = {
    404: "there is nothing at this address",
    405: "this address does not take this method",
    415: "send the body as application/json",
}


def _away(error: PortError) -> Response:
    """Answer for a part that is away: a store, a key, an EHR."""
    log.warning("part_away", error=type(error).__name__, at=places(error))
    return answer(errors.Unavailable("a part this service needs is away; try again"))


def _unforeseen(error: Exception) -> Response:
    """Answer a defect of ours: the log gets type and place, since a message may hold what came in."""
    log.error("unforeseen", error=type(error).__name__, at=places(error))
    return answer(CdsError("an error of the service; nothing was checked"))


def places(error: BaseException) -> list[str]:
    """Return where an error came from: files and lines, no values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames]
