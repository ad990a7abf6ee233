"""What the stub demands of a call and of feedback, and the ways to demand too little or too much."""

import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

Json = dict[str, Any]

STAFF = {"userId": str, "patientId": str}
REQUIRED: Mapping[str, Mapping[str, type]] = {
    "patient-view": STAFF,
    "encounter-start": STAFF | {"encounterId": str},
    "encounter-discharge": STAFF | {"encounterId": str},
    "order-select": STAFF | {"selections": list, "draftOrders": dict},
    "order-sign": STAFF | {"draftOrders": dict},
    "order-dispatch": {"patientId": str, "dispatchedOrders": list, "performer": str},
    "appointment-book": STAFF | {"appointments": dict},
    "allergyintolerance-create": STAFF | {"allergyIntolerance": dict},
    "problem-list-item-create": STAFF | {"conditions": dict},
    "medication-refill": {"patientId": str, "medications": dict},
    "medication-verify": STAFF | {"medication": dict},
}
OPTIONAL: Mapping[str, type] = {"encounterId": str, "userId": str, "fulfillmentTasks": list}
GRANT = {"access_token": str, "token_type": str, "expires_in": int, "scope": str, "subject": str}


class AnswerError(Exception):
    """Raised to answer with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Rules:
    def __init__(self, defects: frozenset[str]) -> None:
        self.has = defects.__contains__
        self._instances: set[str] = set()

    def check_call(self, body: Json) -> None:
        if self.has("no-validation"):
            body["context"] = body["context"] if isinstance(body.get("context"), dict) else {}
            body.setdefault("hook", "patient-view")
            return
        if not isinstance(body.get("hook"), str):
            raise AnswerError(422 if self.has("uses-422") else 400, "/hook: required")
        with suppress(ValueError, TypeError, AttributeError):
            uuid.UUID(body.get("hookInstance"))
            if not isinstance(body.get("context"), dict):
                raise AnswerError(400, "/context: required, as an object")
            self._check_grant(body)
            self._check_repeat(body)
            return
        raise AnswerError(400, "/hookInstance: required, as a UUID")

    def _check_repeat(self, body: Json) -> None:
        known = body["hookInstance"] in self._instances
        self._instances.add(body["hookInstance"])
        if known and self.has("409-on-repeat"):
            raise AnswerError(409, "/hookInstance: seen before")
        if self.has("refuses-extension") and "extension" in body:
            raise AnswerError(400, "/extension: not expected")

    def _check_grant(self, body: Json) -> None:
        granted = body.get("fhirAuthorization")
        if granted is None:
            return
        if "fhirServer" not in body and not self.has("grant-without-server"):
            raise AnswerError(400, "/fhirServer: required with fhirAuthorization")
        good = all(isinstance(granted.get(name), kind) for name, kind in GRANT.items())
        if (not good or granted["token_type"] != "Bearer") and not self.has("any-grant"):
            raise AnswerError(400, "/fhirAuthorization: incomplete")

    def check_context(self, hook: str, context: Json) -> None:
        for name, kind in REQUIRED[hook].items():
            loose = self.has("missing-context-ok") and name not in context
            if not isinstance(context.get(name), kind) and not loose and not self.has("no-validation"):
                pointer = name if self.has("400-names-nothing") else f"/context/{name}"
                raise AnswerError(400, f"{pointer}: required, as {kind.__name__}")
        for name, kind in OPTIONAL.items():
            if not isinstance(context.get(name, kind()), kind) and not self.has("any-type"):
                raise AnswerError(400, f"/context/{name}: of the wrong type")
        if "/" in context["patientId"] if isinstance(context.get("patientId"), str) else False:
            raise AnswerError(400, "/context/patientId: an id has no slash")
        if not re.fullmatch(r"\w+/.+", str(context.get("userId", "a/b"))) and not self.has("any-user"):
            raise AnswerError(400, "/context/userId: Type/id is wanted")
        self._check_forms(context)

    def _check_forms(self, context: Json) -> None:
        if self.has("refuses-wrapped-allergy") and "resource" in context.get("allergyIntolerance", {}):
            raise AnswerError(400, "/context/allergyIntolerance: wrapped")
        if self.has("strict-drafts") and "type" not in context.get("draftOrders", {"type": "x"}):
            raise AnswerError(400, "/context/draftOrders/type: required")
        if self.has("encounter-required") and "encounterId" not in context:
            raise AnswerError(400, "/context/encounterId: required")


def feedback_fault(item: Json) -> str:
    if not isinstance(item.get("card"), str):
        return "card: required"
    if item.get("outcome") not in {"accepted", "overridden"}:
        return "outcome: accepted or overridden"
    if item["outcome"] == "accepted" and not item.get("acceptedSuggestions"):
        return "acceptedSuggestions: required"
    if item.get("overrideReason") == {}:
        return "overrideReason: reason or userComment"
    try:
        datetime.fromisoformat(item["outcomeTimestamp"])
    except (KeyError, ValueError):
        return "outcomeTimestamp: an RFC 3339 instant"
    return ""
