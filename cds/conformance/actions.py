"""Check suggestions, actions, system actions and links of a response."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cds.conformance.hook_table import ORDER_HOOKS
from cds.conformance.violations import (
    Violation,
    Violations,
    absolute,
    boolean,
    coding,
    extension,
    members,
    one_of,
    step,
    text,
    unknown,
)

_BEHAVIOURS: Final = frozenset({"at-most-one", "any"})
_ACTION_BEHAVIOURS: Final = frozenset({"all", "any", "at-most-one"})
_TYPES: Final = frozenset({"create", "update", "delete"})
_WRITES: Final = frozenset({"create", "update"})
_REFERENCE: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_SUGGESTION: Final = frozenset({"label", "uuid", "isRecommended", "actions", "actionSelectionBehavior"})
_ACTION: Final = frozenset({"type", "description", "resource", "resourceId"})
_LINK_TYPES: Final = frozenset({"absolute", "smart"})
_LINK: Final = frozenset({"label", "url", "type", "appContext", "autolaunchable"})


def check_suggestions(card: Mapping[str, Any], *, pointer: str, version: str) -> Violations:
    """Check the suggestions of one card, with the behaviour that goes with them."""
    behaviour = card.get("selectionBehavior")
    place = step(pointer, "selectionBehavior")
    if "selectionBehavior" in card and not one_of(behaviour, _BEHAVIOURS):
        yield Violation(check="E7", pointer=place, message="selectionBehavior must be at-most-one or any")
    if "suggestions" not in card:
        return
    if "selectionBehavior" not in card:
        yield Violation(check="E7", pointer=place, message="cds-resp-6: suggestions need selectionBehavior")
    found, wrong = members(card["suggestions"], check="E9", pointer=step(pointer, "suggestions"))
    yield from wrong
    recommended = [spot for spot, item in found if item.get("isRecommended") is True]
    if behaviour == "at-most-one" and len(recommended) > 1:
        message = "cds-resp-1: at-most-one allows one recommended suggestion"
        yield Violation(check="E9", pointer=step(recommended[1], "isRecommended"), message=message)
    for spot, item in found:
        yield from _suggestion(item, pointer=spot, version=version)


def check_actions(actions: Any, *, pointer: str, check: str, described: bool) -> Violations:
    """Check an array of actions; those of suggestions must be described."""
    found, wrong = members(actions, check=check, pointer=pointer)
    yield from wrong
    if actions == []:
        yield Violation(check=check, pointer=pointer, message="an empty array must be omitted")
    for spot, action in found:
        yield from _action(action, pointer=spot, check=check, described=described)


def check_links(card: Mapping[str, Any], *, pointer: str) -> Violations:
    """Check the links of one card."""
    if "links" not in card:
        return
    found, wrong = members(card["links"], check="E13", pointer=step(pointer, "links"))
    yield from wrong
    for spot, link in found:
        yield from _link(link, pointer=spot)


def check_override_reasons(card: Mapping[str, Any], *, pointer: str) -> Violations:
    """Check the override reasons of one card."""
    if "overrideReasons" not in card:
        return
    place = step(pointer, "overrideReasons")
    if not isinstance(card["overrideReasons"], list):
        yield Violation(check="E8", pointer=place, message="must be an array")
        return
    for index, reason in enumerate(card["overrideReasons"]):
        yield from coding(reason, check="E8", pointer=step(place, index), display=True)


def check_targets(body: Mapping[str, Any], *, hook: str, request: Mapping[str, Any]) -> Violations:
    """Warn where an update or delete on an order hook names a resource the request did not hold."""
    if hook not in ORDER_HOOKS:
        return
    known = set(_references({"context": request.get("context"), "prefetch": request.get("prefetch")}))
    for spot, action in _all_actions(body):
        target = _target(action)
        if target and target not in known:
            message = f"{target} is not in the request"
            yield Violation(check="E15", pointer=spot, message=message, severity="warn")


def _suggestion(item: Mapping[str, Any], *, pointer: str, version: str) -> Violations:
    yield from text(item, "label", check="E9", pointer=pointer)
    yield from text(item, "uuid", check="E9", pointer=pointer, required=False)
    yield from boolean(item, "isRecommended", check="E9", pointer=pointer)
    yield from unknown(item, _SUGGESTION, check="E9", pointer=pointer)
    yield from extension(item, check="E9", pointer=pointer)
    if "actions" in item:
        place = step(pointer, "actions")
        yield from check_actions(item["actions"], pointer=place, check="E10", described=True)
    if "actionSelectionBehavior" in item:
        yield from _action_behaviour(item, pointer=pointer, version=version)


def _action_behaviour(item: Mapping[str, Any], *, pointer: str, version: str) -> Violations:
    place = step(pointer, "actionSelectionBehavior")
    if not one_of(item["actionSelectionBehavior"], _ACTION_BEHAVIOURS):
        yield Violation(check="E12", pointer=place, message="cds-resp-7: must be all, any or at-most-one")
    elif not version.startswith("3"):
        message = "a 3.0 member, to be sent to clients known to support it only"
        yield Violation(check="E12", pointer=place, message=message, severity="warn")


def _action(action: Mapping[str, Any], *, pointer: str, check: str, described: bool) -> Violations:
    kind = action.get("type")
    if not one_of(kind, _TYPES):
        message = "type must be create, update or delete"
        yield Violation(check=check, pointer=step(pointer, "type"), message=message)
    yield from text(action, "description", check=check, pointer=pointer, required=described)
    yield from unknown(action, _ACTION, check=check, pointer=pointer)
    if one_of(kind, _WRITES):
        yield from _written(action, pointer=pointer, check=check)
    elif kind == "delete":
        yield from _deleted(action, pointer=pointer, check=check)


def _written(action: Mapping[str, Any], *, pointer: str, check: str) -> Violations:
    resource, place = action.get("resource"), step(pointer, "resource")
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        message = f"cds-resp-2: {action['type']} needs a whole FHIR resource"
        yield Violation(check=check, pointer=place, message=message)
    elif action["type"] == "update" and not isinstance(resource.get("id"), str):
        message = "an updated resource needs its id"
        yield Violation(check=check, pointer=step(place, "id"), message=message)


def _deleted(action: Mapping[str, Any], *, pointer: str, check: str) -> Violations:
    target = action.get("resourceId")
    if not isinstance(target, str) or not _REFERENCE.fullmatch(target):
        message = "cds-resp-2: delete needs resourceId as Type/id"
        yield Violation(check=check, pointer=step(pointer, "resourceId"), message=message)
    if "resource" in action:
        message = "cds-resp-2: delete carries no resource"
        yield Violation(check=check, pointer=step(pointer, "resource"), message=message)


def _link(link: Mapping[str, Any], *, pointer: str) -> Violations:
    yield from text(link, "label", check="E13", pointer=pointer)
    if "url" not in link:
        yield Violation(check="E13", pointer=step(pointer, "url"), message="url is required")
    yield from absolute(link, "url", check="E13", pointer=pointer)
    yield from boolean(link, "autolaunchable", check="E13", pointer=pointer)
    yield from unknown(link, _LINK, check="E13", pointer=pointer)
    yield from extension(link, check="E13", pointer=pointer)
    if not one_of(link.get("type"), _LINK_TYPES):
        message = "type must be absolute or smart"
        yield Violation(check="E13", pointer=step(pointer, "type"), message=message)
    if "appContext" in link:
        yield from text(link, "appContext", check="E13", pointer=pointer)
        if link.get("type") != "smart":
            message = "cds-resp-3: appContext goes with smart links only"
            yield Violation(check="E13", pointer=step(pointer, "appContext"), message=message)


def _all_actions(body: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = list(members(body.get("systemActions"), check="E14", pointer="/systemActions")[0])
    for card_at, card in members(body.get("cards"), check="E1", pointer="/cards")[0]:
        suggestions = members(card.get("suggestions"), check="E9", pointer=step(card_at, "suggestions"))[0]
        for spot, item in suggestions:
            found += members(item.get("actions"), check="E10", pointer=step(spot, "actions"))[0]
    return found


def _target(action: Mapping[str, Any]) -> str | None:
    if action.get("type") == "delete":
        return str(action.get("resourceId"))
    resource = action.get("resource")
    if action.get("type") == "update" and isinstance(resource, dict):
        return f"{resource.get('resourceType')}/{resource.get('id')}"
    return None


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [reference for item in value for reference in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [f"{value['resourceType']}/{value['id']}"] if {"resourceType", "id"} <= value.keys() else []
    return own + [reference for item in value.values() for reference in _references(item)]
