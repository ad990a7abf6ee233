"""The parts of a request: taken once at its beginning, so that it never sees two configurations."""

from typing import Any, cast

from flask import Flask, g, request

from cds.errors import TooLarge, UnsupportedMedia
from cds.parts import Parts

_KEY = "clinicards-parts"


def install(app: Flask, holder: Any) -> None:
    """Give every request the parts of the moment it came in."""

    def take() -> None:
        setattr(g, _KEY, holder.parts)

    app.before_request(take)


def parts() -> Parts:
    """Return the parts of the current request."""
    return cast("Parts", getattr(g, _KEY))


def bearer() -> str:
    """Return the bearer token of the request, or an empty string where there is no such header."""
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    # A header that holds no bearer token is no absent one: it is handed on, and does not verify.
    return token if token and scheme.lower() == "bearer" else header.strip()


def json_body(*, limit: int) -> bytes:
    """Return the body of a request that says it is JSON; raise 415 or 413."""
    kind = (request.mimetype or "").lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMedia("send the body as application/json")
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body is over {limit} bytes; send less or raise limits.body_bytes")
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"the body is over {limit} bytes; send less or raise limits.body_bytes")
    return body
