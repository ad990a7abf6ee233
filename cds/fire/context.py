"""The context of a hook for one patient, built as an EHR builds it: from the chart, or as it is told."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.ports import EhrError
from cds.fire import drafts
from cds.fire.chart import Chart
from cds.fire.drafts import Draft, Resource, Scene
from cds.fire.errors import CannotFire
from cds.hooks.contexts import Context, Field, check, definition

EXAMPLE_USER = "Practitioner/example"
_PRACTITIONER = re.compile(r"(?:^|/)(Practitioner(?:Role)?/[A-Za-z0-9\-.]{1,64})\Z")


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants fired: a hook for a patient, and whatever they would rather say themselves."""

    hook: str
    patient: str
    user: str = ""
    encounter: str = ""
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A checked context, and what was chosen on the way that a person should know."""

    context: Context
    notes: tuple[str, ...] = ()

    @property
    def raw(self) -> dict[str, Any]:
        """The context as it goes into the request."""
        return dict(self.context.raw)


def build(ask: Ask, chart: Chart, *, now: datetime) -> Built:
    """Return the context; raise `CannotFire` or `BadRequest` where it lacks what the hook requires."""
    fields = definition(ask.hook).fields
    subject = ask.patient.removeprefix("Patient/")
    patient = chart.patient(subject)
    encounter, about_encounter = _encounter(ask, chart, fields.get("encounterId"), subject)
    user, about_user = _user(ask, patient)
    scene = Scene(patient=subject, user=user, encounter=encounter, now=now)
    base = {"userId": user, "patientId": subject, "encounterId": encounter}
    raw: dict[str, Any] = {name: base[name] for name in fields if base.get(name)}
    raw |= _carried(ask, chart, fields, scene)
    asks_user = "userId" in fields or "performer" in fields
    notes = (about_encounter if "encounterId" in fields else "", about_user if asks_user else "")
    return Built(check(ask.hook, raw), tuple(filter(None, notes)))


def _user(ask: Ask, patient: Resource) -> tuple[str, str]:
    if ask.user:
        return ask.user, ""
    for practitioner in patient.get("generalPractitioner", ()):
        match = _PRACTITIONER.search(str(practitioner.get("reference", "")))
        if match:
            return match[1], "user: the patient's general practitioner (--user chooses another)"
    return EXAMPLE_USER, f"user: {EXAMPLE_USER}, for the chart names nobody (--user chooses another)"


def _encounter(ask: Ask, chart: Chart, rule: Field | None, patient: str) -> tuple[str, str]:
    """Return the newest encounter in progress where the hook has a place for one."""
    if rule is None or ask.encounter:
        return ask.encounter.removeprefix("Encounter/"), ""
    try:
        found = chart.search(f"Encounter?patient={patient}&status=in-progress").resources
        why = "none is in progress"
    except EhrError as error:
        found, why = (), f"they could not be read ({error})"
    running = [e for e in found if e.get("status") == "in-progress" and e.get("resourceType") == "Encounter"]
    if running:
        newest = max(running, key=lambda e: str((e.get("period") or {}).get("start", "")))
        return str(newest["id"]), "encounter: the newest in progress (--encounter chooses another)"
    if rule.required:
        raise CannotFire(f"{ask.hook} is about an encounter and {why}; give --encounter ID")
    return "", f"encounter: left out, for {why}"


@dataclass(frozen=True, slots=True)
class _Carry:
    """How the resources of a context field come about when no file gives them."""

    from_text: str = ""
    """The resource type that a line of text makes."""
    from_chart: tuple[str, ...] = ()
    """Searches, `{}` being the patient's id; the first that finds something is used."""
    newest: bool = False
    """Only the newest of what was found."""
    change: Callable[[Resource], Resource] | None = None
    made: Callable[[Scene], Resource] | None = None
    example: str = ""


_ACTIVE = ("MedicationRequest?patient={}&status=active",)
_CARRIES: Mapping[str, _Carry] = {
    "draftOrders": _Carry(
        from_text="MedicationRequest",
        from_chart=(
            "MedicationRequest?patient={}&status=draft",
            "ServiceRequest?patient={}&status=draft",
        ),
        example="ibuprofen 400 MG Oral Tablet, three times daily rxnorm:197805",
    ),
    "medications": _Carry("MedicationRequest", _ACTIVE, newest=True, change=drafts.refill),
    "medication": _Carry("MedicationRequest", _ACTIVE, newest=True),
    "allergyIntolerance": _Carry("AllergyIntolerance", example="penicillin, hives"),
    "conditions": _Carry("Condition", example="Type 2 diabetes mellitus icd10:E11.9"),
    "appointments": _Carry(made=drafts.appointment),
    "dispatchedOrders": _Carry(from_chart=("ServiceRequest?patient={}&status=active",), newest=True),
}


def _carried(ask: Ask, chart: Chart, fields: Mapping[str, Field], scene: Scene) -> dict[str, Any]:
    """Return the fields that carry or name resources, in one walk over the hook's table."""
    name = next((name for name in fields if name in _CARRIES), "")
    if not name:
        return {}
    resources = _resources(ask, chart, _CARRIES[name], scene)
    told: dict[str, Any] = {name: _shaped(resources, fields[name])}
    if "selections" in fields:
        told["selections"] = _references(resources)
    if "performer" in fields:
        told["performer"] = scene.user
    return told


def _resources(ask: Ask, chart: Chart, carry: _Carry, scene: Scene) -> tuple[Resource, ...]:
    draft = ask.draft or Draft()
    if draft.resources:
        return drafts.owned(draft.resources, scene)
    if draft.text:
        if not carry.from_text:
            raise CannotFire(f"{ask.hook} takes no text; give --draft a file of FHIR JSON, or leave it out")
        return (drafts.from_text(carry.from_text, draft.text, scene),)
    if carry.made:
        return (carry.made(scene),)
    found = _found(chart, carry, scene.patient)
    if not found:
        hint = f' or a line such as "{carry.example}"' if carry.example else ""
        kinds = carry.from_text or "resources"
        raise CannotFire(
            f"{ask.hook} carries {kinds} and the chart holds none that fit; "
            f"give --draft a file of FHIR JSON{hint}"
        )
    return tuple(map(carry.change, found)) if carry.change else found


def _found(chart: Chart, carry: _Carry, patient: str) -> tuple[Resource, ...]:
    for query in carry.from_chart:
        try:
            found = chart.search(query.format(patient)).resources
        except EhrError as error:
            raise CannotFire(f"what the context carries could not be read: {error}; give --draft") from None
        if found:
            newest = max(found, key=lambda r: str(r.get("authoredOn", "")))
            return (newest,) if carry.newest else found
    return ()


def _shaped(resources: Sequence[Resource], rule: Field) -> Any:
    if rule.shape == "references":
        return _references(resources)
    if rule.shape == "resource":
        return resources[0]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


def _references(resources: Sequence[Resource]) -> list[str]:
    return [f"{resource['resourceType']}/{resource.get('id')}" for resource in resources]
