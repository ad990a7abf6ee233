"""Probes and metrics."""

from typing import Any

import orjson
from flask import Blueprint, Response, request

from adapters.ports import PortError
from cds.errors import Forbidden
from cds.parts import Parts
from cds.web import metrics
from cds.web.access import Access, is_local
from cds.web.context import parts

blueprint = Blueprint("health", __name__)
_door = Access(parts)


@blueprint.get("/healthz/live")
def live() -> Response:
    """Tell that the process answers."""
    return _json({"status": "alive"}, 200)


@blueprint.get("/healthz/ready")
def ready() -> Response:
    """Tell whether calls can be answered, and which part is away if not."""
    away = _away(parts())
    return _json(
        {"status": "ready"} if not away else {"status": "not ready", "away": away}, 503 if away else 200
    )


def _away(current: Parts) -> list[str]:
    """Return the names of parts that do not work.

    The audit survives a store that is away, in its spool; tokens do not, they are claimed in the store.
    """
    away = []
    try:
        current.keys.active()
    except PortError:
        away.append("keys")
    try:
        current.store.check()
    except PortError:
        away.append("store")
    return away


@blueprint.get("/metrics")
def numbers() -> Response:
    """Return the metrics, to this host or to a viewer's token."""
    if not is_local(parts().settings):
        if "Authorization" not in request.headers:
            raise Forbidden("metrics are for this host, or for a token of the role viewer")
        _door.caller("viewer", near=False)
    body, kind = metrics.exposition()
    return Response(body, content_type=kind)


def _json(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body), status=status, mimetype="application/json")
