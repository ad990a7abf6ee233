"""The admin API described in OpenAPI 3.1; the document's schema is the one that validates it."""

from collections.abc import Mapping
from typing import Any

from cds.config.document import Document

Part = Mapping[str, Any]

_ID = {"type": "integer", "minimum": 1}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_ERRORS: Mapping[int, str] = {
    400: "The request or the document does not fit; `errors` names every place",
    401: "No token, or not a good one",
    403: "The token's role does not reach, or the call comes from another host",
    404: "There is no such revision, or the pseudonym is not kept",
    409: "The revision does not fit this release",
    412: "The configuration was changed meanwhile",
    415: "The body is not application/json",
    428: "A write without If-Match",
    429: "Too many failed attempts from this address",
    503: "The store is away",
}
_ALWAYS = (401, 403, 429, 503)


def describe(version: str) -> dict[str, Any]:
    """Return the whole description."""
    document = Document.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "clinicards admin API", "version": version},
        "servers": [{"url": "/admin/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "x-fhir-operations": _FHIR_OPERATIONS,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`clinicards admin token new` makes one",
                }
            },
            "schemas": {**document.pop("$defs", {}), "Document": document, **_SCHEMAS},
            "responses": {f"E{status}": _problem(text) for status, text in _ERRORS.items()},
        },
    }


def _paths() -> dict[str, Any]:
    revision = _parameter("id", "path", _ID)
    match = _parameter("If-Match", "header", _TEXT, required=True, text="The ETag of GET /config")
    message = (
        _parameter("X-Change-Message", "header", _TEXT, text="Why; kept with the revision"),
        _parameter("message", "query", _TEXT, text="The same, where a header is inconvenient"),
    )
    return {
        "/config": {
            "get": _operation("Read the document in force", "Document", tag=True, errors=(404,)),
            "put": _operation(
                "Publish a document", "Written", match, *message,
                body="Document", tag=True, errors=(400, 412, 415, 428),
            ),
        },
        "/config:validate": {
            "post": _operation(
                "Validate a document and show what it would change; nothing is stored", "Validation",
                body="Document", errors=(400, 415),
            )
        },
        "/config/revisions": {
            "get": _operation(
                "List revisions, newest first", "Revisions",
                _parameter("limit", "query", {**_ID, "maximum": 200, "default": 50}),
                _parameter("before", "query", _ID, text="Only revisions with a smaller number"),
                errors=(400,),
            )
        },
        "/config/revisions/{id}": {
            "get": _operation("Read one revision", "RevisionWithDocument", revision, errors=(404,))
        },
        "/config/revisions/{a}/diff/{b}": {
            "get": _operation(
                "Compare two revisions", "Difference",
                _parameter("a", "path", _ID), _parameter("b", "path", _ID), errors=(404,),
            )
        },
        "/config/revisions/{id}:restore": {
            "post": _operation(
                "Publish an older revision's document again, as a new revision", "Written",
                revision, match, *message, tag=True, errors=(400, 404, 409, 412, 428),
            )
        },
        "/re-identify": {
            "post": _operation(
                "Tell what a kept pseudonym stands for; role security, audited before it is answered, off "
                "unless the settings say re_identify",
                "Reidentified", body="Reidentify", errors=(400, 404, 415),
            )
        },
        "/whoami": {"get": _operation("Tell what the token is", "Token")},
        "/status": {"get": _operation("Tell what is in force in this worker", "Status")},
        "/openapi.json": {"get": _operation("Read this description", None)},
    }  # fmt: skip


_FHIR_OPERATIONS: Mapping[str, Any] = {
    "POST /fhir/$de-identify": {
        "summary": "Transform a Bundle, or Parameters with resources, under safe_harbor or limited",
        "role": "admin",
        "parameters": {
            "resource": "any number, in Parameters",
            "profile": "safe_harbor (default) or limited",
            "texts": "scrub (default) or drop",
            "narrative": "drop (default) or clean",
            "zip3": "false (default) or true",
        },
        "answers": "A Bundle, or Parameters with `resource` and `manifest`; errors as OperationOutcome",
    }
}
"""Addresses that speak FHIR, not this API's problem documents."""


