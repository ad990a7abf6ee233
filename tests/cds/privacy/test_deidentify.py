"""The one-way door, trap by trap; whole resources stand as pairs in `fixtures/fhir/deid`."""

import json
from pathlib import Path
from typing import Any

import pytest
from cpu_time import cpu_seconds
from deid_canaries import NOW, PATIENT, TYPES, told

from cds.errors import SettingsError
from cds.fhir.read import record
from cds.privacy import actions, text
from cds.privacy import deidentify as door
from cds.privacy.actions import UNREADABLE_UNIT
from cds.privacy.deidentify import Cleaned, compiled, deidentify
from cds.privacy.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parents[3] / "fixtures" / "fhir" / "deid"
PATIENTS = sorted(p for p in (FOLDER.parent / "patients").glob("*.json") if p.stem != "index")
PAIRS = sorted(p.stem for p in (FOLDER / "input").glob("*.json"))


def cleaned(*resources: Any, **more: Any) -> Cleaned:
    return deidentify([("key", r) for r in resources], now=NOW, **more)


def one(resource: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the clean form of one resource without what every one has."""
    (first, *_) = cleaned({"id": "x", **resource}, **more).resources
    return {k: v for k, v in first.items() if k not in {"resourceType", "id", "_from"}}


def written(pair: str) -> dict[str, Any]:
    """Return what an input of the golden pairs becomes, as its output is written down."""
    sent = json.loads((FOLDER / "input" / f"{pair}.json").read_text(encoding="utf-8"))
    whole = sent if isinstance(sent, list) else [sent]
    clean = deidentify([("key", r) for r in whole], now=NOW, pseudonyms=Pseudonyms(prefix=lambda: "t"))
    return {
        "resources": told(clean.resources),
        "dropped": dict(sorted(clean.dropped.items())),
        "refused": told(clean.refused),
    }


@pytest.mark.parametrize("pair", PAIRS)
def test_an_input_becomes_its_output(pair: str) -> None:
    expected = json.loads((FOLDER / "output" / f"{pair}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(written(pair))) == expected


def test_every_type_that_is_read_has_a_pair_and_every_input_its_output() -> None:
    types = set()
    for pair in PAIRS:
        sent = json.loads((FOLDER / "input" / f"{pair}.json").read_text(encoding="utf-8"))
        types |= {r["resourceType"] for r in (sent if isinstance(sent, list) else [sent])}
    assert types >= set(TYPES)
    assert sorted(p.stem for p in (FOLDER / "output").glob("*.json")) == PAIRS


def test_every_member_of_the_rules_stands_in_some_output() -> None:
    """What no pair shows is a rule that nobody has looked at."""
    seen: set[tuple[str, str]] = set()
    for pair in PAIRS:
        for resource in written(pair)["resources"]:
            seen |= {(resource["resourceType"], name) for name in resource}
    assert {(kind, name) for kind, rules in compiled().items() for name in rules} - seen == set()


def test_no_canary_of_an_input_stands_in_its_output() -> None:
    for pair in PAIRS:
        told_ = (FOLDER / "output" / f"{pair}.json").read_text(encoding="utf-8").casefold()
        assert not [w for w in ("hartwell", "jonathan", "5997551", "555-01", "rookery", "1965") if w in told_]


# Members


@pytest.mark.parametrize(
    "status", ["Hartwell", "FINAL", "final ", "finale", {"name": "x"}, [{"name": "Hartwell"}], "", None]
)
def test_a_coded_word_passes_only_as_a_word_of_the_required_value_sets(status: Any) -> None:
    assert one({"resourceType": "Observation", "status": status}) == {}


def test_a_list_of_coded_words_keeps_those_it_may() -> None:
    made = one({"resourceType": "AllergyIntolerance", "category": ["food", "Hartwell", {"x": 1}, "biologic"]})
    assert made == {"category": ["food", "biologic"]}


@pytest.mark.parametrize("number", [0, -3, 2.5, 99_999])
def test_a_number_that_can_be_a_measurement_passes(number: Any) -> None:
    kept = one({"resourceType": "Observation", "valueInteger": number})
    assert kept == {"valueInteger": number}


@pytest.mark.parametrize("value", ["final", [True], "true", 1, {"x": 1}, None])
def test_a_member_passes_only_in_its_own_kind(value: object) -> None:
    made = {"resourceType": "Observation", "valueBoolean": value, "status": True, "valueInteger": True}
    assert one(made) == {}
    assert one({"resourceType": "Observation", "valueInteger": value}) == (
        {"valueInteger": 1} if value == 1 else {}
    )
    assert one({"resourceType": "Observation", "valueBoolean": False}) == {"valueBoolean": False}


@pytest.mark.parametrize("number", [2**31, -(2**40), 1e30, 5997551])
def test_a_number_that_is_an_identifier_of_the_call_or_no_measurement_is_dropped(number: Any) -> None:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "599-7551"}]}
    made = {
        "resourceType": "Observation",
        "id": "o",
        "valueInteger": number,
        "valueQuantity": {"value": number},
    }
    assert not {"valueInteger", "valueQuantity"} & cleaned(patient, made).resources[1].keys()


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:oid:1.2.840.114350.1.13.861.1.7.4.836982.1040", "JHARTWELL77"),
        ("urn:oid:1.2.840.114350.1.13.861.1.7.2.768282", "1523457"),
        ("http://terminology.hl7.org/CodeSystem/Hartwell", "final"),
        ("http://terminology.hl7.org/CodeSystem/observation-category", "hartwell"),
        ("http://hl7.org/fhir/hartwell", "x"),
        ("http://loinc.org", "Hartwell"),
        ("http://loinc.org", "8480-6 "),
        ("http://loinc.org", "٨٤٨٠-٦"),
        ("http://snomed.info/sct", "5997551x"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "Hartwell"),
        ("", "8480-6"),
        (None, "8480-6"),
        ("http://loinc.org", 8480),
    ],
)
def test_a_code_passes_only_in_the_form_of_a_public_system(system: Any, code: Any) -> None:
    concept = {"coding": [{"system": system, "code": code, "display": "x"}]}
    assert one({"resourceType": "Observation", "code": concept}) == {}


def test_a_record_number_in_the_form_of_a_public_code_is_known_by_its_digits() -> None:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "599-7551"}]}
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "5997551"}
    made = {"resourceType": "Medication", "id": "m", "code": {"coding": [coding]}}
    assert "code" not in cleaned(patient, made).resources[1]


@pytest.mark.parametrize("coding", [5, "x", None, [], {}])
def test_what_is_no_coding_is_none(coding: Any) -> None:
    assert one({"resourceType": "Observation", "code": {"coding": [coding]}}) == {}
    assert one({"resourceType": "Observation", "code": {"coding": coding}}) == {}
    assert one({"resourceType": "Encounter", "class": coding}) == {}


def test_a_system_under_another_name_becomes_canonical() -> None:
    coding = {
        "system": "urn:oid:2.16.840.1.113883.6.1",
        "code": "8480-6",
        "display": "Systolic",
        "version": "2",
    }
    made = one({"resourceType": "Observation", "code": {"coding": [coding]}})
    assert made["code"]["coding"] == [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic"}]


def test_a_coding_that_two_resources_share_is_not_the_same_object() -> None:
    made = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    }
    first, second = cleaned({**made, "id": "a"}, {**made, "id": "b"}).resources
    assert first["code"]["coding"][0] == second["code"]["coding"][0]
    assert first["code"]["coding"][0] is not second["code"]["coding"][0]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            {"value": 1, "system": "http://unitsofmeasure.org", "code": "mg/dL", "unit": "x"},
            {"code": "mg/dL"},
        ),
        ({"value": 1, "system": "urn:oid:2.16.840.1.113883.6.8", "code": "1"}, {"code": "1"}),
        ({"value": 1, "unit": "mg/dL"}, {"unit": "mg/dL"}),
        ({"value": 1, "code": "mg/dL"}, {"unit": "mg/dL"}),
        ({"value": 1, "unit": "", "code": "mg"}, {"unit": "mg"}),
        ({"value": 1}, {}),
        ({"value": 1, "unit": None}, {}),
        ({"value": 1, "unit": "ask Dr Hartwell"}, {"unit": UNREADABLE_UNIT}),
        ({"value": 1, "unit": 5}, {"unit": UNREADABLE_UNIT}),
        ({"value": 1, "system": "http://unitsofmeasure.org", "code": "mg per day"}, {"unit": "mg per day"}),
        ({"value": 1, "comparator": "<=", "unit": "mg"}, {"comparator": "<=", "unit": "mg"}),
    ],
)
def test_a_unit_passes_as_ucum_as_a_label_or_as_a_mark_that_it_could_not(sent: Any, kept: Any) -> None:
    assert one({"resourceType": "Observation", "valueQuantity": sent}) == {
        "valueQuantity": {"value": 1, **kept}
    }


@pytest.mark.parametrize(
    "sent",
    [5, {}, {"value": "5"}, {"value": True}, {"value": None}, {"value": 5, "comparator": "ad"},
     {"value": 5, "comparator": ["<"]}, {"value": 5, "comparator": ""}],
)  # fmt: skip
def test_a_quantity_whose_number_or_comparator_cannot_be_read_is_none(sent: Any) -> None:
    assert one({"resourceType": "Observation", "valueQuantity": sent}) == {}


def test_a_name_in_a_ucum_annotation_is_no_unit() -> None:
    sent = {"value": 1, "system": "http://unitsofmeasure.org", "code": "{Zerquist}"}
    made = {"resourceType": "Observation", "id": "o", "valueQuantity": sent}
    assert cleaned(PATIENT, made).resources[1]["valueQuantity"] == {"value": 1, "unit": UNREADABLE_UNIT}


@pytest.mark.parametrize(
    ("member", "good", "bad"),
    [
        (
            "valueRange",
            {"low": {"value": 1}, "high": {"value": 2}},
            {"low": {"value": 1}, "high": {"value": "x"}},
        ),
        (
            "valueRatio",
            {"numerator": {"value": 1}, "denominator": {"value": 8}},
            {"numerator": {"value": 1}, "denominator": {"value": 8, "comparator": "ad"}},
        ),
        ("effectivePeriod", {"start": "2026-01-01"}, {"start": "2026-01-01", "end": "last week"}),
    ],
)
def test_half_of_something_is_not_kept_where_the_other_half_cannot_be_read(
    member: str, good: Any, bad: Any
) -> None:
    assert member in one({"resourceType": "Observation", member: good})
    for nothing in (bad, {}, 5, {"start": None}):
        assert one({"resourceType": "Observation", member: nothing}) == {}


@pytest.mark.parametrize(
    ("sent", "minutes", "precision"),
    [
        ("2026-03-01T11:00:00Z", 60, "minute"),
        ("2026-03-01T13:00:00+02:00", 60, "minute"),
        ("2026-03-01T11:59:59.999Z", 0, "minute"),
        ("2026-03-01T11:00:00", 60, "minute"),
        ("2026-03-02T12:00:00Z", -1440, "minute"),
        ("2026-03-01", 720, "day"),
        ("2026-03-02", 0, "day"),
        ("2026-02", 41_040, "month"),
        ("2026", 85_680, "year"),
        ("0001-01-01T00:00:00+14:00", 1_065_064_440 + 840, "minute"),
    ],
)
def test_a_time_becomes_minutes_before_the_call_in_its_own_precision(
    sent: str, minutes: int, precision: str
) -> None:
    made = told(one({"resourceType": "Observation", "effectiveDateTime": sent}))
    assert made["effectiveDateTime"]["precision"] == precision
    if not sent.startswith("0001"):
        assert made["effectiveDateTime"]["minutes_ago"] == minutes


@pytest.mark.parametrize(
    "sent",
    ["20260301", "2026-W09-7", "2026-03-01T24:00:00Z", "2026-02-30", "٢٠٢٦", "yesterday", "", 2026, None],
)
def test_what_is_no_fhir_time_is_dropped(sent: Any) -> None:
    assert one({"resourceType": "Observation", "effectiveDateTime": sent}) == {}


def test_displays_identifiers_and_extensions_of_primitives_are_dropped() -> None:
    made = one(
        {
            "resourceType": "Encounter",
            "_status": {"extension": [{"valueString": "Hartwell"}]},
            "partOf": {
                "reference": "Encounter/e0",
                "display": "Hartwell",
                "identifier": {"value": "Hartwell"},
            },
            "text": {"div": "Hartwell"},
            "extension": [{"valueString": "Hartwell"}],
        }
    )
    assert list(made) == ["partOf"]
    assert list(made["partOf"]) == ["reference"]


@pytest.mark.parametrize(
    ("reasons", "count"),
    [
        ([{"text": "Chest pain"}, {"text": "x" * 201}], 1),
        ([{"text": "Told by Lindqvist"}, {"coding": [{"code": "1", "display": "Cough"}]}], 2),
        ({"text": "Told by Lindqvist"}, 1),
        ([{"text": " ", "coding": [{"system": "http://snomed.info/sct", "code": "29857009"}]}], 1),
        (["Chest pain"], 1),
        ([{"text": "Cough"}, {}], None),
        ([], None),
        (None, None),
    ],
)
def test_reasons_for_an_encounter_that_cannot_be_read_are_counted(reasons: Any, count: int | None) -> None:
    people = {"resourceType": "Patient", "id": "p", "name": [{"family": "Lindqvist"}]}
    (_, made) = cleaned(people, {"resourceType": "Encounter", "id": "e", "reasonCode": reasons}).resources
    assert made.get("_unread_reasons") == count


def test_an_age_stands_where_the_birth_date_was() -> None:
    made = one({"resourceType": "Patient", "birthDate": "1951-07-09", "_birthDate": {"extension": []}})
    assert made == {"_age": {"days": 27_264, "years": pytest.approx(74.64, abs=0.01), "precision": "day"}}
    for wrong in ("2031-01-01", "long ago", 5):
        assert "_age" not in one({"resourceType": "Patient", "birthDate": wrong})
    assert cleaned({"resourceType": "Patient", "birthDate": "long ago"}).dropped["Patient.birthDate"] == 2


@pytest.mark.parametrize(("sent", "dead"), [("2026-02-01", True), ("last year", True), (None, False)])
def test_a_death_whose_date_cannot_be_read_is_a_death(sent: Any, dead: bool) -> None:
    clean = cleaned({"resourceType": "Patient", "id": "p", "deceasedDateTime": sent})
    assert record(clean.resources, lists={}).deceased is dead


@pytest.mark.parametrize(
    "more",
    [
        {"modifierExtension": [{"url": "x"}]},
        {"modifierExtension": []},
        {"implicitRules": "http://x"},
        {"component": [{"modifierExtension": [{"url": "x"}]}]},
    ],
)
def test_what_says_that_it_means_something_else_is_refused(more: dict[str, Any]) -> None:
    clean = cleaned({"resourceType": "Observation", "id": "o", **more})
    assert clean.resources == ()
    ((place, kind, why),) = clean.refused
    assert (place, kind) == ("key", "Observation")
    assert "not understood" in why
    assert list(clean.originals) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [("Binary", "Binary"), ("John Smith", "resource of an unknown type"), (5, "resource of an unknown type")],
)
def test_a_type_that_is_not_read_is_named_only_where_it_exists(kind: Any, said: str) -> None:
    assert cleaned({"resourceType": kind}).refused == (("key", said, "this type is not read"),)


def test_what_was_dropped_is_counted_by_path_and_never_by_a_name_of_a_sender() -> None:
    made = {"resourceType": "Flag", "id": "f", "author": 1, "zerquist": 1, "John Smith": 1, "": 1, "code": 5}
    assert cleaned(PATIENT, made).dropped == {
        "Patient.name": 1,
        "Patient.telecom": 1,
        "Patient.address": 1,
        "Patient.birthDate": 1,
        "Flag.author": 1,
        "Flag.?": 3,
        "Flag.code": 1,
    }


# References


def test_a_bundles_own_names_for_its_entries_are_resolved() -> None:
    drug = {"resourceType": "Medication", "id": "d1", "code": {"text": "warfarin"}}
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "medicationReference": {"reference": "urn:uuid:d"},
    }
    clean = cleaned(order, drug, full_urls=[("urn:uuid:d", drug), ("urn:uuid:m", order)])
    assert clean.resources[0]["medicationReference"]["reference"] == clean.resources[1]["id"]
    assert [f.text for f in record(clean.resources, lists={}).facts] == ["warfarin"]


def test_a_bundles_names_hold_for_entries_without_id_too() -> None:
    drug = {"resourceType": "Medication", "code": {"text": "warfarin"}}
    order = {"resourceType": "MedicationRequest", "medicationReference": {"reference": "urn:uuid:d"}}
    clean = cleaned(order, drug, full_urls=[("urn:uuid:d", drug)])
    assert [f.text for f in record(clean.resources, lists={}).facts] == ["warfarin"]


def test_a_name_that_two_resources_bear_stands_for_neither() -> None:
    drugs = [{"resourceType": "Medication", "id": n, "code": {"text": n}} for n in ("warfarin", "aspirin")]
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "medicationReference": {"reference": "urn:uuid:d"},
    }
    clean = cleaned(order, *drugs, full_urls=[("urn:uuid:d", d) for d in drugs])
    assert "medicationReference" not in clean.resources[0]


def test_a_fullUrl_cannot_take_the_place_of_an_address() -> None:
    drug = {"resourceType": "Medication", "id": "d1"}
    clean = cleaned(drug, full_urls=[("Medication/d2", drug), ("https://x.example/Medication/d2", drug)])
    assert clean.pseudonyms.token("Medication/d2") != clean.resources[0]["id"]


def test_each_resource_has_its_own_contained_ones_under_the_same_local_name() -> None:
    """Draft orders each carry a contained Medication, and EHRs call all of them `#med`."""
    orders = [
        {
            "resourceType": "MedicationRequest",
            "id": name,
            "contained": [{"resourceType": "Medication", "id": "med", "code": {"text": name}}],
            "medicationReference": {"reference": "#med"},
        }
        for name in ("warfarin", "aspirin")
    ]
    assert [f.text for f in record(cleaned(*orders).resources, lists={}).facts] == ["warfarin", "aspirin"]


def test_contained_resources_name_each_other_and_their_container() -> None:
    made = {
        "resourceType": "Observation",
        "id": "o",
        "contained": [
            {
                "resourceType": "Observation",
                "id": "a",
                "derivedFrom": [{"reference": "#b"}, {"reference": "#"}],
            },
            {"resourceType": "Observation", "id": "b"},
        ],
        "hasMember": [{"reference": "#a"}, {"reference": "#nobody"}],
    }
    whole, a, b = cleaned(made).resources
    assert whole["hasMember"] == [{"reference": a["id"]}]
    assert a["derivedFrom"] == [{"reference": b["id"]}, {"reference": whole["id"]}]


def test_a_contained_patient_is_nobody_and_deeper_ones_are_not_looked_for() -> None:
    inner = {
        "resourceType": "Observation",
        "id": "i",
        "contained": [{"resourceType": "Observation", "id": "j"}],
    }
    parts = [{"resourceType": "Patient", "id": "p"}, inner, 5]
    odd = {"resourceType": "Observation", "id": "k", "implicitRules": "x"}
    made = {"resourceType": "Observation", "id": "o", "contained": [*parts, odd]}
    clean = cleaned(made)
    assert [r["resourceType"] for r in clean.resources] == ["Observation", "Observation"]
    assert [kind for _, kind, _ in clean.refused] == ["Patient", "Observation"]


def test_a_resource_nested_beyond_all_measure_is_no_harm() -> None:
    made: dict[str, Any] = {"resourceType": "Observation", "id": "o"}
    for _ in range(5_000):
        made = {"resourceType": "Observation", "id": "o", "contained": [made], "component": [made]}
    assert len(cleaned(made).resources) == 2


@pytest.mark.parametrize("id", ["a/b", "http://x/Y/z", "a b", "", "#", None, 5, {"x": 1}, "x" * 300])
def test_resources_whose_id_is_no_id_stay_apart(id: Any) -> None:
    made = {"resourceType": "Observation", "id": id}
    first, second = cleaned(made, dict(made)).resources
    assert first["id"] != second["id"]
    assert first["id"].startswith("Observation/t")


def test_drafts_are_cleaned_apart_and_hold_their_place() -> None:
    clean = deidentify(
        [], drafts=[("/context/draftOrders/entry/0/resource", {"resourceType": "Task"})], now=NOW
    )
    assert clean.resources == ()
    assert clean.drafts[0]["_from"] == "/context/draftOrders/entry/0/resource"


def test_pseudonyms_of_a_caller_are_used() -> None:
    names = Pseudonyms(prefix=lambda: "t")
    token = names.token("Patient/p")
    clean = cleaned({"resourceType": "Patient", "id": "p"}, pseudonyms=names)
    assert clean.resources[0]["id"] == token == "Patient/t0"


def test_neither_pseudonyms_nor_originals_stand_in_a_repr() -> None:
    assert "ZQ-4471" not in repr(cleaned(PATIENT))


# Rules


def test_a_rule_that_names_no_action_or_no_table_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"Flag\.code has no known action: 'hide'"):
        door._rule("hide", {}, "Flag.code")
    with pytest.raises(SettingsError, match=r"Flag\.code names @dose, which is not there"):
        door._rule("@dose", {}, "Flag.code")


def test_every_action_is_used_by_some_rule() -> None:
    named = (Path(door.__file__).parent / "rules.toml").read_text(encoding="utf-8")
    assert [name for name in actions.ACTIONS if f'"{name}"' not in named] == []


# Charts


@pytest.mark.parametrize("path", PATIENTS, ids=lambda p: p.stem)
def test_a_chart_loses_hardly_a_label_and_no_code_of_a_public_system(path: Path) -> None:
    whole = [e["resource"] for e in json.loads(path.read_text(encoding="utf-8"))["entry"]]
    clean = cleaned(*(r for r in whole if r["resourceType"] in compiled()))
    assert clean.refused == () or path.stem == "dirty-data"
    sent = sum(_labels({n: r[n] for n in r if n in compiled()[r["resourceType"]]}) for r in whole
               if r["resourceType"] in compiled())  # fmt: skip
    kept = sum(map(_labels, clean.resources))
    assert kept / sent > 0.98 or path.stem == "dirty-data"


def _labels(value: Any) -> int:
    """Count display and text of codings of public systems and their concepts."""
    if isinstance(value, list):
        return sum(map(_labels, value))
    if not isinstance(value, dict):
        return 0
    local = str(value.get("system", "")).startswith("urn:") or {"contentType", "doseAndRate"} & value.keys()
    own = (
        0
        if local
        else sum(isinstance(value.get(n), str) for n in ("display", "text")) * ("reference" not in value)
    )
    return own + sum(_labels(v) for n, v in value.items() if not isinstance(v, str))


def test_verdicts_on_labels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_MOST_VERDICTS", 3)
    text._VERDICTS.clear()
    for number in range(10):
        assert text.label(f"label {number}", text.Known()) == f"label {number}"
    assert len(text._VERDICTS) <= 3


def test_a_thousand_observations_pass_in_well_under_a_tenth_of_a_second() -> None:
    whole = [
        {
            "resourceType": "Observation",
            "id": f"o{n}",
            "status": "final",
            "code": {
                "coding": [{"system": "http://loinc.org", "code": f"{n % 99}-1", "display": f"Lab {n % 99}"}]
            },
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2025-06-01T09:32:25Z",
            "valueQuantity": {"value": n, "system": "http://unitsofmeasure.org", "code": "mg/dL"},
        }
        for n in range(1_000)
    ]
    assert cpu_seconds(lambda: cleaned(PATIENT, *whole), times=5) < 0.1
