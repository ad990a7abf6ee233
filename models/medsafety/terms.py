"""What rules call a condition or a laboratory value, and by which codes a record says it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
        found = frozenset(name for code in codes for name in self._meant_by(code))
        return found or self._by_words.get(text.casefold().strip(), frozenset())

    def _meant_by(self, code: Code) -> Iterator[str]:
        """Yield the sets that a code is of: those that name it, or for ICD-10 a beginning of it."""
        if code.system == SNOMED:
            yield from self._by_snomed.get(code.code, ())
        elif code.system in (ICD10CM, ICD10):
            beginnings = (code.code[:length] for length in range(1, len(code.code) + 1))
            for name in dict.fromkeys(n for start in beginnings for n in self._by_prefix.get(start, ())):
                if self.conditions[name].meant_by(code):
                    yield name

    @cached_property
    def _by_snomed(self) -> Mapping[str, tuple[str, ...]]:
        return _index((code, term.name) for term in self.conditions.values() for code in term.snomed)

    @cached_property
    def _by_prefix(self) -> Mapping[str, tuple[str, ...]]:
        return _index((prefix, term.name) for term in self.conditions.values() for prefix in term.prefixes)

    @cached_property
    def _by_words(self) -> Mapping[str, frozenset[str]]:
        pairs = ((word, term.name) for term in self.conditions.values() for word in term.words)
        return {word: frozenset(names) for word, names in _index(pairs).items()}

    def labs_of(self, codes: Iterable[Code]) -> tuple[str, ...]:
        """Return the names of the quantities that LOINC codes name."""
        return tuple(
            dict.fromkeys(n for c in codes if c.system == LOINC for n in self.by_loinc.get(c.code, ()))
        )


def _index(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


@lru_cache(maxsize=1)
def load_terms() -> Terms:
    """Return the terms that ship with the package."""
    files = package_files()
    conditions = {row["name"]: _condition(row) for _, row in rows(files, "condition", _CONDITION)}
    labs = {row["name"]: _lab(row) for _, row in rows(files, "lab", _LAB)}
    return Terms(conditions, labs, _index((code, lab.name) for lab in labs.values() for code in lab.loinc))


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
