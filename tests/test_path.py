"""Every recorded call end to end: bytes in, the cards beside it out."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixture_calls import CALLS, compact, normalised, parts_in, request_of
from fixture_cases import CASES

from cds.parts import Parts
from cds.pipeline import Request, answer
from cds.plugins import services

WRITE = os.environ.get("CLINICARDS_WRITE_FIXTURES") == "1"
REQUESTS = sorted(CALLS.glob("*/*.request.json"))
_DATE = re.compile(r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    made = parts_in(tmp_path_factory.mktemp("path"), services())
    yield made
    made.pool.shutdown()
    made.recorder.close()  # type: ignore[attr-defined]
    made.store.close()
    made.ehr.close()  # type: ignore[attr-defined]


@pytest.mark.skipif(not WRITE, reason="writes fixtures only where CLINICARDS_WRITE_FIXTURES=1 asks for it")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.service}-{case.name}")
def test_write_the_request_and_cards_of_a_case(case, parts):
    """A case's request is what its patient's record gives, and its cards are what the service says."""
    folder = CALLS / case.service
    folder.mkdir(parents=True, exist_ok=True)
    text = compact(request_of(case, services()[case.service].needs(case.hook)))
    (folder / f"{case.name}.request.json").write_text(text, encoding="utf-8")
    said = _said(folder / f"{case.name}.request.json", parts)
    cards = json.dumps(said, ensure_ascii=False, indent=1)
    (folder / f"{case.name}.cards.json").write_text(f"{cards}\n", encoding="utf-8")


@pytest.mark.skipif(WRITE, reason="fixtures are being written")
@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: f"{path.parent.name}-{path.name[:-13]}")
def test_a_recorded_call_gets_the_cards_beside_it(request_file, parts):
    """What the pair says is what the whole path answers."""
    expected = json.loads(_cards_of(request_file).read_text(encoding="utf-8"))
    assert _said(request_file, parts) == expected


@pytest.mark.skipif(WRITE, reason="fixtures are being written")
@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: f"{path.parent.name}-{path.name[:-13]}")
def test_no_card_carries_who_it_is_about(request_file):
    """Words and data of a card hold no name, identifier or calendar date of the record."""
    request = json.loads(request_file.read_text(encoding="utf-8"))
    patient = request["prefetch"]["patient"]
    for card in json.loads(_cards_of(request_file).read_text(encoding="utf-8"))["cards"]:
        said = json.dumps([card["summary"], card.get("detail"), card["extension"]], ensure_ascii=False)
        assert not _DATE.search(said)
        for known in _identifying(patient):
            assert not re.search(rf"\b{re.escape(known)}\b", said, re.IGNORECASE)


def test_there_are_recorded_calls():
    """An empty folder would pass every test above."""
    assert WRITE or len(REQUESTS) >= len(CASES)


def _identifying(patient):
    for name in patient.get("name", ()):
        yield from (part for part in (name.get("family", ""), *name.get("given", ())) if len(part) > 2)
    yield from (i["value"] for i in patient.get("identifier", ()) if len(i.get("value", "")) > 4)
    yield patient["id"]


def _cards_of(request_file: Path) -> Path:
    return request_file.with_name(request_file.name.replace(".request.json", ".cards.json"))


def _said(request_file: Path, parts: Parts):
    service = request_file.parent.name
    url = f"https://cards.example/cds-services/{service}"
    return normalised(answer(Request(service, request_file.read_bytes(), "", url), parts).body)
