"""The rule tables as they stand in docs/medication-safety.md.

python -m models.medsafety.rendering --write docs/medication-safety.md
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from models.knowledge.drugs.knowledge import DrugKnowledge, load_drugs
from models.knowledge.drugs.rows import Rule
from models.knowledge.drugs.tables import RULE_TABLES

BEGIN, END = "<!-- rules: written by models.medsafety.rendering -->", "<!-- end of rules -->"
_TITLES = {
    "ddi_rule": "Interactions",
    "ddi_suppress": "Low-priority pairs, which never interrupt",
    "allergy_rule": "Allergies",
    "contraindication": "Contraindications",
    "duplicate_class": "Duplicates",
    "renal_dose": "Kidney",
    "hepatic": "Liver",
    "pregnancy_lactation": "Pregnancy and lactation",
    "age": "Age",
    "qt_rule": "QT interval",
    "lab_prerequisite": "Laboratory values",
    "genotype": "Genes",
    "washout": "Wash-outs",
    "dose_rule": "Doses",
}


class DocumentError(Exception):
    """The document has no place for the rules; the message says which mark is missing."""


def rules_markdown(knowledge: DrugKnowledge) -> str:
    """Return counts and every rule, table by table."""
    lines = [BEGIN, "", *_counts(knowledge)]
    for table in RULE_TABLES:
        lines += ["", f"### {_TITLES[table]}", "", *_rows(knowledge.table(table))]
    return "\n".join([*lines, "", END])


def _counts(knowledge: DrugKnowledge) -> Iterator[str]:
    rules = knowledge.rules.values()
    drugs, codes = len(knowledge.ingredients), len(knowledge.products)
    yield f"{drugs} ingredients, {codes} product codes, {len(rules)} rules."
    yield ""
    yield "| table | rules | critical | warning | of these interrupting | info |"
    yield "|---|---|---|---|---|---|"
    for table in RULE_TABLES:
        found = knowledge.table(table)
        count = Counter(rule.severity for rule in found)
        loud = sum(rule.severity == "warning" and rule.interruptive for rule in found)
        numbers = (len(found), count["critical"], count["warning"], loud, count["info"])
        yield f"| {_TITLES[table]} | {' | '.join(map(str, numbers))} |"


def _rows(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "| rule | severity | summary | source |"
    yield "|---|---|---|---|"
    for rule in sorted(rules, key=lambda row: row.id):
        loud = "!" if rule.interruptive and rule.severity == "warning" else ""
        cells = (f"`{rule.id}`", f"{rule.severity}{loud}", _summary(rule), "; ".join(rule.provenance.source))
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _summary(rule: Rule) -> str:
    second = rule.b.text if rule.b is not None else ""
    return rule.summary.replace("{a}", f"_{rule.a.text}_").replace("{b}", f"_{second}_")


def placed(document: str, text: str, *, begin: str = BEGIN, end: str = END) -> str:
    """Return the document with a text from mark to mark; raise `DocumentError` where it has none."""
    before, first, rest = document.partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise DocumentError(f"the document needs the lines {begin!r} and {end!r}")
    return before + text + after


def main(arguments: list[str] | None = None) -> int:
    """Print the rules, or write them into a document."""
    parser = argparse.ArgumentParser(description="Print the rules of medication safety as Markdown.")
    parser.add_argument("--write", type=Path, help="document to put them into")
    options = parser.parse_args(arguments)
    rules = rules_markdown(load_drugs())
    if options.write is None:
        sys.stdout.write(rules + "\n")
    else:
        document = options.write.read_text(encoding="utf-8")
        options.write.write_text(placed(document, rules), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
