"""Whatever a record holds: nothing raises, nothing that names anybody comes through, all leads back."""

from datetime import timedelta
from typing import Any

from deid_canaries import CANARIES, CANARY, GARBAGE, NOW, PATIENT, TYPES, strings, told
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.fhir import dates
from cds.fhir.read import record
from cds.privacy.deidentify import Cleaned, deidentify
from cds.privacy.known import Known
from cds.privacy.pseudonyms import Pseudonyms
from cds.privacy.restore import NotOurs, Wayback
from cds.privacy.telling import known
from cds.privacy.text import label


def cleaned(*resources: Any, **more: Any) -> Cleaned:
    return deidentify([("key", r) for r in resources], now=NOW, **more)


def compact(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


FORBIDDEN = tuple(map(compact, CANARIES))


@settings(max_examples=150, deadline=None)
@given(st.lists(GARBAGE, max_size=3), st.lists(GARBAGE, max_size=2))
def test_no_identifier_of_the_call_comes_through_wherever_it_was_planted(
    found: list[Any], drafts: list[Any]
) -> None:
    clean = deidentify(
        [("key", r) for r in (PATIENT, *found)], drafts=[("draft", r) for r in drafts], now=NOW
    )
    everything = (clean.resources, clean.drafts, clean.dropped, clean.refused)
    passed = [compact(text) for text in strings(told(everything))]
    leaks = [(canary, text) for text in passed for canary in FORBIDDEN if canary in text]
    assert leaks == []


@settings(max_examples=150, deadline=None)
@given(st.lists(GARBAGE, max_size=3))
def test_what_is_clean_can_be_read_as_a_record(found: list[Any]) -> None:
    made = record(cleaned(PATIENT, *found).resources, lists={})
    assert made.age_years is not None
    assert made.sex == "female"


@settings(deadline=None)
@given(st.lists(GARBAGE, max_size=3))
def test_no_calendar_date_and_no_clear_reference_comes_through(found: list[Any]) -> None:
    clean = cleaned(PATIENT, *found)
    for resource in clean.resources:
        assert clean.pseudonyms.knows(resource["id"])
        assert "birthDate" not in resource
        assert not [t for t in strings(told(resource)) if t.startswith(("19", "20")) and "-" in t]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_a_string_that_is_no_label_passes_only_as_a_word_of_fhir(text: str) -> None:
    resource = {
        "resourceType": "AllergyIntolerance",
        "id": text,
        "type": text,
        "category": [text, {"text": text}],
        "criticality": text,
        "code": {
            "coding": [{"system": text, "code": text}, {"system": "http://hl7.org/fhir/x", "code": text}]
        },
        "onsetDateTime": text,
        "encounter": {"reference": f"{text}/1"},
        text: text,
    }
    clean = cleaned(resource).resources[0]
    assert set(clean) - {"type", "category", "criticality"} <= {
        "resourceType", "id", "_from", "onsetDateTime", "encounter", "code",
    }  # fmt: skip
    assert "code" not in clean or clean["code"]["coding"][0]["system"] != text or "://" in text


@settings(deadline=None)
@given(st.sampled_from(CANARIES), st.data())
def test_a_label_is_kept_whole_or_dropped_whole(canary: str, data: st.DataObject) -> None:
    names = known([PATIENT])
    text = data.draw(st.text(max_size=20)) + data.draw(st.sampled_from([" ", "0", "_", "-", "/"])) + canary
    assert label(text, names) == ""
    other = data.draw(st.text(max_size=40))
    once = label(other, names)
    assert once in {other, ""}
    assert label(once, names) == once


@settings(deadline=None)
@given(CANARY)
def test_a_canary_is_known_in_each_way_it_is_written(text: str) -> None:
    assert known([PATIENT]).within(text)


INSTANTS = st.datetimes(
    min_value=NOW.replace(tzinfo=None) - timedelta(days=40_000),
    max_value=NOW.replace(tzinfo=None) + timedelta(days=900),
)


@settings(deadline=None)
@given(INSTANTS, INSTANTS, st.sampled_from(["Z", "+00:00"]))
def test_intervals_are_kept_to_the_minute(first: Any, second: Any, zone: str) -> None:
    def seen(moment: Any) -> int:
        text = moment.isoformat(timespec="seconds") + zone
        resource = {"resourceType": "Observation", "id": text, "effectiveDateTime": text}
        offset: dates.Offset = cleaned(resource).resources[0]["effectiveDateTime"]
        return offset.minutes_ago

    apart = (first.replace(microsecond=0) - second.replace(microsecond=0)).total_seconds() / 60
    assert abs((seen(second) - seen(first)) - apart) <= 1


@settings(deadline=None)
@given(
    st.text(max_size=40)
    | st.from_regex(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:]{5,8}(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?")
)
def test_a_date_is_read_or_refused_with_a_ValueError(text: str) -> None:
    for read in (lambda: dates.offset(text, now=NOW), lambda: dates.age(text, now=NOW)):
        try:
            read()
        except ValueError:
            continue


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_entries_does_not_change_what_is_known(order: list[int]) -> None:
    entries: list[dict[str, Any]] = [
        PATIENT,
        {
            "resourceType": "MedicationRequest",
            "id": "m1",
            "medicationReference": {"reference": "Medication/d1"},
        },
        {"resourceType": "Medication", "id": "d1", "code": {"text": "warfarin"}},
        {"resourceType": "Observation", "id": "panel", "hasMember": [{"reference": "Observation/o1"}]},
        {"resourceType": "Observation", "id": "o1", "valueQuantity": {"value": 1, "unit": "mg"}},
        {"resourceType": "Condition", "id": "c1", "onsetDateTime": "2020-01-05", "code": {"text": "gout"}},
    ]

    def facts(order: Any) -> set[Any]:
        made = record(cleaned(*(entries[n] for n in order)).resources, lists={})
        return {(f.kind, f.text, repr(f.value), f.minutes_ago, f.group == f.ref) for f in made.facts}

    assert facts(order) == facts(range(6))


REFERENCES = st.builds(
    "{}/{}".format, st.sampled_from(TYPES), st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True)
)


@settings(deadline=None)
@given(st.lists(REFERENCES, max_size=8))
def test_a_reference_is_always_the_same_token_and_leads_back_exactly(references: list[str]) -> None:
    names = Pseudonyms()
    tokens = {reference: names.token(reference) for reference in references}
    for reference, token in tokens.items():
        base = "https://ehr.example/fhir/"
        same = (reference, f"{base}{reference}", f"{reference}/_history/7", f"{base}{reference}/_history/7")
        assert {names.token(form) for form in same} == {token}
        assert names.real(token) == reference
        assert token.split("/")[0] == reference.split("/")[0]
        assert token != reference
    assert len(set(tokens.values())) == len(set(references))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_token_of_a_resource_or_nothing(text: str) -> None:
    names = Pseudonyms()
    token = names.token(text)
    if token:
        assert text.endswith(names.real(token)) or "/_history/" in text


@settings(deadline=None)
@given(st.lists(GARBAGE, max_size=3))
def test_what_was_cleaned_is_held_whole_and_leads_back(found: list[Any]) -> None:
    clean = cleaned(PATIENT, *found)
    back = Wayback(clean.pseudonyms, clean.originals, "2026-03-01T12:00:00Z")
    for token in clean.originals:
        original = clean.originals.get(token)
        assert any(original is sent for sent in (PATIENT, *found))
        try:
            whole = back.patched(token, {})
        except NotOurs:
            assert clean.pseudonyms.knows(token)
        else:
            assert whole == original


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=12), max_size=4),
    st.lists(st.text(max_size=12), max_size=4),
    st.text(max_size=30),
)
def test_any_names_can_be_known_and_looked_for(people: list[str], numbers: list[str], text: str) -> None:
    names = Known(people, phrases=people, identifiers=numbers)
    assert names.within(text) == names.within(text)
