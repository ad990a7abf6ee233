"""Builds `tables/product.csv` from public lists of RxNorm codes with displays.

    python -m models.knowledge.drugs.build_products --data DIR

DIR holds `recommender/rxnorm_codes.json` (code to display) and, where they are there, patients' drugs in
`recommender/*.jsonl.gz`, FHIR bundles in `fhir/`, and the value sets of HL7 PDDI-CDS in
`pddi-cds/valuesets/*.xml`. What the words of a display do not tell is left out and listed.
"""

import argparse
import csv
import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Drug, Resolver
from models.knowledge.drugs.rows import Part
from models.knowledge.drugs.tables import COLUMNS, package_files
from models.record import RXNORM

TARGET = Path(__file__).parent / "tables" / "product.csv"
_CONCEPT = re.compile(r'<code value="(\d+)"\s*/>\s*<display value="([^"]+)"')
_BRAND = re.compile(r"\[([^\]]+)\]")
_KIND = re.compile(
    r"\b(?:Oral|Topical|Rectal|Otic|Ophthalmic|Injectable|Vaginal|Nasal|Inhalant|Chewable|Disintegrating|"
    r"Granule|Lozenge|Shampoo|Mucosal|Medicated|Flake|Prefilled|Dental)?"
    r"\s*(?:Liquid|Foam|Gel|Cream|Spray|Film|Pad or Tape|Powder)?"
    r"\s*(?:Product|Pill)$"
)


def displays(data: Path) -> Mapping[str, str]:
    """Return the displays of all codes in a folder of public data."""
    found: dict[str, str] = {}
    for path in sorted((data / "pddi-cds" / "valuesets").glob("*.xml")):
        text = path.read_text(encoding="utf-8")
        if "rxnorm" in text:
            found |= {code: _plain(display) for code, display in _CONCEPT.findall(text) if code.isdigit()}
    found |= dict(_patients(data / "recommender"))
    found |= {code: display for path in _bundles(data) for code, display in _coded(path)}
    listed = json.loads((data / "recommender" / "rxnorm_codes.json").read_text(encoding="utf-8"))
    return found | {code: _plain(display) for code, display in listed.items()}


def _patients(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from ((code, _plain(display)) for code, display, *_ in json.loads(line)["m"])


def _bundles(data: Path) -> list[Path]:
    return sorted((data / "fhir").rglob("*.json"))


def _coded(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the RxNorm codings with a display that stand anywhere in a document."""
    waiting: list[Any] = [json.loads(path.read_text(encoding="utf-8"))]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
            if item.get("system") == RXNORM and item.get("code") and item.get("display"):
                yield str(item["code"]), _plain(str(item["display"]))


def _plain(display: str) -> str:
    text = display.replace("&amp;", "&").replace("&#x27;", "'").replace("&quot;", '"')
    return re.sub(r"\s+", " ", text).strip()


def bare_knowledge() -> DrugKnowledge:
    """Return the knowledge base without products, so that a table is never built from itself."""
    empty = ",".join(COLUMNS["product"]) + "\n"
    return DrugKnowledge({**package_files(), "product.csv": empty})


def learned_brands(known: Mapping[str, str], resolver: Resolver) -> Mapping[str, tuple[Part, ...]]:
    """Return the brands in brackets behind a resolved display; a brand of several kinds is left out."""
    sets: dict[str, set[frozenset[str]]] = {}
    for display in known.values():
        brand = _brand(display)
        drug = resolver.resolve(_BRAND.sub("", display))
        if brand and drug.resolved:
            sets.setdefault(brand.lower(), set()).add(frozenset(drug.ingredients))
    single = {brand: next(iter(found)) for brand, found in sets.items() if len(found) == 1}
    return {brand: tuple(map(Part, sorted(names))) for brand, names in single.items()}


def _brand(display: str) -> str:
    """Return the brand of a display: the last bracket, for in a pack each part has one of its own."""
    found = _BRAND.findall(display)
    return found[-1] if found else ""


def products(known: Mapping[str, str], resolver: Resolver) -> Iterator[tuple[str, str, Drug | None, str]]:
    """Yield code, display, what it is or None, and its brand."""
    brands = learned_brands(known, resolver)
    for code, display in sorted(known.items(), key=lambda item: int(item[0])):
        brand = _brand(display)
        drug = resolver.resolve(_BRAND.sub("", display))
        name = _KIND.sub("", display).strip()
        learned = brands.get(name.lower())
        if learned is not None:
            placed = resolver.resolve(display[len(name) :])
            drug, brand = Drug(display, learned, form=placed.form, route=placed.route), name
        yield code, display, drug if drug.resolved else None, brand


def main(arguments: list[str] | None = None) -> int:
    """Write the table and list what could not be resolved."""
    parser = argparse.ArgumentParser(description="Build the product table from public lists.")
    parser.add_argument("--data", type=Path, required=True, help="folder with recommender/rxnorm_codes.json")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    known = displays(options.data)
    left_out: list[str] = []
    with options.target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS["product"])
        for code, display, drug, brand in products(known, Resolver(bare_knowledge())):
            if drug is None:
                left_out.append(f"{code} {display}")
                continue
            writer.writerow([code, display, _parts(drug), drug.form, drug.route, brand])
    sys.stdout.write("\n".join(left_out) + f"\n{len(known) - len(left_out)} of {len(known)} codes resolved\n")
    return 0


def _parts(drug: Drug) -> str:
    return "; ".join(_part(part) for part in drug.parts)


def _part(part: Part) -> str:
    if part.strength is None:
        return part.ingredient
    value = f"{part.strength.value:.10f}".rstrip("0").rstrip(".")
    return f"{part.ingredient} {value} {part.strength.unit}"


if __name__ == "__main__":
    sys.exit(main())
