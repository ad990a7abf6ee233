"""What else a record says that bears on a card: referrals, comfort care, earlier values, the setting."""

from dataclasses import dataclass
from typing import Literal

from cds.services.clinical_scores.phrases import Sought
from models.base import Input
from models.record import ICD10, ICD10CM, MINUTES_PER_DAY, SNOMED, Fact, Quantity, Record

ACUTE = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS"})
"""HL7 ActEncounterCode classes of acute care."""
_VOID = frozenset({"entered-in-error", "cancelled", "revoked", "draft", "not-done", "refuted"})
_VALID = frozenset({"final", "amended", "corrected", ""})
_LOOKED_AT = frozenset({"complete", "empty", "null", "nil-known"})


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether something sought was found; `unchecked`: a list that could hold it did not arrive whole."""

    state: Literal["found", "absent", "unchecked"]
    minutes_ago: int | None = None


def look(record: Record, sought: Sought) -> Seen:
    """Return whether the record holds what is sought, the newest of it."""
    found = [f for kind in sought.kinds for f in record.of(kind) if _is(f, sought)]
    if found:
        ages = [f.minutes_ago for f in found if f.minutes_ago is not None]
        return Seen("found", min(ages, default=None))
    whole = all(record.list_state(kind) in _LOOKED_AT for kind in sought.kinds)
    return Seen("absent" if whole else "unchecked")


def _is(fact: Fact, sought: Sought) -> bool:
    if fact.status in _VOID or fact.verification in _VOID:
        return False
    if fact.minutes_ago is not None and fact.minutes_ago > sought.days * MINUTES_PER_DAY:
        return False
    coded = fact.has(SNOMED, sought.snomed) or any(fact.has(s, sought.icd10) for s in (ICD10, ICD10CM))
    said = " ".join((fact.text, *(c.display for c in fact.codes))).lower()
    return coded or any(word in said for word in sought.words)


def acute(record: Record) -> bool:
    """Tell whether the encounter of the call is one of acute care."""
    current = record.current_encounter
    stays = (f for f in record.of("encounter") if current and current in (f.ref, f.encounter))
    return any(f.detail.get("class") in ACUTE for f in stays)


def as_recorded(record: Record, line: Input) -> bool:
    """Tell whether a number is used as the record holds it, whatever its unit is called."""
    fact = _fact(record, line)
    return fact is not None and isinstance(fact.value, Quantity) and fact.value.value == line.value


def previous(record: Record, line: Input) -> Fact | None:
    """Return the value before an input's, where both stand in the record in one unit."""
    fact = _fact(record, line)
    if fact is None or not isinstance(fact.value, Quantity) or fact.value.value != line.value:
        return None
    unit = fact.value.unit
    older = [f for f in record.of("observation") if _older(f, fact, unit, line.code)]
    return min(older, key=_age, default=None)


def _fact(record: Record, line: Input) -> Fact | None:
    if not line.ref or not line.code:
        return None
    mine = (f for f in record.of("observation") if f.ref == line.ref)
    return next((f for f in mine if any(c.code == line.code for c in f.codes)), None)


def _older(fact: Fact, than: Fact, unit: str, code: str) -> bool:
    return (
        isinstance(fact.value, Quantity)
        and fact.value.unit == unit
        and not fact.value.comparator
        and fact.status in _VALID
        and any(c.code == code for c in fact.codes)
        and fact.minutes_ago is not None
        and fact.minutes_ago >= (than.minutes_ago or 0) + MINUTES_PER_DAY
    )


def _age(fact: Fact) -> int:
    return fact.minutes_ago or 0
