"""A query becomes a document, an answer becomes words, and what an answer changed is said."""

from typing import Any

import pytest

from cds.consult import wording
from cds.consult.asking import AGE_UNITS, VITALS, Given, Query, faults, read_given, written
from cds.consult.changes import changes
from cds.consult.reading import Consulted, Reading, read
from models.diagnosis.model import family
from models.knowledge.diagnosis import load_knowledge

BASE = load_knowledge()


def answer(**more: Any) -> dict[str, Any]:
    empty = {"differential": [], "urgency": "routine", "red_flags": [], "understood": [], "ask_next": []}
    return {**empty, **more}


def listed(**shares: float) -> dict[str, Any]:
    rows = [
        {"condition": name.replace("_", "-"), "icd10": [], "probability": share, "because": []}
        for name, share in sorted(shares.items(), key=lambda item: -item[1])
    ]
    return answer(differential=rows)


def reading(found: dict[str, Any], query: Query | None = None) -> Reading:
    return read(Consulted(query or Query(), found), BASE)


def flag(name: str) -> dict[str, str]:
    return {"flag": name, "says": f"{name}.", "urgency": "emergency", "source": "none"}


def test_every_document_is_of_the_models_schema() -> None:
    """Names of members and choices are the model's own."""
    query = Query(
        story="A fever.",
        age=3,
        age_unit="weeks",
        sex="other",
        setting="telephone",
        pregnant=False,
        immunosuppressed=True,
        vitals={vital.name: vital.least for vital in VITALS},
        given=(Given("cough", "yes"), Given("rash", "unknown")),
    )
    document = query.document()
    assert document["age_days"] == 21
    assert document["findings"] == [{"code": "cough", "present": True}]
    assert set(document) <= set(family.load("differential").schema()["properties"])
    family.load("differential").run(document)


@pytest.mark.parametrize("unit", AGE_UNITS)
def test_an_age_is_asked_once(unit: Any) -> None:
    document = Query(age=2, age_unit=unit).document()
    assert ("age_years" in document) != ("age_days" in document)


def test_every_value_has_a_threshold_in_the_knowledge_base() -> None:
    """A field whose value nobody looks at would be a promise not kept."""
    known = {code for row in BASE.findings.values() if row.measure for code in row.measure.loinc}
    assert {vital.loinc for vital in VITALS} <= known


def test_a_temperature_is_celsius_or_fahrenheit_by_its_magnitude() -> None:
    units = [
        Query(vitals={"temperature": value}).document()["vitals"]["8310-5"]["unit"] for value in (38.5, 101)
    ]
    assert units == ["Cel", "[degF]"]


def test_what_is_possible_has_no_fault() -> None:
    query = Query("A fever.", age=130, vitals={"temperature": 45, "heart-rate": 10})
    assert list(faults(query, longest=20)) == []


def test_answers_survive_a_line_of_text() -> None:
    given = (Given("fever", "yes"), Given("cough-dry", "unknown"))
    assert read_given(written(given)) == given


def test_a_query_never_shows_its_story() -> None:
    assert "secret" not in repr(Query(story="secret"))
    found = answer(understood=[{"finding": "fever", "start": 0, "end": 6, "present": True}])
    assert "secret" not in repr(reading(found, Query(story="secret")))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "over 95%"),
        (0.951, "over 95%"),
        (0.949, "95%"),
        (0.123, "12%"),
        (0.01, "1%"),
        (0.0099, "under 1%"),
        (0.0, "under 1%"),
    ],
)
def test_no_percentage_claims_certainty_or_impossibility(share: float, words: str) -> None:
    assert wording.percent(share) == words


def test_ranks_are_said_as_people_say_them() -> None:
    assert [wording.place(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22)] == [
        "first", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd",
    ]  # fmt: skip


def test_codes_of_another_knowledge_base_are_said_as_words() -> None:
    found = answer(
        differential=[
            {
                "condition": "new-condition",
                "icd10": [],
                "probability": 0.5,
                "because": [{"finding": "new-finding", "present": False, "weight": -1.0}],
                "tests": ["new-test"],
            }
        ],
        understood=[{"finding": "new-finding", "start": 0, "end": 0, "present": False}],
    )
    made = reading(found, Query(given=(Given("other-finding", "no"),)))
    assert made.rows[0].name == "New condition"
    assert made.rows[0].contra[0].words == "New finding: absent"
    assert made.rows[0].tests == ("New test",)
    assert made.rows[0].neighbours == ()
    assert made.beside[0].told == "New finding: absent"
    assert made.given[0][0].text == "Other finding?"


def test_the_absence_of_a_measured_finding_is_a_threshold_not_met() -> None:
    assert wording.lack(BASE, "oxygen-low") == "not met"
    assert wording.lack(BASE, "fever") == "absent"


def test_an_answered_question_is_not_asked_again() -> None:
    asks = [{"finding": name, "ask": f"{name}?", "bits": 0.1} for name in ("fever", "cough")]
    made = reading(answer(ask_next=asks), Query(given=(Given("fever", "unknown"),)))
    assert [one.code for one in made.questions] == ["cough"]


def test_who_it_is_about_is_said_with_the_values() -> None:
    query = Query(age=1, sex="female", pregnant=True, immunosuppressed=False, vitals={"heart-rate": 90})
    assert (
        wording.person(query) == "Female, 1 year, primary care, pregnant, immune system intact, heart rate 90"
    )
    assert wording.person(Query(age=2, age_unit="weeks")) == "2 weeks, primary care"


def test_urgency_without_a_red_flag_says_because_of_what() -> None:
    rows = {"sepsis": 0.3, "gout": 0.2}
    made = reading({**listed(**rows), "urgency": "emergency"})
    assert made.heading == ("Emergency", "Because of what is likely: Sepsis (30%).")
    flagged = reading({**listed(**rows), "urgency": "emergency", "red_flags": [flag("fever")]})
    assert flagged.heading == wording.LEVELS["emergency"]


def test_changes_name_what_moved_most_with_its_new_place() -> None:
    told = changes(reading(listed(gout=0.6, sepsis=0.2)), reading(listed(sepsis=0.7, gout=0.1)))
    assert told == (
        f"{wording.plain('gout')} falls from 60% to 10%, now 2nd.",
        f"{wording.plain('sepsis')} rises from 20% to 70%, now first.",
    )


def test_changes_tell_what_comes_in_and_what_leaves() -> None:
    told = changes(reading(listed(gout=0.5)), reading(listed(sepsis=0.4)))
    assert told == ("Gout leaves the list (was 50%).", "Sepsis comes in at 40%, now first.")


def test_changes_tell_new_red_flags_first() -> None:
    after = {**listed(gout=0.5), "red_flags": [flag("old"), flag("new")], "urgency": "emergency"}
    told = changes(reading({**listed(gout=0.5), "red_flags": [flag("old")]}), reading(after))
    assert told == ("New red flag: new.", "Emergency (was: no emergency recognised).")


def test_changes_say_when_nothing_moved_or_when_there_is_no_list_any_more() -> None:
    same = reading(listed(gout=0.5))
    assert changes(same, reading(listed(gout=0.503))) == ("The list stays as it was.",)
    refused = answer(refused={"code": "contradiction", "reason": "it is there and is not"})
    assert changes(same, reading(refused))[-1] == "It is there and is not."
