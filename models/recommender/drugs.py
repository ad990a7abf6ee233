"""What the recommender asks of the drug knowledge base: ingredients, classes, conditions and allergies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any

from models.knowledge.drugs.knowledge import DrugKnowledge, load_drugs
from models.knowledge.drugs.names import Names
from models.knowledge.drugs.resolve import Drug, Resolver, load_resolver
from models.medsafety.allergens import Allergens
from models.medsafety.terms import Terms, load_terms
from models.recommender.patient import Condition, Medicine, Patient
from models.record import RXNORM, SNOMED, Code, Quantity

_PIECES = frozenset(
    {"{tbl}", "{tablet}", "{capsule}", "{cap}", "tablet", "tablets", "tab", "capsule", "capsules", "1"}
)
"""Units of a dose that count pieces."""
REMEMBERED = 20_000
"""Entries after which a memory is emptied."""


@dataclass(frozen=True, kw_only=True)
class QuietResolver(Resolver):
    """A resolver that remembers, and offers no similar names: nobody is asked here, and that takes long."""

    shared: Names
    _read: dict[tuple[str, tuple[Code, ...]], Drug] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """Return the index of names that the other resolver has built."""
        return self.shared

    def resolve(self, text: str = "", codes: Iterable[Code] = ()) -> Drug:
        """Return what an entry means, each text and codes read once."""
        key = (text, tuple(codes))
        if key not in self._read:
            _bounded(self._read)
            self._read[key] = super().resolve(text, key[1])
        return self._read[key]

    def _near(self, _unresolved: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        return {}


@dataclass(frozen=True)
class RememberedTerms(Terms):
    """Terms that look each code up once: there are many sets, and the same codes come again and again."""

    _meant: dict[tuple[tuple[Code, ...], str], frozenset[str]] = field(default_factory=dict)

    def conditions_of(self, codes: Iterable[Code], text: str = "") -> frozenset[str]:
        """Return the names of the sets that codes, or else the whole text, name."""
        key = (tuple(codes), text)
        if key not in self._meant:
            _bounded(self._meant)
            self._meant[key] = super().conditions_of(key[0], text)
        return self._meant[key]


@dataclass(frozen=True)
class Drugs:
    """The knowledge base with a memory of what codes were found to be."""

    knowledge: DrugKnowledge
    resolver: Resolver
    terms: Terms
    _found: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _allergic: dict[tuple[Code, str], "Allergic"] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], str] = field(default_factory=dict)

    def ingredients(self, rxcui: str, text: str = "") -> tuple[str, ...]:
        """Return the ingredients of a product by its code and words; none where it is not known."""
        key = (rxcui, text)
        if key not in self._found:
            _bounded(self._found)
            self._found[key] = self._resolved(rxcui, text)
        return self._found[key]

    def _resolved(self, rxcui: str, text: str) -> tuple[str, ...]:
        codes = (Code(RXNORM, rxcui, text),) if rxcui else ()
        drug = self.resolver.resolve(text, codes)
        return () if drug.conflict else tuple(sorted(set(drug.ingredients)))

    def daily(self, one: Medicine, name: str) -> Quantity | None:
        """Return how much of an ingredient an entry comes to in a day, tablets by their strength."""
        codes = (Code(RXNORM, one.rxcui, one.text),) if one.rxcui else ()
        drug = self.resolver.resolve(one.text, codes)
        if one.times_per_day is not None:
            drug = replace(drug, sig=replace(drug.sig, times_per_day=one.times_per_day))
        if one.dose is not None and (one.dose_unit.casefold() in _PIECES or not one.dose_unit):
            drug = replace(drug, count=one.dose, dose=None)
        elif one.dose is not None:
            drug = replace(drug, dose=Quantity(one.dose, one.dose_unit), count=None)
        return None if drug.conflict else drug.daily(name)

    def taken(self, medicines: Iterable[Medicine]) -> Mapping[str, Medicine]:
        """Return the ingredients of some drugs, each with an entry that holds it."""
        return {name: one for one in medicines for name in self.ingredients(one.rxcui, one.text)}

    def unresolved(self, medicines: Iterable[Medicine]) -> tuple[str, ...]:
        """Return the codes or words of entries that name no known drug."""
        return tuple(one.rxcui or one.text for one in medicines if not self.ingredients(one.rxcui, one.text))

    def problems(self, one: Condition) -> frozenset[str]:
        """Return the names of the sets of conditions that a diagnosis belongs to, by any code or words."""
        return self.terms.conditions_of(one.codes, "" if one.codes else one.code.display)

    def problems_of(self, patient: Patient) -> frozenset[str]:
        """Return the sets of conditions a patient has; what is over counts where history counts."""
        found = {name for one in patient.active for name in self.problems(one)}
        past = {name for one in patient.conditions if not one.active for name in self.problems(one)}
        return frozenset(found | {name for name in past if self.terms.conditions[name].means == "history"})

    def members(self, names: Iterable[str]) -> frozenset[str]:
        """Return the ingredients that names of classes and ingredients mean; an unknown name is an error."""
        found: set[str] = set()
        for name in names:
            members = self.knowledge.members(name)
            if members is None:
                raise KeyError(f"{name!r} is no class and no ingredient of the drug knowledge base")
            found |= members
        return frozenset(found)

    @cached_property
    def indicated(self) -> Mapping[str, frozenset[str]]:
        """Return the conditions that the table of indications gives each ingredient for."""
        found: dict[str, set[str]] = {}
        for row in self.knowledge.indications:
            for name in row.drugs.ingredients:
                found.setdefault(name, set()).add(row.condition)
        return {name: frozenset(conditions) for name, conditions in found.items()}

    def title(self, problem: str) -> str:
        """Return what a set of conditions is called."""
        return self.terms.conditions[problem].title

    @cached_property
    def _allergens(self) -> Allergens:
        return Allergens(self.knowledge, self.resolver)

    def allergic(self, code: Code, text: str) -> "Allergic":
        """Return what an allergy entry means by its code and words."""
        key = (code, text)
        if key not in self._allergic:
            _bounded(self._allergic)
            self._allergic[key] = self._read(code, text)
        return self._allergic[key]

    def _read(self, code: Code, text: str) -> "Allergic":
        """Read a code without a system as SNOMED CT and as RxNorm, since nothing tells which it is."""
        systems = (code.system,) if code.system else (SNOMED, RXNORM)
        codes = tuple(Code(system, code.code, code.display) for system in systems if code.code)
        found = self._allergens.read(codes, text)
        if found is None:
            return Allergic(frozenset(), frozenset(), nothing=True)
        if found.ingredients:
            # The groups of a named substance say what may cross-react, which the rules on allergy judge.
            return Allergic(found.ingredients, found.groups)
        rows = (self.knowledge.allergens[name].members for name in found.groups)
        members = frozenset(name for row in rows if row is not None for name in row.ingredients)
        return Allergic(members, found.groups)

    def interaction(self, first: str, second: str) -> str:
        """Return the id of a rule by which two ingredients interact at warning level or above, or nothing."""
        key = (first, second)
        if key not in self._pairs:
            _bounded(self._pairs)
            rules = (*self.knowledge.between(first, second), *self.knowledge.between(second, first))
            hits = (rule.id for rule in rules if rule.table == "ddi_rule" and rule.severity != "info")
            self._pairs[key] = next(hits, "")
        return self._pairs[key]


@dataclass(frozen=True, slots=True)
class Allergic:
    """The ingredients and groups of an allergy entry; `nothing` where it states that there is none."""

    ingredients: frozenset[str]
    groups: frozenset[str]
    nothing: bool = False


def _bounded(memory: dict[Any, Any]) -> None:
    if len(memory) > REMEMBERED:
        memory.clear()


@lru_cache(maxsize=1)
def load() -> Drugs:
    """Return the knowledge that ships with the package."""
    resolver = load_resolver()
    terms = RememberedTerms(**{one.name: getattr(load_terms(), one.name) for one in fields(Terms)})
    return Drugs(load_drugs(), QuietResolver(resolver.knowledge, shared=resolver.names), terms)
