"""Every recorded call end to end: bytes in, the cards beside it out.

A new case is two files. `CLINICARDS_WRITE_FIXTURES=1` writes both for the cases of `fixture_cases` first.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixture_calls import CALLS, closed, compact, normalised, parts_in, request_of
from fixture_cases import CASES

from cds.parts import Parts
from cds.pipeline import Request, answer
from cds.plugins import services

_DATE = re.compile(r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b")


def _said(request_file: Path, parts: Parts) -> dict[str, Any]:
    service = request_file.parent.name
    url = f"https://cards.example/cds-services/{service}"
    return normalised(answer(Request(service, request_file.read_bytes(), "", url), parts).body)


def _cards_of(request_file: Path) -> Path:
    return request_file.with_name(request_file.name.replace(".request.json", ".cards.json"))


def _write_all() -> None:
    with tempfile.TemporaryDirectory() as folder, closed(parts_in(Path(folder), services())) as parts:
        for case in CASES:
            file = CALLS / case.service / f"{case.name}.request.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            request = request_of(case, services()[case.service].needs(case.hook))
            file.write_text(compact(request), encoding="utf-8")
            cards = json.dumps(_said(file, parts), ensure_ascii=False, indent=1)
            _cards_of(file).write_text(f"{cards}\n", encoding="utf-8")


if os.environ.get("CLINICARDS_WRITE_FIXTURES") == "1":
    _write_all()
REQUESTS = sorted(CALLS.glob("*/*.request.json"))
every_pair = pytest.mark.parametrize(
    "request_file", REQUESTS, ids=lambda path: f"{path.parent.name}-{path.name[:-13]}"
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with closed(parts_in(tmp_path_factory.mktemp("path"), services())) as made:
        yield made


@every_pair
def test_a_recorded_call_gets_the_cards_beside_it(request_file, parts):
    """What the pair says is what the whole path answers."""
    expected = json.loads(_cards_of(request_file).read_text(encoding="utf-8"))
    assert _said(request_file, parts) == expected


@every_pair
def test_no_card_carries_who_it_is_about(request_file):
    """Words and data of a card hold no name, identifier or calendar date of the record."""
    request = json.loads(request_file.read_text(encoding="utf-8"))
    patient = request["prefetch"]["patient"]
    for card in json.loads(_cards_of(request_file).read_text(encoding="utf-8"))["cards"]:
        said = json.dumps([card["summary"], card.get("detail"), card["extension"]], ensure_ascii=False)
        assert not _DATE.search(said)
        for known in _identifying(patient):
            assert not re.search(rf"\b{re.escape(known)}\b", said, re.IGNORECASE)


def test_every_case_is_recorded():
    """A case that was added and not written would never be tested."""
    wanted = {f"{case.service}/{case.name}" for case in CASES}
    assert wanted <= {f"{file.parent.name}/{file.name[:-13]}" for file in REQUESTS}


def _identifying(patient):
    for name in patient.get("name", ()):
        yield from (part for part in (name.get("family", ""), *name.get("given", ())) if len(part) > 2)
    yield from (i["value"] for i in patient.get("identifier", ()) if len(i.get("value", "")) > 4)
    yield patient["id"]
