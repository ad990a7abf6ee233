"""The little language of rules: selectors of drugs and clauses about the record.

    drugs        nsaid, !celecoxib @any
    condition    lab potassium >= 5.0 mmol/L within 30 d & age >= 65 y ; no drug ppi
    modifier     lab potassium missing within 30 d -> warning: no potassium within 30 days

`&` joins clauses that must all hold, `;` parts alternatives. docs/medication-safety-knowledge.md lists the
clauses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.rows import LOCAL_ROUTES, ROUTES, Clause, Condition, Effect, Modifier, Selector

Members = Callable[[str], frozenset[str] | None]
"""Gives the ingredients of a class or the ingredient itself; None where the name is not known."""

DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 365.25 / 12, "y": 365.25}
_NUMBER = r"(?P<op><=|>=|<|>|=) ?(?P<value>\d+(?:\.\d+)?)"
_WITHIN = r"(?: within (?P<span>\d+(?:\.\d+)?) ?(?P<spanunit>h|d|wk|mo|y))?"
_DRUGS = r"(?P<drugs>[^&;]+?)"
_NAME = r"(?P<subject>[A-Za-z0-9_*:.-]+)"
_AB = r"(?P<subject>[ab])"
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("lab-missing", rf"lab {_NAME} missing{_WITHIN}"),
        ("lab", rf"lab {_NAME} {_NUMBER}(?: ?(?P<unit>[^ ]+))?{_WITHIN}"),
        ("age", rf"age {_NUMBER} ?(?P<unit>y|mo|wk|d)"),
        ("age-missing", r"age missing"),
        ("weight", rf"weight {_NUMBER} ?(?P<unit>kg)"),
        ("sex", r"sex (?P<values>female|male)"),
        ("drug", rf"(?P<no>no )?drug {_DRUGS}"),
        ("history", rf"(?P<no>no )?history {_DRUGS}{_WITHIN}"),
        ("count", rf"count {_DRUGS} {_NUMBER}"),
        ("condition", rf"(?P<no>no )?condition {_NAME}{_WITHIN}"),
        ("procedure", rf"(?P<no>no )?procedure {_NAME}{_WITHIN}"),
        ("indication", rf"(?P<no>no )?indication {_NAME}"),
        ("allergy", rf"allergy {_NAME}"),
        ("reaction", r"(?P<no>no )?reaction (?P<values>[a-z_|]+)"),
        ("route", rf"(?P<no>not )?route {_AB} (?P<values>[a-z|-]+)"),
        ("form", rf"(?P<no>not )?form {_AB} (?P<values>[a-z |-]+)"),
        ("dose", rf"dose {_AB} {_NUMBER} ?(?P<unit>[^ ]+)"),
        ("total", rf"total {_DRUGS} {_NUMBER} ?(?P<unit>[^ ]+)"),
        ("mme", rf"mme {_DRUGS} {_NUMBER}"),
        ("single", rf"single {_AB} {_NUMBER} ?(?P<unit>[^ ]+)"),
        ("frequency", rf"frequency {_AB} {_NUMBER} ?(?P<unit>/d|/wk)"),
        ("duration", rf"duration {_AB} {_NUMBER} ?(?P<unit>d|wk|mo|y)"),
        ("prn", rf"(?P<no>not )?prn {_AB}"),
        ("new", rf"(?P<no>not )?new {_AB}"),
        ("since", rf"since {_AB} {_NUMBER} ?(?P<unit>h|d|wk|mo)"),
        ("pair", r"pair (?P<drugs>[^&;+]+?) \+ (?P<other>[^&;+]+?)"),
        ("gestation", rf"gestation {_NUMBER} ?(?P<unit>wk)"),
        ("gestation-missing", r"gestation missing"),
        ("trimester", r"trimester (?P<values>[123|]+)"),
        ("pregnancy", r"(?P<no>no )?pregnancy"),
        ("could-become-pregnant", r"could become pregnant"),
        ("lactation", r"lactation"),
        ("gene-missing", rf"gene {_NAME} missing"),
        ("gene", rf"gene {_NAME} (?P<values>[a-z |-]+)"),
        ("hepatic", r"hepatic (?P<values>mild|moderate|severe|moderate\|severe|any)"),
        ("same", r"(?P<no>not )?same ingredient"),
        ("qt-sum", rf"qt sum {_NUMBER}"),
        ("setting", r"(?P<no>not )?setting (?P<values>[a-z|-]+)"),
    )
)
EFFECTS: tuple[Effect, ...] = get_args(Effect)
_WORD = re.compile(r"(?:no |not )?([a-z]+)")
_BY_WORD: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {}
for _kind, _pattern in _PATTERNS:
    _found = _WORD.match(_pattern.pattern.removeprefix("(?P<no>no )?").removeprefix("(?P<no>not )?"))
    _first = _found[1] if _found else ""
    _BY_WORD[_first] = (*_BY_WORD.get(_first, ()), (_kind, _pattern))


@dataclass(frozen=True)
class Language:
    """Reads cells; what is written the same way in many rows is read once."""

    members: Members
    _selectors: dict[str, Selector] = field(default_factory=dict)
    _conditions: dict[str, Condition] = field(default_factory=dict)

    def selector(self, text: str, *, where: str) -> Selector:
        """Return the drugs meant by `nsaid, !celecoxib @topical`; raise where a name is not known."""
        found = self._selectors.get(text)
        if found is None:
            found = self._selectors[text] = _selector(text, self.members, where)
        return found

    def condition(self, text: str, *, where: str) -> Condition:
        """Return the alternatives of a cell; empty text is a condition that always holds."""
        found = self._conditions.get(text)
        if found is None:
            groups = [group for group in (part.strip() for part in text.split(";")) if group]
            found = self._conditions[text] = tuple(self._group(group, where) for group in groups)
        return found

    def _group(self, text: str, where: str) -> tuple[Clause, ...]:
        return tuple(self.clause(part.strip(), where=where) for part in text.split("&"))

    def clause(self, text: str, *, where: str) -> Clause:
        """Return one clause; raise where it is not of the language."""
        word = _WORD.match(text)
        for kind, pattern in _BY_WORD.get(word[1] if word else "", ()):
            if (found := pattern.fullmatch(text)) is not None:
                read = _clause(kind, found.groupdict(), text, where)
                return self._with_drugs(read, found.groupdict(), where)
        raise DrugTableError(f"{where}: cannot read the clause {text!r}")

    def _with_drugs(self, read: Clause, found: Mapping[str, str | None], where: str) -> Clause:
        drugs, other = found.get("drugs"), found.get("other")
        if drugs:
            read = replace(read, selector=self.selector(drugs, where=where))
        return replace(read, other=self.selector(other, where=where)) if other else read

    def modifiers(self, text: str, *, where: str) -> tuple[Modifier, ...]:
        """Return the modifiers of a cell, parted by ` || `."""
        parts = (part.strip() for part in text.split("||"))
        return tuple(self._modifier(part, where) for part in parts if part)

    def _modifier(self, text: str, where: str) -> Modifier:
        when, arrow, rest = text.partition("->")
        effect, _, words = rest.partition(":")
        found = next((known for known in EFFECTS if known == effect.strip()), None)
        if not arrow or found is None:
            raise DrugTableError(
                f"{where}: {text!r} is not `clauses -> effect: words`; effects are {', '.join(EFFECTS)}"
            )
        return Modifier(self.condition(when.strip(), where=where), found, words.strip())


def _selector(text: str, members: Members, where: str) -> Selector:
    names, _, routes = text.partition("@")
    chosen: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    for term in filter(None, (part.strip() for part in names.split(","))):
        found = members(term.removeprefix("!"))
        if found is None:
            raise DrugTableError(f"{where}: {term.removeprefix('!')!r} is no ingredient and no class")
        if term.startswith("!"):
            left_out |= found
        else:
            chosen |= found
    if not chosen - left_out:
        raise DrugTableError(f"{where}: {text!r} selects no drug")
    return Selector(text.strip(), chosen - left_out, *_routes(routes.strip(), where))


def _routes(text: str, where: str) -> tuple[frozenset[str], bool]:
    if text in ("", "any"):
        return frozenset(), text == "any"
    routes = LOCAL_ROUTES if text == "local" else frozenset(text.split("|"))
    if routes - ROUTES:
        raise DrugTableError(f"{where}: no route is called {min(routes - ROUTES)!r}")
    return routes, False


def _clause(kind: str, found: Mapping[str, str | None], text: str, where: str) -> Clause:
    span = found.get("span")
    days = float(span) * DAYS[found.get("spanunit") or "d"] if span else None
    values = found.get("values")
    value = found.get("value")
    if kind == "route" and (wrong := set((values or "").split("|")) - ROUTES):
        raise DrugTableError(f"{where}: no route is called {min(wrong)!r}")
    return Clause(
        kind=kind,
        subject=found.get("subject") or "",
        op=found.get("op") or "",
        value=float(value) if value else None,
        unit=found.get("unit") or "",
        values=tuple(part.strip() for part in values.split("|")) if values else (),
        within_days=days,
        negated=bool(found.get("no")),
        text=text,
    )
