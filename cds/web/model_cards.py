"""Model cards: an index, and each card as a page, JSON, CHAI XML or FHIR; open to all."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

import orjson
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from cds.card_formats import chai_xml, fhir
from cds.errors import BadRequest, NotAcceptable
from cds.web.catalogue import catalogue, find, written
from cds.web.context import parts
from cds.web.pages import render
from models.card import ModelCard, card_of
from models.card_attributes import GROUPS

blueprint = Blueprint("model_cards", __name__)

_FAMILIES = {"scores": "Published clinical scores", "risk": "Learned risks"}
_KINDS = {"formula": "published formula", "rules": "reviewed rules", "learned": "learned from data"}


@blueprint.get("/models")
def index() -> Response:
    """List all models by family."""
    rows = [_row(name) for name in catalogue().names()]
    families = [
        {"title": _FAMILIES.get(family, family), "models": list(models)}
        for family, models in groupby(rows, key=lambda row: row["family"])
    ]
    return render("models/index.html", section="models", families=families, count=len(rows))


def _row(name: str) -> dict[str, Any]:
    model = catalogue().get(name)
    return {
        "family": name.partition("/")[0],
        "name": name,
        "address": f"/models/{written(name)}/card",
        "title": model.card().get("title", name),
        "version": model.version,
        "whole": "/" not in name,
    }


@blueprint.get("/models/<name>")
def model(name: str) -> Answer:
    """Lead to the card of a model."""
    return redirect(f"/models/{written(find(name).name)}/card")


@blueprint.get("/models/<name>/card")
def card(name: str) -> Response:
    """Return a model's card in the form asked for by `format`, or by the Accept header."""
    form = _form(request.args.get("format", ""))
    response = _FORMS[form][1](card_of(find(name)))
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


def _form(asked: str) -> str:
    """Return the form to answer in; a page where the caller takes anything."""
    if asked:
        if asked not in _FORMS:
            raise BadRequest(f"format is one of {', '.join(_FORMS)}", pointer="/format")
        return asked
    if not request.accept_mimetypes or request.accept_mimetypes.best == "*/*":
        return "html"
    kinds = {kind: form for form, (kind, _) in _FORMS.items()}
    best = request.accept_mimetypes.best_match(list(kinds))
    if best is None:
        raise NotAcceptable(f"a card is given as {', '.join(kinds)}")
    return kinds[best]


def _html(one: ModelCard) -> Response:
    groups = [
        (title, [(names[key], text) for key, text in one.attributes[group].items()])
        for group, (title, names) in GROUPS.items()
    ]
    address = f"/models/{written(one.name)}/card"
    return render(
        "models/card.html",
        section="models",
        card=one,
        kind=_KINDS[one.kind],
        address=address,
        groups=groups,
        inputs=[{**row, "range": span(row), "kind": _kind(row)} for row in one.inputs],
        bands=[{**row, "range": span({**row, "min": row.get("from")})} for row in one.bands],
        models=[(name, f"/models/{written(name)}/card") for name in one.models],
    )


def span(row: Mapping[str, Any]) -> str:
    """Say a stretch of numbers: `18 to below 80`."""
    low, high, below = row.get("min"), row.get("max"), row.get("below")
    upper = f"to {high:g}" if high is not None else f"to below {below:g}" if below is not None else ""
    if low is None:
        return upper.removeprefix("to ") if below is not None else upper.replace("to ", "up to ")
    return f"{low:g} {upper}" if upper else f"{low:g} or more"


def _kind(row: Mapping[str, Any]) -> str:
    if row.get("values"):
        return ", ".join(row["values"])
    kind = str(row["kind"])
    return {"boolean": "true or false", "list": "list of whole numbers"}.get(kind, kind)


def _json(one: ModelCard) -> Response:
    return Response(orjson.dumps(one.as_dict()), mimetype="application/json")


def _xml(one: ModelCard) -> Response:
    return Response(chai_xml(one), content_type="application/xml; charset=utf-8")


def _fhir(one: ModelCard) -> Response:
    base = parts().settings.base_url.rstrip("/")
    body = fhir(one, address=f"{base}/models/{written(one.name)}/card")
    return Response(orjson.dumps(body), mimetype="application/fhir+json")


_FORMS: Mapping[str, tuple[str, Callable[[ModelCard], Response]]] = {
    "html": ("text/html", _html),
    "json": ("application/json", _json),
    "chai-xml": ("application/xml", _xml),
    "fhir": ("application/fhir+json", _fhir),
}
