"""How much the drug tables cover, and where their gaps are."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Resolver
from models.knowledge.drugs.rows import Clause, Rule, Selector
from models.knowledge.drugs.tables import RULE_TABLES
from models.knowledge.drugs.vocabulary import clauses

CODES = Path("recommender") / "rxnorm_codes.json"


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many displays of a public list resolve, and which do not."""

    displays: int
    resolved: int
    unresolved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows by table, severities, and gaps."""

    rows: Mapping[str, int]
    severities: Mapping[str, int]
    interruptive: int
    ingredients_without_code: int
    ingredients_without_class: tuple[str, ...]
    ingredients_without_rule: tuple[str, ...]
    classes_without_rule: tuple[str, ...]
    displays: Resolved | None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return asdict(self)


def coverage(knowledge: DrugKnowledge, data: Path | None = None) -> Coverage:
    """Return what the tables cover; with a folder of public data, how many of its displays resolve too."""
    knowledge.check()
    rules = tuple(knowledge.rules.values())
    named = _named(rules)
    ruled = frozenset(chain.from_iterable(_ingredients(rule) for rule in rules if "*" not in rule.a.text))
    known = knowledge.ingredients
    return Coverage(
        rows=_rows(knowledge),
        severities={
            level: sum(rule.severity == level for rule in rules) for level in ("critical", "warning", "info")
        },
        interruptive=sum(rule.interruptive for rule in rules),
        ingredients_without_code=sum(not row.rxcui for row in known.values()),
        ingredients_without_class=tuple(sorted(name for name in known if not knowledge.classes_of(name))),
        ingredients_without_rule=tuple(sorted(set(known) - ruled)),
        classes_without_rule=tuple(sorted(name for name in knowledge.classes if name not in named)),
        displays=_resolved(Resolver(knowledge), data) if data else None,
    )


def _rows(knowledge: DrugKnowledge) -> dict[str, int]:
    tables = {table: len(knowledge.table(table)) for table in RULE_TABLES}
    return {
        "ingredient": len(knowledge.ingredients),
        "combination": len(knowledge.combinations),
        "product": len(knowledge.products),
        "class": len(knowledge.classes),
        "class_member": sum(len(row.members) for row in knowledge.classes.values()),
        "condition": len(knowledge.conditions.conditions),
        "lab": len(knowledge.labs),
        "allergen": len(knowledge.allergens),
        "reaction": len(knowledge.reactions),
        "qt_risk": len(knowledge.qt_risks),
        "dose_range": sum(map(len, knowledge.dose_ranges.values())),
        "indication": len(knowledge.indications),
        "source": len(knowledge.sources),
        **tables,
    }


def _ingredients(rule: Rule) -> Iterator[str]:
    yield from rule.a.ingredients
    if rule.b is not None:
        yield from rule.b.ingredients


def _named(rules: tuple[Rule, ...]) -> frozenset[str]:
    """Return the words of every selector of these rules."""
    selectors = chain.from_iterable(_selectors(rule) for rule in rules)
    return frozenset(chain.from_iterable(_words(selector) for selector in selectors))


def _selectors(rule: Rule) -> Iterator[Selector]:
    yield rule.a
    if rule.b is not None:
        yield rule.b
    yield from chain.from_iterable(map(_of_clause, clauses(rule)))


def _of_clause(clause: Clause) -> Iterator[Selector]:
    yield from (selector for selector in (clause.selector, clause.other) if selector is not None)


def _words(selector: Selector) -> Iterator[str]:
    return (term.strip().removeprefix("!") for term in selector.text.partition("@")[0].split(","))


def _resolved(resolver: Resolver, data: Path) -> Resolved | None:
    path = data / CODES
    if not path.exists():
        return None
    displays = sorted(set(json.loads(path.read_text(encoding="utf-8")).values()))
    unresolved = tuple(text for text in displays if not resolver.resolve(text).resolved)
    return Resolved(len(displays), len(displays) - len(unresolved), unresolved)
