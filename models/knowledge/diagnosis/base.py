"""The knowledge base as one frozen value: how often a condition shows a finding, and how often it occurs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import TypeVar

from models.knowledge.diagnosis.compiled import Documents, documents
from models.knowledge.diagnosis.reading import Table, read_conditions, read_findings, read_investigations
from models.knowledge.diagnosis.rows import (
    LEAST,
    MOST,
    Condition,
    Finding,
    Investigation,
    KnowledgeError,
    Setting,
    Sex,
    Variation,
)

Row = TypeVar("Row", Finding, Condition, Investigation)
_PREGNANT_SHARE = 0.03
"""Share of presenting people of childbearing age and female sex who are pregnant, where it is not known."""
_FERTILE = range(3, 7)
_LEAST_SEX = 0.004
_OTHER_SEX = 1e-6
"""Share of a condition of the organs of one sex in people recorded as of the other: records err, few do."""
_NEVER = 1e-9


@dataclass(frozen=True)
class KnowledgeBase:
    """Findings, conditions and investigations with the frequencies that follow from them."""

    findings: Mapping[str, Finding]
    conditions: Mapping[str, Condition]
    investigations: Mapping[str, Investigation]
    onsets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    courses: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """Return all that the presence of each finding implies, itself left out."""
        found: dict[str, frozenset[str]] = {}
        for name in self.findings:
            self._climb(name, found, ())
        return found

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Return the findings that name each finding as a parent."""
        found: dict[str, list[str]] = {}
        for row in self.findings.values():
            for parent in row.parents:
                found.setdefault(parent, []).append(row.id)
        return {parent: tuple(names) for parent, names in found.items()}

    def closure(self, present: Iterable[str]) -> frozenset[str]:
        """Return these findings with everything that they imply."""
        names = frozenset(present)
        return names.union(*(self.ancestors[name] for name in names))

    def frequency(
        self, condition: str, finding: str, *, band: int | None = None, sex: Sex | None = None
    ) -> float:
        """Return the share of people with this condition, of this age band and sex, who show this finding.

        What is listed counts as listed. Otherwise it follows from the relative risk; from how the condition
        sets in; from the kinds of it that are listed; or, for a kind of a listed finding, from how often
        that kind is among it in general. A finding nothing is known of is as frequent as in anybody.
        """
        row = self.conditions[condition]
        for variation in self._variations.get((condition, finding), ()):
            if variation.fits(band, sex):
                return variation.frequency
        listed = self._given[condition].get(finding)
        if listed is not None:
            return listed
        base = self.findings[finding].base_in(band)
        risk = row.risks.get(finding)
        if risk is not None:
            return _bounded(risk * base / (1 - base + risk * base))
        return _bounded(max(self._from_parent(row, finding, band, sex), self._floor(row, finding, band, sex)))

    def incidence(
        self, condition: str, *, setting: Setting, band: int, sex: Sex, pregnant: bool | None = None
    ) -> float:
        """Return presentations a year per 100,000 people of this age band and sex in this setting."""
        row = self.conditions[condition]
        rate = row.rates[setting] * row.ages[band]
        if sex != "unknown":
            share = row.female if sex == "female" else 1 - row.female
            rate *= 2 * (max(share, _LEAST_SEX) if share else _OTHER_SEX)
        return max(rate * self._pregnancy(row, band, pregnant=pregnant), _NEVER)

    def relevant(self, condition: str) -> tuple[str, ...]:
        """Return the findings whose frequency this condition states, most frequent first."""
        return self._relevant[condition]

    @cached_property
    def _relevant(self) -> Mapping[str, tuple[str, ...]]:
        return {
            row: tuple(sorted(given, key=lambda name: (-given[name], name)))
            for row, given in self._given.items()
        }

    @cached_property
    def _given(self) -> Mapping[str, Mapping[str, float]]:
        return {row.id: {**self._timed(row), **row.frequencies} for row in self.conditions.values()}

    @cached_property
    def _variations(self) -> Mapping[tuple[str, str], list[Variation]]:
        found: dict[tuple[str, str], list[Variation]] = {}
        for row in self.conditions.values():
            for variation in row.variations:
                found.setdefault((row.id, variation.finding), []).append(variation)
        return found

    def _timed(self, row: Condition) -> Mapping[str, float]:
        rows = [self.onsets[name] for name in row.onset if name in self.onsets]
        found = _mean(rows)
        found.update(_mean([self.courses[name] for name in row.course if name in self.courses]))
        return found

    def _climb(self, name: str, found: dict[str, frozenset[str]], path: tuple[str, ...]) -> frozenset[str]:
        if name in path:
            raise KnowledgeError(f"{self.findings[name].place}: its parents lead back to it")
        if name not in found:
            parents = [p for p in self.findings[name].parents if p in self.findings]
            above = [self._climb(parent, found, (*path, name)) for parent in parents]
            found[name] = frozenset(parents).union(*above)
        return found[name]

    def _from_parent(self, row: Condition, finding: str, band: int | None, sex: Sex | None) -> float:
        kind = self.findings[finding]
        if not kind.parents:
            return kind.base_in(band)
        shares = [
            self.frequency(row.id, parent, band=band, sex=sex)
            * min(1.0, kind.base_in(band) / self.findings[parent].base_in(band))
            for parent in kind.parents
        ]
        return min(shares)

    def _floor(self, row: Condition, finding: str, band: int | None, sex: Sex | None) -> float:
        below = [child for child in self._listed_below[finding] if child in self._given[row.id]]
        return max((self.frequency(row.id, child, band=band, sex=sex) for child in below), default=0.0)

    @cached_property
    def _listed_below(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {name: [] for name in self.findings}
        for name, above in self.ancestors.items():
            for parent in above:
                found[parent].append(name)
        return {name: tuple(below) for name, below in found.items()}

    @staticmethod
    def _pregnancy(row: Condition, band: int, *, pregnant: bool | None) -> float:
        if not row.pregnant_only:
            return 1.0
        if pregnant is False or band not in _FERTILE:
            return _NEVER
        return 1 / _PREGNANT_SHARE if pregnant else 1.0


def _bounded(value: float) -> float:
    return min(max(value, LEAST), MOST)


def _mean(rows: list[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in (rows[0] if rows else ())}


@lru_cache(maxsize=1)
def load_knowledge() -> KnowledgeBase:
    """Return the packaged knowledge base; raise `KnowledgeError` naming a row that is not of its form."""
    return read_knowledge(documents(resources.files("models.knowledge")))


def read_knowledge(files: Documents) -> KnowledgeBase:
    """Return the knowledge base of these parsed files, by path: `findings/x.toml`, `conditions/y.toml`."""
    rows = _unique(row for place, table in _in(files, "conditions/") for row in read_conditions(place, table))
    timing = files.get("timing.toml", {})
    return KnowledgeBase(
        findings=_unique(
            row for place, table in _in(files, "findings/") for row in read_findings(place, table)
        ),
        conditions=_linked(rows),
        investigations=_unique(
            read_investigations("investigations.toml", files.get("investigations.toml", {}))
        ),
        onsets=timing.get("onset", {}),
        courses=timing.get("course", {}),
    )


def _in(files: Documents, folder: str) -> Iterable[tuple[str, Table]]:
    return ((place, table) for place, table in files.items() if place.startswith(folder))


def _linked(rows: Mapping[str, Condition]) -> Mapping[str, Condition]:
    return {
        name: replace(
            row,
            neighbours=tuple(
                replace(n, condition=n.name, name=rows[n.name].name) if n.name in rows else n
                for n in row.neighbours
            ),
        )
        for name, row in rows.items()
    }


def _unique(rows: Iterable[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row.id in found:
            raise KnowledgeError(f"{getattr(row, 'place', row.id)}: this id is there twice; ids are unique")
        found[row.id] = row
    return found
