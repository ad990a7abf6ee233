"""What is said of a patient: some of what is there, some of what is not, with slips of the reader.

How often something is said depends on what it is and on whether it belongs to the illness; nobody tells
everything, an examination or a test is told only where one was done. All shares are editorial.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models.diagnosis.simulate.tables import Floats, Ints, Mask, Tables

_TOLD: Mapping[str, tuple[float, float, float]] = {
    "symptom": (0.65, 0.12, 0.008),
    "sign": (0.60, 0.08, 0.006),
    "history": (0.60, 0.12, 0.002),
    "exposure": (0.65, 0.10, 0.001),
    "vital": (0.60, 0.20, 0.008),
    "lab": (0.55, 0.08, 0.002),
    "imaging": (0.60, 0.05, 0.002),
    "modifier": (0.55, 0.20, 0.0),
}
"""By kind: told where it belongs to the illness, told where it does not, and denied where it is absent."""
_DENIED_LISTED = 0.06
_DENIED_COMMON = 12.0
_COMMON = 0.004
"""Absent findings of the illness are denied oftener, others by how common they are, rare ones never."""
_LOOKED = {"sign": (0.55, 0.75), "vital": (0.4, 0.8), "lab": (0.15, 0.4), "imaging": (0.1, 0.3)}
"""Share examined, measured, tested, imaged: in primary care, and in an emergency department."""
_UNLOOKED = {"sign": 0.25, "vital": 0.1, "lab": 0.02, "imaging": 0.02}
_MOST_PRESENT, _MOST_ABSENT = 20, 10
_MISSED, _COARSER, _STRANGE, _FLIPPED = 0.10, 0.10, 0.15, 0.015
"""Slips: not understood, understood as what it is a kind of, read where nothing was said, polarity lost."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one patient, by the places of findings: as told, and as understood."""

    present: tuple[int, ...]
    absent: tuple[int, ...]
    told_present: tuple[int, ...]
    told_absent: tuple[int, ...]


def said(
    tables: Tables,
    present: Mask,
    listed: Mask,
    second: Mask,
    emergency: Ints,
    chance: np.random.Generator,
) -> Iterator[Said]:
    """Yield what is said of each patient."""
    looked = _looked(tables, emergency, chance)
    telling = chance.uniform(0.55, 1.25, (len(present), 1)).astype(np.float32)
    rate = _rates(tables, 0)[None] * listed
    rate = np.where(listed, rate, np.where(second, _rates(tables, 0) * 0.5, _rates(tables, 1)))
    told = present & (chance.random(present.shape, np.float32) < rate * looked * telling)
    denying = chance.uniform(0.0, 4.0, (len(present), 1)).astype(np.float32)
    deny = _denials(tables)[None] * (1 + _DENIED_LISTED / 0.008 * listed) * looked * denying
    denied = ~present & (chance.random(present.shape, np.float32) < deny)
    told = _something(told, present & listed, tables)
    for row in range(len(present)):
        yield _one(tables, np.flatnonzero(told[row]), np.flatnonzero(denied[row]), chance)


def _rates(tables: Tables, which: int) -> Floats:
    return np.array([_TOLD[kind][which] for kind in tables.kinds], np.float32)


def _denials(tables: Tables) -> Floats:
    usual = tables.usual.mean(axis=0)
    return _rates(tables, 2) * np.where(usual >= _COMMON, usual * _DENIED_COMMON, 0.05).astype(np.float32)


def _looked(tables: Tables, emergency: Ints, chance: np.random.Generator) -> Floats:
    found = np.ones((len(emergency), len(tables.kinds)), np.float32)
    for kind, share in _LOOKED.items():
        own = np.array([one == kind for one in tables.kinds])
        done = chance.random(len(emergency)) < np.array(share)[emergency]
        found[:, own] = np.where(done, 1.0, _UNLOOKED[kind]).astype(np.float32)[:, None]
    return found


def _something(told: Mask, could: Mask, tables: Tables) -> Mask:
    """Let those who told nothing of their illness tell all that they feel of it."""
    feels = np.array([kind in {"symptom", "sign"} for kind in tables.kinds])
    silent = (told & could & feels).sum(axis=1) < 2
    told[silent] |= could[silent] & feels
    return told


def _one(tables: Tables, told: Ints, denied: Ints, chance: np.random.Generator) -> Said:
    plain = _without_parents(tables, [int(at) for at in told])
    chance.shuffle(plain)
    gone = [int(at) for at in denied if not set(tables.ancestors[at]) & set(denied.tolist())]
    chance.shuffle(gone)
    plain, gone = plain[:_MOST_PRESENT], gone[:_MOST_ABSENT]
    present, absent = _understood(tables, plain, gone, chance)
    return Said(present, absent, tuple(plain), tuple(gone))


def _without_parents(tables: Tables, told: list[int]) -> list[int]:
    implied = {above for at in told for above in tables.ancestors[at]}
    return [at for at in told if at not in implied]


def _understood(
    tables: Tables, told: list[int], denied: list[int], chance: np.random.Generator
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what a reader makes of it, with all that it implies."""
    slip = chance.random(len(told) + len(denied))
    there, gone = set[int](), set[int]()
    for at, value in zip(told, slip[: len(told)], strict=True):
        _heard(tables, at, value, there, gone)
    for at, value in zip(denied, slip[len(told) :], strict=True):
        _heard(tables, at, value, gone, there)
    if chance.random() < _STRANGE:
        there.add(int(chance.integers(len(tables.findings))))
    there |= {above for at in there for above in tables.ancestors[at]}
    gone -= there
    return tuple(sorted(there)), tuple(sorted(gone))


def _heard(tables: Tables, at: int, slip: float, right: set[int], wrong: set[int]) -> None:
    if slip < _MISSED:
        return
    if slip < _MISSED + _FLIPPED:
        wrong.add(at)
    elif slip < _MISSED + _FLIPPED + _COARSER and tables.parents[at]:
        right.add(tables.parents[at][0])
    else:
        right.add(at)
