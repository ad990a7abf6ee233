"""Value sets as data: which codes mean creatinine, diabetes or a statin, and what is believable.

Rows live in `concepts/*.toml`. Unknown keys are errors and a row without a source is refused: a typing
error must never turn into a patient without diabetes. Indexes are compiled once; looking a code up is one
dict access.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Literal, TypeVar

from models.record import ICD10, ICD10CM, LOINC, RXNORM, SNOMED, Code

ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
_WORD = re.compile(r"[a-z]+")
_SHORTEST, _LONGEST = 1, 7
_REMEMBERED = 20_000
K = TypeVar("K")


class ConceptError(Exception):
    """A row of a value set is not of its form; the message names the row and the key."""


@dataclass(frozen=True, slots=True)
class ObservationConcept:
    """One quantity or question: its codes, unit, believable range and usual look-back."""

    name: str
    title: str
    unit: str
    source: str
    loinc: tuple[str, ...] = ()
    snomed: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """Phrases that name it where no code does."""
    substance: str | None = None
    lookback_days: float = 365
    low: float = float("-inf")
    high: float = float("inf")
    adult: tuple[float, float] | None = None
    """What is believable from 18 years on, where small children lie outside of it."""

    @property
    def of_adults(self) -> "ObservationConcept":
        """Return this set with what is believable of an adult."""
        return self if self.adult is None else replace(self, low=self.adult[0], high=self.adult[1])


@dataclass(frozen=True, slots=True)
class ConditionConcept:
    """One set of diagnoses, and whether a resolved entry still counts."""

    name: str
    title: str
    means: Literal["history", "current"]
    source: str
    icd10: tuple[str, ...] = ()
    icd10_not: tuple[str, ...] = ()
    snomed: Mapping[str, str] = field(default_factory=dict)
    within_days: float | None = None
    unconfirmed: bool = False
    """Whether a working diagnosis counts: scores for a suspicion are asked before it is confirmed."""


@dataclass(frozen=True, slots=True)
class MedicationConcept:
    """One class of drugs by ingredient code, or by ingredient word where the code is a product's own."""

    name: str
    title: str
    source: str
    rxnorm: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureConcept:
    """One set of procedures, and how long one of them counts."""

    name: str
    title: str
    source: str
    snomed: Mapping[str, str] = field(default_factory=dict)
    icd10pcs: tuple[str, ...] = ()
    within_days: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Coded answers that stand for one value."""

    name: str
    title: str
    means: str
    source: str
    snomed: Mapping[str, str] = field(default_factory=dict)
    loinc: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Concepts:
    """Every value set, with the indexes that find a code's sets."""

    observations: Mapping[str, ObservationConcept]
    conditions: Mapping[str, ConditionConcept]
    medications: Mapping[str, MedicationConcept]
    procedures: Mapping[str, ProcedureConcept]
    answers: Mapping[str, Answer]
    _found: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict, compare=False)

    def of_observation(self, code: Code) -> tuple[str, ...]:
        """Return the names of the observation sets a code belongs to."""
        return self._observation_codes.get((code.system, code.code), ())

    def of_observation_words(self, words: str) -> tuple[str, ...]:
        """Return the observation sets that these words name, for facts whose code says nothing."""
        spoken = words.lower()
        return tuple(name for phrase, name in self._phrases if phrase in spoken)

    def of_condition(self, code: Code) -> tuple[str, ...]:
        """Return the names of the condition sets a code belongs to."""
        key = ("condition", code.system, code.code)
        names = self._found.get(key)
        if names is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            names = self._found[key] = tuple(self._condition_names(code))
        return names

    def of_procedure(self, code: Code) -> tuple[str, ...]:
        """Return the names of the procedure sets a code belongs to."""
        if code.system == SNOMED:
            return self._procedure_codes.get(code.code, ())
        if code.system != ICD10PCS:
            return ()
        rows = self.procedures.values()
        return tuple(row.name for row in rows if code.code.upper().startswith(row.icd10pcs or ("?",)))

    def of_medication(self, codes: Iterable[Code], words: str) -> tuple[str, ...]:
        """Return the names of the drug classes that these codes, or else these words, belong to."""
        spoken = frozenset(_WORD.findall(f"{words} {' '.join(c.display for c in codes)}".lower()))
        names = {n for c in codes if c.system == RXNORM for n in self._ingredients.get(c.code, ())}
        names |= {name for word in spoken for name in self._ingredient_words.get(word, ())}
        return tuple(sorted(n for n in names if not spoken.intersection(self.medications[n].not_words)))

    def answer(self, value: Code | str) -> str | None:
        """Return what a coded or worded answer means, or None where it is not a known one."""
        if isinstance(value, str):
            return self._answer_words.get(value.strip().lower().rstrip("."))
        known = self._answer_codes.get((value.system, value.code))
        return known or self._answer_words.get(value.display.strip().lower())

    def _condition_names(self, code: Code) -> Iterable[str]:
        if code.system == SNOMED:
            return self._condition_codes.get(code.code, ())
        if code.system not in (ICD10CM, ICD10):
            return ()
        bare = code.code.replace(".", "").upper()
        heads = [bare[:n] for n in range(_SHORTEST, min(_LONGEST, len(bare)) + 1)]
        out = {name for head in heads for name in self._icd10_not.get(head, ())}
        names = (name for head in heads for name in self._icd10.get(head, ()))
        return dict.fromkeys(name for name in names if name not in out)

    @cached_property
    def _observation_codes(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        rows = self.observations.values()
        pairs = [((LOINC, code), row.name) for row in rows for code in row.loinc]
        return _grouped([*pairs, *(((SNOMED, code), row.name) for row in rows for code in row.snomed)])

    @cached_property
    def _phrases(self) -> tuple[tuple[str, str], ...]:
        return tuple((phrase, row.name) for row in self.observations.values() for phrase in row.words)

    @cached_property
    def _condition_codes(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((code, row.name) for row in self.conditions.values() for code in row.snomed)

    @cached_property
    def _procedure_codes(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((code, row.name) for row in self.procedures.values() for code in row.snomed)

    @cached_property
    def _icd10(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((_bare(head), row.name) for row in self.conditions.values() for head in row.icd10)

    @cached_property
    def _icd10_not(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((_bare(head), row.name) for row in self.conditions.values() for head in row.icd10_not)

    @cached_property
    def _ingredients(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((code, row.name) for row in self.medications.values() for code in row.rxnorm)

    @cached_property
    def _ingredient_words(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((word, row.name) for row in self.medications.values() for word in row.names)

    @cached_property
    def _answer_codes(self) -> Mapping[tuple[str, str], str]:
        found = {(SNOMED, code): row.means for row in self.answers.values() for code in row.snomed}
        return found | {(LOINC, code): row.means for row in self.answers.values() for code in row.loinc}

    @cached_property
    def _answer_words(self) -> Mapping[str, str]:
        return {word: row.means for row in self.answers.values() for word in row.words}


def _bare(head: str) -> str:
    return head.replace(".", "").upper()


def _grouped(pairs: Iterable[tuple[K, str]]) -> Mapping[K, tuple[str, ...]]:
    found: dict[K, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


@lru_cache(maxsize=1)
def load_concepts() -> Concepts:
    """Return every value set of this package; raise `ConceptError` naming the row that is not of its form."""
    folder = resources.files("models.knowledge") / "concepts"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return read_concepts({f.name: tomllib.loads(f.read_text(encoding="utf-8")) for f in files})


def read_concepts(files: Mapping[str, Mapping[str, Any]]) -> Concepts:
    """Return the value sets of these parsed files, by file name."""
    rows: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
    for place, tables in files.items():
        for kind, table in tables.items():
            if kind not in _KINDS:
                raise ConceptError(f"{place}: unknown table {kind!r}; known are {', '.join(_KINDS)}")
            for name, row in table.items():
                if name in rows[kind]:
                    raise ConceptError(f"{place}: {kind}.{name} is there twice")
                rows[kind][name] = _row(kind, name, row, place)
    return Concepts(
        rows["observation"], rows["condition"], rows["medication"], rows["procedure"], rows["answer"]
    )


def _row(kind: str, name: str, row: Mapping[str, Any], place: str) -> Any:
    where = f"{place}: {kind}.{name}"
    build, keys = _KINDS[kind]
    unknown = sorted(set(row) - keys)
    if unknown:
        raise ConceptError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")
    for key in ("title", "source"):
        if not str(row.get(key, "")).strip():
            raise ConceptError(f"{where}: `{key}` is needed and is not there")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    try:
        return build(name=name, **values)
    except TypeError as error:
        raise ConceptError(f"{where}: {error}") from error


def _observation(*, plausible: tuple[float, float], **row: Any) -> ObservationConcept:
    return ObservationConcept(low=plausible[0], high=plausible[1], **row)


def _condition(**row: Any) -> ConditionConcept:
    if row.get("means") not in ("history", "current"):
        raise ConceptError(f"condition.{row['name']}: `means` is history or current")
    return ConditionConcept(**row)


def _answer(**row: Any) -> Answer:
    return Answer(means=row.pop("is"), **row)


_COMMON = {"title", "source"}
_KINDS: Mapping[str, tuple[Callable[..., Any], set[str]]] = {
    "observation": (
        _observation,
        _COMMON | {"unit", "substance", "loinc", "snomed", "words", "lookback_days", "plausible", "adult"},
    ),
    "condition": (
        _condition,
        _COMMON | {"means", "icd10", "icd10_not", "snomed", "within_days", "unconfirmed"},
    ),
    "medication": (MedicationConcept, _COMMON | {"rxnorm", "names", "not_words"}),
    "procedure": (ProcedureConcept, _COMMON | {"snomed", "icd10pcs", "within_days"}),
    "answer": (_answer, _COMMON | {"is", "snomed", "loinc", "words"}),
}
