"""Which browsers may call: the registered origins, on success and on error alike.

Browser-based clients send a preflight with `authorization,content-type` to discovery, call and feedback.
"""

from urllib.parse import urlsplit

from flask import Response, request

from cds.settings import LOOPBACK
from cds.web.context import parts

_METHODS = "GET, POST, OPTIONS"
_HEADERS = "authorization, content-type"
_SECONDS = "600"


def allowed(origin: str) -> bool:
    """Tell whether pages of this origin may call: registered ones, in demo mode any on loopback."""
    current = parts()
    if origin in current.snapshot.cors_origins:
        return True
    return current.demo and host_of(origin) in LOOPBACK


def host_of(url: str) -> str:
    """Return the host that a URL names, or an empty string where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # brackets that are no address


def allow(response: Response) -> Response:
    """Add the CORS headers where the request comes from an allowed origin's page."""
    if not request.path.startswith("/cds-services"):
        return response
    if "Vary" in response.headers:
        response.vary.add("Origin")
    else:
        response.headers["Vary"] = "Origin"  # what the set would come to, without making one
    origin = request.headers.get("Origin", "")
    if origin and allowed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _SECONDS
    return response
