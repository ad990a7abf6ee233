"""One JSON document in, one JSON document out: what `clinicards run` and `/v2` share.

A document that cannot be done is answered with `{"id"?, "error": {"code", "message", "pointer"}}` in its
place, so that answers stay in the order of what was asked.
"""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from models.base import Document, Model, ModelError

DEFECT = "defect"
"""The code of an error that is the model's own."""


def answer_text(model: Model, text: bytes | str) -> dict[str, Any]:
    """Return a model's answer to one document as JSON text."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return failure(None, "bad-json", f"no JSON: {error.msg} at character {error.pos}", "")
    return answer(model, document)


def answer(model: Model, document: Any) -> dict[str, Any]:
    """Return a model's answer to one document, or the error that stands in its place."""
    try:
        result = model.run(cast("Document", document))
    except ModelError as error:
        return failure(document, error.code, error.message, error.pointer)
    except Exception as error:  # noqa: BLE001
        # One document must not end a batch of others; its place says that the model failed and how.
        return failure(document, DEFECT, f"the model failed with {type(error).__name__}", "")
    return result


def failure(document: Any, code: str, message: str, pointer: str) -> dict[str, Any]:
    """Return the error that stands in the place of an answer, with the document's id where it has one."""
    error = {"code": code, "message": message, "pointer": pointer}
    if isinstance(document, Mapping) and "id" in document:
        return {"id": document["id"], "error": error}
    return {"error": error}