def _operation(
    summary: str,
    schema: str | None,
    *parameters: Part,
    body: str = "",
    tag: bool = False,
    errors: tuple[int, ...] = (),
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": summary, "content": _content(schema)}
    if tag:
        answer["headers"] = {"ETag": {"schema": _TEXT, "description": "Number and hash of the revision"}}
    made: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": answer,
            **{str(s): _ref("responses", f"E{s}") for s in sorted({*errors, *_ALWAYS})},
        },
    }
    if parameters:
        made["parameters"] = list(parameters)
    if body:
        made["requestBody"] = {"required": True, "content": _content(body)}
    return made


def _parameter(
    name: str, place: str, schema: Part, *, required: bool = False, text: str = ""
) -> dict[str, Any]:
    made = {"name": name, "in": place, "required": required or place == "path", "schema": schema}
    return {**made, "description": text} if text else made


def _content(schema: str | None) -> dict[str, Any]:
    return {"application/json": {"schema": _ref("schemas", schema) if schema else {"type": "object"}}}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": _ref("schemas", "Problem")}},
    }


def _object(required: Part, **optional: Part) -> dict[str, Any]:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list(items: Part) -> dict[str, Any]:
    return {"type": "array", "items": items}


_OPTIONAL_ID = {"type": ["integer", "null"]}
_REVISION = {
    "id": _ID, "parent": _OPTIONAL_ID, "restored_from": _OPTIONAL_ID, "author": _TEXT, "message": _TEXT,
    "time": _TIME, "sha256": _TEXT,
}  # fmt: skip
_SCHEMAS: Mapping[str, Part] = {
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}},
        detail=_TEXT,
        errors=_list(_ref("schemas", "Fault")),
    ),
    "Fault": _object({"pointer": _TEXT, "message": _TEXT}),
    "Change": _object(
        {"path": _TEXT, "op": {"type": "string", "enum": ["add", "remove", "replace"]}, "old": {}, "new": {}}
    ),
    "Revision": _object(_REVISION),
    "RevisionWithDocument": _object({**_REVISION, "document": _ref("schemas", "Document")}),
    "Revisions": _object({"revisions": _list(_ref("schemas", "Revision"))}, next=_TEXT),
    "Written": _object({
        "revision": _ref("schemas", "Revision"),
        "changed": {"type": "boolean"},
        "warnings": _list(_ref("schemas", "Fault")),
    }),
    "Validation": _object({
        "valid": {"type": "boolean"},
        "errors": _list(_ref("schemas", "Fault")),
        "warnings": _list(_ref("schemas", "Fault")),
        "changes": _list(_ref("schemas", "Change")),
    }),
    "Difference": _object(
        {"from": _ID, "to": _ID, "changes": _list(_ref("schemas", "Change")), "text": _TEXT}
    ),
    "Reidentify": _object({
        "token": {**_TEXT, "minLength": 1, "maxLength": 200},
        "reason": {**_TEXT, "minLength": 10, "maxLength": 1_000},
    }),
    "Reidentified": _object({"token": _TEXT, "reference": _TEXT}),
    "Token": _object({
        "id": _TEXT, "name": _TEXT, "role": {"type": "string", "enum": ["viewer", "admin"]}, "expires": _TIME,
    }),
    "Status": _object({
        "version": _TEXT, "mode": _TEXT, "tenant": _TEXT, "revision": _ID,
        "store": {"type": "string", "enum": ["ok", "unavailable"]},
        "services": _list(_object({
            "id": _TEXT, "title": _TEXT, "enabled": {"type": "boolean"}, "switched_off": {"type": "boolean"},
            "rollout": _TEXT, "hooks": _list(_TEXT),
        })),
    }),
}  # fmt: skip
