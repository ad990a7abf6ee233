"""From a code or the words of an order to ingredients, strength, form, route and dose; never by guessing.

What cannot be resolved comes back by its words. Similar names are offered for asking, and never used.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from models.knowledge.drugs.knowledge import DrugKnowledge, load_drugs
from models.knowledge.drugs.names import Names
from models.knowledge.drugs.reading import Reading, read
from models.knowledge.drugs.rows import LOCAL_ROUTES, Part
from models.knowledge.drugs.sig import Sig
from models.knowledge.drugs.words import load_words
from models.record import RXNORM, Code, Quantity

_REMEMBERED = 10_000
"""Readings after which the memory of them is emptied."""


@dataclass(frozen=True)
class Drug:
    """One entry of a drug list as far as it could be read."""

    text: str
    parts: tuple[Part, ...] = ()
    form: str = ""
    route: str = ""
    dose: Quantity | None = None
    """What is taken at a time; an empty unit is a number whose unit is not written."""
    count: float | None = None
    """How many tablets, puffs, ... at a time."""
    sig: Sig = field(default_factory=Sig)
    systemic_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()
    """Words that may name a drug and do not name a known one; the item is not wholly checked."""
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    conflict: str = ""
    """Why code and words cannot both be right; nothing of the item is used then."""

    @cached_property
    def ingredients(self) -> tuple[str, ...]:
        """Return the names of the ingredients."""
        return tuple(part.ingredient for part in self.parts)

    @property
    def resolved(self) -> bool:
        """Tell whether every part of the item is known."""
        return bool(self.parts) and not self.unresolved and not self.conflict

    def systemic(self, ingredient: str) -> bool:
        """Tell whether an ingredient reaches the body by this route; an unknown route counts as such."""
        return self.route not in LOCAL_ROUTES or self.route in self.systemic_by.get(ingredient, ())

    def strength(self, ingredient: str) -> Quantity | None:
        """Return an ingredient's strength, where it is known."""
        return next((part.strength for part in self.parts if part.ingredient == ingredient), None)

    def single(self, ingredient: str) -> Quantity | None:
        """Return how much of an ingredient is taken at a time, or None where that is not said."""
        strength = self.strength(ingredient)
        if self.count is not None and strength is not None and _is_amount(strength):
            return Quantity(strength.value * self.count, strength.unit.removesuffix("/actuat"))
        if self.dose is None or not self.dose.unit:
            return None
        if self.dose.unit == "mL":
            per_ml = strength is not None and strength.unit.endswith("/mL")
            return (
                Quantity(strength.value * self.dose.value, strength.unit[:-3])
                if strength and per_ml
                else None
            )
        return self.dose if len(self.parts) == 1 else strength

    def daily(self, ingredient: str) -> Quantity | None:
        """Return how much of an ingredient is taken a day at most, or None where that is not said."""
        single = self.single(ingredient)
        if single is None or self.sig.times_per_day is None:
            return None
        return Quantity(round(single.value * self.sig.times_per_day, 6), single.unit)


class _Near(Mapping[str, tuple[str, ...]]):
    """Similar names by unknown word, looked for when somebody asks: it takes longer than all the rest."""

    def __init__(self, names: Names, unresolved: tuple[str, ...]) -> None:
        self._names = names
        self._unresolved = unresolved

    @cached_property
    def _found(self) -> Mapping[str, tuple[str, ...]]:
        words = (word for item in self._unresolved for word in item.split())
        return {word: found for word in words if (found := self._names.near(word))}

    def __getitem__(self, word: str) -> tuple[str, ...]:
        """Return the names that look like a word."""
        return self._found[word]

    def __iter__(self) -> Iterator[str]:
        """Go over the words that look like a name."""
        return iter(self._found)

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)


