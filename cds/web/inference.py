"""The Open Inference Protocol (KServe v2, JSON) over the models: model as a service.

The binary tensor extension is not offered: `extensions` is empty, and a binary request is refused.
"""

import time
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from cds.errors import BadRequest, CdsError
from cds.hooks.call import parse_json
from cds.plugins import version as installed_version
from cds.privacy.asked import scrubbing
from cds.web import metrics, tensors
from cds.web.access import Access, is_local
from cds.web.catalogue import catalogue, find, written
from cds.web.context import json_body, parts
from cds.web.problems import problem
from models.answers import DEFECT, answer, answer_text
from models.base import Model

blueprint = Blueprint("inference", __name__, url_prefix="/v2")
log = structlog.get_logger("clinicards")

_ACCESS = "clinicards-inference-access"
_BINARY = "Inference-Header-Content-Length"
_KNOWN = frozenset({"id", "parameters", "inputs", "outputs"})


@blueprint.record_once
def _guard(state: BlueprintSetupState) -> None:
    """Give the application its memory of failed and proved tokens."""
    state.app.extensions[_ACCESS] = Access(parts)


@blueprint.errorhandler(CdsError)
def refused(error: CdsError) -> Response:
    """Answer an error as a problem document that has the protocol's `error` member too."""
    response = problem(error)
    body = {**orjson.loads(response.get_data()), "error": error.message}
    response.set_data(orjson.dumps(body))
    return response


@blueprint.get("")
def server() -> Response:
    """Return the server's metadata."""
    return _json({"name": "clinicards", "version": installed_version(), "extensions": []})


@blueprint.get("/health/live")
def live() -> Response:
    """Tell that the process answers."""
    return _json({"live": True})


@blueprint.get("/health/ready")
def ready() -> Response:
    """Tell whether the models can be asked."""
    is_ready = bool(catalogue().names())
    return _json({"ready": is_ready}, 200 if is_ready else 503)


@blueprint.get("/models")
def index() -> Response:
    """List the models by the names that addresses use."""
    _allow()
    return _json({"models": [written(name) for name in catalogue().names()]})


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
def metadata(name: str, version: str = "") -> Response:
    """Return a model's metadata: its versions and tensors."""
    _allow()
    model = find(name, version)
    inputs = (tensors.Spec(tensors.RECORD, "BYTES"), *tensors.named(model.schema()))
    return _json(
        {
            "name": written(model.name),
            "versions": _versions(model),
            "platform": f"clinicards_{model.card().get('kind', 'model')}",
            "inputs": [spec.as_dict() for spec in inputs],
            "outputs": [tensors.Spec(tensors.RESULT, "BYTES").as_dict()],
        }
    )


def _versions(model: Model) -> list[str]:
    return list(catalogue().versions(model.name))


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
def model_ready(name: str, version: str = "") -> Response:
    """Tell whether a model is loaded; it is once it has been found."""
    _allow()
    return _json({"name": written(find(name, version).name), "ready": True})


@blueprint.post("/models/<name>/infer")
@blueprint.post("/models/<name>/versions/<version>/infer")
def infer(name: str, version: str = "") -> Response:
    """Answer each element of the input tensors, in order; one that cannot be done holds its error."""
    started, status = time.perf_counter(), 500
    try:
        _allow()
        body = _answered(scrubbing(find(name, version)), _asked())
        status = 200
        return _json(body)
    except CdsError as error:
        status = error.status
        raise
    finally:
        seconds = time.perf_counter() - started
        metrics.call("v2", status, seconds)
        log.info("infer", status=status, ms=round(seconds * 1000, 1))


def _asked() -> Mapping[str, Any]:
    """Return the request's document; raise `BadRequest` where it is not of the protocol."""
    if _BINARY in request.headers:
        raise BadRequest("binary tensors are not offered; send JSON")
    limits = parts().snapshot.limits
    asked = parse_json(json_body(limit=limits.body_bytes), limits=limits)
    if not isinstance(asked, dict):
        raise BadRequest("the body is a JSON object")
    unknown = sorted(set(asked) - _KNOWN)
    if unknown:
        raise BadRequest("known here are id, parameters, inputs and outputs", pointer=f"/{unknown[0]}")
    if not isinstance(asked.get("id", ""), str):
        raise BadRequest("id is a text", pointer="/id")
    return asked


def _answered(model: Model, asked: Mapping[str, Any]) -> dict[str, Any]:
    tensors.check_outputs(asked.get("outputs"))
    texts = [_text(model, element) for element in tensors.elements(asked.get("inputs"), model.schema())]
    own = {"id": asked["id"]} if "id" in asked else {}
    return {
        "model_name": written(model.name),
        "model_version": model.version,
        **own,
        "outputs": [tensors.result(texts)],
    }


def _text(model: Model, element: Any) -> str:
    """Return one answer as JSON text: of a text for `record`, of a document for named tensors."""
    text = "null" if element is None else element
    found = answer(model, element) if isinstance(element, dict) else answer_text(model, text)
    if found.get("error", {}).get("code") == DEFECT:
        log.error("model_failed", model=model.name, version=model.version)
    return orjson.dumps(found).decode()


def _allow() -> None:
    """Raise unless the caller may ask models: a token with the role, or loopback in demo mode."""
    access: Access = current_app.extensions[_ACCESS]
    open_here = parts().demo and is_local(parts().settings)
    if open_here and "Authorization" not in request.headers:
        return
    access.caller("inference", near=False)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, mimetype="application/json")
