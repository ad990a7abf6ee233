"""How often the first condition was right at the probability it was given, on stories with a known answer.

`python -m models.diagnosis.calibration` measures it anew on the packaged vignettes and writes
`calibration.json`; the test beside it fails where what is written no longer fits.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.base import Finding, NoDeadline, RecordModel
from models.diagnosis.cases import Vignette, vignettes
from models.diagnosis.person import age_of, sex_of
from models.record import Fact, Record

EDGES: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
FILE = "calibration.json"
_CLASSES = {"primary-care": "AMB", "telephone": "AMB", "emergency": "EMER", "inpatient": "IMP"}


def told_of(probability: float) -> Mapping[str, Any]:
    """Return the band of a first condition's probability: its edges, how many stories, how many right."""
    rows: Sequence[Mapping[str, Any]] = _table()["bands"]
    return next(row for row in reversed(rows) if probability >= row["from"])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    place = resources.files("models.diagnosis") / FILE
    table: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return table


def measured() -> dict[str, Any]:
    """Return the bands as they are on the closed half of the vignettes, told as notes of a record."""
    from models.diagnosis.model import model

    judge = model()
    firsts = [(one, _first(judge, one)) for one in vignettes() if one.closed]
    found = [(top.probability or 0.0, top.code in one.conditions) for one, top in firsts if top is not None]
    bands = [
        {"from": low, "to": high, **_counted(found, low, high if high < 1 else 1.1)}
        for low, high in pairwise(EDGES)
    ]
    return {
        "on": "made-up stories of this project that nothing was fitted on",
        "stories": len(firsts),
        "bands": bands,
    }


def _counted(found: Sequence[tuple[float, bool]], low: float, high: float) -> Mapping[str, int]:
    part = [right for probability, right in found if low <= probability < high]
    return {"stories": len(part), "right": sum(part)}


def _first(judge: RecordModel, one: Vignette) -> Finding | None:
    """Return the likeliest condition of a story that is told in a note."""
    visit = Fact("encounter", (), ref="visit", encounter="visit", detail={"class": _CLASSES[one.setting]})
    record = Record(
        facts=(visit,), age_years=age_of(one.text), sex=sex_of(one.text), current_encounter="visit"
    )
    said = judge.find(record, deadline=NoDeadline(), options={"stories": [{"text": one.text}]})
    return next((finding for finding in said if finding.kind == "condition"), None)


if __name__ == "__main__":
    Path(str(resources.files("models.diagnosis") / FILE)).write_text(
        json.dumps(measured(), indent=1) + "\n", encoding="utf-8"
    )
