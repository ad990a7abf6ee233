"""An observation is passed over only where its LOINC codes alone say that nobody asked for it."""

import pytest

from cds.fhir.coded import beside

LOINC = "http://loinc.org"
WANTED = frozenset({"2823-3"})


def observation(*codes, **more):
    coding = [{"system": system, "code": code} for system, code in codes]
    return {"resourceType": "Observation", "code": {"coding": coding}, **more}


def part(*codes):
    return {"code": {"coding": [{"system": system, "code": code} for system, code in codes]}}


def test_another_loinc_code_is_beside_what_is_wanted():
    assert beside(observation((LOINC, "8310-5")), WANTED)
    assert beside(observation((LOINC, "85354-9"), component=[part((LOINC, "8480-6"))]), WANTED)


@pytest.mark.parametrize(
    "resource",
    [
        observation((LOINC, "2823-3")),
        observation((LOINC, "8310-5"), (LOINC, "2823-3")),
        observation((LOINC, "24321-2"), component=[part((LOINC, "2823-3"))]),
        observation((LOINC, "24321-2"), component=[part()]),
        observation((LOINC, "24321-2"), component={"code": {}}),
        observation((LOINC, "24321-2"), component=["x"]),
        observation((LOINC, "24321-2"), hasMember=[{"reference": "Observation/1"}]),
        observation((LOINC, "8310-5"), ("http://snomed.info/sct", "386725007")),
        observation(("urn:oid:1.2.3", "K")),
        observation(),
        {"resourceType": "Observation", "code": {"text": "potassium"}},
        {"resourceType": "Observation", "code": {"coding": ["2951-2"]}},
        {"resourceType": "Observation", "code": {"coding": [{"system": LOINC, "code": 29512}]}},
        {"resourceType": "Observation"},
        {"resourceType": "Condition", "code": {"coding": [{"system": LOINC, "code": "8310-5"}]}},
    ],
)
def test_what_has_to_be_read_to_know_is_not(resource):
    assert not beside(resource, WANTED)
