"""How each clean resource becomes facts, one function a type."""

from collections.abc import Callable, Mapping
from typing import Any

from cds.fhir.dates import Offset
from cds.fhir.dosing import dose, schedule
from cds.fhir.values import code_of, codes, items, value_of
from models.record import Fact, Kind

Clean = Mapping[str, Any]


def _minutes(*candidates: Any) -> tuple[int | None, str]:
    """Return minutes ago and precision of the first of these that is recorded."""
    for candidate in candidates:
        moment = candidate.get("start") or candidate.get("end") if isinstance(candidate, dict) else candidate
        if isinstance(moment, Offset):
            return moment.minutes_ago, moment.precision
    return None, ""


def _end(period: Any) -> int | None:
    end = period.get("end") if isinstance(period, dict) else period
    return end.minutes_ago if isinstance(end, Offset) else None


def _reference(resource: Clean, name: str) -> str:
    found = resource.get(name)
    return str(found["reference"]) if isinstance(found, dict) and "reference" in found else ""


def _base(resource: Clean, kind: Kind, concept: Any, *times: Any, **more: Any) -> Fact:
    minutes, precision = _minutes(*times)
    return Fact(
        kind=kind,
        codes=codes(concept),
        text=(concept or {}).get("text", ""),
        minutes_ago=minutes,
        time_precision=precision,  # type: ignore[arg-type]  # an Offset's precision is one of the literals
        status=more.pop("status", None) or str(resource.get("status", "")),
        ref=resource["id"],
        encounter=more.pop("encounter", None) or _reference(resource, "encounter"),
        **more,
    )


def _categories(resource: Clean) -> tuple[str, ...]:
    found = resource.get("category")
    return tuple([c["code"] for x in items(found) for c in x.get("coding", ())]) if found else ()


_TAKEN = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")


