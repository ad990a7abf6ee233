"""The address of the diagnosis assistant, under the playground's: one page, with and without scripts.

A story comes in the body of a POST and lives as long as the request: no log, no store, no address holds it.
"""

from typing import Any

from flask import Blueprint, Response, request

from cds.consult.asking import VITALS, Query, read_answer, written
from cds.consult.changes import changes
from cds.consult.reading import MODEL, Reading, consult, longest, read
from cds.consult.wording import is_change, percent, person
from cds.errors import BadRequest
from cds.web.assistant import form
from cds.web.assistant.examples import EXAMPLES
from cds.web.catalogue import find
from cds.web.pages import SCRIPTED, render
from models.base import Model, ModelError
from models.knowledge.diagnosis import load_knowledge

_FRONT = 5
"""So many conditions are in view, and all that are likelier than one in a hundred."""


def create_assistant() -> Blueprint:
    """Return the assistant; the playground, of which it is a part, lets in who may see it."""
    blueprint = Blueprint("assistant", __name__, url_prefix="/assistant")
    blueprint.add_url_rule("", view_func=blank)
    blueprint.add_url_rule("", endpoint="consider", view_func=consider, methods=["POST"])
    return blueprint


def blank() -> Response:
    """Show the empty form."""
    model = find(MODEL)
    return _page(model, form.Filled(Query(), {}, {}))


def consider() -> Response:
    """Show what a story, or an example, makes one consider."""
    model = find(MODEL)
    typed = request.form.to_dict()
    example = EXAMPLES.get(typed.get("example", ""))
    if example is not None:
        typed = form.fields(example.query)
    filled = form.read(typed, longest=longest(model))
    if filled.faults:
        return _page(model, filled, status=400)
    return _page(model, filled, reading=_read(model, filled.query), changed=_changed(model, filled))


def _read(model: Model, query: Query) -> Reading:
    try:
        return read(consult(model, query), load_knowledge())
    except ModelError as error:
        raise BadRequest(error.message, pointer=error.pointer) from error


def _changed(model: Model, filled: form.Filled) -> tuple[str, ...]:
    """Return what the button that was pressed changed; nothing where none was."""
    query = filled.query
    if "answer" in filled.typed:
        last = read_answer(filled.typed["answer"])
        if last.said == "unknown":
            return ("Not known: the list stays as it was, and this is not asked again.",)
        return changes(_read(model, query.without(last.finding)), _read(model, query))
    if "undo" in filled.typed:
        before = form.read({**filled.typed, "undo": ""}, longest=longest(model)).query
        return ("Answer taken back.", *changes(_read(model, before), _read(model, query)))
    return ()


def _page(
    model: Model,
    filled: form.Filled,
    *,
    reading: Reading | None = None,
    changed: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    card = model.card()
    rows = reading.rows if reading else ()
    front = tuple(row for row in rows if row.rank <= _FRONT or is_change(0, row.probability))
    response = render(
        "assistant/page.html",
        policy=SCRIPTED,
        section="assistant",
        values=filled.typed if filled.faults else form.fields(filled.query),
        faults=filled.faults,
        given=written(filled.query.given),
        query=filled.query,
        reading=reading,
        rest=percent(reading.rest) if reading else "",
        who=person(filled.query),
        front=front,
        back=rows[len(front) :],
        changed=changed,
        **_choices(),
        longest=longest(model),
        card=f"/models/{MODEL}/card",
        version=model.version,
        limits=card.get("limits", ()),
        traps=card.get("traps", ()),
    )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _choices() -> dict[str, Any]:
    return {"examples": EXAMPLES, "vitals": VITALS}
