"""Codes, values and units stay; names, numbers and texts beside them do not."""

import base64
import re

import pytest
from leaving_world import PATIENT, leaks, left, one, told

from cds.fhir.validate import faults
from cds.privacy.leaving.addresses import restricted, zip3

LOINC = {"system": "http://loinc.org", "code": "2160-0", "display": "Creatinine"}
EPIC = {"system": "urn:oid:1.2.840.114350.1.13.861", "code": "Zerquist", "display": "Wilhelmina's panel"}


def b64(text):
    return base64.b64encode(text.encode()).decode()


def labels(resource):
    return [c["code"] for c in resource["meta"]["security"]]


def test_a_public_code_stays_and_a_local_one_goes_with_its_display():
    made = one({"resourceType": "Observation", "code": {"coding": [LOINC, EPIC], "text": "Creatinine"}})
    assert made["code"] == {"coding": [LOINC], "text": "Creatinine"}


def test_a_concept_of_local_codes_alone_stands_masked_where_fhir_requires_it():
    made = one({"resourceType": "Observation", "status": "final", "code": {"coding": [EPIC]}})
    assert made["code"]["extension"][0]["valueCode"] == "masked"
    assert not faults(made)


def test_a_display_is_written_anew_where_the_words_of_its_code_are_known():
    coding = {"system": "http://snomed.info/sct", "code": "38341003", "display": "Zerquist's pressure"}
    made = one({"resourceType": "Condition", "code": {"coding": [coding]}})
    assert made["code"]["coding"][0]["display"] == "Hypertension"


def test_a_code_that_is_the_patients_number_goes():
    mrn = {**PATIENT, "identifier": [{"value": "3834100399"}]}
    coding = {"system": "http://snomed.info/sct", "code": "3834100399"}
    made = left(mrn, {"resourceType": "Condition", "code": {"coding": [coding]}}).resources[1]
    assert "code" not in made


def test_values_and_units_are_kept_as_they_are():
    ucum = "http://unitsofmeasure.org"
    quantity = {"value": 1.25, "comparator": "<", "unit": "mg/dL", "system": ucum, "code": "mg/dL"}
    made = one({"resourceType": "Observation", "valueQuantity": quantity})
    assert made["valueQuantity"] == quantity


def test_a_record_number_typed_as_a_value_goes():
    numbered = {**PATIENT, "identifier": [{"value": "88412777"}]}
    made = left(numbered, {"resourceType": "Observation", "valueQuantity": {"value": 88412777}}).resources[1]
    assert "valueQuantity" not in made


@pytest.mark.parametrize("profile", ["safe_harbor", "limited"])
def test_an_address_keeps_state_and_country(profile):
    home = {
        "use": "home",
        "line": ["1 A St"],
        "city": "Rookhaven",
        "state": "IL",
        "postalCode": "60973-1111",
        "country": "US",
    }
    abroad = {"city": "Bern", "state": "BE", "postalCode": "30120", "country": "CH"}
    odd = {"state": "near Zerquist"}
    made = left({**PATIENT, "address": [home, abroad, odd]}, profile=profile).resources[0]
    assert made["address"] == [{"use": "home", "state": "IL", "country": "US"}, {"country": "CH"}]


def test_three_digits_of_a_zip_code_are_an_option_with_its_restrictions():
    made = left(PATIENT, zip3=True).resources[0]
    assert made["address"] == [{"state": "IL", "postalCode": "609"}]
    assert zip3("03601") == zip3("20501") == zip3("06300") == "000"
    assert zip3("K1A 0B1") == zip3("1234") == zip3(60601) == ""


def test_the_restricted_prefixes_are_those_of_both_censuses():
    """17 of the census of 2000, 14 of that of 2010, 19 altogether."""
    assert (len(restricted("2000")), len(restricted("2010"))) == (17, 14)
    assert restricted() == restricted("2000") | restricted("2010")
    assert len(restricted()) == 19


def test_an_unknown_modifier_refuses_the_resource_wherever_it_is():
    for resource in (
        {"resourceType": "Observation", "modifierExtension": [{"url": "http://x", "valueBoolean": True}]},
        {"resourceType": "Observation", "implicitRules": "http://x"},
        {"resourceType": "Observation", "component": [{"modifierExtension": []}]},
        {"resourceType": "Basic", "id": "Zerquist"},
        {"resourceType": "Zerquist"},
    ):
        found = left(PATIENT, resource)
        assert len(found.resources) == len(found.refused) == 1
        assert leaks(told(found)) == []


def test_a_refused_entry_leaves_its_bundle_and_is_counted():
    bad = {"resourceType": "Observation", "modifierExtension": [{"url": "x"}]}
    entries = [{"fullUrl": "urn:uuid:1", "resource": bad}, {"resource": PATIENT}]
    found = left({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert len(found.resources[0]["entry"]) == 1
    assert sum(found.manifest.refused.values()) == len(found.refused) == 1


def test_listed_extensions_stay_and_others_are_counted():
    us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
    race = {
        "url": f"{us_core}race",
        "extension": [
            {
                "url": "ombCategory",
                "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"},
            },
            {"url": "text", "valueString": "Zerquist"},
        ],
    }
    sex = {"url": f"{us_core}birthsex", "valueCode": "F"}
    place = {
        "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
        "valueAddress": {"city": "Rookhaven"},
    }
    resource = {**PATIENT, "extension": [race, sex, place], "_gender": {"extension": [place]}}
    strict, limited = (left(resource, profile=p) for p in ("safe_harbor", "limited"))
    assert strict.resources[0]["extension"] == [sex]
    assert [e["url"] for e in limited.resources[0]["extension"]] == [race["url"], sex["url"]]
    assert len(limited.resources[0]["extension"][0]["extension"]) == 1
    assert {(r.path, r.action, r.count) for r in strict.manifest.rows} >= {
        ("Patient.extension", "dropped", 3)
    }
    assert leaks(told(strict)) == leaks(told(limited)) == []


def test_why_something_is_absent_stays():
    absent = {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
        ]
    }
    made = left({**PATIENT, "birthDate": None, "_birthDate": absent}).resources[0]
    assert made["_birthDate"] == absent


