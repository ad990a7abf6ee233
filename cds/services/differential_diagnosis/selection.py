"""What is worth saying: red flags that are new, the rows of the table, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.base import Finding

_ALARMING = frozenset({"urgent", "emergency"})
_LEAST_FLAGGED = 0.002


@dataclass(frozen=True, slots=True)
class Said:
    """What a call's findings come to."""

    whole: Finding
    flags: tuple[Finding, ...] = ()
    rows: tuple[Finding, ...] = ()
    others: float = 0.0
    """The probability that no row of the table has."""

    def row(self, code: str) -> Finding | None:
        """Return a condition of the table."""
        return next((row for row in self.rows if row.code == code), None)


def select(found: Sequence[Finding], options: Mapping[str, Any]) -> Said:
    """Return what to say of these findings: no flags and no rows where there is nothing new."""
    whole, off = found[0], set(options["off"])
    flags = tuple(f for f in found if f.kind == "rule" and f.code not in off and _says_new(f))
    conditions = [f for f in found if f.kind == "condition" and f.code not in off]
    rows = _rows(conditions, flags, options)
    if _beside(whole, conditions) or (not flags and _nothing_new(whole, rows)):
        return Said(whole)
    rest = max(0.0, 1.0 - sum(row.probability or 0.0 for row in rows))
    return Said(whole, flags, rows, rest)


def _says_new(flag: Finding) -> bool:
    return bool(flag.detail["new"]) and not flag.detail["listed"]


def _rows(
    conditions: list[Finding], flags: Sequence[Finding], options: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Return the likeliest conditions and those that must be excluded, as many as the table has rows."""
    pointed = [code for flag in flags for code in flag.detail["points_to"]]
    must = [c for c in conditions if c.detail["must_exclude"]]
    must.extend(c for c in conditions if c.code in pointed and c not in must)
    likely = [c for c in conditions if (c.probability or 0.0) >= options["minimum_probability"]]
    wanted = options["rows"]
    kept = list(likely[:1] or conditions[:1])
    for one in [*must, *likely]:
        if one not in kept and len(kept) < wanted and (one in likely or _is_named(one)):
            kept.append(one)
    return tuple(sorted(kept, key=lambda c: -(c.probability or 0.0)))


def _is_named(one: Finding) -> bool:
    """Tell whether a danger below the least probability is named."""
    return bool(one.detail["must_exclude"]) or (one.probability or 0.0) >= _LEAST_FLAGGED


def _beside(whole: Finding, conditions: Sequence[Finding]) -> bool:
    """Tell whether a diagnosis is being entered that has no part in the present complaint."""
    drafted = set(whole.detail["drafted"])
    return bool(drafted) and not whole.detail["entered"] and not drafted & {c.code for c in conditions}


def _nothing_new(whole: Finding, rows: Sequence[Finding]) -> bool:
    """Tell whether all of it is known: told before, of many years, or on the list already."""
    if not whole.detail["new"] and not whole.detail["unnamed"]:
        return True
    calm = whole.band not in _ALARMING
    if calm and "duration-years" in whole.detail["present"]:
        return True
    # Who enters a symptom asks about it, whatever stands on the list already.
    settled = bool(rows) and bool(rows[0].detail["listed"]) and not whole.detail["entered"]
    return settled and not any(row.detail["must_exclude"] for row in rows)
