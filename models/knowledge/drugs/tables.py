"""Reading of the CSV tables: known columns only, every row sourced, nothing twice."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import resources
from typing import Any

from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.rows import Provenance, Source

Row = Mapping[str, str]
Files = Mapping[str, str]
"""The text of each table file by its name: `ddi_rule.onc.csv` belongs to the table `ddi_rule`."""

PROVENANCE = ("source", "evidence", "reviewed")
EVIDENCE = frozenset(
    {
        "label",
        "guideline",
        "consensus",
        "trial",
        "cohort",
        "case-control",
        "case-series",
        "pharmacokinetic",
        "pharmacology",
        "terminology",
        "reference",
    }
)
RULE = (
    *("id", "a", "b", "when", "unless", "severity", "interruptive", "summary", "mechanism", "action"),
    *("modifiers", "alternatives", "overrides", "unknown"),
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ingredient": ("name", "rxcui", "synonyms", "brands", "routes", "systemic_by"),
    "combination": ("names", "parts", "route", "ordered"),
    "product": ("rxcui", "display", "parts", "form", "route", "brand"),
    "class": ("name", "title", "members"),
    "allergen": ("name", "title", "members", "words", "snomed"),
    "reaction": ("name", "title", "severe", "immune", "words", "snomed"),
    "qt_risk": ("ingredient", "grade", "note"),
    "dose_range": (
        *("ingredient", "population", "routes", "usual", "max_daily", "max_single", "max_per_day"),
        *("when", "note"),
    ),
    "condition": ("name", "title", "means", "icd10", "icd10_not", "snomed"),
    "lab": ("name", "title", "unit", "concept", "loinc", "substance", "low", "high"),
    "indication": ("id", "condition", "drugs", "line", "when", "note"),
}
"""Columns beside those of the provenance; every other table but these is one of rules."""

RULE_TABLES: Mapping[str, Mapping[str, str]] = {
    "ddi_rule": {"DDI": "interaction"},
    "ddi_suppress": {"LOW": "interaction"},
    "allergy_rule": {"ALL": "allergy"},
    "contraindication": {"CI": "contraindication"},
    "duplicate_class": {"DUP": "duplicate"},
    "renal_dose": {"REN": "renal"},
    "hepatic": {"HEP": "hepatic"},
    "pregnancy_lactation": {"PREG": "pregnancy", "LACT": "lactation"},
    "age": {"AGE": "age"},
    "qt_rule": {"QT": "qt"},
    "lab_prerequisite": {"LAB": "lab"},
    "genotype": {"GEN": "genotype"},
    "washout": {"WASH": "interaction"},
    "dose_rule": {"DOSE": "dose"},
}
"""Tables of rules: what a rule's id begins with, and the kind of alert that is."""

_LABEL = re.compile(r"FDA label .+ (§|boxed).*, (19|20)\d\d")


def package_files() -> Files:
    """Return the tables that ship with the package."""
    folder = resources.files("models.knowledge.drugs") / "tables"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".csv")), key=lambda f: f.name)
    return {f.name: f.read_text(encoding="utf-8") for f in found}


def rows(files: Files, table: str, columns: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """Yield the place and the cells of each row of a table, over all of its files."""
    seen: dict[str, str] = {}
    for name, text in files.items():
        if name.partition(".")[0] != table:
            continue
        lines = csv.reader(text.splitlines())
        head = next(lines, [])
        if set(head) != set(columns):
            odd = sorted(set(head) ^ set(columns))
            raise DrugTableError(f"{name}: columns are {', '.join(columns)}; odd: {', '.join(odd)}")
        for number, cells in enumerate(lines, start=2):
            where = f"{name}:{number}"
            row = _row(head, cells, where)
            key = row[columns[0]] if table != "dose_range" else "/".join(cells[:3])
            if key in seen:
                raise DrugTableError(f"{where}: {key!r} is there twice, first in {seen[key]}")
            seen[key] = where
            yield where, row


def _row(head: list[str], cells: list[str], where: str) -> Row:
    if len(cells) != len(head):
        raise DrugTableError(f"{where}: {len(cells)} cells under {len(head)} columns")
    if not cells[0].strip():
        raise DrugTableError(f"{where}: the first cell names the row and is empty")
    return dict(zip(head, cells, strict=True))


def split(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds a list."""
    return tuple(part for part in (raw.strip() for raw in cell.split(";")) if part) if cell else ()


def choice(cell: str, known: tuple[str, ...], *, where: str) -> Any:
    """Return a cell that is one of a few words."""
    if cell not in known:
        raise DrugTableError(f"{where}: {cell!r} is not one of {', '.join(known)}")
    return cell


class Provenances:
    """Checks where rows are from and keeps one object for each provenance that many rows share."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._known: dict[tuple[str, str, str], Provenance] = {}

    def of(self, row: Row, where: str) -> Provenance:
        """Return a row's provenance; raise where it has none or cites what is not known."""
        key = (row["source"], row["evidence"], row["reviewed"])
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._read(*key, where=where)
        return found

    def _read(self, source: str, evidence: str, reviewed: str, *, where: str) -> Provenance:
        cited = split(source)
        if not cited:
            raise DrugTableError(f"{where}: a row needs a `source`")
        for one in cited:
            if one.split(" ")[0] not in self._sources and _LABEL.fullmatch(one) is None:
                raise DrugTableError(
                    f"{where}: {one!r} begins with no key of source.csv and is not of the form "
                    "`FDA label NAME §SECTION, YEAR`"
                )
        if evidence not in EVIDENCE:
            raise DrugTableError(
                f"{where}: evidence {evidence!r} is not one of {', '.join(sorted(EVIDENCE))}"
            )
        try:
            date.fromisoformat(reviewed)
        except ValueError as error:
            raise DrugTableError(f"{where}: reviewed {reviewed!r} is no date YYYY-MM-DD") from error
        return Provenance(cited, evidence, reviewed)


def sources(files: Files) -> Mapping[str, Source]:
    """Return the publications by key."""
    columns = ("key", "citation", "url")
    found = {row["key"]: Source(**row) for _, row in rows(files, "source", columns)}
    for key, source in found.items():
        if " " in key or not source.citation.strip():
            raise DrugTableError(f"source.csv: {key!r} needs a key without spaces and a citation")
    return found
