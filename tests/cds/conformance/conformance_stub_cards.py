"""What the stub says: its discovery document and its cards, and the ways to say them wrongly."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Spoil = Callable[[Json], object]

PATIENT = "Patient/{{context.patientId}}"
TOPIC = {"system": "https://stub.example/topics", "code": "reviewProblems", "display": "Review"}
REASON = {"system": "https://stub.example/reasons", "code": "seen", "display": "Seen elsewhere"}
PROBLEM_HOOKS = ("patient-view", "encounter-start")
ORDER_HOOKS = ("order-select", "order-sign")
SILENT_HOOKS = (
    "order-dispatch",
    "encounter-discharge",
    "appointment-book",
    "allergyintolerance-create",
    "problem-list-item-create",
    "medication-refill",
    "medication-verify",
)


def discovery() -> Json:
    problems = {"patient": PATIENT, "problems": "Condition?patient={{context.patientId}}&_count=50"}
    orders = {"patient": PATIENT, "medications": "MedicationRequest?patient={{context.patientId}}"}
    return {
        "services": [
            *(_entry("stub-problems", hook, problems) for hook in PROBLEM_HOOKS),
            *(_entry("stub-orders", hook, orders) for hook in ORDER_HOOKS),
            *(_entry("stub-silent", hook, {}) for hook in SILENT_HOOKS),
        ]
    }


def problem_body(names: list[str]) -> Json:
    listed = ", ".join(names) or "none"
    return {"cards": [_card(summary=f"{len(names)} problems on the list", detail=f"**Problems:** {listed}")]}


def order_body(drafts: Json) -> Json:
    order = next(entry["resource"] for entry in drafts["entry"])
    suggestion = {
        "label": "Hold this order",
        "uuid": str(uuid.uuid4()),
        "actions": [{"type": "update", "description": "Hold", "resource": order | {"status": "on-hold"}}],
    }
    card = _card(summary="Review this order", detail="Please review.")
    return {
        "cards": [card | {"suggestions": [suggestion]}],
        "systemActions": [{"type": "create", "resource": {"resourceType": "Flag", "status": "active"}}],
    }


def _entry(service_id: str, hook: str, prefetch: Mapping[str, str]) -> Json:
    entry = {"hook": hook, "id": service_id, "title": service_id, "description": f"{service_id} on {hook}"}
    return entry | {"version": "2.0.1"} | ({"prefetch": dict(prefetch)} if prefetch else {})


def _card(*, summary: str, detail: str) -> Json:
    referral = {"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal"}
    create = {"type": "create", "description": "Draft a referral", "resource": referral}
    return {
        "uuid": str(uuid.uuid4()),
        "summary": summary,
        "detail": detail,
        "indicator": "info",
        "source": {"label": "Stub", "url": "https://stub.example/", "topic": TOPIC},
        "suggestions": [
            {"label": "Refer", "uuid": str(uuid.uuid4()), "isRecommended": True, "actions": [create]},
            {"label": "Wait", "uuid": str(uuid.uuid4())},
        ],
        "selectionBehavior": "at-most-one",
        "overrideReasons": [REASON],
        "links": [
            {"label": "Guideline", "url": "https://stub.example/guideline", "type": "absolute"},
            {"label": "App", "url": "https://stub.example/app", "type": "smart", "appContext": "{}"},
        ],
    }


def _action(card: Json) -> Json:
    return card["suggestions"][0]["actions"][0] if "actions" in card["suggestions"][0] else {}


def _services(document: Json) -> list[Json]:
    return document["services"]


def _template(query: str) -> Spoil:
    return lambda document: _services(document)[0]["prefetch"].update(extra=query)


CARD_DEFECTS: Mapping[str, Spoil] = {
    "summary-of-140": lambda card: card.update(summary="x" * 140),
    "no-summary": lambda card: card.pop("summary"),
    "hard-stop": lambda card: card.update(indicator="hard-stop"),
    "no-source-label": lambda card: card["source"].pop("label"),
    "relative-source-url": lambda card: card["source"].update(url="/about"),
    "topic-without-code": lambda card: card["source"].update(topic={"system": "https://stub.example/"}),
    "no-card-uuid": lambda card: card.pop("uuid"),
    "script-in-detail": lambda card: card.update(detail="<script>alert(1)</script>"),
    "detail-is-object": lambda card: card.update(detail={"text": "x"}),
    "no-selection-behaviour": lambda card: card.pop("selectionBehavior"),
    "old-selection-behaviour": lambda card: card.update(selectionBehavior="exactly-one"),
    "two-recommended": lambda card: [one.update(isRecommended=True) for one in card["suggestions"]],
    "suggestion-without-label": lambda card: card["suggestions"][0].pop("label"),
    "recommended-as-text": lambda card: card["suggestions"][0].update(isRecommended="true"),
    "empty-actions": lambda card: card["suggestions"][0].update(actions=[]),
    "action-without-description": lambda card: _action(card).pop("description", None),
    "action-type-replace": lambda card: _action(card).update(type="replace"),
    "create-without-resource": lambda card: _action(card).pop("resource", None),
    "delete-with-resource": lambda card: _action(card).update(type="delete", resourceId="Condition/1"),
    "delete-without-id": lambda card: card["suggestions"][0].update(
        actions=[{"type": "delete", "description": "Remove"}]
    ),
    "update-of-foreign-order": lambda card: _action(card).update(
        type="update", resource={"resourceType": "MedicationRequest", "id": "somebody-elses"}
    ),
    "unknown-action-behaviour": lambda card: card["suggestions"][0].update(actionSelectionBehavior="some"),
    "action-behaviour-unasked": lambda card: card["suggestions"][0].update(actionSelectionBehavior="all"),
    "reason-without-display": lambda card: card.update(overrideReasons=[{**REASON, "display": None}]),
    "reason-display-absent": lambda card: card.update(overrideReasons=[{"code": "x", "system": "https://s"}]),
    "reasons-as-object": lambda card: card.update(overrideReasons=REASON),
    "app-context-on-absolute": lambda card: card["links"][0].update(appContext="x"),
    "link-without-type": lambda card: card["links"][0].pop("type"),
    "relative-link": lambda card: card["links"][0].update(url="guideline"),
    "misspelt-autolaunch": lambda card: card["links"][0].update(autoLaunchable=True),
    "empty-arrays": lambda card: card.update(links=[]),
    "null-member": lambda card: card.update(detail=None),
    "empty-string": lambda card: card["source"].update(icon=""),
    "null-in-extension": lambda card: card.update(extension={"org.stub": {"value": None}}),
    "null-in-resource": lambda card: _action(card).update(
        resource={"resourceType": "Patient", "birthDate": None}
    ),
}

BODY_DEFECTS: Mapping[str, Spoil] = {
    "no-cards-array": lambda body: body.pop("cards"),
    "cards-as-object": lambda body: body.update(cards={"card": body["cards"]}),
    "empty-system-actions": lambda body: body.update(systemActions=[]),
    "system-action-without-type": lambda body: body.update(systemActions=[{"description": "x"}]),
    "one-uuid-for-all": lambda body: body.update(cards=[body["cards"][0], body["cards"][0]]),
}

DISCOVERY_DEFECTS: Mapping[str, Spoil] = {
    "services-as-object": lambda document: document.update(services={}),
    "no-description": lambda document: _services(document)[0].pop("description"),
    "no-title": lambda document: _services(document)[0].pop("title"),
    "empty-prefetch": lambda document: _services(document)[-1].update(prefetch={}),
    "version-is-no-version": lambda document: _services(document)[0].update(version="newest"),
    "extension-as-text": lambda document: _services(document)[0].update(extension="x"),
    "same-pair-twice": lambda document: _services(document).append(dict(_services(document)[0])),
    "invented-hook": lambda document: _services(document).append(_entry("odd", "patient-opened", {})),
    "deprecated-hook": lambda document: _services(document).append(_entry("old", "order-review", {})),
    "single-braces": _template("Condition?patient={context.patientId}"),
    "unknown-token": _template("Condition?patient={{patient}}"),
    "token-below-root": _template("Observation?encounter={{context.encounter.id}}"),
    "token-not-flagged": _template("Observation?subject={{context.medications}}"),
    "illegal-include": _template("Condition?patient={{context.patientId}}&_include=Condition:encounter"),
    "illegal-modifier": _template("Condition?patient={{context.patientId}}&code:not=x"),
    "illegal-date-prefix": _template("Observation?patient={{context.patientId}}&date=sa2020-01-01"),
    "absolute-template": _template("https://ehr.example/Patient/{{context.patientId}}"),
    "fhirpath-template": _template("Observation?date=ge{{today() - 90 days}}"),
}