def test_identifiers_are_dropped_or_become_tokens():
    assert "identifier" not in left(PATIENT).resources[0]
    first, second = left(PATIENT, profile="limited").resources[0]["identifier"]
    assert set(first) == set(second) == {"value"}
    assert re.fullmatch("[0-9a-f]{32}", first["value"])


def test_labels_say_what_was_done():
    assert labels(one({"resourceType": "Condition", "onsetDateTime": "2020-01-01"})) == ["ANONYED", "ABSTRED"]
    assert labels(one({"resourceType": "Condition", "zerquist": 1})) == ["ANONYED", "REDACTED"]
    assert labels(one({"resourceType": "Observation", "issued": "2020-01-01T00:00:00Z"})) == [
        "ANONYED",
        "MASKED",
        "REDACTED",
    ]
    assert labels(one({"resourceType": "Condition", "onsetDateTime": "2020-01-01"}, "limited")) == ["PSEUDED"]


def test_meta_keeps_what_is_public():
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    meta = {
        "versionId": "7", "lastUpdated": "2024-01-01T00:00:00Z", "source": "urn:zerquist",
        "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0", "http://rookhaven.example/p"],
        "security": [{"system": system, "code": "R"}, {"system": "urn:x", "code": "Zerquist"}],
        "tag": [{"system": "urn:x", "code": "Zerquist"}],
    }  # fmt: skip
    made = one({"resourceType": "Condition", "meta": meta})["meta"]
    assert made["profile"] == meta["profile"][:1]
    assert made["security"][0] == {"system": system, "code": "R"}
    assert set(made) == {"profile", "security"}


def test_notes_and_attached_texts_are_scrubbed_and_pictures_are_dropped():
    page = "<head><title>Zerquist</title></head><body title='Zerquist'><p>Wilhelmina</p><p>is well</p></body>"
    attachments = [
        {
            "contentType": "text/plain",
            "data": b64("Wilhelmina is well"),
            "title": "zerquist.txt",
            "hash": "AAAA",
        },
        {"contentType": "text/html; charset=utf-8", "data": b64(page)},
        {"contentType": "application/pdf", "data": b64("Zerquist")},
        {"contentType": "text/plain", "url": "https://ehr.example/fhir/Binary/7"},
        {"contentType": "text/plain", "data": "no base64"},
    ]
    found = left(PATIENT, {"resourceType": "DiagnosticReport", "presentedForm": attachments})
    plain, html, pdf, link, bad = found.resources[1]["presentedForm"]
    assert base64.b64decode(plain["data"]).decode() == "[NAME] is well"
    assert (plain["size"], "title" in plain, "hash" in plain) == (14, False, False)
    assert base64.b64decode(html["data"]).decode() == "[NAME]\nis well"
    assert html["contentType"] == "text/plain; charset=utf-8"
    assert pdf["_data"] == bad["_data"]
    assert "data" not in pdf
    assert re.fullmatch("Binary/[0-9a-f]{32}", link["url"])
    assert leaks(told(found)) == []
    assert found.manifest.spans == {"NAME": 2}


def test_a_narrative_goes_unless_it_is_asked_for_and_then_its_markup_goes():
    rows = '<tr title="Zerquist"><td>Wilhelmina</td><td>a &amp; b</td></tr>'
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><table>{rows}</table></div>'
    resource = {**PATIENT, "text": {"status": "generated", "div": div}}
    assert "text" not in left(resource).resources[0]
    made = left(resource, narrative="clean").resources[0]
    assert made["text"]["div"] == '<div xmlns="http://www.w3.org/1999/xhtml">[NAME]<br/>a &amp; b</div>'


def test_without_a_scrubber_no_free_text_stays_and_labels_do():
    found = left(
        PATIENT,
        {
            "resourceType": "MedicationRequest",
            "medicationCodeableConcept": {"text": "warfarin"},
            "dosageInstruction": [{"text": "one a day", "route": {"text": "for Zerquist"}}],
            "note": [{"text": "is well"}],
        },
        texts="drop",
    ).resources[1]
    assert found["medicationCodeableConcept"] == {"text": "warfarin"}
    assert "dosageInstruction" not in found
    assert found["note"] == [{"text": "[REMOVED]"}]


def test_the_manifest_counts_and_tells_nothing():
    found = left(
        PATIENT, {"resourceType": "Observation", "Zerquist": 1, "status": "final", "valueString": "Zerquist"}
    )
    rows = {(r.path, r.action): r.count for r in found.manifest.rows}
    assert rows["Patient.name", "dropped"] == 3
    assert rows["Observation.?", "dropped"] == 1
    assert rows["Observation.valueString", "scrubbed"] == 1
    assert found.manifest.resources == {"Patient": 1, "Observation": 1}
    assert leaks(found.manifest.as_dict()) == []


def test_what_is_nested_without_end_is_refused_and_nothing_crashes():
    item = {"linkId": "1"}
    for _ in range(900):
        item = {"linkId": "1", "item": [item]}
    found = left(PATIENT, {"resourceType": "QuestionnaireResponse", "item": [item]})
    assert found.refused[0].reason == "it is nested too deep"
    bundle = {"resourceType": "Bundle", "type": "collection"}
    for _ in range(60):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": bundle}]}
    assert left(bundle).refused
