"""The knowledge base as entries of a record are looked up in it, made once for an age band."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.diagnosis.measured import thresholds
from models.diagnosis.recognise import Recogniser
from models.knowledge.diagnosis import Finding, KnowledgeBase


@dataclass(frozen=True)
class Shelf:
    """What lies ready to read entries of a record with."""

    reader: Recogniser
    band: int
    thresholds: Mapping[str, list[Finding]]
    reports: Mapping[str, list[str]]
    """Findings that a result's interpretation decides, by LOINC code."""
    names: Mapping[str, str]
    """Conditions by folded name and synonym."""
    codes: Mapping[str, str]
    """Conditions by bare ICD-10-CM code."""
    prefixes: tuple[tuple[str, tuple[str, ...]], ...]
    """Findings with the bare ICD-10-CM codes below which a diagnosis is one of them."""

    @property
    def base(self) -> KnowledgeBase:
        """Return the knowledge base."""
        return self.reader.base


@dataclass(frozen=True)
class Shelves:
    """The shelf of each age band."""

    reader: Recogniser
    _made: dict[int, Shelf] = field(default_factory=dict)

    def of(self, band: int) -> Shelf:
        """Return the shelf of an age band."""
        found = self._made.get(band)
        if found is None:
            found = self._made[band] = _shelf(self.reader, band)
        return found


def _shelf(reader: Recogniser, band: int) -> Shelf:
    base = reader.base
    reports: dict[str, list[str]] = {}
    for row in base.findings.values():
        if row.measure is not None and row.measure.above is None and row.measure.below is None:
            for code in row.measure.loinc:
                reports.setdefault(code, []).append(row.id)
    conditions = base.conditions.values()
    return Shelf(
        reader=reader,
        band=band,
        thresholds=thresholds(base),
        reports=reports,
        names={said.casefold(): row.id for row in conditions for said in (row.name, *row.synonyms)},
        codes={_bare(code): row.id for row in conditions for code in reversed(row.icd10)},
        prefixes=tuple((row.id, tuple(map(_bare, row.icd10))) for row in base.findings.values() if row.icd10),
    )


def _bare(code: str) -> str:
    return code.replace(".", "").upper()
