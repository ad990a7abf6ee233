"""The knowledge base as arrays: how often each condition shows each finding, by age band and sex."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.diagnosis.scorer import Scorer
from models.knowledge.diagnosis import BANDS, KnowledgeBase, load_knowledge
from models.knowledge.diagnosis.rows import BAND_SHARES, Sex

Floats = NDArray[np.float32]
Ints = NDArray[Any]
"""Whole numbers, of whatever width numpy gives."""
Mask = NDArray[np.bool_]
SEXES: tuple[Sex, Sex] = ("female", "male")


@dataclass(frozen=True)
class Tables:
    """Conditions and findings by place; `frequency` is by cell (band and sex), condition and finding."""

    base: KnowledgeBase
    conditions: tuple[str, ...]
    findings: tuple[str, ...]
    kinds: tuple[str, ...]
    frequency: Floats
    usual: Floats
    """How often anybody presenting shows a finding, by band."""
    listed: Mask
    """Whether a condition states something of a finding."""
    levels: tuple[Ints, ...]
    """Findings by how deep they stand below what they are a kind of; the first level has no parents."""
    parents: tuple[tuple[int, ...], ...]
    ancestors: tuple[tuple[int, ...], ...]
    syndromes: Ints
    """The organ system of each finding: what is said of one system goes together."""
    incidence: NDArray[np.float64]
    """Presentations a year, by condition, band, sex and setting."""


@lru_cache(maxsize=1)
def packaged() -> Tables:
    """Return the tables of the packaged knowledge base."""
    return tables(load_knowledge())


def tables(base: KnowledgeBase) -> Tables:
    """Return a knowledge base as arrays."""
    findings = tuple(sorted(base.findings))
    conditions = tuple(sorted(base.conditions))
    at = {name: place for place, name in enumerate(findings)}
    parents = tuple(tuple(at[p] for p in base.findings[name].parents) for name in findings)
    files = [base.findings[name].place.partition(":")[0] for name in findings]
    return Tables(
        base=base,
        conditions=conditions,
        findings=findings,
        kinds=tuple(base.findings[name].kind for name in findings),
        frequency=_frequency(base, conditions, findings),
        usual=np.array(
            [[base.findings[name].base_in(band) for name in findings] for band in range(len(BANDS))],
            np.float32,
        ),
        listed=_listed(base, conditions, at),
        levels=_levels(parents),
        parents=parents,
        ancestors=tuple(tuple(sorted(at[a] for a in base.ancestors[name])) for name in findings),
        syndromes=np.array([sorted(set(files)).index(file) for file in files], np.int32),
        incidence=_incidence(base, conditions),
    )


def _frequency(base: KnowledgeBase, conditions: Sequence[str], findings: Sequence[str]) -> Floats:
    scorer = Scorer(base)
    place = {name: at for at, name in enumerate(conditions)}
    found = np.empty((len(BANDS) * 2, len(conditions), len(findings)), np.float32)
    for cell in range(len(found)):
        for at, name in enumerate(findings):
            column = scorer.column(name, cell // 2, SEXES[cell % 2])
            found[cell, :, at] = column[""]
            own = [(place[condition], value) for condition, value in column.items() if condition]
            if own:
                rows, values = zip(*own, strict=True)
                found[cell, list(rows), at] = values
    return found


def _listed(base: KnowledgeBase, conditions: Sequence[str], at: dict[str, int]) -> Mask:
    found = np.zeros((len(conditions), len(at)), bool)
    for row, name in enumerate(conditions):
        condition = base.conditions[name]
        stated = {*base.relevant(name), *condition.risks, *(v.finding for v in condition.variations)}
        found[row, [at[finding] for finding in stated]] = True
    return found


def _levels(parents: Sequence[Sequence[int]]) -> tuple[Ints, ...]:
    depth = [_depth(at, parents) for at in range(len(parents))]
    return tuple(
        np.array([at for at, d in enumerate(depth) if d == level], np.int32)
        for level in range(max(depth) + 1)
    )


def _depth(at: int, parents: Sequence[Sequence[int]]) -> int:
    return 1 + max(_depth(parent, parents) for parent in parents[at]) if parents[at] else 0


def _incidence(base: KnowledgeBase, conditions: Sequence[str]) -> NDArray[np.float64]:
    rows: list[Any] = []
    for name in conditions:
        row = base.conditions[name]
        people = np.array(BAND_SHARES) * np.array(row.ages)
        sexes = np.array([row.female, 1 - row.female])
        rates = np.array([row.rates["primary-care"], row.rates["emergency"]])
        rows.append(people[:, None, None] * sexes[None, :, None] * rates[None, None, :])
    return np.array(rows)
