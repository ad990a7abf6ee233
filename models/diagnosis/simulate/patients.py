"""Draw patients: who they are, what they have, and what is said of it; the seed makes it repeatable.

Findings go together: how severe an illness is and how much each organ system is affected shifts the odds
of all that belongs to it. A kind of a finding is drawn among those who have the finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.diagnosis.simulate.speaking import Said, said
from models.diagnosis.simulate.tables import Floats, Ints, Mask, Tables
from models.knowledge.diagnosis import BANDS

DRAWN = 0.5
"""Common conditions are drawn more often, by this power of their incidence."""
FEWEST = 40
"""Of 60,000 patients at least this many have each condition; fewer in proportion."""
_OF = 60_000
_SEVERITY, _SYNDROME = 0.5, 0.6
"""Standard deviations of the two latent shifts of the log-odds."""
_CHUNK = 2000
_UPPER_YEARS = (0.0, 28 / 365.25, 1.0, 5.0, 15.0, 30.0, 50.0, 65.0, 80.0, 96.0)
_COMORBID = (0.0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.35, 0.4)
"""Share of each age band with a second, lasting condition that is told too; editorial."""
_SECOND_SHOWS = 0.6
_ILL = frozenset(("symptom", "sign", "vital", "lab", "imaging"))


@dataclass(frozen=True)
class Patients:
    """What is known of some patients: arrays with one row each, and what is said of each."""

    condition: Ints
    age_years: Floats
    band: Ints
    male: Ints
    emergency: Ints
    said: tuple[Said, ...]

    def __len__(self) -> int:
        return len(self.condition)

    def taken(self, rows: Ints) -> "Patients":
        """Return some of them."""
        return Patients(
            condition=self.condition[rows],
            age_years=self.age_years[rows],
            band=self.band[rows],
            male=self.male[rows],
            emergency=self.emergency[rows],
            said=tuple(self.said[row] for row in rows),
        )


def draw(tables: Tables, count: int, *, seed: int) -> Patients:
    """Return this many patients."""
    chance = np.random.default_rng(seed)
    condition = _conditions(tables, count, chance)
    band, male, emergency = _whom(tables, condition, chance)
    low, high = np.array(_UPPER_YEARS)[band], np.array(_UPPER_YEARS)[band + 1]
    age = (low + (high - low) * chance.random(count)).astype(np.float32)
    rows: list[Said] = []
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        rows += _chunk(tables, (condition[part], band[part], male[part], emergency[part]), chance)
    return Patients(condition, age, band, male, emergency, tuple(rows))


def shares(tables: Tables) -> NDArray[np.float64]:
    """Return the share of patients that is drawn of each condition."""
    wanted: NDArray[np.float64] = tables.incidence.sum(axis=(1, 2, 3)) ** DRAWN
    wanted = np.maximum(wanted / wanted.sum(), min(FEWEST / _OF, 1 / len(wanted)))
    found: NDArray[np.float64] = wanted / wanted.sum()
    return found


def _conditions(tables: Tables, count: int, chance: np.random.Generator) -> Ints:
    """Draw in proportion with the rest left to chance, so that no condition is missed by bad luck."""
    wanted = shares(tables) * count
    sure = np.floor(wanted).astype(np.int64)
    left = wanted - sure
    more = chance.choice(len(left), count - int(sure.sum()), p=left / left.sum())
    found: Ints = np.concatenate([np.repeat(np.arange(len(sure)), sure), more]).astype(np.int32)
    chance.shuffle(found)
    return found


def _whom(tables: Tables, condition: Ints, chance: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    flat = tables.incidence.reshape(len(tables.conditions), -1)
    edges = np.cumsum(flat, axis=1) / flat.sum(axis=1, keepdims=True)
    cell = (edges[condition] < chance.random(len(condition))[:, None]).sum(axis=1)
    cell = np.minimum(cell, flat.shape[1] - 1).astype(np.int32)
    return cell // 4, cell // 2 % 2, cell % 2


def _chunk(
    tables: Tables, whom: tuple[Ints, Ints, Ints, Ints], chance: np.random.Generator
) -> Iterator[Said]:
    condition, band, male, emergency = whom
    second = _second(tables, whom, chance)
    own = tables.frequency[band * 2 + male, condition]
    rates = _with_second(tables, own, second, band, male)
    present = _present(tables, rates, chance)
    listed = tables.listed[condition]
    return said(tables, present, listed, second_listed(tables, second), emergency, chance)


def _second(tables: Tables, whom: tuple[Ints, Ints, Ints, Ints], chance: np.random.Generator) -> Ints:
    """Return a second condition for some, -1 for the rest: one that lasts, by its incidence at that age."""
    condition, band, male, _ = whom
    onsets = [set(tables.base.conditions[name].onset) for name in tables.conditions]
    lasting = np.array([bool({"months", "years"} & onset) for onset in onsets])
    found = np.full(len(condition), -1, np.int32)
    for cell in np.unique(band * 2 + male):
        rows = np.flatnonzero(band * 2 + male == cell)
        rate = tables.incidence[:, cell // 2, cell % 2].sum(axis=1) * lasting
        has = rows[chance.random(len(rows)) < _COMORBID[cell // 2]]
        found[has] = chance.choice(len(rate), len(has), p=rate / rate.sum())
    return np.where(found == condition, -1, found).astype(np.int32)


def second_listed(tables: Tables, second: Ints) -> Mask:
    """Return what the second condition states, for those who have one."""
    return tables.listed[second] & (second >= 0)[:, None]


def _with_second(tables: Tables, own: Floats, second: Ints, band: Ints, male: Ints) -> Floats:
    rows = np.flatnonzero(second >= 0)
    other = tables.frequency[band[rows] * 2 + male[rows], second[rows]]
    more = np.clip(other - tables.usual[band[rows]], 0, 1) * _SECOND_SHOWS
    own[rows] = 1 - (1 - own[rows]) * (1 - more)
    return own


def _present(tables: Tables, rates: Floats, chance: np.random.Generator) -> Mask:
    """Draw what is there, level by level, with the latent shifts that make findings go together."""
    shift = _shift(tables, len(rates), chance)
    uniform = chance.random(rates.shape, np.float32)
    found = np.zeros(rates.shape, bool)
    for level, places in enumerate(tables.levels):
        if level == 0:
            found[:, places] = uniform[:, places] < _shifted(rates[:, places], shift[:, places])
            continue
        for at in places:
            above = list(tables.parents[at])
            within = rates[:, at] / np.maximum(rates[:, above].min(axis=1), 1e-6)
            odds = _shifted(within, shift[:, at])
            found[:, at] = found[:, above].all(axis=1) & (uniform[:, at] < odds)
    return _one_of_each(tables, found, rates, chance)


def _shift(tables: Tables, count: int, chance: np.random.Generator) -> Floats:
    ill = np.array([kind in _ILL for kind in tables.kinds], np.float32)
    systems = int(tables.syndromes.max()) + 1
    severity = chance.standard_normal((count, 1), np.float32) * _SEVERITY
    system = chance.standard_normal((count, systems), np.float32) * _SYNDROME
    found: Floats = (severity + system[:, tables.syndromes]) * ill
    return found


def _shifted(rates: Floats, shift: Floats) -> Floats:
    """Return probabilities whose log-odds are shifted, widened so that their mean stays about as it was."""
    inside = np.clip(rates, 1e-5, 1 - 1e-5)
    wide = np.sqrt(1 + 0.346 * (_SEVERITY**2 + _SYNDROME**2))
    found: Floats = 1 / (1 + np.exp(-(np.log(inside / (1 - inside)) * wide + shift)))
    return found


def _one_of_each(tables: Tables, found: Mask, rates: Floats, chance: np.random.Generator) -> Mask:
    """Give everybody one duration, and one course at most."""
    for start in ("duration-", "course-"):
        places = [at for at, name in enumerate(tables.findings) if name.startswith(start)]
        if not places:
            continue
        weights = rates[:, places] / rates[:, places].sum(axis=1, keepdims=True)
        chosen = (np.cumsum(weights, axis=1) < chance.random((len(rates), 1))).sum(axis=1)
        found[:, places] = np.arange(len(places)) == np.minimum(chosen, len(places) - 1)[:, None]
    return found


assert len(_UPPER_YEARS) == len(BANDS) + 1 == len(_COMORBID) + 1  # noqa: S101 -- tables of one length
