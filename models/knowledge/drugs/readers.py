"""From cells to rows: one function for each table."""

import re
from collections.abc import Mapping
from typing import get_args

from models.knowledge.drugs.clauses import Language
from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.rows import (
    ROUTES,
    Allergen,
    Combination,
    DoseRange,
    Indication,
    Ingredient,
    Override,
    Part,
    Product,
    Provenance,
    QtRisk,
    Reaction,
    Rule,
    Severity,
    Unknown,
)
from models.knowledge.drugs.tables import RULE_TABLES, Row, choice, split
from models.record import Quantity

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?) (\S+)")
_ID = re.compile(r"[A-Z]+[A-Za-z0-9]+")
_PREFIX = re.compile(r"(DDI|LOW|ALL|CI|DUP|REN|HEP|PREG|LACT|AGE|QT|LAB|GEN|WASH|DOSE)(?=[a-zA-Z0-9])")
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_UNKNOWNS: tuple[Unknown, ...] = get_args(Unknown)
_YES = {"yes": True, "no": False, "": False}


def quantity(cell: str, *, where: str) -> Quantity | None:
    """Return `4000 mg` as a quantity, or None for an empty cell."""
    if not cell:
        return None
    found = _QUANTITY.fullmatch(cell.strip())
    if found is None:
        raise DrugTableError(f"{where}: {cell!r} is not a number, a space and a unit")
    return Quantity(float(found[1]), found[2])


def yes(cell: str, *, where: str) -> bool:
    """Return a cell that is yes, no or empty."""
    if cell not in _YES:
        raise DrugTableError(f"{where}: {cell!r} is not yes, no or empty")
    return _YES[cell]


def routes(cell: str, *, where: str) -> tuple[str, ...]:
    """Return the routes of a cell; raise for one that is not known."""
    found = split(cell)
    for route in found:
        if route not in ROUTES:
            raise DrugTableError(f"{where}: no route is called {route!r}")
    return found


def ingredient(row: Row, provenance: Provenance, *, where: str) -> Ingredient:
    """Return an ingredient."""
    if row["name"] != row["name"].lower():
        raise DrugTableError(f"{where}: names of ingredients are written small")
    return Ingredient(
        row["name"],
        split(row["rxcui"]),
        split(row["synonyms"]),
        split(row["brands"]),
        routes(row["routes"], where=where),
        routes(row["systemic_by"], where=where),
        provenance,
    )


def parts(cell: str, known: Mapping[str, Ingredient], *, where: str) -> tuple[Part, ...]:
    """Return `losartan 50 mg; hydrochlorothiazide 12.5 mg` as parts of a product."""
    return tuple(_part(text, known, where) for text in split(cell))


def _part(text: str, known: Mapping[str, Ingredient], where: str) -> Part:
    if text in known:
        return Part(text)
    name, value, unit = [*text.rsplit(" ", 2), "", ""][:3]
    if name not in known:
        raise DrugTableError(f"{where}: {text!r} names no ingredient of ingredient.csv")
    return Part(name, quantity(f"{value} {unit}", where=where))


def combination(
    row: Row, provenance: Provenance, known: Mapping[str, Ingredient], *, where: str
) -> Combination:
    """Return a name that stands for several ingredients."""
    found = parts(row["parts"], known, where=where)
    ordered = yes(row["ordered"], where=where)
    return Combination(split(row["names"]), found, row["route"], ordered, provenance)


def product(row: Row, known: Mapping[str, Ingredient], *, where: str) -> Product:
    """Return one product code."""
    found = parts(row["parts"], known, where=where)
    if not found:
        raise DrugTableError(f"{where}: a product has at least one ingredient")
    return Product(row["rxcui"], row["display"], found, row["form"], row["route"], row["brand"])


def allergen(row: Row, provenance: Provenance, language: Language, *, where: str) -> Allergen:
    """Return a group of allergens."""
    drugs = language.selector(row["members"], where=where) if row["members"] else None
    return Allergen(row["name"], row["title"], drugs, split(row["words"]), split(row["snomed"]), provenance)


