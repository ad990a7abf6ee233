"""Convert a value between units: same dimension, or mass and amount of a named substance; else refuse."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any

from models.quantities.errors import UnitError
from models.quantities.units import Unit, parse

BRIDGED = frozenset({"g", "mol", "eq", "U", "IU"})
"""Bases that a substance relates to each other."""


@dataclass(frozen=True, slots=True)
class Substance:
    """What is known of a substance: grams a mole, equivalents a mole, whether [IU] are enzyme units."""

    name: str
    molar_mass: Fraction | None = None
    valence: int | None = None
    enzyme: bool = False
    affine: Mapping[str, Fraction] | None = None


@lru_cache(maxsize=1)
def _substances() -> Mapping[str, Substance]:
    path = resources.files("models.quantities") / "substances.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Fraction)
    found = {}
    for name, row in table.items():
        substance = Substance(
            name=name,
            molar_mass=_molar_mass(row),
            valence=row.get("valence"),
            enzyme=row.get("enzyme", False),
            affine=row.get("affine"),
        )
        found.update(dict.fromkeys((name, *row.get("aliases", ())), substance))
    return found


def _molar_mass(row: Mapping[str, Any]) -> Fraction | None:
    """Take g/mol as given, or from the factor by which laboratories convert."""
    if "umol_per_mg_dl" in row:
        return 10000 / Fraction(row["umol_per_mg_dl"])
    return Fraction(row["molar_mass"]) if "molar_mass" in row else None


def is_substance(name: str) -> bool:
    """Tell whether conversions between mass and amount are known for this name."""
    return name in _substances()


def convert(value: float, unit_from: str, unit_to: str, *, substance: str | None = None) -> float:
    """Return the value in another unit; raise `UnitError` where that cannot be known.

    The factor is exact. A result that differs from a number of 12 significant digits by no more than the
    error of floating point is that number: what was converted and is converted back lies on the same side
    of every threshold as before.
    """
    if not math.isfinite(value):
        raise UnitError("only a finite number can be converted")
    if unit_from == unit_to:
        return float(value)
    factor, offset = _map(unit_from, unit_to, substance)
    exact = float(Fraction(repr(float(value))) * factor + offset)
    short = float(f"{exact:.12g}")
    scale = max(abs(exact), abs(float(offset)))
    return short if abs(short - exact) <= 1e-15 * scale else exact


@lru_cache(maxsize=4096)
def _map(unit_from: str, unit_to: str, substance: str | None) -> tuple[Fraction, Fraction]:
    """Return factor and offset of the linear map from one unit to the other."""
    source, target = parse(unit_from), parse(unit_to)
    known = _known(substance)
    if source.amount_fraction != target.amount_fraction and source.dimension == target.dimension:
        return _fraction_map(source, target, known)
    if source.dimension == target.dimension:
        return source.factor / target.factor, (source.offset - target.offset) / target.factor
    bridge = _bridge(source, target, known)
    return source.factor * bridge / target.factor, Fraction(0)


def _known(substance: str | None) -> Substance | None:
    if not substance:
        return None
    try:
        return _substances()[substance]
    except KeyError:
        raise UnitError("nothing is known of this substance; see models/quantities/substances.toml") from None


def _fraction_map(source: Unit, target: Unit, substance: Substance | None) -> tuple[Fraction, Fraction]:
    """Relate an amount fraction (mmol/mol) to a plain one (%), for substances with a master equation."""
    if substance is None or substance.affine is None:
        raise UnitError(f"{source.code} is an amount per amount and {target.code} is not: name the substance")
    slope, intercept = substance.affine["slope"], substance.affine["intercept"]
    percent, per_mille = Fraction(1, 100), Fraction(1, 1000)
    if source.amount_fraction:
        return (
            source.factor / per_mille * slope * percent / target.factor,
            intercept * percent / target.factor,
        )
    factor = source.factor / percent / slope * per_mille / target.factor
    return factor, -intercept / slope * per_mille / target.factor


def _bridge(source: Unit, target: Unit, substance: Substance | None) -> Fraction:
    """Return the factor that turns the source's dimension into the target's for this substance."""
    change = dict(target.dimension)
    for base, power in source.dimension:
        change[base] = change.get(base, 0) - power
    changed = {base: power for base, power in change.items() if power}
    if len(changed) != 2 or not changed.keys() <= BRIDGED or sum(changed.values()) != 0:
        raise UnitError(f"{source.code} cannot be converted to {target.code}: not the same kind of quantity")
    if substance is None:
        raise UnitError(f"{source.code} to {target.code} depends on the substance, which is not known here")
    factor = Fraction(1)
    for base, power in changed.items():
        factor *= _per_mole(base, substance, source, target) ** power
    return factor


def _per_mole(base: str, substance: Substance, source: Unit, target: Unit) -> Fraction:
    """Return how much of a base there is in one mole (for enzymes: in one unit of activity)."""
    known: Mapping[str, Fraction | int | None] = {
        "mol": 1,
        "g": substance.molar_mass,
        "eq": substance.valence,
        "U": 1 if substance.enzyme else None,
        "IU": 1 if substance.enzyme else None,
    }
    amount = known[base]
    if amount is None or (substance.enzyme and base in ("mol", "g", "eq")):
        raise UnitError(f"{source.code} cannot be converted to {target.code} for {substance.name}")
    return Fraction(amount)
