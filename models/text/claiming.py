"""Measure claims on our notes: how often each group is right, and from where on a kind may be written.

    python -m models.text.claiming

writes `claims_measured.toml`; `clinicards evaluate text` shows the same, measured anew. The confidence of a
group is the rule of succession over open and closed notes; a threshold is the lowest confidence at which, and
above which at every step, the precision on the closed notes is enough. What decides on writing has been seen:
it flatters, and the lower bounds say how little is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from models.text import notes
from models.text.claims import KINDS, Claim, claims, succession
from models.text.found import Entity
from models.text.reading import Reader

NEEDED: Mapping[str, float] = {"problem": 0.95, "medication": 0.95, "allergy": 0.97}
"""Precision on the closed notes before anything may be written to a chart (rules of the house)."""
LEAST = 15
"""Closed claims below which a precision says nothing."""
MEASURED = Path(__file__).with_name("claims_measured.toml")
_MEANT = {"problem": {"problem", "symptom"}, "medication": {"medication"}, "allergy": {"allergy"}}
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with whether the note means it, and what is wrong where it does not."""

    kind: str
    group: str
    right: bool
    closed: bool
    harmful: bool
    """Whether the note denies it, or says it of another person."""


def judged(known: Reader) -> list[Judged]:
    """Return all claims of our notes, each with whether it is right.

    Open notes are read by cues alone: the score of what is present has learned from them, and would flatter.
    """
    return [
        _judged(note, claim)
        for note in (*notes.load(), *notes.review())
        for claim in claims(note.text, _read(known, note))
    ]


def _read(known: Reader, note: notes.Note) -> Iterable[Entity]:
    return known.understand(note.text).entities if note.closed else known.told(note.text)[1]


def _judged(note: notes.Note, claim: Claim) -> Judged:
    place = claim.entity
    meant = [m for m in note.marks if m.start < place.end and place.start < m.end]
    right = any(m.present and m.kind in _MEANT[claim.kind] for m in meant)
    harmful = not right and any(set(m.flags) & set("-@%") for m in meant)
    return Judged(claim.kind, claim.group, right, note.closed, harmful)


def measured(known: Reader) -> dict[str, Any]:
    """Return groups with how often they were right, and for each kind the table of thresholds."""
    report = tabled(judged(known))
    return report | {"table": lines(report)}


def tabled(found: Iterable[Judged]) -> dict[str, Any]:
    """Return the same of claims that were judged."""
    rows = list(found)
    groups = {
        group: {"right": sum(r.right for r in own), "claims": len(own)}
        for group in sorted({r.group for r in rows})
        if (own := [r for r in rows if r.group == group])
    }
    sure = {group: round(succession(row["right"], row["claims"]), 3) for group, row in groups.items()}
    return {
        "groups": groups,
        "thresholds": {kind: _threshold(list(_steps(kind, rows, sure)), NEEDED[kind]) for kind in KINDS},
    }


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return the thresholds as a table for a terminal: precision of the closed notes at each confidence."""
    made = []
    for kind, row in report["thresholds"].items():
        for step in row["steps"]:
            mark = (
                f"  <- written from here (needed {row['needed']:g})"
                if step["from"] == row.get("from")
                else ""
            )
            made.append(
                f"{kind:<11} from {step['from']:.3f}: {step['right']:>3} of {step['claims']:>3} right, "
                f"{step['precision']:.3f} (at least {step['lower']:.3f}){mark}"
            )
        if "from" not in row:
            made.append(f"{kind:<11} never written: {row['needed']:g} is not reached")
    return made


def _steps(
    kind: str, rows: Iterable[Judged], sure: Mapping[str, float]
) -> Iterator[dict[str, float | int | str]]:
    """Yield what the closed notes say of a kind at each confidence, the highest first."""
    own = [r for r in rows if r.closed and r.kind == kind]
    for level in sorted({sure[r.group] for r in own}, reverse=True):
        above = [r for r in own if sure[r.group] >= level]
        right = sum(r.right for r in above)
        yield {
            "from": level,
            "claims": len(above),
            "right": right,
            "precision": round(right / len(above), 3),
            "lower": round(lower(right, len(above)), 3),
            "denied_or_of_another": sum(r.harmful for r in above),
        }


def _threshold(steps: list[dict[str, Any]], needed: float) -> dict[str, Any]:
    """Return the lowest confidence at which and above which precision is enough, with the whole table."""
    best: dict[str, Any] = {}
    for step in steps:
        if step["precision"] < needed:
            break
        if step["claims"] >= LEAST:
            best = step
    return {"needed": needed, **best, "steps": steps}


def lower(right: int, of: int) -> float:
    """Return the lower end of the 95 % interval of a share (Wilson EB. J Am Stat Assoc 1927;22:209-212)."""
    share, z = right / of, _Z * _Z
    middle = share + z / (2 * of)
    return (middle - _Z * sqrt(share * (1 - share) / of + z / (4 * of * of))) / (1 + z / of)


def written(report: Mapping[str, Any]) -> str:
    """Return a report as the file that claims are read with."""
    lines = [
        "# Made by `python -m models.text.claiming` from the notes of models/text/notes; not written by hand."
    ]
    for group, row in report["groups"].items():
        lines += ["", f'[groups."{group}"]', f"right = {row['right']}", f"claims = {row['claims']}"]
    for kind, row in report["thresholds"].items():
        lines += ["", f"[thresholds.{kind}]"]
        lines += [f"{name} = {value}" for name, value in row.items() if name != "steps"]
        lines += ["steps = ["]
        lines += [f"  {{ {', '.join(f'{k} = {v}' for k, v in step.items())} }}," for step in row["steps"]]
        lines += ["]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from models.text.features import reader

    MEASURED.write_text(written(measured(reader())), encoding="utf-8")
