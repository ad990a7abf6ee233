"""Pages for people: templates with a strict content policy, and the few files they load.

Nothing is fetched from elsewhere. A file is asked for with the hash of its content and then kept for a year.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from flask import Blueprint, Response, render_template, request

from cds.errors import NotFound
from cds.web.context import parts

blueprint = Blueprint("pages", __name__)

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
SCRIPTED: Mapping[str, str] = {**POLICY, "script-src": "'self'", "connect-src": "'self'"}
"""The policy of a page that has scripts of ours."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that pages load: its bytes, type and the hash it is asked for by."""

    body: bytes
    kind: str
    tag: str


@cache
def _assets() -> Mapping[str, Asset]:
    """Return every static file by name, read once; names from a request are only ever looked up here."""
    found: dict[str, Asset] = {}
    for entry in (resources.files("cds.web") / "static").iterdir():
        kind = _TYPES.get(entry.name[entry.name.rfind(".") :])
        if kind is not None and entry.is_file():
            body = entry.read_bytes()
            found[entry.name] = Asset(body, kind, hashlib.sha256(body).hexdigest()[:16])
    return found


@blueprint.app_template_global()
def asset(name: str) -> str:
    """Return the address of a static file, with the hash of its content."""
    return f"/static/{name}?v={_assets()[name].tag}"


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Return a static file; kept for a year where it was asked for by its hash."""
    found = _assets().get(name)
    if found is None:
        raise NotFound("there is no such file")
    response = Response(found.body, content_type=found.kind)
    response.set_etag(found.tag)
    current = request.args.get("v") == found.tag
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if current else "no-cache"
    response.make_conditional(request)
    return response


def render(template: str, *, policy: Mapping[str, str] = POLICY, **values: Any) -> Response:
    """Return a page made from a template, with its content policy; `demo` is always known to it."""
    body = render_template(template, demo=parts().demo, **values)
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = "; ".join(f"{name} {rule}" for name, rule in policy.items())
    return response
