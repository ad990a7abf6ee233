"""Small records for the tests of scores, built from a few words."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.base import Deadline, Finding, NoDeadline
from models.record import (
    ICD10CM,
    LOINC,
    MINUTES_PER_DAY,
    RXNORM,
    SNOMED,
    Code,
    Fact,
    ListState,
    Quantity,
    Record,
)
from models.scores.definition import load_all
from models.scores.features import find_all

COMPLETE: Mapping[str, ListState] = dict.fromkeys(
    ("condition", "medication", "observation", "encounter", "procedure"), "complete"
)
LOINC_OF = {
    "creatinine": ("2160-0", "mg/dL"),
    "egfr": ("98979-8", "mL/min/{1.73_m2}"),
    "mdrd": ("33914-3", "mL/min/{1.73_m2}"),
    "acr": ("9318-7", "mg/g"),
    "tc": ("2093-3", "mg/dL"),
    "hdl": ("2085-9", "mg/dL"),
    "sbp": ("8480-6", "mm[Hg]"),
    "dbp": ("8462-4", "mm[Hg]"),
    "bmi": ("39156-5", "kg/m2"),
    "weight": ("29463-7", "kg"),
    "height": ("8302-2", "cm"),
    "hba1c": ("4548-4", "%"),
    "rr": ("9279-1", "/min"),
    "spo2": ("59408-5", "%"),
    "hr": ("8867-4", "/min"),
    "temp": ("8310-5", "Cel"),
    "o2flow": ("3151-8", "L/min"),
    "gcs": ("9269-2", "{score}"),
    "sodium": ("2951-2", "mmol/L"),
    "chloride": ("2075-0", "mmol/L"),
    "bicarbonate": ("2028-9", "mmol/L"),
    "bilirubin": ("1975-2", "mg/dL"),
    "inr": ("6301-6", "{INR}"),
    "albumin": ("1751-7", "g/dL"),
    "lvef": ("10230-1", "%"),
    "bun": ("3094-0", "mg/dL"),
    "urea": ("22664-7", "mmol/L"),
    "platelets": ("777-3", "10*3/uL"),
    "hemoglobin": ("718-7", "g/dL"),
    "wbc": ("6690-2", "10*3/uL"),
    "ast": ("1920-8", "U/L"),
    "alt": ("1742-6", "U/L"),
    "qt": ("8634-8", "ms"),
    "ecg_hr": ("76282-3", "/min"),
}


def days(number: float) -> int:
    """Return minutes of so many days."""
    return int(number * MINUTES_PER_DAY)


def obs(name: str, value: Any, ago: int | None = 60, **more: Any) -> Fact:
    """Return one result by its short name; `unit` and `comparator` replace the usual ones."""
    code, unit = LOINC_OF[name]
    if isinstance(value, int | float):
        value = Quantity(value, more.pop("unit", unit), more.pop("comparator", ""))
    given = {"status": "final", "ref": f"Observation/{name}{ago}"} | more
    return Fact("observation", (Code(LOINC, code),), value=value, minutes_ago=ago, **given)


def coded(code: str, value: Any, ago: int = 60, *, system: str = LOINC, **more: Any) -> Fact:
    """Return an observation with a coded or worded answer."""
    given = {"status": "final", "ref": f"Observation/{code}-{ago}"} | more
    return Fact("observation", (Code(system, code),), value=value, minutes_ago=ago, **given)


def dx(code: str, ago: int | None = days(400), **more: Any) -> Fact:
    """Return a diagnosis; digits are SNOMED, the rest ICD-10-CM."""
    system = SNOMED if code.isdigit() else ICD10CM
    given = {"status": "active", "verification": "confirmed", "ref": f"Condition/{code}"} | more
    return Fact("condition", (Code(system, code),), minutes_ago=ago, **given)


def drug(name: str, ago: int | None = days(30), *, code: str = "99999", **more: Any) -> Fact:
    """Return an order of a drug, recognised by its words unless a code is given."""
    given = {"status": "active", "ref": f"MedicationRequest/{name}"} | more
    return Fact("medication", (Code(RXNORM, code, name),), minutes_ago=ago, **given)


def encounter(cls: str, ago: int = 120, *, ref: str = "Encounter/now", **more: Any) -> Fact:
    """Return an encounter of an HL7 class."""
    detail = {"class": cls} | more.pop("detail", {})
    return Fact(
        "encounter", more.pop("codes", ()), minutes_ago=ago, ref=ref, encounter=ref, detail=detail, **more
    )


def smoker(answer: str = "266919005", ago: int = days(100)) -> Fact:
    """Return a smoking status by its SNOMED answer; never smoked where none is given."""
    return coded("72166-2", Code(SNOMED, answer), ago)


def record(*facts: Fact | Iterable[Fact], **more: Any) -> Record:
    """Return a record of a woman of 63 whose lists are complete."""
    flat: list[Fact] = []
    for fact in facts:
        flat.extend([fact] if isinstance(fact, Fact) else fact)
    given: dict[str, Any] = {"age_years": 63.0, "age_days": 23010, "age_precision": "day", "sex": "female"}
    return Record(facts=tuple(flat), **(given | {"lists": COMPLETE} | more))


def listed(**states: ListState) -> dict[str, ListState]:
    """Return complete lists but for those named."""
    return dict(COMPLETE) | states


def findings(of: Record, *, deadline: Deadline | None = None, **options: Any) -> dict[str, Finding]:
    """Return every finding by its code."""
    found = find_all(of, deadline=deadline or NoDeadline(), options=options, definitions=load_all())
    return {finding.code: finding for finding in found}


OTHER_DX = "J30.9"
"""A diagnosis of no weight: it makes a condition list that is not empty."""


def prevent_facts(**replace: Any) -> list[Fact]:
    """Return the published PREVENT example (woman of 50): treated, diabetic, eGFR 90, body mass index 35."""
    values = {"tc": 200, "hdl": 45, "sbp": 160, "egfr": 90, "bmi": 35} | replace
    facts = [obs(name, value, days(10)) for name, value in values.items() if value is not None]
    return [*facts, dx("E11.9"), drug("Lisinopril 10 MG Oral Tablet"), smoker()]


def vitals(ago: int = 30, **replace: Any) -> list[Fact]:
    """Return one observation set: the NEWS2 vector with 10 points."""
    values = {"rr": 22, "spo2": 93, "sbp": 105, "hr": 112, "temp": 38.6, "o2flow": 2} | replace
    facts = [obs(name, value, ago) for name, value in values.items() if value is not None]
    return [*facts, coded("67775-7", "Alert", ago)]
