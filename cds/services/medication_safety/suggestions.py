"""What one click may do about an alert: another drug that passed, the missing test, the draft taken out."""

from collections.abc import Iterator, Mapping, Sequence

from cds.fhir.write import concept, medication_request, service_request
from cds.hooks.cards import Change, Suggestion
from cds.services.base import Case
from cds.services.medication_safety.words import name_of
from models.base import Finding
from models.record import LOINC, RXNORM, Code

MOST = 3


def suggestions(group: Sequence[Finding], case: Case) -> tuple[Suggestion, ...]:
    """Return at most three suggestions; only drafts are taken out, never what is active."""
    return tuple(_suggested(group, case))[:MOST]


def _suggested(group: Sequence[Finding], case: Case) -> Iterator[Suggestion]:
    head = group[0]
    # In the order of the drafts: the alternatives were tried in the place of the first that is concerned.
    drafted = [d["id"] for d in case.drafts if d["id"] in head.detail["refs"]]
    if drafted:
        for drug in head.detail["alternatives"][:1]:
            yield _replacement(head, drafted[0], drug, case)
    labs = {lab["name"]: lab for finding in group for lab in finding.detail["labs_missing"] if lab["loinc"]}
    for lab in list(labs.values())[:1]:
        yield _test(head, lab, case)
    for ref in drafted if _to_go(head) else ():
        words = f"Remove {name_of(head, ref)} from these orders"
        yield Suggestion(words, case.new_uuid(), (Change("delete", words, ref),))


def _to_go(head: Finding) -> bool:
    return bool(head.reached["severity"] == "critical" or head.detail["alert"] == "duplicate")


def taken_out(group: Sequence[Finding], case: Case) -> tuple[str, ...]:
    """Return the drafts to take out in words, by their place among the orders.

    A click needs the draft's id (`resourceId` of a delete, CDS Hooks 2.0.1); some EHRs send drafts without
    one or show no suggestions, and the advice stands in the text all the same.
    """
    head = group[0]
    orders = [d["id"] for d in case.drafts if d["resourceType"] == "MedicationRequest"]
    if not _to_go(head):
        return ()
    placed = [(place, ref) for place, ref in enumerate(orders, start=1) if ref in head.detail["refs"]]
    return tuple(
        f"{name_of(head, ref)} (draft {place} of {len(orders)})" if len(orders) > 1 else name_of(head, ref)
        for place, ref in placed
    )


def _replacement(head: Finding, draft: str, drug: Mapping[str, str], case: Case) -> Suggestion:
    codes = [Code(RXNORM, drug["rxcui"], drug["name"])] if drug["rxcui"] else []
    made = medication_request(
        patient=case.patient,
        drug=concept(codes, drug["name"]),
        note=f"Proposed in place of another drug: {head.title}. Dose to be chosen.",
        model=head.model,
    )
    changes = (
        Change("delete", f"Remove {name_of(head, draft)} from these orders", draft),
        Change("create", f"Draft {drug['name']}, dose to be chosen", resource=made),
    )
    return Suggestion(f"Replace with {drug['name']}", case.new_uuid(), changes)


def _test(head: Finding, lab: Mapping[str, str], case: Case) -> Suggestion:
    made = service_request(
        patient=case.patient,
        code=concept([Code(LOINC, lab["loinc"], lab["title"])], lab["title"]),
        reason=head.title,
        model=head.model,
    )
    change = Change("create", f"Draft {lab['title']}", resource=made)
    return Suggestion(f"Order {lab['title']}", case.new_uuid(), (change,))