@dataclass(frozen=True)
class Resolver:
    """Reads codes and words by one knowledge base."""

    knowledge: DrugKnowledge

    @cached_property
    def names(self) -> Names:
        """Return the index of names."""
        return Names(self.knowledge)

    @cached_property
    def _codes(self) -> Mapping[str, tuple[Part, ...]]:
        known = self.knowledge
        found = {code: (Part(row.name),) for row in known.ingredients.values() for code in row.rxcui}
        return {code: row.parts for code, row in known.products.items()} | found

    def resolve(self, text: str = "", codes: Iterable[Code] = ()) -> Drug:
        """Return what an entry means by its RxNorm codes and its words; codes and words must agree."""
        given = tuple(codes)
        coded = tuple(self.coded(code.code) for code in given if code.system == RXNORM)
        spoken = text or next((code.display for code in given if code.display), "")
        drug = self._worded(spoken, needed=not any(coded))
        for found in filter(None, coded):
            drug = _agreed(drug, found)
        return drug

    @cached_property
    def _named(self) -> dict[str, Drug]:
        return {}

    def named(self, ingredient: str) -> Drug:
        """Return what the bare name of an ingredient means; there are few, and they are asked often."""
        found = self._named.get(ingredient)
        if found is None:
            found = self._named[ingredient] = self.resolve(ingredient)
        return found

    @cached_property
    def _coded(self) -> dict[str, Drug]:
        return {}

    def coded(self, code: str) -> Drug | None:
        """Return what an RxNorm code means, or None where it is not known."""
        found = self._coded.get(code)
        parts = self._codes.get(code) if found is None else None
        if parts is not None:
            product = self.knowledge.products.get(code)
            drug = Drug(product.display if product else parts[0].ingredient, parts)
            if product is not None:
                drug = replace(drug, form=product.form, route=product.route)
            found = self._coded[code] = self._placed(drug)
        return found

    @cached_property
    def _readings(self) -> dict[str, Reading]:
        return {}

    def _reading(self, text: str) -> Reading:
        """Return what words say, those of common orders from memory.

        Only what is wholly made of names of drugs and words of orders is remembered: nobody's name is in it.
        """
        found = self._readings.get(text)
        if found is not None:
            return found
        found = read(text, self.names, load_words())
        if found.parts and not (found.unresolved or found.unread):
            if len(self._readings) >= _REMEMBERED:
                self._readings.clear()
            self._readings[text] = found
        return found

    def _worded(self, text: str, *, needed: bool) -> Drug:
        found = self._reading(text)
        unresolved = found.unresolved
        if not found.parts:
            unresolved = (text.strip(),) if needed and text.strip() else ()
        drug = Drug(
            text=text,
            parts=found.parts,
            form=found.form,
            route=found.route,
            dose=found.dose,
            count=found.count,
            sig=found.sig,
            unresolved=unresolved,
            near=self._near(unresolved),
            unread=found.unread,
        )
        return self._placed(drug)

    def _near(self, unresolved: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        return _Near(self.names, unresolved) if unresolved else {}

    def _placed(self, drug: Drug) -> Drug:
        rows = [self.knowledge.ingredients[name] for name in drug.ingredients]
        local = {row.name: row.systemic_by for row in rows if row.systemic_by}
        route = _route(drug.route, [row.routes for row in rows])
        if route == drug.route and local == drug.systemic_by:
            return drug
        return replace(drug, route=route, systemic_by=local)


def _is_amount(strength: Quantity) -> bool:
    """Tell whether a strength is what one tablet or puff holds, and not a concentration."""
    return "/" not in strength.unit.removesuffix("/actuat") and strength.unit != "%"


def _route(found: str, usual: list[tuple[str, ...]]) -> str:
    """Return the route, or the only one there is where none or only an injection is named."""
    known = {route for routes in usual for route in routes}
    if found == "transdermal" and "transdermal" not in known and "topical" in known:
        return "topical"
    if found == "injection":
        shots = known & {"intravenous", "intramuscular", "subcutaneous", "intravitreal"}
        return next(iter(shots)) if len(shots) == 1 else found
    if found or len(known) != 1:
        return found
    return next(iter(known))


def _agreed(words: Drug, code: Drug) -> Drug:
    """Return one drug from what the words and a code say; raise a conflict where they say different ones."""
    spoken, coded = set(words.ingredients), set(code.ingredients)
    if not spoken:
        return replace(code, text=words.text or code.text, sig=words.sig, dose=words.dose, count=words.count)
    if not (spoken <= coded or coded <= spoken):
        said = " with ".join(words.ingredients)
        return replace(words, conflict=f"the words name {said}, the code {' with '.join(code.ingredients)}")
    richer = code if coded > spoken else words
    parts = tuple(_stronger(part, words, code) for part in richer.parts)
    form, route = words.form or code.form, words.route or code.route
    local = {**code.systemic_by, **words.systemic_by}
    unresolved = () if coded >= spoken else words.unresolved
    return replace(words, parts=parts, form=form, route=route, systemic_by=local, unresolved=unresolved)


def _stronger(part: Part, words: Drug, code: Drug) -> Part:
    """Return a part with the strength of the code, which is the product's own, or else of the words."""
    return Part(part.ingredient, code.strength(part.ingredient) or words.strength(part.ingredient))


@lru_cache(maxsize=1)
def load_resolver() -> Resolver:
    """Return the resolver of the knowledge base that ships with the package."""
    return Resolver(load_drugs())
