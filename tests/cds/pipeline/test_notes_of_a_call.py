"""Notes on their way to a service: scrubbed, newest first, within the budget; restricted ones unread."""

import base64
from typing import Any

import installation
import pytest
from installation import CHART, NEEDS, Installation, ScriptedService, bundle

from cds.hooks.prefetch import Need
from cds.privacy.known import Known
from cds.privacy.notes import clean_notes

NOTES = {**NEEDS, "notes": Need("DocumentReference?patient={{context.patientId}}", fills=("note",))}
RESTRICTED = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
}


def note(id: str, text: str, date: str = "2026-10-01T10:00:00Z", **members: Any) -> dict[str, Any]:
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "type": {"text": "Progress note"},
        "subject": {"reference": "Patient/p1"},
        "date": date,
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        **members,
    }


def asked(site: Installation, *notes: dict[str, Any], **members: Any) -> Any:
    request = site.full(**members)
    request["prefetch"]["notes"] = bundle(notes)
    return site.post(request)


@pytest.fixture
def reading(site_with: Any) -> Installation:
    made: Installation = site_with(service=ScriptedService(wants=NOTES))
    return made


def test_a_note_reaches_its_service_without_the_patients_name_or_number(reading: Installation) -> None:
    asked(reading, note("n1", "Mrs. Zwyndelbrook (MRN-7719203) has no fever. Quillona's cough is better."))
    (seen,) = reading.service.seen[0].notes
    assert seen.kind == "Progress note"
    assert seen.minutes_ago is not None
    assert seen.ref.startswith("DocumentReference/t")
    assert "no fever" in seen.text
    assert "cough is better" in seen.text
    assert not any(word in seen.text for word in ("Zwyndelbrook", "Quillona", "7719203"))


def test_the_newest_notes_are_read_first_and_the_rest_is_named(site_with: Any) -> None:
    site = site_with(service=ScriptedService(wants=NOTES), document={"limits": {"note_characters": 30}})
    old = note("old", "o" * 20, "2025-01-01")
    found = asked(site, old, note("new", "n" * 25), note("middle", "m" * 20, "2026-03-01")).get_json()
    assert [n.text[0] for n in site.service.seen[0].notes] == ["n", "m"]
    assert len(site.service.seen[0].notes[1].text) == 5
    told = found["cards"][-1]["detail"]
    assert "read in part" in told
    assert "older than the newest 30 characters" in told


def test_a_service_that_asks_for_no_notes_sees_none(site: Installation) -> None:
    asked(site, note("n1", "words"))
    assert site.service.seen[0].notes == ()


def test_what_was_replaced_withdrawn_or_entered_in_error_is_no_note(reading: Installation) -> None:
    newer = note(
        "n2", "second", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/n1"}}]
    )
    asked(reading, note("n1", "first"), newer, note("n3", "third", status="entered-in-error"))
    assert [n.text for n in reading.service.seen[0].notes] == ["second"]


def test_a_note_that_cannot_be_read_is_named(reading: Installation) -> None:
    torn = note("n1", "")
    torn["content"][0]["attachment"]["data"] = "%%%"
    found = asked(reading, torn, note("n2", "read")).get_json()
    assert "damaged base64" in found["cards"][-1]["detail"]
    assert [n.text for n in reading.service.seen[0].notes] == ["read"]


def test_a_restricted_note_is_not_read(reading: Installation) -> None:
    found = asked(reading, note("n1", "secret", meta=RESTRICTED), note("n2", "read")).get_json()
    assert [n.text for n in reading.service.seen[0].notes] == ["read"]
    assert "labelled restricted" in found["cards"][-1]["detail"]


def test_a_restricted_entry_is_marked_for_the_service(reading: Installation) -> None:
    marked = {**CHART[-1], "meta": RESTRICTED}
    request = reading.full()
    request["prefetch"]["conditions"] = bundle([marked])
    reading.post(request)
    case = reading.service.seen[0]
    assert case.restricted == {f.ref for f in case.record.of("condition")}


@pytest.mark.parametrize("address", ["Binary/b1", "{base}/Binary/b1"])
def test_a_note_that_lies_in_a_binary_is_fetched(
    site_with: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    binary = {
        "resourceType": "Binary",
        "id": "b1",
        "contentType": "text/plain",
        "data": base64.b64encode(b"there").decode(),
    }
    monkeypatch.setattr(installation, "CHART", (*CHART, binary))
    site = site_with(service=ScriptedService(wants=NOTES))
    elsewhere = note("n1", "")
    elsewhere["content"][0]["attachment"] = {
        "contentType": "text/plain",
        "url": address.format(base=site.sandbox),
    }
    asked(site, elsewhere, fhirServer=site.sandbox, fhirAuthorization=None)
    assert [n.text for n in site.service.seen[0].notes] == ["there"]


@pytest.mark.parametrize("address", ["https://elsewhere.example.org/Binary/b1", "Binary/../x", "Binary/gone"])
def test_what_is_not_a_binary_of_the_calls_own_server_is_not_fetched(
    reading: Installation, address: str
) -> None:
    elsewhere = note("n1", "")
    elsewhere["content"][0]["attachment"] = {"contentType": "text/plain", "url": address}
    found = asked(reading, elsewhere, fhirServer=reading.sandbox).get_json()
    assert reading.service.seen[0].notes == ()
    assert "lies elsewhere and was not fetched" in found["cards"][-1]["detail"]


def test_notes_wait_for_nobody_when_the_time_is_gone() -> None:
    class Spent:
        def left(self) -> float:
            return 0

    found = clean_notes({"t": note("n1", "words")}, {"t": {"type": {}}}, known=Known(), until=Spent())
    assert found.notes == ()
    assert found.unread == (("a note", "the time for this answer ran out"),)
