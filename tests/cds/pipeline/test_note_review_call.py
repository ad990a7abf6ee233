"""Note review within a call: time that runs out between notes, and entries that are not valid FHIR."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, bundle, installed
from service_rows import GAP, ROWS, condition, drug, note

from cds.witness import Witness

ROW = next(row for row in ROWS if row.service.id == "note-review")
WHO = ROW.patient
SAYS = "PAST MEDICAL HISTORY:\n- Atrial fibrillation\n"
CARD = "NOTEproblemAtrialFibrillation"
QUIET = "Seen for a blood pressure check. Feels well."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patch:
        folder = Path(tmp_path_factory.mktemp("review"))
        with installed(folder, service=ROW.service, monkeypatch=patch) as made:
            yield made


def said(site: Installation, *texts: str, **keys: Any) -> Any:
    """Return the answer to a call with these notes, the newest first."""
    notes = [note(text, who=WHO, days=n + 1, id=f"n{n}") for n, text in enumerate(texts)]
    return site.post(ROW.call(prefetch=ROW.prefetch(documents=bundle(notes), **keys)), ROW.path)


def cards(response: Any) -> tuple[list[str], str]:
    """Return the topics of the cards and the text of the last."""
    assert response.status_code == 200, response.get_json()
    found = response.get_json()["cards"]
    return [card["source"]["topic"]["code"] for card in found], found[-1]["detail"] if found else ""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the clock run out after so many looks at it."""

    def after(count: int) -> None:
        left = iter([1.0] * count)

        def look(witness: Witness) -> float:
            seconds = next(left, 0.0)
            witness.ran_out = witness.ran_out or seconds <= 0
            return seconds

        monkeypatch.setattr(Witness, "left", look)

    return after


def test_notes_that_were_read_in_time_are_told_and_the_others_named(site: Installation, looks: Any) -> None:
    looks(2)
    topics, detail = cards(said(site, SAYS, QUIET, "History of gout."))
    assert topics == [CARD, GAP]
    assert "**a note:** the time for this answer ran out" in detail
    assert "**2 notes:** not looked through for nodules" in detail


def test_quiet_notes_that_were_read_in_time_are_an_answer_that_names_the_others(
    site: Installation, looks: Any
) -> None:
    looks(1)
    topics, detail = cards(said(site, QUIET, SAYS))
    assert topics == [GAP]
    assert "**a note:** the time for this answer ran out" in detail


def test_no_time_for_any_note_is_503_and_never_an_answer(site: Installation, looks: Any) -> None:
    looks(0)
    response = said(site, SAYS, QUIET)
    assert response.status_code == 503
    assert "nothing was checked" in response.get_json()["issue"][0]["details"]["text"]


def test_no_time_to_scrub_any_note_is_503(site: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds.services.base.Until.earlier", lambda until, _: replace(until, end=0.0))
    monkeypatch.setattr("cds.pipeline.fetch", _without_a_clock)
    assert said(site, SAYS).status_code == 503


def _without_a_clock(call: Any, needs: Any, *, deadline: Any, **more: Any) -> Any:
    from cds.intake import fetch

    return fetch(call, needs, deadline=replace(deadline, end=deadline.clock.monotonic() + 9), **more)


def test_a_note_whose_words_lie_elsewhere_is_named(site: Installation) -> None:
    far = note(SAYS, who=WHO)
    far["content"] = [{"attachment": {"contentType": "text/plain", "url": "https://else.example/n"}}]
    response = site.post(ROW.call(prefetch=ROW.prefetch(documents=bundle([far]))), ROW.path)
    assert cards(response)[0] == [GAP]


LISTED = condition("I10", "Hypertension", who=WHO)
TAKEN = drug("lisinopril 10 MG Oral Tablet", who=WHO)
WRONG = {"language": ["en"]}


def test_an_entry_that_a_claim_is_held_against_must_be_valid(site: Installation) -> None:
    """Of a list that lost an entry nothing is said to be missing; the entry is named."""
    topics, detail = cards(said(site, SAYS, conditions=bundle([{**LISTED, **WRONG}])))
    assert topics == [GAP]
    assert "Condition in conditions" in detail
    assert "not valid FHIR R4" in detail


def test_an_entry_that_no_card_rests_on_is_not_looked_at(site: Installation) -> None:
    topics, _ = cards(said(site, SAYS, medications=bundle([{**TAKEN, **WRONG}])))
    assert topics == [CARD]


def test_what_a_find_is_held_against_must_be_valid_and_nothing_is_called_absent_then(
    site: Installation,
) -> None:
    response = said(site, "Splenectomy 2004.", conditions=bundle([{**LISTED, **WRONG}]))
    topics, _ = cards(response)
    first = response.get_json()["cards"][0]
    assert topics == ["NOTEfindAsplenia", GAP]
    assert first["summary"].endswith("not every list could be read")
    assert "**Not checked:**" in first["detail"]


def test_a_note_that_is_not_valid_is_left_out_and_the_others_are_read_once(site: Installation) -> None:
    asked: Counter[str] = Counter()
    models = site.live.parts.models

    class Counting:
        def find(self, *given: Any, **more: Any) -> Any:
            return models.find(*given, **more)

        def run(self, name: str, document: Mapping[str, Any]) -> Any:
            asked[str(sorted(document.items()))] += 1
            return models.run(name, document)

    notes = [note(SAYS, who=WHO, id="n1"), {**note("Takes warfarin daily.", who=WHO, id="n2"), **WRONG}]
    site.live.parts = replace(site.live.parts, models=Counting())
    try:
        response = site.post(ROW.call(prefetch=ROW.prefetch(documents=bundle(notes))), ROW.path)
    finally:
        site.live.parts = replace(site.live.parts, models=models)
    topics, detail = cards(response)
    assert topics == [CARD, GAP]
    assert "DocumentReference in documents" in detail
    assert set(asked.values()) == {1}
    assert len(asked) == 2
