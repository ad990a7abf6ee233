"""Labels: what is a clinic word, what could name somebody, and every way people write names and numbers."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from deid_canaries import PATIENT

from cds.privacy.folding import compact, folded, visible
from cds.privacy.known import Known
from cds.privacy.telling import known
from cds.privacy.text import LABEL_LIMIT, label

NOBODY = Known()
PATIENTS = sorted((Path(__file__).parents[3] / "fixtures" / "fhir" / "patients").glob("*.json"))


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine [Mass/volume] in Serum or Plasma",
        "Blood pressure 120/80 target",
        "Strength 3/5 left leg",
        "T11-12 compression fracture",
        "Hydrocodone 10-325 MG Oral Tablet",
        "NuvaRing 0.12/0.015 MG per 24HR",
        "Levora 0.15/30 28 Day Pack",
        "Heparin 10000 UNT/ML",
        "Penicillin G 1200000 units",
        "Parkinson disease",
        "Graves' disease",
        "COVID-19",
        "Vitamin B12 deficiency",
        "25-hydroxyvitamin D3",
        "Weight 500-1000 gm",
        "born 1950s, smoker since 1990",
        "Type 2 diabetes",
        "may have reaction",
        "March fracture",
        "Mass/volume 24h",
        "SARS-CoV-2 (COVID-19) RNA",
        "10-year risk",
        "高血压",
        "Гипертония",
        "ارتفاع ضغط الدم",
        "",
    ],
)
def test_a_clinic_word_is_kept(text: str) -> None:
    assert label(text, NOBODY) == text


@pytest.mark.parametrize(
    "text",
    [
        "creatinine 03/12/2024",
        "seen 3-12-24",
        "12.3.2024",
        "2024-03-12",
        "2024-03",
        "5/2024",
        "12 March 2024",
        "March 3rd",
        "3 Mar",
        "mar. 5",
        "Jan 2024",
        "3. Januar",
        "5 de mayo",
        "since March",
        "2024年3月5日",
        "call 847-555-0100",
        "555-0100",
        "(847) 555 0100",
        "+1 847 555 0100",
        "+49 30 901820",
        "03 83 12 45 67",
        "SSN 666-17-7739",
        "MRN",
        "record 5997551",
        "zip 60901",
        "a@b.example",
        "https://x.example",
        "www.x.example",
        "per Dr. Lindqvist",
        "Mrs Hartwell",
        "Herr Brandt",
        "signed by Lindqvist",
        "7 Rookery Lane",
        "847-555-O1OO",
        "８４７－５５５－０１００",
        "٨٤٧-٥٥٥-٠١٠٠",
        "⑧④⑦-555-0100",
        "line\nbreak",
        "zero\u200bwidth",
        "right\u202eto left",
        "soft\u00adhyphen",
        "x" * (LABEL_LIMIT + 1),
    ],
)
def test_a_date_a_number_a_title_or_a_hidden_mark_is_dropped(text: str) -> None:
    assert label(text, NOBODY) == ""


NAMED = {
    "name": [
        {"family": "O'Neill-Garcia", "given": ["José", "Li"], "prefix": ["Dr"]},
        {"family": "van der Berg", "given": ["Jonathan"]},
        {"text": "Иванова Мария"},
        {"family": "김", "given": ["민수"]},
        {"family": "李", "given": ["明"]},
        {"text": "山田太郎"},
        {"text": "محمد الأحمد"},
        {"text": "Παπαδόπουλος"},
    ],
    "resourceType": "Patient",
    "id": "p1",
    "telecom": [{"value": "+1 (847) 555-0100"}, {"value": "jgarcia@mail.example"}],
    "identifier": [{"value": "5997551"}, {"value": "AB-12"}, {"value": "7"}, {"value": "LAB"}],
    "address": [
        {"line": ["7 Rookery Lane"], "city": "Kankakee", "district": "Bourbonnais", "postalCode": "K1A 0B1"}
    ],
    "birthDate": "1965-08-17",
}
PERSON = known([NAMED])


@pytest.mark.parametrize(
    "text",
    [
        "creatinine of Jonathan",
        "JONATHAN: creatinine",
        "jonathan's creatinine",
        "creatinine_jonathan_2",
        "labJonathan77",
        "J0nathan",
        "Jοnathan",
        "Jonаthan",
        "Ｊｏｎａｔｈａｎ",
        "𝐉𝐨𝐧𝐚𝐭𝐡𝐚𝐧",
        "Jo\u0301nathan",
        "Jose",
        "JOSÉ",
        unicodedata.normalize("NFD", "José"),
        "ONeill",
        "O’Neill",
        "Garcia",
        "garcía",
        "Van Der Berg",
        "lab for Berg",
        "Li, creatinine",
        "LI",
        "Ивановой назначено",
        "ИВАНОВА",
        "Mария",
        "민수님의 검사",
        "김민수",
        "李明的肌酐",
        "山田太郎様",
        "محمد",
        "Παπαδόπουλου",
        "AB12",
        "ab 12",
        "AB-12 repeat",
        "599 7551",
        "59-97551",
        "847.555.0100",
        "tel 5550100",
        "jgarcia",
        "kankakee clinic",
        "Rookery Lane",
        "K1A0B1",
        "08171965",
        "8171965",
    ],
)
def test_a_name_or_number_of_the_call_is_known_however_it_is_written(text: str) -> None:
    assert PERSON.within(text)
    assert label(text, PERSON) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine, serum",
        "lithium level",
        "li",
        "der Patient",
        "van",
        "Dr",
        "7 days",
        "lab",
        "Laboratory",
        "berger",
        "高血压",
        "明显",
        "김치",
        "Josephine",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert not PERSON.within(text)


def test_part_of_a_number_is_not_the_number() -> None:
    names = Known(identifiers=["AB-123456", "847 555 0100"])
    for text in ("AB-12", "123 AB", "555", "847 555", "AB 1 23 45 7 89 10 11 12 13"):
        assert not names.within(text)
    assert names.within("x 1 AB 12 34 56 y")


def test_nobody_is_known_in_nothing() -> None:
    assert not NOBODY.within("anything at all 12345")
    assert not known([]).within("")


def test_people_and_places_are_found_where_resources_name_them() -> None:
    names = known(
        [
            {
                "resourceType": "Observation",
                "subject": {"reference": "Patient/1", "display": "Quimby, Adelheid"},
                "performer": [{"reference": "Practitioner/2", "display": "Dr. Tobias Wexley, MD"}, 5],
            },
            {
                "resourceType": "Encounter",
                "participant": [
                    {"individual": {"reference": "https://x/Practitioner/3", "display": "Ottoline Brandt"}}
                ],
                "location": [{"location": {"display": "Sycamore Wing"}}],
                "serviceProvider": {"reference": "Organization/1", "display": "Laboratory"},
            },
            {"resourceType": "Organization", "name": "Kestrel Clinic", "address": [{"city": "Ely"}]},
            {"resourceType": "RelatedPerson", "name": [{"text": "Fenella"}], "telecom": [{"value": "ab"}]},
            {
                "resourceType": "Patient",
                "contact": [{"name": {"family": "Marchbanks"}}],
                "contained": [{"resourceType": "Practitioner", "name": [{"family": "Holloway"}]}],
                "birthDate": "unknown",
            },
            {"resourceType": ["x"], "identifier": 5, "name": "Zz"},
        ]
    )
    told = "Adelheid|Wexley, Tobias|ottoline|Sycamore Wing|Kestrel Clinic|ely|Fenella|Marchbanks|Holloway"
    for text in told.split("|"):
        assert names.within(text), text
    for text in ("Laboratory", "sycamore tree", "a wing", "clinic", "Dr", "MD", "practitioner"):
        assert not names.within(text), text


@pytest.mark.parametrize("path", [p for p in PATIENTS if p.stem != "index"], ids=lambda p: p.stem)
def test_planted_in_every_chart_no_name_number_or_date_is_kept(path: Path) -> None:
    whole = [e["resource"] for e in json.loads(path.read_text(encoding="utf-8"))["entry"]]
    names = known(whole)
    (patient,) = (r for r in whole if r["resourceType"] == "Patient")
    planted = list(_identifying(patient))
    assert planted
    assert [t for t in planted if label(f"Creatinine ({t})", names) or label(t.casefold(), names)] == []


def _identifying(patient: dict[str, Any]) -> list[str]:
    """Return names, numbers, addresses and the birth date of a patient as they stand in the chart."""
    names = [p for n in patient["name"] for p in (n.get("family"), n.get("text"), *n.get("given", ())) if p]
    numbers = [i["value"] for i in patient.get("identifier", ()) if "value" in i]
    contacts = [t["value"] for t in patient.get("telecom", ())]
    places = [p for a in patient.get("address", ()) for p in (*a.get("line", ()), a.get("city")) if p]
    return [t for t in (*names, *numbers, *contacts, *places, patient["birthDate"]) if len(t) > 2]


@pytest.mark.parametrize(
    ("text", "form"), [("Ａ１", "A1"), ("a\u200bb", "ab"), ("٣", "3"), ("x²", "x2"), ("ascii", "ascii")]
)
def test_what_is_visible(text: str, form: str) -> None:
    assert visible(text) == form


def test_folding_is_idempotent_and_the_same_for_both_sides() -> None:
    for text in ("José", "СОВА", "Straße", "Ökçe", "O’Neill", "İstanbul", "10"):
        assert folded(folded(text)) == folded(text)
    assert folded("COBA") == folded("СОВА")
    assert compact("l0I") == compact("1o|") == "101"


def test_a_patient_is_known_by_the_id_too() -> None:
    assert known([PATIENT]).within("note for pat-zq-4471")
