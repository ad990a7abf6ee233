"""The drafts that a clinician may take: unsigned proposals with dose and reason, marked as machine-made."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.write import concept, medication_request
from cds.hooks.cards import Change, Suggestion, shorten
from cds.services.base import Case
from cds.services.medication_recommender.selection import called, offered
from models.base import Finding
from models.record import CVX, RXNORM, SNOMED, UCUM, Code

_ROUTES: Mapping[str, str] = {"26643006": "Oral route", "46713006": "Nasal route"}


def rule_drafts(finding: Finding, case: Case, count: int) -> Iterator[Suggestion]:
    """Yield drafts of what a guideline rule proposes, the safest first."""
    for option in offered(finding)[:count]:
        note = f"Guideline rule, not learned: {finding.detail['guideline']}. {finding.title}."
        yield _suggested(_of_rule(option), note, finding, case)


def learned_draft(finding: Finding, case: Case) -> Suggestion:
    """Return the draft of a learned item, without a dose."""
    note = f"Learned from {finding.detail['learned_from']}, no guideline rule. Dose to be chosen."
    code = Code(RXNORM, finding.detail["rxcui"], "")
    product = str(finding.detail["product"])
    drug = concept([code] if code.code else [], product)
    return _suggested((f"{product}, dose to be chosen", drug, {}), note, finding, case)


_Drafted = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""What it is called, its code, and its dosage."""


def _of_rule(option: Mapping[str, Any]) -> _Drafted:
    draft = option["draft"]
    if draft is None:
        system, code = (CVX, option["cvx"]) if option["cvx"] else (RXNORM, option["rxcui"])
        dose = "one dose" if option["cvx"] else "dose to be chosen"
        drug = concept([Code(system, code, "")] if code else [], option["name"])
        return f"{option['name']}, {dose}", drug, {}
    code = Code(RXNORM, draft["rxcui"] or option["rxcui"], "" if draft["rxcui"] else option["name"])
    drug = concept([code] if code.code else [], draft["product"])
    words = draft["product"] if draft["as_needed"] else f"{called(option)} {draft['sig']}"
    return words, drug, dosage(draft)


def dosage(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a starting dose as FHIR R4 Dosage."""
    made: dict[str, Any] = {"text": draft["sig"]}
    if draft["times"]:
        made["timing"] = {"repeat": {**draft["times"], "periodUnit": draft["times"]["unit"]}}
        del made["timing"]["repeat"]["unit"]
    if draft["as_needed"]:
        made["asNeededBoolean"] = True
    made["route"] = concept([Code(SNOMED, draft["route"], _ROUTES[draft["route"]])], _ROUTES[draft["route"]])
    if draft["dose"]:
        unit = draft["dose"]["unit"]
        amount = {
            "value": draft["dose"]["value"],
            "unit": {"{tbl}": "tablet"}.get(unit, unit),
            "system": UCUM,
            "code": unit,
        }
        made["doseAndRate"] = [{"doseQuantity": amount}]
    return made


def _suggested(drafted: _Drafted, note: str, finding: Finding, case: Case) -> Suggestion:
    words, drug, dose = drafted
    made = medication_request(patient=case.patient, drug=drug, note=note, model=finding.model, learned=True)
    # A rule is no learned model, and yet it is a machine that writes this draft: both carry the AIAST label.
    made |= {"reasonCode": [{"text": shorten(_reason(finding), 120)}]}
    if dose:
        made["dosageInstruction"] = [dose]
    label = shorten(f"Draft {words}", 80)
    return Suggestion(label, case.new_uuid(), (Change("create", f"{label}, unsigned", resource=made),))


def _reason(finding: Finding) -> str:
    if finding.kind == "model":
        return ", ".join(finding.detail["indication"])
    return ", ".join(finding.detail["brief"]) or finding.title
