"""What rules call a condition or a laboratory value, and by which codes a record says it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from models.knowledge.concepts import load_concepts
from models.knowledge.drugs.tables import PROVENANCE, package_files, rows, split
from models.record import ICD10, ICD10CM, LOINC, SNOMED, Code

_CONDITION = ("name", "title", "means", "icd10", "icd10_not", "snomed", *PROVENANCE)
_LAB = ("name", "title", "unit", "concept", "loinc", "substance", "low", "high", *PROVENANCE)


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    """One set of diagnoses; `history` counts when it is over, `current` only while it lasts."""

    name: str
    title: str
    means: Literal["history", "current"]
    prefixes: tuple[str, ...]
    without: tuple[str, ...]
    snomed: frozenset[str]
    words: frozenset[str]

    def meant_by(self, code: Code) -> bool:
        """Tell whether a code is of the set; ICD-10 codes by their beginning."""
        if code.system in (ICD10CM, ICD10):
            return code.code.startswith(self.prefixes) and not code.code.startswith(self.without or ("\0",))
        return code.system == SNOMED and code.code in self.snomed


@dataclass(frozen=True, slots=True)
class LabTerm:
    """One quantity: its unit, LOINC codes and what is believable."""

    name: str
    title: str
    unit: str
    loinc: tuple[str, ...]
    low: float
    high: float
    substance: str | None = None


@dataclass(frozen=True)
class Terms:
    """All terms with an index of codes."""

    conditions: Mapping[str, ConditionTerm]
    labs: Mapping[str, LabTerm]
    by_loinc: Mapping[str, tuple[str, ...]]

    def conditions_of(self, codes: Iterable[Code], text: str = "") -> frozenset[str]:
        """Return the names of the sets that codes, or else the whole text, name."""
        given = tuple(codes)
        found = {n for n, term in self.conditions.items() if any(term.meant_by(c) for c in given)}
        if not found and text:
            low = text.casefold().strip()
            found = {n for n, term in self.conditions.items() if low in term.words}
        return frozenset(found)

    def labs_of(self, codes: Iterable[Code]) -> tuple[str, ...]:
        """Return the names of the quantities that LOINC codes name."""
        return tuple(
            dict.fromkeys(n for c in codes if c.system == LOINC for n in self.by_loinc.get(c.code, ()))
        )


@lru_cache(maxsize=1)
def load_terms() -> Terms:
    """Return the terms that ship with the package."""
    files = package_files()
    conditions = {row["name"]: _condition(row) for _, row in rows(files, "condition", _CONDITION)}
    labs = {row["name"]: _lab(row) for _, row in rows(files, "lab", _LAB)}
    by_loinc: dict[str, list[str]] = {}
    for lab in labs.values():
        for code in lab.loinc:
            by_loinc.setdefault(code, []).append(lab.name)
    return Terms(conditions, labs, {code: tuple(names) for code, names in by_loinc.items()})


def _condition(row: Mapping[str, str]) -> ConditionTerm:
    pairs = [part.partition("=") for part in split(row["snomed"])]
    words = {row["title"], row["name"].replace("_", " "), *(shown for _, _, shown in pairs if shown)}
    return ConditionTerm(
        name=row["name"],
        title=row["title"],
        means="current" if row["means"] == "current" else "history",
        prefixes=split(row["icd10"]),
        without=split(row["icd10_not"]),
        snomed=frozenset(code for code, _, _ in pairs),
        words=frozenset(word.casefold() for word in words),
    )


def _lab(row: Mapping[str, str]) -> LabTerm:
    concept = load_concepts().observations.get(row["concept"]) if row["concept"] else None
    loinc, low, high = split(row["loinc"]), float("-inf"), float("inf")
    if concept is not None:
        loinc, low, high = (*concept.loinc, *loinc), concept.low, concept.high
    return LabTerm(
        name=row["name"],
        title=row["title"],
        unit=row["unit"],
        loinc=loinc,
        low=float(row["low"]) if row["low"] else low,
        high=float(row["high"]) if row["high"] else high,
        substance=row["substance"] or (concept.substance if concept is not None else None),
    )
