"""What rules look up in a record: conditions, laboratory values, allergens and reactions by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.knowledge.concepts import ConditionConcept, ObservationConcept
from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.rows import Clause, Condition, Rule
from models.knowledge.drugs.tables import Row, choice, split

_ANY = float("inf")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that clauses may use."""

    conditions: frozenset[str]
    labs: frozenset[str]
    allergens: frozenset[str]
    reactions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lab:
    """A laboratory value or measurement, by a set of the shared value sets or by codes of its own."""

    name: str
    concept: str
    """Name of the shared observation set, or empty; without codes either, it is computed."""
    own: ObservationConcept | None
    unit: str


def condition(row: Row, *, where: str) -> ConditionConcept:
    """Return a set of diagnoses."""
    if not row["title"].strip():
        raise DrugTableError(f"{where}: a condition needs a title")
    pairs = (pair.partition("=") for pair in split(row["snomed"]))
    return ConditionConcept(
        name=row["name"],
        title=row["title"],
        means=choice(row["means"], ("history", "current"), where=where),
        source=row["source"],
        icd10=split(row["icd10"]),
        icd10_not=split(row["icd10_not"]),
        snomed={code: display for code, _, display in pairs},
    )


def lab(row: Row) -> Lab:
    """Return a laboratory value."""
    own = None
    if row["loinc"]:
        own = ObservationConcept(
            name=row["name"],
            title=row["title"],
            unit=row["unit"],
            source=row["source"],
            loinc=split(row["loinc"]),
            substance=row["substance"] or None,
            low=float(row["low"]) if row["low"] else -_ANY,
            high=float(row["high"]) if row["high"] else _ANY,
        )
    return Lab(row["name"], row["concept"], own, row["unit"])


def clauses(rule: Rule) -> Iterator[Clause]:
    """Yield every clause of a rule."""
    for part in (rule.when, rule.unless, *(modifier.when for modifier in rule.modifiers)):
        yield from flat(part)


def flat(condition: Condition) -> Iterator[Clause]:
    """Yield the clauses of a condition."""
    for group in condition:
        yield from group


def check_names(found: Iterable[Clause], known: Known, *, where: str) -> None:
    """Raise where a clause names what no table holds."""
    tables: Mapping[str, frozenset[str]] = {
        "lab": known.labs,
        "lab-missing": known.labs,
        "condition": known.conditions,
        "indication": known.conditions,
        "allergy": known.allergens,
    }
    for clause in found:
        names = clause.values if clause.kind == "reaction" else (clause.subject,)
        allowed = known.reactions if clause.kind == "reaction" else tables.get(clause.kind)
        if allowed is not None and (odd := set(names) - allowed):
            raise DrugTableError(f"{where}: {clause.text!r} names {min(odd)!r}, which no table holds")
