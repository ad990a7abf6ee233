"""What every model promises, a function each."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.base import BadInput, Document, Model, ModelError
from models.card import CardError, card_of
from models.testing.examples import NOT_NUMBERS, junk_documents, takes_numbers
from models.testing.schema import DRAFT, faults

NUMBERS = ("value", "probability")


def holds(condition: object, promise: str) -> None:
    """Raise AssertionError with the promise unless the condition is true."""
    if not condition:
        raise AssertionError(promise)


def check_names(model: Model, _documents: Sequence[Document], _seed: int) -> None:
    """Expect a name that can be written in a URL with `.` for `/`, and a version."""
    holds(model.name, "a model has a name")
    holds(not set(model.name) & set(".@ ?#%"), f"{model.name}: a name has none of . @ ? # % and blank")
    holds(model.version, f"{model.name}: a model has a version")


def check_schema(model: Model, _documents: Sequence[Document], _seed: int) -> None:
    """Expect a JSON Schema of an object, made anew for each caller."""
    schema = model.schema()
    wrong = list(faults(schema))
    holds(not wrong, f"{model.name}: the schema is a JSON Schema: {'; '.join(wrong[:3])}")
    holds(schema.get("$schema") == DRAFT, f"{model.name}: the schema names {DRAFT}")
    holds(schema.get("type") == "object", f"{model.name}: one document is an object")
    holds("id" in schema.get("properties", {}), f"{model.name}: the schema lets a document have an id")
    json.dumps(schema, allow_nan=False)
    schema.clear()
    holds(model.schema(), f"{model.name}: what a caller does to a schema stays with the caller")


def check_card(model: Model, _documents: Sequence[Document], _seed: int) -> None:
    """Expect a complete card of this name and version that is JSON."""
    try:
        card = card_of(model)
    except CardError as error:
        raise AssertionError(f"{model.name}: the card is complete: {error.message}") from error
    holds(card.name == model.name, f"{model.name}: the card is this model's")
    holds(card.version == model.version, f"{model.name}: the card is of this version")
    json.dumps(card.as_dict(), allow_nan=False)


def check_runs(model: Model, documents: Sequence[Document], _seed: int) -> None:
    """Expect the same JSON for the same document, the document as it was, and its id."""
    for document in documents:
        before = copy.deepcopy(document)
        first = _json(model, document)
        holds(document == before, f"{model.name}: run leaves the document as it was")
        holds(first == _json(model, document), f"{model.name}: the same document gives the same result")
        for mark in ("one", 7, {"a": [1]}, None):
            result = model.run({**document, "id": mark})
            holds("id" in result and result["id"] == mark, f"{model.name}: the id is returned unchanged")
        bare = {key: value for key, value in document.items() if key != "id"}
        holds("id" not in model.run(bare), f"{model.name}: no id is made up")


def check_refuses_others(model: Model, documents: Sequence[Document], _seed: int) -> None:
    """Expect `BadInput` with a pointer for what is no document of the schema."""
    others: tuple[Any, ...] = ([], "x", 3, None, True, [{}])
    for junk in others:
        _refused(model, junk, "", f"{model.name}: {type(junk).__name__} is no document")
    if model.schema().get("additionalProperties") is False:
        unknown = {**documents[0], "no-such-input": 1}
        _refused(model, unknown, "/no-such-input", f"{model.name}: an unknown key is refused by pointer")


def check_refuses_no_numbers(model: Model, documents: Sequence[Document], _seed: int) -> None:
    """Expect that NaN and infinity are refused wherever a number is taken."""
    schema = model.schema()
    for name, part in schema["properties"].items():
        if name == "id" or not takes_numbers(part, schema):
            continue
        for wrong in NOT_NUMBERS:
            _refused(
                model,
                {**documents[0], name: wrong},
                f"/{name}",
                f"{model.name}: {name} is never NaN or infinite",
            )


def check_survives_junk(model: Model, documents: Sequence[Document], seed: int) -> None:
    """Expect a `ModelError` or JSON for any junk, and nothing else."""
    for document in junk_documents(model.schema(), documents[0], seed):
        try:
            _json(model, document)
        except ModelError as error:
            holds(error.message, f"{model.name}: an error has a message")
        except Exception as error:
            # The promise is that no other exception exists; whichever it is, it breaks the promise.
            raise AssertionError(
                f"{model.name}: junk gives a ModelError, not {type(error).__name__}"
            ) from error


def check_never_imputes(model: Model, documents: Sequence[Document], _seed: int) -> None:
    """Expect that without a required input an output is null and the input named, or bad input."""
    for name in model.schema().get("required", ()):
        lacking = {key: value for key, value in documents[0].items() if key != name}
        try:
            result = model.run(lacking)
        except BadInput:
            continue
        holds(name in result.get("missing", ()), f"{model.name}: {name} is named as missing")
        holds(_has_gap(result), f"{model.name}: without {name} there is an output without a number")


CHECKS: tuple[Callable[[Model, Sequence[Document], int], None], ...] = (
    check_names,
    check_schema,
    check_card,
    check_runs,
    check_refuses_others,
    check_refuses_no_numbers,
    check_survives_junk,
    check_never_imputes,
)


def _json(model: Model, document: Document) -> str:
    """Return a result as text; what is no JSON breaks the promise."""
    result = model.run(document)
    try:
        return json.dumps(result, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{model.name}: a result is JSON without NaN: {error}") from error


def _refused(model: Model, document: Any, pointer: str, promise: str) -> None:
    try:
        model.run(document)
    except BadInput as error:
        holds(error.pointer.startswith(pointer), f"{promise} (pointer {error.pointer!r})")
        holds(error.message, f"{promise} (with a message)")
        return
    raise AssertionError(promise)


def _has_gap(result: Mapping[str, Any]) -> bool:
    found = [result[name] for name in NUMBERS if name in result]
    found += list(result.get("values", {}).values())
    return not found or any(value is None for value in found)