def _observation(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    """Return an observation and its components as facts of one group.

    Charts are observations for the most part: what components share is read once.
    """
    minutes, precision = _minutes(*[r[name] for name in _TAKEN if name in r])
    status, ref, encounter = str(r.get("status", "")), r["id"], _reference(r, "encounter")
    category, detail = _categories(r), _moment(r.get("valueDateTime"))
    return [
        Fact(
            kind="observation",
            codes=codes(concept := part.get("code")),
            text=concept.get("text", "") if concept else "",
            value=value_of(part),
            minutes_ago=minutes,
            status=status,
            category=category,
            absent_reason=code_of(part["dataAbsentReason"]) if "dataAbsentReason" in part else "",
            interpretation=_interpretations(part["interpretation"]) if "interpretation" in part else (),
            ref=ref,
            group=ref,
            encounter=encounter,
            time_precision=precision,  # type: ignore[arg-type]  # an Offset's precision is one of the literals
            detail=detail,
        )
        for part in (r, *items(r.get("component")))
    ]


def _interpretations(said: Any) -> tuple[str, ...]:
    return tuple([c.code for x in said for c in codes(x)])


def _moment(value: Any) -> dict[str, Any]:
    """Return a value that is itself a time (an expected date of delivery) as minutes before the call."""
    return {"value_minutes_ago": value.minutes_ago} if isinstance(value, Offset) else {}


def _condition(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    ended, _precision = _minutes(r.get("abatementDateTime"), r.get("abatementPeriod"))
    over = "abatementAge" in r or (ended is not None and ended >= 0)
    return [
        _base(
            r,
            "condition",
            r.get("code"),
            r.get("onsetDateTime"),
            r.get("onsetPeriod"),
            r.get("recordedDate"),
            status=code_of(r.get("clinicalStatus")) or ("resolved" if over else ""),
            verification=code_of(r.get("verificationStatus")),
            category=_categories(r),
            ended_minutes_ago=ended,
            detail=_some(severity=code_of(r.get("severity"))),
        )
    ]


def _some(**members: Any) -> dict[str, Any]:
    """Return those members that have a value."""
    return {name: value for name, value in members.items() if value is not None and value != ""}


def _drug(r: Clean, by_id: Mapping[str, Clean]) -> Mapping[str, Any]:
    """Return the concept of a drug, its Medication looked up where it stands apart."""
    concept = r.get("medicationCodeableConcept")
    if concept:
        return dict(concept)
    medication = by_id.get(_reference(r, "medicationReference"), {})
    return dict(medication.get("code") or {})


def _medication(r: Clean, by_id: Mapping[str, Clean]) -> list[Fact]:
    first = next(iter(items(r.get("dosageInstruction") or r.get("dosage"))), {})
    dispensing = next(iter(items(r.get("dispenseRequest"))), {})
    return [
        _base(
            r,
            "medication",
            _drug(r, by_id),
            r.get("authoredOn"),
            r.get("effectiveDateTime"),
            r.get("effectivePeriod"),
            r.get("whenHandedOver"),
            r.get("whenPrepared"),
            r.get("dateAsserted"),
            encounter=_reference(r, "context"),
            ended_minutes_ago=_end(r.get("effectivePeriod") or dispensing.get("validityPeriod")),
            category=_categories(r),
            detail=_some(
                resource=r["resourceType"],
                intent=r.get("intent"),
                do_not_perform=r.get("doNotPerform"),
                as_needed=first.get("asNeededBoolean"),
                route=code_of(first.get("route")),
                dose=dose(first),
                sig=first.get("text"),
                **schedule(first),
                reasons=" ".join(f"{c.system}|{c.code}" for x in r.get("reasonCode", ()) for c in codes(x)),
            ),
        )
    ]


def _allergy(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    shown = [m for x in items(r.get("reaction")) for m in x.get("manifestation", ())]
    reactions = [c for m in shown for c in codes(m)]
    told = [
        *(c.code for c in reactions),
        *(c.display for c in reactions),
        *(m.get("text", "") for m in shown),
    ]
    return [
        _base(
            r,
            "allergy",
            r.get("code"),
            r.get("onsetDateTime"),
            r.get("recordedDate"),
            status=code_of(r.get("clinicalStatus")),
            verification=code_of(r.get("verificationStatus")),
            detail=_some(
                type=r.get("type"),
                criticality=r.get("criticality"),
                reaction=reactions[0].code if reactions else "",
                reactions=";".join(dict.fromkeys(filter(None, told))),
            ),
        )
    ]


def _procedure(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    times = (r.get("performedDateTime"), r.get("performedPeriod"))
    ended = _end(r.get("performedPeriod"))
    return [_base(r, "procedure", r.get("code"), *times, ended_minutes_ago=ended, category=_categories(r))]


def _encounter(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    reasons = r.get("reasonCode") or [{}]
    stay = next(iter(items(r.get("hospitalization"))), {})
    return [
        _base(
            r,
            "encounter",
            reasons[0],
            r.get("period"),
            encounter=r["id"],
            ended_minutes_ago=_end(r.get("period")),
            category=tuple(c.code for x in r.get("type", ()) for c in codes(x)),
            detail=_some(
                **{"class": (r.get("class") or {}).get("code")},
                priority=code_of(r.get("priority")),
                admit_source=code_of(stay.get("admitSource")),
                service_type=code_of(r.get("serviceType")),
                unread_reasons=r.get("_unread_reasons"),
                reasons="; ".join(dict.fromkeys(filter(None, map(_worded, items(r.get("reasonCode")))))),
                reason_refs=" ".join(
                    x["reference"] for x in items(r.get("reasonReference")) if "reference" in x
                ),
            ),
        )
    ]


def _worded(concept: Any) -> str:
    """Return what a concept is called: its text, or else its first coding's display."""
    return str(concept.get("text") or next((c.display for c in codes(concept) if c.display), ""))


def _simple(kind: Kind, concept: str, *times: str) -> Callable[[Clean, Mapping[str, Clean]], list[Fact]]:
    """Return a reader for types that need no more than a concept, a time and their statuses."""

    def read(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
        return [
            _base(
                r,
                kind,
                r.get(concept),
                *(r.get(t) for t in times),
                category=_categories(r),
                detail=_some(resource=r["resourceType"], intent=r.get("intent"), priority=r.get("priority")),
            )
        ]

    return read


def _family(r: Clean, _: Mapping[str, Clean]) -> list[Fact]:
    relation = code_of(r.get("relationship"))
    return [
        _base(r, "family-history", c.get("code"), detail=_some(relationship=relation))
        for c in items(r.get("condition"))
    ]


READERS: Mapping[str, Callable[[Clean, Mapping[str, Clean]], list[Fact]]] = {
    "Observation": _observation,
    "Condition": _condition,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "AllergyIntolerance": _allergy,
    "Procedure": _procedure,
    "Encounter": _encounter,
    "Immunization": _simple("immunization", "vaccineCode", "occurrenceDateTime"),
    "DiagnosticReport": _simple("report", "code", "effectiveDateTime", "effectivePeriod", "issued"),
    "ServiceRequest": _simple("order", "code", "authoredOn", "occurrenceDateTime"),
    "DeviceRequest": _simple("order", "codeCodeableConcept", "authoredOn"),
    "Device": _simple("device", "type"),
    "Flag": _simple("flag", "code", "period"),
    "Goal": _simple("other", "description", "startDate"),
    "Appointment": _simple("appointment", "appointmentType", "start"),
    "FamilyMemberHistory": _family,
}
