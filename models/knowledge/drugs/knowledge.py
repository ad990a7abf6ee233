"""The drug knowledge base: every table read, checked and indexed, each on first use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain

from models.knowledge.concepts import Concepts
from models.knowledge.drugs import readers, vocabulary
from models.knowledge.drugs.clauses import Language
from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.rows import (
    Allergen,
    Combination,
    DoseRange,
    DrugClass,
    Indication,
    Ingredient,
    Override,
    Product,
    QtRisk,
    Reaction,
    Rule,
    Source,
)
from models.knowledge.drugs.tables import (
    COLUMNS,
    PROVENANCE,
    RULE,
    RULE_TABLES,
    Files,
    Provenances,
    package_files,
    rows,
    sources,
    split,
)

EVERY = "*"
_NONE = frozenset[str]()
_REMEMBERED = 50_000
"""Pairs of drugs after which the memory of their rules is emptied."""


@dataclass(frozen=True)
class DrugKnowledge:
    """What is known of drugs; every table is read when it is first asked for, and refused if it is wrong."""

    files: Files = field(repr=False)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Return the publications that rows cite, by key."""
        return sources(self.files)

    @cached_property
    def _provenances(self) -> Provenances:
        return Provenances(self.sources)

    @cached_property
    def ingredients(self) -> Mapping[str, Ingredient]:
        """Return the active substances by name."""
        table = self._table("ingredient")
        found = (readers.ingredient(row, self._provenances.of(row, at), where=at) for at, row in table)
        return {row.name: row for row in found}

    @cached_property
    def combinations(self) -> tuple[Combination, ...]:
        """Return the names that stand for several ingredients."""
        known, table = self.ingredients, self._table("combination")
        return tuple(
            readers.combination(row, self._provenances.of(row, at), known, where=at) for at, row in table
        )

    @cached_property
    def products(self) -> Mapping[str, Product]:
        """Return the product codes of RxNorm that are known, by code."""
        found = (readers.product(row, self.ingredients, where=at) for at, row in self._products())
        return {row.rxcui: row for row in found}

    def _products(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        return rows(self.files, "product", COLUMNS["product"])

    @cached_property
    def classes(self) -> Mapping[str, DrugClass]:
        """Return the classes by name, each with all of its ingredients."""
        table = {row["name"]: (at, row) for at, row in self._table("class")}
        found: dict[str, DrugClass] = {}
        for name, (at, row) in table.items():
            if name in self.ingredients:
                raise DrugTableError(f"{at}: {name!r} is an ingredient too; give the class another name")
            members = frozenset(self._members(name, table, ()))
            found[name] = DrugClass(name, row["title"], members, self._provenances.of(row, at))
        return found

    def _members(
        self, name: str, table: Mapping[str, tuple[str, Mapping[str, str]]], trail: tuple[str, ...]
    ) -> Iterable[str]:
        at, row = table[name]
        for member in split(row["members"]):
            if member in self.ingredients:
                yield member
            elif member in table and member not in trail:
                yield from self._members(member, table, (*trail, name))
            else:
                raise DrugTableError(f"{at}: {name} has a member {member!r}, which is not known")

    def members(self, name: str) -> frozenset[str] | None:
        """Return the ingredients that a name of a class or an ingredient means, or None."""
        found = self.classes.get(name)
        if found is not None:
            return found.members
        if name == EVERY:
            return self._every
        return frozenset((name,)) if name in self.ingredients else None

    @cached_property
    def language(self) -> Language:
        """Return the reader of selectors and clauses."""
        return Language(self.members)

    @cached_property
    def _every(self) -> frozenset[str]:
        return frozenset(self.ingredients)

    @cached_property
    def overrides(self) -> Mapping[str, Override]:
        """Return the reasons a clinician may give for going on, by code."""
        table = rows(self.files, "override", ("code", "title", "kinds"))
        return {row["code"]: readers.override(row) for _, row in table}

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Return the rules of all tables by id."""
        found: dict[str, Rule] = {}
        for table in RULE_TABLES:
            for at, row in rows(self.files, table, (*RULE, *PROVENANCE)):
                of = self._provenances.of(row, f"{at} {row['id']}")
                rule = readers.rule(row, of, self.language, self.overrides, where=at, table=table)
                if rule.id in found:
                    raise DrugTableError(f"{at}: {rule.id} is there twice, also in {found[rule.id].table}")
                vocabulary.check_names(vocabulary.clauses(rule), self._known, where=f"{at} {rule.id}")
                found[rule.id] = rule
        return found

    @cached_property
    def _by_table(self) -> Mapping[str, tuple[Rule, ...]]:
        return {
            table: tuple(rule for rule in self.rules.values() if rule.table == table) for table in RULE_TABLES
        }

    def table(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of one table."""
        return self._by_table[name]

    @cached_property
    def _by_ingredient(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Return ids of rules by the ingredient they are about, for rules with one drug and with two."""
        found: dict[str, dict[str, set[str]]] = {"one": {}, "a": {}, "b": {}}
        for rule in self.rules.values():
            for name in rule.a.ingredients:
                found["a" if rule.b else "one"].setdefault(name, set()).add(rule.id)
            for name in rule.b.ingredients if rule.b else ():
                found["b"].setdefault(name, set()).add(rule.id)
        return {side: {name: frozenset(ids) for name, ids in of.items()} for side, of in found.items()}

    def about(self, ingredient: str) -> tuple[Rule, ...]:
        """Return the rules about one drug alone, in the order of their ids."""
        return self._about.get(ingredient, ())

    @cached_property
    def _about(self) -> Mapping[str, tuple[Rule, ...]]:
        return {name: self._sorted(ids) for name, ids in self._by_ingredient["one"].items()}

    def between(self, first: str, second: str) -> tuple[Rule, ...]:
        """Return the rules that can hold of the first drug as `a` and the second as `b`."""
        found = self._between.get((first, second))
        if found is None:
            sides = self._by_ingredient
            ids = sides["a"].get(first, _NONE) & sides["b"].get(second, _NONE)
            if len(self._between) >= _REMEMBERED:
                self._between.clear()
            held = self._sorted(ids)
            found = tuple(rule for rule in held if first == second or not rule.of_one_substance)
            self._between[first, second] = found
        return found

    @cached_property
    def _between(self) -> dict[tuple[str, str], tuple[Rule, ...]]:
        return {}

    def _sorted(self, ids: frozenset[str]) -> tuple[Rule, ...]:
        return tuple(self.rules[name] for name in sorted(ids))

    @cached_property
    def allergens(self) -> Mapping[str, Allergen]:
        """Return the groups of allergens by name."""
        table = self._table("allergen")
        found = (
            readers.allergen(row, self._provenances.of(row, at), self.language, where=at) for at, row in table
        )
        return {row.name: row for row in found}

    @cached_property
    def reactions(self) -> Mapping[str, Reaction]:
        """Return the kinds of reaction by name."""
        table = self._table("reaction")
        found = (readers.reaction(row, self._provenances.of(row, at), where=at) for at, row in table)
        return {row.name: row for row in found}

    @cached_property
    def conditions(self) -> Concepts:
        """Return the sets of diagnoses that rules name, with the index that finds a code's sets."""
        table = self._table("condition")
        found = [(vocabulary.condition(row, where=at), self._provenances.of(row, at)) for at, row in table]
        return Concepts({}, {row.name: row for row, _ in found}, {}, {}, {})

    @cached_property
    def labs(self) -> Mapping[str, vocabulary.Lab]:
        """Return the laboratory values that rules name."""
        table = self._table("lab")
        found = [(vocabulary.lab(row), self._provenances.of(row, at)) for at, row in table]
        return {row.name: row for row, _ in found}

    @cached_property
    def _known(self) -> vocabulary.Known:
        return vocabulary.Known(
            frozenset(self.conditions.conditions),
            frozenset(self.labs),
            frozenset(self.allergens),
            frozenset(self.reactions),
        )

    @cached_property
    def qt_risks(self) -> Mapping[str, QtRisk]:
        """Return the grades of QT prolongation by ingredient."""
        table, known = self._table("qt_risk"), self.ingredients
        found = (readers.qt_risk(row, self._provenances.of(row, at), known, where=at) for at, row in table)
        return {row.ingredient: row for row in found}

    @cached_property
    def dose_ranges(self) -> Mapping[str, tuple[DoseRange, ...]]:
        """Return the limits of doses by ingredient or class."""
        table = self._table("dose_range")
        found: dict[str, list[DoseRange]] = {}
        for at, row in table:
            read = readers.dose_range(row, self._provenances.of(row, at), self.language, where=at)
            found.setdefault(read.ingredient, []).append(read)
        return {name: tuple(ranges) for name, ranges in found.items()}

    @cached_property
    def indications(self) -> tuple[Indication, ...]:
        """Return what drugs are given for."""
        table = self._table("indication")
        return tuple(
            readers.indication(row, self._provenances.of(row, at), self.language, where=at)
            for at, row in table
        )

    @cached_property
    def _classes_of(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, member in chain.from_iterable(
            ((row.name, member) for member in row.members) for row in self.classes.values()
        ):
            found.setdefault(member, set()).add(name)
        return {name: frozenset(classes) for name, classes in found.items()}

    @cached_property
    def _given_for(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for row in self.indications:
            for name in filter(row.drugs.takes, row.drugs.ingredients):
                found.setdefault(name, set()).add(row.condition)
        return {name: frozenset(conditions) for name, conditions in found.items()}

    def given_for(self, ingredient: str) -> frozenset[str]:
        """Return the conditions that an ingredient is given for by mouth, by the names of conditions."""
        return self._given_for.get(ingredient, frozenset())

    def classes_of(self, ingredient: str) -> frozenset[str]:
        """Return the names of the classes an ingredient belongs to."""
        return self._classes_of.get(ingredient, frozenset())

    def _table(self, name: str) -> Iterable[tuple[str, Mapping[str, str]]]:
        return rows(self.files, name, (*COLUMNS[name], *PROVENANCE))

    def check(self) -> None:
        """Read every table; raise `DrugTableError` for the first row that is wrong."""
        known = {*COLUMNS, *RULE_TABLES, "source", "override"}
        for name in self.files:
            if name.partition(".")[0] not in known:
                raise DrugTableError(f"{name}: no table is called {name.partition('.')[0]!r}")
        _ = (self.rules, self.allergens, self.reactions, self.qt_risks, self.dose_ranges)
        _ = (self.products, self.combinations, self.labs)
        for indication in self.indications:
            found = vocabulary.flat(indication.when)
            vocabulary.check_names(found, self._known, where=f"indication.csv {indication.id}")
            if indication.condition not in self.conditions.conditions:
                raise DrugTableError(f"indication.csv {indication.id}: no condition {indication.condition!r}")


@lru_cache(maxsize=1)
def load_drugs() -> DrugKnowledge:
    """Return the drug knowledge base that ships with the package."""
    return DrugKnowledge(package_files())
