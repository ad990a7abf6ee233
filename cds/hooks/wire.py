"""Cards to JSON objects as CDS Hooks carries them: empty members are left out, everywhere of ours.

Spec: https://cds-hooks.hl7.org/2.0/#json-format, and HL7's logical models (no null, "", [] or {}).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.hooks.cards import Action, Card, Change, Link, Source, Suggestion
from models.record import Code

FINDINGS = "org.clinicards.findings"
ABOUT = "org.clinicards.card"


def tidy(value: Any) -> Any:
    """Return a copy without null, empty strings, arrays and objects, at every depth."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict or isinstance(value, Mapping):
        kept: dict[Any, Any] = {}
        for key, item in value.items():
            # Plain members are nearly all there are: they are looked at here and not by a call each.
            tidied = item if type(item) in _PLAIN else tidy(item)
            if tidied or not _is_empty(tidied):
                kept[key] = tidied
        return kept
    if isinstance(value, list | tuple):
        return [item for item in map(tidy, value) if item or not _is_empty(item)]
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})
_NUMBERS = frozenset({int, float, bool})


def _is_empty(item: Any) -> bool:
    return type(item) not in _NUMBERS and (item is None or item in ("", [], {}))


def response(cards: Sequence[Card], *, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response body; `about` goes into each card's own extension (service, config revision)."""
    return {"cards": [card_object(card, about=about) for card in cards]}


def card_object(card: Card, *, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return one card as JSON object, actions' resources untouched."""
    body = tidy(
        {
            "uuid": card.uuid,
            "summary": card.summary,
            "detail": card.detail,
            "indicator": card.indicator,
            "source": _source(card.source),
            "overrideReasons": [
                {"code": r.code, "system": r.system, "display": r.display} for r in card.override_reasons
            ],
            "links": [_link(link) for link in card.links],
            "selectionBehavior": card.selection_behavior,
            "extension": {
                FINDINGS: list(card.findings),
                ABOUT: {**about, "model": card.model, "topic": card.topic},
            },
        }
    )
    if card.suggestions:
        body["suggestions"] = [_suggestion(s) for s in card.suggestions]
    return dict(body)


def _source(source: Source) -> dict[str, Any]:
    return {
        "label": source.label,
        "url": source.url,
        "icon": source.icon,
        "topic": coding(source.topic) if source.topic else None,
    }


def coding(code: Code) -> dict[str, str]:
    """Return a coding without empty members."""
    found = {"system": code.system, "code": code.code, "display": code.display}
    return {key: value for key, value in found.items() if value}


def _link(link: Link) -> dict[str, Any]:
    return {
        "label": link.label,
        "url": link.url,
        "type": link.type,
        "appContext": link.app_context,
        "autolaunchable": link.autolaunchable,
    }


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    body: dict[str, Any] = {"label": suggestion.label, "uuid": suggestion.uuid}
    if suggestion.is_recommended:
        body["isRecommended"] = True
    if suggestion.action_selection != "all":
        body["actionSelectionBehavior"] = suggestion.action_selection
    body["actions"] = [action_object(action) for action in suggestion.actions]
    return body


def action_object(action: Action | Change) -> dict[str, Any]:
    """Return one action; a `Change` that was not restored is a defect and raises `TypeError`."""
    if not isinstance(action, Action):
        raise TypeError("a change reached the wire without being restored")
    body: dict[str, Any] = {"type": action.type}
    if action.description:
        body["description"] = action.description
    if action.resource is not None:
        body["resource"] = dict(action.resource)
    else:
        body["resourceId"] = action.resource_id
    return body
