"""Evaluate the differential on our own vignettes, open, closed and unseen, and on the published ones."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from time import process_time_ns
from typing import Any

from models.base import ModelError
from models.diagnosis.cases import Vignette, unseen, vignettes
from models.diagnosis.model import NAME, Differential, model
from models.diagnosis.published import read_published

GATES: Mapping[str, float] = {"m1": 0.55, "m3": 0.75, "m5": 0.82, "coverage": 0.95, "danger_found": 0.97}
CEILINGS: Mapping[str, float] = {
    "calm_called_emergency": 0.10,
    "over_triage_to_urgent": 0.30,
    "calibration_error": 0.08,
}
_CORPUS = Path("diagnosis") / "semigran_vignettes.jsonl"
_BINS = 10
_SERIOUS = frozenset(("urgent", "emergency"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one vignette: the place of the first right condition, and its urgency."""

    vignette: Vignette
    place: int | None
    top: tuple[str, ...]
    confidence: float
    urgency: str
    milliseconds: float


def evaluate(name: str = NAME, *, data: str | None = None) -> dict[str, Any]:
    """Return the report; `missed` names the gates that closed or unseen stories miss, `failed` counts."""
    judge = model()
    halves = {
        "open": [v for v in vignettes() if not v.closed],
        "closed": [v for v in vignettes() if v.closed],
        "unseen": list(unseen()),
    }
    report: dict[str, Any] = {"model": name, "version": judge.version}
    for half, rows in halves.items():
        report[half] = told(outcomes(judge, rows))
    if data is not None:
        path = Path(data) / _CORPUS
        if not path.is_file():
            raise ModelError(
                f"{_CORPUS} is not below --data; it is published with BMJ 2015;351:h3480 (CC BY-NC 4.0)",
                code="no-data",
            )
        report["published_45"] = published(judge, path)
    report["compared"] = _compared(judge, halves["open"])
    missed = [f"{half}: {gate}" for half in ("closed", "unseen") for gate in _missed(report[half])]
    return {**report, "gates": {**GATES, **CEILINGS}, "missed": missed, "failed": len(missed)}


def _compared(judge: Differential, rows: Sequence[Vignette]) -> dict[str, Any]:
    """Return the models side by side, or why they cannot be shown."""
    # numpy is loaded here alone: whoever runs the model does not need it.
    from models.diagnosis.compared import compared

    try:
        return compared(judge.scorer, judge.reader, rows)
    except ModelError as error:
        return {"not_compared": error.message}


def outcomes(judge: Differential, rows: Sequence[Vignette]) -> list[Outcome]:
    """Return what comes of these vignettes, each run once before it is timed."""
    for row in rows:
        judge.run(row.document)
    return [_outcome(judge, row) for row in rows]


def _outcome(judge: Differential, row: Vignette) -> Outcome:
    start = process_time_ns()
    answer = judge.run(row.document)
    took = (process_time_ns() - start) / 1e6
    names = tuple(str(one["condition"]) for one in answer["differential"])
    place = next((at for at, found in enumerate(names) if found in row.conditions), None)
    confidence = float(answer["differential"][0]["probability"]) if names else 0.0
    return Outcome(row, place, names[:5], confidence, str(answer["urgency"]), took)


def told(found: Sequence[Outcome]) -> dict[str, Any]:
    """Return the measurements of one half as data."""
    known = set(model().scorer.base.conditions)
    danger = [o for o in found if "emergency" in o.vignette.urgencies]
    calm = [o for o in found if not _SERIOUS & set(o.vignette.urgencies)]
    times = sorted(o.milliseconds for o in found)
    return {
        "vignettes": len(found),
        **{f"m{n}": share([o.place is not None and o.place < n for o in found]) for n in (1, 3, 5)},
        "coverage": share([bool(known & set(o.vignette.conditions)) for o in found]),
        "danger_found": share([o.urgency in _SERIOUS for o in danger]),
        "emergency_called_emergency": share([o.urgency == "emergency" for o in danger]),
        "calm_called_emergency": share([o.urgency == "emergency" for o in calm]),
        "over_triage_to_urgent": share([o.urgency in _SERIOUS for o in calm]),
        "urgency_exact": share([o.urgency in o.vignette.urgencies for o in found]),
        "calibration_error": round(calibration_error(found), 4),
        "milliseconds": {"p50": round(_at(times, 0.5), 2), "p95": round(_at(times, 0.95), 2)},
        "not_first": {o.vignette.id: [o.vignette.conditions[0], *o.top[:3]] for o in found if o.place != 0},
    }


def share(hits: Sequence[bool]) -> dict[str, Any]:
    """Return a share with its 95 % interval (Wilson, J Am Stat Assoc 1927;22:209-212)."""
    count = len(hits)
    if not count:
        return {"value": None, "of": 0}
    part, z = sum(hits) / count, 1.96
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(part * (1 - part) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return {
        "value": round(part, 4),
        "low": round(max(0.0, middle - reach), 4),
        "high": round(min(1.0, middle + reach), 4),
        "of": count,
    }


def calibration_error(found: Sequence[Outcome]) -> float:
    """Return the expected calibration error of the first condition's probability, in ten bins."""
    bins: dict[int, list[Outcome]] = {}
    for one in found:
        bins.setdefault(min(int(one.confidence * _BINS), _BINS - 1), []).append(one)
    return sum(
        abs(sum(o.confidence for o in rows) - sum(o.place == 0 for o in rows)) for rows in bins.values()
    ) / max(len(found), 1)


def published(judge: Differential, path: Path) -> dict[str, Any]:
    """Return M1, M3, M5 and urgency on the 45 published vignettes (Semigran HL et al. BMJ 2015;351:h3480)."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return told(outcomes(judge, list(read_published(lines))))


def _missed(closed: Mapping[str, Any]) -> Iterator[str]:
    for name, least in GATES.items():
        value = closed[name]["value"]
        if value is None or value < least:
            yield f"{name} is {value}; it must be {least} or more"
    for name, most in CEILINGS.items():
        value = closed[name]["value"] if isinstance(closed[name], Mapping) else closed[name]
        if value is None or value > most:
            yield f"{name} is {value}; at most {most}"


def _at(ordered: Sequence[float], place: float) -> float:
    return ordered[min(int(len(ordered) * place), len(ordered) - 1)] if ordered else 0.0
