"""A record is read whole: every code of a diagnosis, what is dispensed, doses, smoking, weight, weeks."""

import pytest

from models.recommender.model import NAME, family
from models.recommender.records import document_of
from models.record import ICD10CM, LOINC, MINUTES_PER_DAY, SNOMED, Code, Fact, Quantity, Record

DAY = MINUTES_PER_DAY
WHOLE = dict.fromkeys(("condition", "medication", "allergy", "observation", "immunization"), "complete")


def read(*facts, drafts=(), **more):
    return document_of(
        Record(facts=facts, **{"age_years": 61.0, "sex": "male", "lists": WHOLE, **more}), drafts
    )


def drug(text, *, days=20, status="active", ended=None, **detail):
    minutes = None if ended is None else ended * DAY
    return Fact(
        "medication",
        (),
        text=text,
        minutes_ago=days * DAY,
        ended_minutes_ago=minutes,
        status=status,
        detail=detail,
    )


def measured(code, value, unit, days=3, **more):
    found = Quantity(value, unit)
    return Fact(
        "observation",
        (Code(LOINC, code),),
        value=found,
        minutes_ago=days * DAY,
        **{"status": "final", **more},
    )


def test_every_code_of_a_diagnosis_counts():
    """A chart that codes diabetes twice is known by either code: the ranking's, and that of the rules."""
    codes = (Code(ICD10CM, "E11.22"), Code(SNOMED, "127013003"))
    found = read(Fact("condition", codes, status="active"))
    [row] = found["conditions"]
    assert row["code"] == "127013003"
    assert row["codes"] == [{"code": "E11.22", "system": ICD10CM}]
    answer = family.load(NAME).run({**found, "medications": [{"text": "lisinopril 10 mg"}]})
    assert "GAPstatinDiabetes" in {gap["topic"] for gap in answer["gaps"]}


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (drug("a", resource="MedicationDispense", status="completed"), "active"),
        (drug("a", resource="MedicationDispense", status="completed", days=150), "stopped"),
        (drug("a", resource="MedicationAdministration", status="completed", days=1), "active"),
        (drug("a", resource="MedicationAdministration", status="completed", days=5), "stopped"),
        (drug("a", resource="MedicationRequest", status="stopped"), "stopped"),
    ],
)
def test_what_is_handed_over_counts_for_its_days(fact, status):
    [row] = read(fact)["medications"]
    assert row["status"] == status


def test_the_end_of_an_orders_supply_is_not_the_end_of_the_treatment():
    [order, statement] = read(
        drug("a", resource="MedicationRequest", ended=5), drug("b", resource="MedicationStatement", ended=5)
    )["medications"]
    assert "ended_days_ago" not in order
    assert statement["ended_days_ago"] == 5


@pytest.mark.parametrize("detail", [{"do_not_perform": True}, {"intent": "proposal"}, {"intent": "option"}])
def test_what_is_no_order_is_not_taken(detail):
    assert read(drug("a", **detail))["medications"] == []


def test_doses_are_read_from_data():
    [row] = read(drug("oxycodone", dose_value=20.0, dose_unit="mg", times_per_day=3.0, as_needed=True))[
        "medications"
    ]
    assert (row["dose"], row["times_per_day"], row["prn"]) == ({"value": 20.0, "unit": "mg"}, 3.0, True)


def test_a_draft_counts_as_taken_and_a_forbidden_one_does_not():
    made = read(
        drafts=(drug("metformin 500 mg", status="draft"), drug("x", status="draft", do_not_perform=True))
    )
    assert [(row["text"], row["status"]) for row in made["medications"]] == [("metformin 500 mg", "active")]
    without = read(drafts=(drug("metformin"),), lists={"condition": "complete"})
    assert "medications" not in without


def test_a_suspected_condition_is_left_out():
    assert (
        read(Fact("condition", (), text="diabetes", status="active", verification="provisional"))[
            "conditions"
        ]
        == []
    )


def test_a_procedure_counts_where_rules_ask_for_it():
    dialysis = Fact(
        "procedure", (Code(ICD10CM, "Z99.2"),), text="Dialysis", status="completed", minutes_ago=9 * DAY
    )
    other = Fact("procedure", (), text="Reconciliation of drugs", status="completed")
    undone = Fact("procedure", (Code(ICD10CM, "Z99.2"),), status="not-done")
    assert [row["text"] for row in read(dialysis, other, undone)["conditions"]] == ["Dialysis"]


def test_the_newest_believable_weight_counts():
    found = read(
        measured("29463-7", 80.0, "kg", days=90),
        measured("29463-7", 150.0, "[lb_av]", days=9),
        measured("29463-7", 9000.0, "kg", days=2),
        measured("29463-7", 70.0, "furlong", days=1),
        measured("3141-9", 60.0, "kg", days=0, status="cancelled"),
    )
    assert found["weight_kg"] == pytest.approx(68.04, abs=0.01)
    assert read()["weight_kg"] is None


@pytest.mark.parametrize(("code", "smoker"), [("449868002", True), ("266919005", False), ("266927001", None)])
def test_smoking_is_what_the_newest_answer_says(code, smoker):
    answer = Fact(
        "observation",
        (Code(LOINC, "72166-2"),),
        value=Code(SNOMED, code),
        minutes_ago=9 * DAY,
        status="final",
        category=("social-history",),
    )
    assert read(answer)["current_smoker"] is smoker
    assert read()["current_smoker"] is None


def test_weeks_come_from_the_age_of_the_pregnancy_or_the_date_of_delivery():
    pregnant = Fact("condition", (Code(ICD10CM, "Z33.1"),), status="active", minutes_ago=30 * DAY)
    who = {"sex": "female", "age_years": 30.0}
    weeks = read(pregnant, measured("18185-9", 20.0, "wk", days=7), **who)
    assert weeks["gestational_age_weeks"] == 21.0
    assert read(pregnant, measured("18185-9", 140.0, "d", days=0), **who)["gestational_age_weeks"] == 20.0
    due = Fact(
        "observation", (Code(LOINC, "11778-8"),), status="final", detail={"value_minutes_ago": -140.0 * DAY}
    )
    assert read(pregnant, due, **who)["gestational_age_weeks"] == 20.0


def test_units_of_the_record_stay_as_they_are():
    found = read(measured("2160-0", 97.0, "umol/L"))
    assert found["labs"]["2160-0"][0]["unit"] == "umol/L"
