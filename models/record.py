"""What a model may know of a patient: coded facts, values and offsets from the call, and nothing else.

A `Record` holds no name, no identifier and no calendar date. Times are minutes before the call, so that
"12 days ago" can be said and 3 November cannot.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal[
    "condition",
    "observation",
    "medication",
    "allergy",
    "procedure",
    "encounter",
    "immunization",
    "family-history",
    "report",
    "order",
    "device",
    "appointment",
    "flag",
    "note",
    "other",
]

ListState = Literal["complete", "empty", "null", "nil-known", "partial", "failed", "not-requested"]
"""How a list of facts arrived.

complete: everything asked for is here and there is something. empty: the answer held no entry. null: the
client looked and sent nothing. nil-known: the record states that there is none. partial: pages or rows are
missing. failed: could not be read. not-requested: nobody asked.
"""

Sex = Literal["female", "male", "other", "unknown"]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
CVX = "http://hl7.org/fhir/sid/cvx"

MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True)
class Code:
    """One coding: a system URI, a code of that system and what it is called there."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its UCUM unit; `comparator` is `<`, `<=`, `>`, `>=` or empty for an exact value."""

    value: float
    unit: str
    comparator: str = ""


Value = Quantity | Code | str | bool | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the record says.

    Components of an observation (a blood pressure's two numbers) are facts of their own that share `group`
    with the observation they belong to.
    """

    kind: Kind
    codes: tuple[Code, ...]
    text: str = ""
    value: Value = None
    minutes_ago: int | None = None
    """When it was true or began; negative lies in the future, None is not recorded."""
    ended_minutes_ago: int | None = None
    """When it ended (abatement, discharge, stop of a drug); None where no end is recorded."""
    status: str = ""
    """The resource's own status: final, active, completed, ...; for conditions the clinical status."""
    verification: str = ""
    category: tuple[str, ...] = ()
    absent_reason: str = ""
    interpretation: tuple[str, ...] = ()
    ref: str = ""
    """Reference in pseudonyms (`Observation/t7...`), valid within this call only."""
    group: str = ""
    encounter: str = ""
    time_precision: Literal["", "minute", "day", "month", "year"] = ""
    detail: Mapping[str, str | float | bool] = field(default_factory=dict)
    """What else is needed of this kind: dose, route, frequency, class of an encounter, criticality, ..."""

    @property
    def days_ago(self) -> float | None:
        """Age of the fact in days, or None where no time is recorded."""
        return None if self.minutes_ago is None else self.minutes_ago / MINUTES_PER_DAY

    def has(self, system: str, codes: Iterable[str]) -> bool:
        """Tell whether one of these codes of this system is among the fact's codings."""
        wanted = set(codes)
        return any(c.system == system and c.code in wanted for c in self.codes)


@dataclass(frozen=True)
class Record:
    """One de-identified patient at the instant of the call."""

    facts: tuple[Fact, ...] = ()
    age_days: int | None = None
    age_years: float | None = None
    age_precision: Literal["", "day", "month", "year"] = ""
    sex: Sex = "unknown"
    deceased: bool = False
    lists: Mapping[Kind, ListState] = field(default_factory=dict)
    current_encounter: str = ""
    """Pseudonymous reference of the encounter of the hook's context, or empty."""
    notices: tuple[str, ...] = ()
    """What was left out while reading and why, in words without any value of the record."""

    def of(self, kind: Kind) -> tuple[Fact, ...]:
        """Return the facts of a kind, in the order of the record."""
        return self._by_kind.get(kind, ())

    def coded(self, kind: Kind, system: str, codes: Iterable[str]) -> Iterator[Fact]:
        """Yield facts of a kind that carry one of these codes, each once."""
        seen: set[int] = set()
        for code in codes:
            for position in self._by_code.get((kind, system, code), ()):
                if position not in seen:
                    seen.add(position)
                    yield self.facts[position]

    def members(self, group: str) -> tuple[Fact, ...]:
        """Return the facts that were measured together under one observation."""
        return tuple(self.facts[i] for i in self._by_group.get(group, ()))

    def list_state(self, kind: Kind) -> ListState:
        """Tell how the list of this kind arrived."""
        return self.lists.get(kind, "not-requested")

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Fact, ...]]:
        groups: dict[str, list[Fact]] = {}
        for fact in self.facts:
            groups.setdefault(fact.kind, []).append(fact)
        return {kind: tuple(facts) for kind, facts in groups.items()}

    @cached_property
    def _by_code(self) -> dict[tuple[str, str, str], list[int]]:
        index: dict[tuple[str, str, str], list[int]] = {}
        for position, fact in enumerate(self.facts):
            for code in fact.codes:
                index.setdefault((fact.kind, code.system, code.code), []).append(position)
        return index

    @cached_property
    def _by_group(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        for position, fact in enumerate(self.facts):
            if fact.group:
                index.setdefault(fact.group, []).append(position)
        return index