def reaction(row: Row, provenance: Provenance, *, where: str) -> Reaction:
    """Return a kind of reaction."""
    severe, immune = yes(row["severe"], where=where), yes(row["immune"], where=where)
    return Reaction(
        row["name"], row["title"], severe, immune, split(row["words"]), split(row["snomed"]), provenance
    )


def qt_risk(row: Row, provenance: Provenance, known: Mapping[str, Ingredient], *, where: str) -> QtRisk:
    """Return a drug's grade of QT prolongation."""
    if row["ingredient"] not in known:
        raise DrugTableError(f"{where}: {row['ingredient']!r} is no ingredient")
    grade = int(choice(row["grade"], ("1", "2", "3"), where=where))
    return QtRisk(row["ingredient"], grade, row["note"], provenance)


def dose_range(row: Row, provenance: Provenance, language: Language, *, where: str) -> DoseRange:
    """Return the limits of a drug's dose."""
    language.selector(row["ingredient"], where=where)
    return DoseRange(
        ingredient=row["ingredient"],
        population=choice(row["population"], ("adult", "child", "older", "neonate"), where=where),
        routes=frozenset(routes(row["routes"], where=where)),
        usual=row["usual"],
        max_daily=quantity(row["max_daily"], where=where),
        max_single=quantity(row["max_single"], where=where),
        max_per_day=float(row["max_per_day"]) if row["max_per_day"] else None,
        when=language.condition(row["when"], where=where),
        note=row["note"],
        provenance=provenance,
    )


def indication(row: Row, provenance: Provenance, language: Language, *, where: str) -> Indication:
    """Return what a drug is given for."""
    return Indication(
        id=row["id"],
        condition=row["condition"],
        drugs=language.selector(row["drugs"], where=where),
        line=choice(row["line"], ("first", "second", "add-on", "alternative"), where=where),
        when=language.condition(row["when"], where=where),
        note=row["note"],
        provenance=provenance,
    )


def override(row: Row) -> Override:
    """Return a reason to go on."""
    return Override(row["code"], row["title"], split(row["kinds"]))


def rule(
    row: Row,
    provenance: Provenance,
    language: Language,
    overrides: Mapping[str, Override],
    *,
    where: str,
    table: str,
) -> Rule:
    """Return one rule of any table."""
    where = f"{where} {row['id']}"
    kind = _kind(row["id"], table, where)
    for column in ("summary", "action"):
        if table != "ddi_suppress" and not row[column].strip():
            raise DrugTableError(f"{where}: `{column}` is empty")
    severity = choice(row["severity"], _SEVERITIES, where=where)
    return Rule(
        id=row["id"],
        table=table,
        kind=kind,
        a=language.selector(row["a"], where=where),
        b=language.selector(row["b"], where=where) if row["b"] else None,
        when=language.condition(row["when"], where=where),
        unless=language.condition(row["unless"], where=where),
        severity=severity,
        interruptive=severity == "critical" or yes(row["interruptive"], where=where),
        summary=row["summary"],
        mechanism=row["mechanism"],
        action=row["action"],
        modifiers=language.modifiers(row["modifiers"], where=where),
        alternatives=_alternatives(row["alternatives"], language, where),
        overrides=_overrides(row["overrides"], kind, overrides, where),
        unknown=choice(row["unknown"] or "silent", _UNKNOWNS, where=where),
        provenance=provenance,
    )


def _kind(name: str, table: str, where: str) -> str:
    found = _PREFIX.match(name)
    kinds = RULE_TABLES[table]
    if found is None or found[1] not in kinds or _ID.fullmatch(name) is None:
        raise DrugTableError(f"{where}: an id of {table} begins with {' or '.join(kinds)}")
    return kinds[found[1]]


def _alternatives(cell: str, language: Language, where: str) -> tuple[str, ...]:
    found = split(cell)
    for name in found:
        if language.members(name) is None:
            raise DrugTableError(f"{where}: the alternative {name!r} is no ingredient and no class")
    return found


def _overrides(cell: str, kind: str, known: Mapping[str, Override], where: str) -> tuple[str, ...]:
    found = split(cell)
    for code in found:
        if code not in known:
            raise DrugTableError(f"{where}: override.csv has no reason {code!r}")
    return found or tuple(row.code for row in known.values() if kind in row.kinds)
