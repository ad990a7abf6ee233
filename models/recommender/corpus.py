"""Data to learn from: 617 synthetic patients, or a site's own FHIR, told apart by the files."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.recommender.fhir_export import read_export
from models.recommender.history import History, Order, Problem
from models.recommender.patient import Allergy
from models.record import SNOMED, Code

EXTRACT = "synthea_patient_med_617.jsonl.gz"
VARIABLE = "CLINICARDS_DATA"
NEEDED = (
    f"the recommender learns from {EXTRACT} (617 synthetic patients, extract of the R4/SYNTHEA folder of "
    "smart-on-fhir/generated-sample-data on GitHub, Apache-2.0) or from a folder of FHIR R4 bundles or of a "
    "Bulk export (*.ndjson), de-identified first with `clinicards deid fhir`; name the folder with "
    f"--data DIR or {VARIABLE}"
)


@dataclass(frozen=True)
class Corpus:
    """Lives to learn from, with where they are from."""

    kind: str
    """`synthea-617` or `fhir`."""
    licence: str
    sha256: str
    """Of all files read, in the order of their names."""
    histories: tuple[History, ...]
    left_out: int = 0
    """People without age, sex or any order."""


def read_corpus(data: str | None) -> Corpus:
    """Return the data in a folder; raise `ModelError` (`no-data`) naming what is needed."""
    named = data or os.environ.get(VARIABLE)
    if not named:
        raise ModelError(NEEDED, code="no-data")
    folder = Path(named)
    extract = next((p for p in (folder / EXTRACT, folder / "recommender" / EXTRACT) if p.is_file()), None)
    if extract is not None:
        return _corpus("synthea-617", "Apache-2.0", [extract], _extract(extract))
    files = sorted(p for p in folder.glob("**/*") if p.suffix in (".json", ".ndjson") and p.is_file())
    found = _corpus("fhir", "the site's own", files, read_export(files)) if files else None
    if found is None or not found.histories:
        raise ModelError(f"nothing to learn from in that folder: {NEEDED}", code="no-data")
    return found


def _corpus(kind: str, licence: str, files: list[Path], people: Iterator[History | None]) -> Corpus:
    read = list(people)
    kept = tuple(one for one in read if one is not None and one.orders)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return Corpus(kind, licence, digest.hexdigest(), kept, len(read) - len(kept))


def _extract(path: Path) -> Iterator[History | None]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield _history(json.loads(line))


def _history(row: Mapping[str, Any]) -> History | None:
    person = row["p"]
    if not person.get("birth") or not person.get("sex"):
        return None
    birth = day(person["birth"])
    orders = [Order(day(m[2]) - birth, m[0], m[1]) for m in row["m"]]
    problems = [
        Problem(day(c[2]) - birth, c[0], c[1], day(c[3]) - birth if c[3] else None, SNOMED) for c in row["c"]
    ]
    allergies = [Allergy(Code(SNOMED, a[0], a[1]), a[1]) for a in row["a"]]
    return History(person["sex"], tuple(orders), tuple(problems), tuple(allergies))


def day(text: str) -> float:
    """Return an instant in days, for differences only; a date without time is its midnight in UTC."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() / 86_400
