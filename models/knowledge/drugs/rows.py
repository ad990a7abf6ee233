"""The rows of the drug tables: what one line of each file becomes once it is read and checked."""

from dataclasses import dataclass
from typing import Literal

from models.record import Quantity

Severity = Literal["critical", "warning", "info"]
Effect = Literal["critical", "warning", "info", "silent", "note"]
Unknown = Literal["silent", "info", "fire"]

LOCAL_ROUTES = frozenset(
    {
        "topical",
        "ophthalmic",
        "otic",
        "nasal",
        "inhaled",
        "vaginal",
        "dental",
        "irrigation",
        "flush",
        "intrauterine",
        "intravitreal",
        "intravesical",
        "infiltration",
    }
)
SYSTEMIC_ROUTES = frozenset(
    {
        "oral",
        "sublingual",
        "buccal",
        "intravenous",
        "intramuscular",
        "subcutaneous",
        "transdermal",
        "rectal",
        "implant",
        "injection",
        "intrathecal",
        "inhaled-gas",
    }
)
ROUTES = LOCAL_ROUTES | SYSTEMIC_ROUTES


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row is from, how strong that is, and when a person last looked at it."""

    source: tuple[str, ...]
    evidence: str
    reviewed: str


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One active substance with the names it goes by."""

    name: str
    rxcui: tuple[str, ...]
    synonyms: tuple[str, ...]
    brands: tuple[str, ...]
    routes: tuple[str, ...]
    systemic_by: tuple[str, ...]
    """Local routes by which this substance acts on the whole body (nasal ketorolac, timolol eye drops)."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Part:
    """An ingredient of a product with its strength, where that is known."""

    ingredient: str
    strength: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """A name that stands for several ingredients; `ordered` where `5/325` can be told apart by position."""

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    route: str
    ordered: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Product:
    """One RxNorm product code: what is in it and how it is given."""

    rxcui: str
    display: str
    parts: tuple[Part, ...]
    form: str
    route: str
    brand: str


@dataclass(frozen=True, slots=True)
class DrugClass:
    """A set of ingredients that rules speak of together."""

    name: str
    title: str
    members: frozenset[str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Selector:
    """Which drugs a rule means: ingredients and classes, less some, by certain routes.

    `routes` empty means every drug whose route is systemic or not known; `any_route` means all of them.
    """

    text: str
    ingredients: frozenset[str]
    routes: frozenset[str] = frozenset()
    any_route: bool = False

    def takes(self, ingredient: str, route: str = "", *, systemic: bool = True) -> bool:
        """Tell whether this ingredient by this route is meant; an unknown route counts as by mouth."""
        if ingredient not in self.ingredients:
            return False
        if self.any_route:
            return True
        return (route or "oral") in self.routes if self.routes else systemic


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing to look up in the record: `lab potassium >= 5 mmol/L within 30 d`."""

    kind: str
    subject: str = ""
    op: str = ""
    value: float | None = None
    unit: str = ""
    values: tuple[str, ...] = ()
    within_days: float | None = None
    negated: bool = False
    selector: Selector | None = None
    other: Selector | None = None
    text: str = ""


Condition = tuple[tuple[Clause, ...], ...]
"""Alternatives of clauses that must all hold: any of them suffices; empty is always true."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """What changes an alert: when it holds, the severity becomes `effect` (`note` only adds the words)."""

    when: Condition
    effect: Effect
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of any table: the drugs it is about, when it speaks, and what it says."""

    id: str
    table: str
    kind: str
    a: Selector
    b: Selector | None
    when: Condition
    unless: Condition
    severity: Severity
    interruptive: bool
    summary: str
    mechanism: str
    action: str
    modifiers: tuple[Modifier, ...]
    alternatives: tuple[str, ...]
    overrides: tuple[str, ...]
    unknown: Unknown
    """What to do where `when` cannot be decided: stay silent, say so as information, or speak."""
    provenance: Provenance

    @property
    def of_one_substance(self) -> bool:
        """Whether it can hold only where both drugs are the same substance."""
        return bool(self.when) and all(
            any(clause.kind == "same" and not clause.negated for clause in group) for group in self.when
        )


@dataclass(frozen=True, slots=True)
class Allergen:
    """A group of allergens: the words and codes a record uses, and the drugs it means."""

    name: str
    title: str
    members: Selector | None
    words: tuple[str, ...]
    snomed: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Reaction:
    """A kind of reaction with the words and codes a record uses; `immune` where it can be an allergy."""

    name: str
    title: str
    severe: bool
    immune: bool
    words: tuple[str, ...]
    snomed: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class QtRisk:
    """How much a drug lengthens the QT interval: 3 torsades, 2 prolongation is warned of, 1 mentioned."""

    ingredient: str
    grade: int
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class DoseRange:
    """Published limits of a drug's dose for a population and route."""

    ingredient: str
    population: str
    routes: frozenset[str]
    usual: str
    max_daily: Quantity | None
    max_single: Quantity | None
    max_per_day: float | None
    when: Condition
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Indication:
    """What a guideline or label gives a drug for, and in which line."""

    id: str
    condition: str
    drugs: Selector
    line: str
    when: Condition
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Override:
    """A reason a clinician may give for going on."""

    code: str
    title: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that rows cite by its key."""

    key: str
    citation: str
    url: str
