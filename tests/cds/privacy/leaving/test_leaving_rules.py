"""The rules name every member of every type that R4 has, and what they let out is R4."""

import pytest
from leaving_whole import members, variants, whole
from leaving_world import PATIENT, leaks, left, told

from cds.fhir.types import RESOURCE_TYPES
from cds.fhir.validate import faults
from cds.privacy.leaving.rules import Rule, Table, actions, load

TYPES = sorted(load().types)
PROFILES = ("safe_harbor", "limited")
EXPECTED = """
Patient Practitioner PractitionerRole RelatedPerson Encounter EpisodeOfCare Condition Observation
DiagnosticReport DocumentReference Composition MedicationRequest MedicationStatement
MedicationAdministration MedicationDispense Medication AllergyIntolerance Immunization Procedure
ServiceRequest NutritionOrder VisionPrescription FamilyMemberHistory CarePlan CareTeam Goal
Appointment Task Specimen ImagingStudy Media Binary Device DeviceRequest DeviceUseStatement Coverage
Location Organization QuestionnaireResponse Questionnaire Flag RiskAssessment Consent Communication
Provenance OperationOutcome Bundle Parameters
"""


def test_every_type_that_a_hook_may_carry_has_rules():
    assert set(EXPECTED.split()) <= set(TYPES) <= RESOURCE_TYPES


@pytest.mark.parametrize("kind", TYPES)
def test_every_member_of_the_type_is_named_even_where_it_is_dropped(kind):
    """What R4 calls a member is decided on by name; only what senders make up is unknown."""
    shared = load().shared

    def missing(module, name, table, path):
        also = table.members.get("@also")
        named = {**table.members, **(shared[also.removesuffix("!")].members if also else {})}
        found = []
        for alias, part, *_ in members(module, name):
            if alias == "meta":
                continue
            what = named.get(alias)
            if what is None:
                found.append(f"{path}.{alias}")
            if isinstance(what, str):
                what = shared[what]
            if isinstance(what, Table) and part.startswith(module) and path.count(".") < 4:
                found += missing(module, part, what, f"{path}.{alias}")
        return found

    assert missing(kind, kind, load().types[kind], kind) == []


def test_every_action_says_what_it_does_in_both_profiles():
    for name, action in actions().items():
        assert action["safe_harbor"], name
        assert action["limited"], name


def test_what_fhir_requires_is_marked_as_required():
    """A required member that is lost must leave a mark, or the output is no FHIR."""
    unmarked = []
    for kind, table in load().types.items():
        for alias, _, _, said in members(kind, kind):
            rule = table.members.get(alias)
            if said["required"] and isinstance(rule, Rule) and not rule.required:
                unmarked.append(f"{kind}.{alias}")
    assert unmarked == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_with_every_member_stays_valid_and_tells_nobody(kind, profile):
    """Valid R4 in, valid R4 out; no canary of the patient anywhere in it, in the manifest or in refusals."""
    for variant in range(variants(kind)):
        resource = whole(kind, variant=variant)
        sound = not faults(resource)
        assert sound or variant, faults(resource)
        for more in ({"texts": "drop"}, {}, {"narrative": "clean", "zip3": True}):
            found = left(PATIENT, resource, profile=profile, **more)
            assert found.refused == ()
            assert leaks(told(found)) == []
            assert not sound or [faults(r) for r in found.resources] == [[], []], found.resources[1]


@pytest.mark.parametrize("kind", TYPES)
def test_under_safe_harbor_no_date_finer_than_a_year_is_left(kind):
    for variant in range(variants(kind)):
        text = str(left(PATIENT, whole(kind, variant=variant)).resources)
        assert "2021-0" not in text
        assert "1951-" not in text


@pytest.mark.parametrize("kind", TYPES)
def test_an_emptied_or_empty_resource_is_still_one(kind):
    found = left({"resourceType": kind, "zerquist": 1, "id": 7, "status": ["Zerquist"]})
    assert [r["resourceType"] for r in found.resources] == [kind]
    assert "zerquist" not in str(told(found)).casefold()
