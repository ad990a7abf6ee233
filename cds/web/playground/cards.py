"""Cards as an EHR draws them: by severity, with what each suggestion would change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cds.web.playground import markdown
from cds.web.playground.contrast import pretty

_ORDER = ("critical", "warning", "info")
_WORDS = {"critical": "Critical", "warning": "Warning", "info": "Information"}
_VERBS = {"create": "Create", "update": "Change", "delete": "Remove"}

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One top-level member that an update would change."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action: what it does, to what, and the resource as JSON."""

    verb: str
    description: str
    target: str
    members: tuple[Member, ...]
    resource: str


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """One suggestion with its actions."""

    uuid: str
    label: str
    recommended: bool
    actions: tuple[ActionView, ...]


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One coded reason for an override."""

    code: str
    system: str
    display: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link; a SMART one is named and not opened, there being no launch server here."""

    label: str
    url: str
    smart: bool


@dataclass(frozen=True, slots=True)
class CardView:
    """One card as it is drawn."""

    uuid: str
    service: str
    title: str
    """What the service is called."""
    indicator: str
    severity: str
    summary: str
    detail: Markup
    source: str
    source_url: str
    topic: str
    several: bool
    """Whether any number of suggestions may be taken together."""
    suggestions: tuple[SuggestionView, ...]
    reasons: tuple[ReasonView, ...]
    links: tuple[LinkView, ...]


def views(body: Any, *, service: tuple[str, str], request: Mapping[str, Any]) -> tuple[CardView, ...]:
    """Return the cards of a response of a service (id, title); what is no card is the conformance list's."""
    cards = body.get("cards") if isinstance(body, Mapping) else None
    known = dict(_sent(request))
    return tuple(
        _card(card, service=service, known=known)
        for card in (cards if isinstance(cards, list) else ())
        if isinstance(card, Mapping)
    )


def by_severity(cards: Iterable[CardView]) -> tuple[CardView, ...]:
    """Return the cards, gravest first; among equals the services' order stands."""
    return tuple(sorted(cards, key=lambda card: _ORDER.index(card.indicator)))


def tally(cards: Sequence[CardView], *, failed: int = 0) -> str:
    """Return in words how many cards there are of each severity, and how many services did not answer."""
    counts = [(sum(c.indicator == name for c in cards), name) for name in _ORDER]
    told = ", ".join(f"{count} {_WORDS[name].lower()}" for count, name in counts if count)
    whole = f"{len(cards)} card{'' if len(cards) == 1 else 's'}: {told}" if told else "No cards"
    services = "1 service" if failed == 1 else f"{failed} services"
    return f"{whole}; {services} did not answer" if failed else whole


def _sent(request: Mapping[str, Any]) -> Iterable[tuple[str, Resource]]:
    """Yield (Type/id, resource) of everything a request carried."""
    context, prefetch = request.get("context"), request.get("prefetch")
    stack: list[Any] = [part for part in (context, prefetch) if isinstance(part, Mapping)]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            if isinstance(value.get("resourceType"), str) and value["resourceType"] != "Bundle":
                yield f"{value['resourceType']}/{value.get('id')}", value
                continue
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _card(card: Mapping[str, Any], *, service: tuple[str, str], known: Mapping[str, Resource]) -> CardView:
    source = _object(card.get("source"))
    indicator = card.get("indicator") if card.get("indicator") in _ORDER else "info"
    return CardView(
        uuid=str(card.get("uuid", "")),
        service=service[0],
        title=service[1],
        indicator=str(indicator),
        severity=_WORDS[str(indicator)],
        summary=str(card.get("summary", "")),
        detail=markdown.render(str(card.get("detail", ""))),
        source=str(source.get("label", "")),
        source_url=_web(source.get("url")),
        topic=str(_object(source.get("topic")).get("code", "")),
        several=card.get("selectionBehavior") == "any",
        suggestions=tuple(_suggestion(s, known) for s in _objects(card.get("suggestions"))),
        reasons=tuple(
            ReasonView(str(r.get("code", "")), str(r.get("system", "")), str(r.get("display", "")))
            for r in _objects(card.get("overrideReasons"))
        ),
        links=tuple(
            LinkView(str(item.get("label", "")), _web(item.get("url")), item.get("type") == "smart")
            for item in _objects(card.get("links"))
        ),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _web(value: Any) -> str:
    """Return an address a browser may open; any other scheme is foreign text and is not linked."""
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else ""


def _suggestion(suggestion: Mapping[str, Any], known: Mapping[str, Resource]) -> SuggestionView:
    return SuggestionView(
        uuid=str(suggestion.get("uuid", "")),
        label=str(suggestion.get("label", "")),
        recommended=suggestion.get("isRecommended") is True,
        actions=tuple(_action(action, known) for action in _objects(suggestion.get("actions"))),
    )


def _action(action: Mapping[str, Any], known: Mapping[str, Resource]) -> ActionView:
    resource = _object(action.get("resource"))
    reference = str(action.get("resourceId") or f"{resource.get('resourceType')}/{resource.get('id')}")
    before = known.get(reference, {})
    updates = action.get("type") == "update"
    return ActionView(
        verb=_VERBS.get(str(action.get("type")), "Unknown action on"),
        description=str(action.get("description", "")),
        target=named(resource or before) or reference,
        members=_changed(before, resource) if updates and before else (),
        resource=pretty(resource) if resource else "",
    )


def _changed(before: Resource, after: Resource) -> tuple[Member, ...]:
    names = [n for n in dict.fromkeys((*before, *after)) if before.get(n) != after.get(n)]
    return tuple(Member(name, _shown(before, name), _shown(after, name)) for name in names)


def _shown(resource: Resource, name: str) -> str:
    return pretty(resource[name]) if name in resource else "(not there)"


_CONCEPTS = ("medicationCodeableConcept", "code", "vaccineCode")


def named(resource: Resource) -> str:
    """Return what a resource is about, as a person says it: its type and the words of its code."""
    kind = str(resource.get("resourceType", ""))
    for name in _CONCEPTS:
        if text := words(resource.get(name)):
            return f"{kind}: {text}"
    return kind


def words(concept: Any) -> str:
    """Return the words of a CodeableConcept, or its code where there are none."""
    found = _object(concept)
    codings = _objects(found.get("coding"))
    told = [found.get("text"), *(c.get("display") for c in codings), *(c.get("code") for c in codings)]
    return next((text for text in told if isinstance(text, str) and text), "")
