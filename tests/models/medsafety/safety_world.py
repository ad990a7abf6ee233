"""A small world of drugs with rules of its own: the engine is tested apart from the tables that ship."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Resolver
from models.knowledge.drugs.tables import COLUMNS, PROVENANCE, RULE, RULE_TABLES, package_files
from models.medsafety.model import MedicationSafety
from models.medsafety.terms import load_terms

DRUGS = (
    *("warfarin", "ibuprofen", "naproxen", "diclofenac", "omeprazole", "lisinopril", "losartan", "digoxin"),
    *("amoxicillin", "ampicillin", "cefazolin", "acetaminophen", "oxycodone", "insulin glargine", "timolol"),
    *("metformin", "sertraline", "phenelzine", "haloperidol", "methotrexate", "clozapine", "atenolol"),
    *("simvastatin", "hydrochlorothiazide", "fentanyl", "spironolactone"),
)
CLASSES = {
    "nsaid": "ibuprofen; naproxen; diclofenac",
    "penicillin": "amoxicillin; ampicillin",
    "cephalosporin": "cefazolin",
    "opioid": "oxycodone; fentanyl",
    "beta_blocker": "timolol; atenolol",
    "raas": "lisinopril; losartan",
}
_CITED = {"source": "STOPP3 A", "evidence": "guideline", "reviewed": "2026-11-22"}
_FILES = package_files()
_BY_PREFIX = {prefix: table for table, kinds in RULE_TABLES.items() for prefix in kinds}


def rule(name: str, a: str, b: str = "", **cells: str) -> dict[str, str]:
    """Return a row of a rule; its id says which table it belongs to."""
    row = dict.fromkeys((*RULE, *PROVENANCE), "")
    row |= {"severity": "warning", "summary": "{a}: something", "action": "Do something.", **_CITED}
    return row | {"id": name, "a": a, "b": b} | cells


def world(
    *rules: Mapping[str, str], qt: Mapping[str, int] | None = None, doses: Iterable[Mapping[str, str]] = ()
) -> MedicationSafety:
    """Return the model with these rules and no other."""
    files = {name: text for name, text in _FILES.items() if name.split(".")[0] not in RULE_TABLES}
    files |= {
        "ingredient.csv": _chosen("ingredient.csv"),
        "class.csv": _classes(),
        "product.csv": _table("product", ()),
    }
    files |= {
        "combination.csv": _table("combination", _COMBINED),
        "allergen.csv": _table("allergen", _ALLERGENS),
    }
    files |= {
        "qt_risk.csv": _table("qt_risk", _grades(qt or {})),
        "dose_range.csv": _table("dose_range", [_range(row) for row in doses]),
    }
    files["indication.csv"] = _table("indication", ())
    rows: dict[str, list[Mapping[str, str]]] = {table: [] for table in RULE_TABLES}
    for row in rules:
        rows[_table_of(row["id"])].append(row)
    files |= {f"{table}.csv": _written((*RULE, *PROVENANCE), found) for table, found in rows.items()}
    knowledge = DrugKnowledge(files)
    return MedicationSafety(knowledge, Resolver(knowledge), load_terms())


def _table_of(name: str) -> str:
    prefix = max((p for p in _BY_PREFIX if name.startswith(p)), key=len)
    return _BY_PREFIX[prefix]


def _written(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _table(name: str, rows: Iterable[Mapping[str, str]]) -> str:
    provenance = () if name == "product" else PROVENANCE
    return _written((*COLUMNS[name], *provenance), [{**_CITED, **row} for row in rows])


def _chosen(name: str) -> str:
    reader = csv.DictReader(io.StringIO(_FILES[name]))
    return _written(reader.fieldnames or (), [row for row in reader if row["name"] in DRUGS])


def _classes() -> str:
    return _table("class", [{"name": n, "title": n, "members": members} for n, members in CLASSES.items()])


def _grades(grades: Mapping[str, int]) -> Iterable[Mapping[str, str]]:
    return [{"ingredient": name, "grade": str(grade), "note": ""} for name, grade in grades.items()]


def _range(row: Mapping[str, str]) -> Mapping[str, str]:
    return {**dict.fromkeys(COLUMNS["dose_range"], ""), "population": "adult", **row}


_COMBINED = (
    {
        "names": "percocet; oxycodone-acetaminophen",
        "parts": "oxycodone; acetaminophen",
        "route": "oral",
        "ordered": "yes",
    },
)
_ALLERGENS = (
    {"name": "self", "title": "The very substance", "members": "", "words": ""},
    {
        "name": "penicillin",
        "title": "Penicillins",
        "members": "penicillin",
        "words": "penicillin; penicillins",
    },
    {
        "name": "cephalosporin",
        "title": "Cephalosporins",
        "members": "cephalosporin",
        "words": "cephalosporin",
    },
)
_ALLERGENS = tuple({"snomed": "", **row} for row in _ALLERGENS)


def chart(draft: Any = "warfarin 5 mg daily", medications: Any = (), **more: Any) -> dict[str, Any]:
    """Return a document whose lists are all there, but for those that are None; words become entries."""
    whole: dict[str, Any] = {"allergies": [], "conditions": [], "labs": {}, "age_years": 50, "sex": "male"}
    document = {**whole, "draft": entries(draft), "medications": medications, **more}
    if medications is not None:
        document["medications"] = entries(medications)
    return {key: value for key, value in document.items() if value is not None}


def entries(given: Any) -> list[dict[str, Any]]:
    """Return a text or a list of texts and entries as entries of a drug list."""
    rows = [given] if isinstance(given, str | dict) else list(given)
    return [{"text": row} if isinstance(row, str) else row for row in rows]


def alerts(model: MedicationSafety, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the alerts of a document."""
    found: list[dict[str, Any]] = model.run(document)["alerts"]
    return found


def rules_of(model: MedicationSafety, document: Mapping[str, Any]) -> dict[str, str]:
    """Return the severity of each rule that speaks."""
    return {alert["rule"]: alert["severity"] for alert in alerts(model, document)}
