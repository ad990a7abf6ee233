"""A record becomes a document that says the same, and never more than arrived."""

from models.recommender.model import NAME, family
from models.recommender.records import document_of
from models.record import CVX, LOINC, MINUTES_PER_DAY, RXNORM, SNOMED, Code, Fact, Quantity, Record

DAY = MINUTES_PER_DAY
CREATININE = (Code(LOINC, "2160-0"),)
FACTS = (
    Fact("condition", (Code(SNOMED, "44054006", "Diabetes"),), minutes_ago=900 * DAY, status="active"),
    Fact("condition", (Code(SNOMED, "431855005"),), minutes_ago=800 * DAY, status="active"),
    Fact("condition", (Code(SNOMED, "38341003"),), status="active", verification="entered-in-error"),
    Fact("medication", (Code(RXNORM, "860975"),), minutes_ago=90 * DAY, status="active"),
    Fact("medication", (), text="amlodipine 5 mg", minutes_ago=400 * DAY, status="stopped"),
    Fact("allergy", (Code(SNOMED, "91936005", "Penicillin allergy"),), status="active"),
    Fact("observation", CREATININE, value=Quantity(1.1, "mg/dL"), minutes_ago=9 * DAY, status="final"),
    Fact("observation", CREATININE, value=Quantity(1.3, "mg/dL"), minutes_ago=99 * DAY, status="final"),
    Fact("observation", (Code(LOINC, "2823-3"),), value=Quantity(9.9, "mmol/L"), status="entered-in-error"),
    Fact("immunization", (Code(CVX, "216"),), minutes_ago=50 * DAY, status="completed"),
)  # fmt: skip
WHOLE = dict.fromkeys(("condition", "medication", "allergy", "observation", "immunization"), "complete")


def record(**lists):
    return Record(facts=FACTS, age_years=61.0, sex="male", lists={**WHOLE, **lists})


def test_facts_become_entries_with_codes_words_and_ages():
    found = document_of(record())
    assert [row["code"] for row in found["conditions"]] == ["44054006", "431855005"]
    assert [(row["rxcui"], row["text"]) for row in found["medications"]] == [
        ("860975", ""),
        ("", "amlodipine 5 mg"),
    ]
    assert [row["value"] for row in found["labs"]["2160-0"]] == [1.1, 1.3]
    assert "2823-3" not in found["labs"]
    assert found["immunizations"] == [{"cvx": "216", "days_ago": 50}]
    assert found["pregnant"] is False


def test_the_recommender_takes_what_records_become():
    model = family.load(NAME)
    answer = model.run(document_of(record()))
    assert answer["view"] == "dated"
    topics = {gap["topic"] for gap in answer["gaps"]}
    assert "GAPsglt2iCkdT2d" in topics
    assert "GAPvaccinePneumococcal" not in topics


def test_a_list_that_failed_is_left_out_and_a_partial_one_is_named():
    found = document_of(record(medication="partial", immunization="failed"))
    assert (found["incomplete"], "immunizations" in found) == (["medications"], False)
    answer = family.load(NAME).run(found)
    assert not answer["gaps"]
    assert any("medications" in row["missing"] for row in answer["gaps_undecided"])
