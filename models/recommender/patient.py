"""One `recommender` document as a patient: entries with their age in days, and what was not given."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from models.base import BadInput, Document
from models.record import CVX, ICD10CM, LOINC, SNOMED, Code

MEMBERS = frozenset(
    {
        "id", "age_years", "sex", "conditions", "medications", "allergies", "labs", "immunizations",
        "pregnant", "gestational_age_weeks", "current_smoker", "weight_kg", "height_cm", "limit",
        "incomplete",
    }
)  # fmt: skip
LISTS = ("conditions", "medications", "allergies", "labs", "immunizations")
SEXES = ("female", "male", "other", "unknown")
_OVER = frozenset({"inactive", "resolved", "remission"})
_STOPPED = frozenset({"stopped", "completed", "cancelled", "ended", "inactive", "on-hold"})
_VOID = frozenset({"entered-in-error", "draft", "not-taken", "refuted"})
_ICD10 = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{0,4})?\Z")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    """One diagnosis; `days_ago` is its onset, where that is known."""

    code: Code
    days_ago: float | None = None
    ended_days_ago: float | None = None
    active: bool = True
    also: tuple[Code, ...] = ()

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code of the diagnosis."""
        return (self.code, *self.also) if self.code.code else self.also


@dataclass(frozen=True, slots=True)
class Medicine:
    """One order or statement of a drug; `days_ago` is when it was ordered, where that is known."""

    rxcui: str
    text: str = ""
    days_ago: float | None = None
    current: bool = True
    dose: float | None = None
    dose_unit: str = ""
    times_per_day: float | None = None
    prn: bool = False


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy or intolerance, by code and words."""

    code: Code
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lab:
    """One measured value under its LOINC code."""

    loinc: str
    value: float
    unit: str
    days_ago: float | None = None


@dataclass(frozen=True, slots=True)
class Vaccination:
    """One vaccination by CVX code."""

    cvx: str
    days_ago: float | None = None


@dataclass(frozen=True)
class Patient:
    """What is known of one patient at the instant of the question."""

    age_years: float | None = None
    sex: str = "unknown"
    conditions: tuple[Condition, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    labs: tuple[Lab, ...] = ()
    vaccinations: tuple[Vaccination, ...] = ()
    pregnant: bool | None = None
    gestation_weeks: float | None = None
    smoker: bool | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    given: frozenset[str] = frozenset()
    """Lists that the document holds whole, empty ones included."""

    @cached_property
    def dated(self) -> bool:
        """Tell whether every condition and order says how long ago it was, and there is one."""
        days = [c.days_ago for c in self.conditions] + [m.days_ago for m in self.medicines]
        return bool(days) and None not in days

    @cached_property
    def active(self) -> tuple[Condition, ...]:
        """Return the conditions that last."""
        return tuple(one for one in self.conditions if one.active)

    @cached_property
    def current(self) -> tuple[Medicine, ...]:
        """Return the drugs that are not recorded as stopped."""
        return tuple(one for one in self.medicines if one.current)


def read_patient(document: Document) -> Patient:
    """Return the patient of a document; raise `BadInput` with the pointer of what is wrong."""
    if not isinstance(document, Mapping):
        raise BadInput("one JSON object is needed")
    unknown = sorted(set(document) - MEMBERS)
    if unknown:
        raise BadInput(f"unknown member; known are {', '.join(sorted(MEMBERS))}", pointer=f"/{unknown[0]}")
    sex = document.get("sex") or "unknown"
    if sex not in SEXES:
        raise BadInput(f"one of {', '.join(SEXES)}", pointer="/sex")
    partial = _incomplete(document)
    return Patient(
        age_years=number(document, "age_years", "", 0, 130),
        sex=str(sex),
        conditions=_each(document, "conditions", _condition),
        medicines=_each(document, "medications", _medicine),
        allergies=_each(document, "allergies", _allergy),
        labs=tuple(_labs(document)),
        vaccinations=_each(document, "immunizations", _vaccination),
        pregnant=flag(document, "pregnant", ""),
        gestation_weeks=number(document, "gestational_age_weeks", "", 0, 45),
        smoker=flag(document, "current_smoker", ""),
        weight_kg=number(document, "weight_kg", "", 0.2, 650),
        height_cm=number(document, "height_cm", "", 20, 260),
        given=frozenset(name for name in LISTS if document.get(name) is not None) - partial,
    )


def _incomplete(document: Document) -> frozenset[str]:
    names = document.get("incomplete") or ()
    if not isinstance(names, list | tuple) or not all(name in LISTS for name in names):
        raise BadInput(f"a list of names of {', '.join(LISTS)} is needed", pointer="/incomplete")
    return frozenset(names)


def number(
    row: Mapping[str, Any], name: str, place: str, low: float = -math.inf, high: float = math.inf
) -> float | None:
    """Return a finite number within its span, or None where it is not given."""
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("a number is needed", pointer=f"{place}/{name}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found) or not low <= found <= high:
        raise BadInput(f"a number from {low:g} to {high:g} is needed", pointer=f"{place}/{name}")
    return found


def flag(row: Mapping[str, Any], name: str, place: str) -> bool | None:
    """Return true, false or None where it is not given."""
    value = row.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput("true, false or null is needed", pointer=f"{place}/{name}")
    return value


def coded(code: str, system: str = "") -> Code:
    """Return a code with its system; a bare one is ICD-10-CM by its form, and SNOMED CT otherwise."""
    return Code(system or (ICD10CM if _ICD10.match(code) else SNOMED), code)


def is_code(text: str) -> bool:
    """Tell whether a bare text is a code by its form: digits, or ICD-10."""
    return text.isdigit() or bool(_ICD10.match(text))


def _each(document: Document, name: str, read: Callable[[Mapping[str, Any], str], T | None]) -> tuple[T, ...]:
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise BadInput("a list is needed", pointer=f"/{name}")
    found = (read(_row(row, f"/{name}/{i}"), f"/{name}/{i}") for i, row in enumerate(value))
    return tuple(one for one in found if one is not None)


def _row(value: Any, place: str) -> Mapping[str, Any]:
    """Return an entry as an object; a bare text is its code by its form, and its words otherwise."""
    if isinstance(value, str) and value.strip():
        bare = value.strip()
        return {"code" if is_code(bare) else "text": bare}
    if isinstance(value, Mapping):
        return value
    raise BadInput("a code or an object is needed", pointer=place)


def _words(row: Mapping[str, Any], name: str, place: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput("a text is needed", pointer=f"{place}/{name}")
    return (value or "").strip()


def _days(row: Mapping[str, Any], names: tuple[str, ...], place: str) -> float | None:
    """Return an age in days; what lies in the future counts as of now."""
    for name in names:
        found = number(row, name, place, -1e5, 1e5)
        if found is not None:
            return max(found, 0.0)
    return None


def _condition(row: Mapping[str, Any], place: str) -> Condition | None:
    code, text = _words(row, "code", place), _words(row, "text", place)
    status = _words(row, "status", place)
    found = coded(code, _words(row, "system", place)) if code else Code("", "")
    if not code and not text:
        raise BadInput("a condition has a code or words", pointer=place)
    ended = _days(row, ("ended_days_ago",), place)
    began = _days(row, ("started_days_ago", "onset_days_ago", "days_ago"), place)
    active = status not in _OVER and ended is None
    made = Condition(Code(found.system, found.code, text), began, ended, active, tuple(_also(row, place)))
    return None if status in _VOID else made


def _also(row: Mapping[str, Any], place: str) -> Iterator[Code]:
    """Yield the further codes of a diagnosis."""
    for i, value in enumerate(row.get("codes") or ()):
        one = _row(value, f"{place}/codes/{i}")
        yield coded(_words(one, "code", place), _words(one, "system", place))


def _medicine(row: Mapping[str, Any], place: str) -> Medicine | None:
    rxcui = _words(row, "rxcui", place) or _words(row, "code", place)
    text, status = _words(row, "text", place), _words(row, "status", place)
    if not rxcui and not text:
        raise BadInput("a drug has an rxcui or words", pointer=place)
    dose = row.get("dose")
    if not isinstance(dose, Mapping | None):
        raise BadInput("an object of value and unit is needed", pointer=f"{place}/dose")
    ended = _days(row, ("ended_days_ago",), place)
    found = Medicine(
        rxcui,
        text,
        days_ago=_days(row, ("days_ago", "started_days_ago"), place),
        current=status not in _STOPPED and ended is None,
        dose=number(dose, "value", f"{place}/dose", 0, 1e7) if dose else None,
        dose_unit=_words(dose, "unit", f"{place}/dose") if dose else "",
        times_per_day=number(row, "times_per_day", place, 0, 48),
        prn=bool(flag(row, "prn", place)),
    )
    return None if status in _VOID else found


def _allergy(row: Mapping[str, Any], place: str) -> Allergy | None:
    code, text = _words(row, "code", place), _words(row, "text", place)
    if not code and not text:
        raise BadInput("an allergy has a code or words", pointer=place)
    said = {_words(row, name, place) for name in ("verification_status", "clinical_status")}
    return None if said & (_VOID | _OVER) else Allergy(Code(_words(row, "system", place), code, text), text)


def _vaccination(row: Mapping[str, Any], place: str) -> Vaccination:
    cvx = _words(row, "cvx", place) or _words(row, "code", place)
    if not cvx:
        raise BadInput("a vaccination has a CVX code", pointer=place)
    return Vaccination(Code(CVX, cvx).code, _days(row, ("days_ago",), place))


def _labs(document: Document) -> Iterator[Lab]:
    labs = document.get("labs")
    if labs is None:
        return
    if not isinstance(labs, Mapping):
        raise BadInput("an object by LOINC code is needed", pointer="/labs")
    for loinc, rows in labs.items():
        place = f"/labs/{loinc}"
        for row in rows if isinstance(rows, list | tuple) else (rows,):
            if not isinstance(row, Mapping):
                raise BadInput("an object of value, unit and days_ago is needed", pointer=place)
            value = number(row, "value", place)
            if value is not None:
                code = Code(LOINC, str(loinc)).code
                yield Lab(code, value, _words(row, "unit", place), _days(row, ("days_ago",), place))
