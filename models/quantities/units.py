"""The part of UCUM that laboratories, bedsides and pharmacies use (https://ucum.org/ucum, version 2.2).

Three departures, all towards refusing more, never less:
- `mol`, `eq` and `osm` are dimensions of their own. UCUM counts all three as plain numbers, by which
  mg/mmol would be a number per gram of anything and 1 meq of calcium would be 1 mmol of it.
- `U` (an enzyme unit, 1 umol/min) and `[IU]` (arbitrary) are dimensions of their own, as in practice.
- `{1.73_m2}` is kept as a dimension, because a clearance and a filtration rate per body surface are not
  the same number. Every other annotation counts as 1, as UCUM rules.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from models.quantities.errors import UnitError
from models.quantities.spellings import canonical_spelling

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a factor to the base units of its dimension; `offset` is for temperatures alone.

    base value = value * factor + offset
    """

    code: str
    factor: Fraction
    dimension: Dimension
    offset: Fraction = Fraction(0)
    amount_fraction: bool = False
    """An amount per amount (mmol/mol): a plain number, but not the same quantity as a percentage."""


PREFIXES: Mapping[str, Fraction] = {
    "Y": Fraction(10) ** 24, "Z": Fraction(10) ** 21, "E": Fraction(10) ** 18, "P": Fraction(10) ** 15,
    "T": Fraction(10) ** 12, "G": Fraction(10) ** 9, "M": Fraction(10) ** 6, "k": Fraction(10) ** 3,
    "h": Fraction(10) ** 2, "da": Fraction(10), "d": Fraction(1, 10), "c": Fraction(1, 100),
    "m": Fraction(1, 10**3), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9), "p": Fraction(1, 10**12),
    "f": Fraction(1, 10**15), "a": Fraction(1, 10**18), "z": Fraction(1, 10**21), "y": Fraction(1, 10**24),
}  # fmt: skip

_M, _G, _S, _K = {"m": 1}, {"g": 1}, {"s": 1}, {"K": 1}
_VOLUME, _PRESSURE, _ENERGY = {"m": 3}, {"g": 1, "m": -1, "s": -2}, {"g": 1, "m": 2, "s": -2}
_FORCE = {"g": 1, "m": 1, "s": -2}
_POWER = {"g": 1, "m": 2, "s": -3}
_DAY = Fraction(86400)
_INCH = Fraction(254, 10000)

METRIC: Mapping[str, tuple[Fraction, Mapping[str, int]]] = {
    "m": (Fraction(1), _M), "g": (Fraction(1), _G), "s": (Fraction(1), _S), "K": (Fraction(1), _K),
    "mol": (Fraction(1), {"mol": 1}), "eq": (Fraction(1), {"eq": 1}), "osm": (Fraction(1), {"osm": 1}),
    "L": (Fraction(1, 1000), _VOLUME), "l": (Fraction(1, 1000), _VOLUME), "t": (Fraction(10**6), _G),
    "Pa": (Fraction(1000), _PRESSURE), "bar": (Fraction(10**8), _PRESSURE),
    "m[Hg]": (Fraction(133322000), _PRESSURE), "m[H2O]": (Fraction(9806650), _PRESSURE),
    "N": (Fraction(1000), _FORCE), "dyn": (Fraction(1, 100), _FORCE), "J": (Fraction(1000), _ENERGY),
    "cal": (Fraction(4184), _ENERGY), "[Cal]": (Fraction(4184000), _ENERGY), "W": (Fraction(1000), _POWER),
    "Hz": (Fraction(1), {"s": -1}), "U": (Fraction(1), {"U": 1}), "kat": (Fraction(60 * 10**6), {"U": 1}),
    "[IU]": (Fraction(1), {"IU": 1}), "[iU]": (Fraction(1), {"IU": 1}),
    "V": (Fraction(1000), {"g": 1, "m": 2, "s": -3, "A": -1}), "A": (Fraction(1), {"A": 1}),
    "Ohm": (Fraction(1000), {"g": 1, "m": 2, "s": -3, "A": -2}), "Gy": (Fraction(1), {"m": 2, "s": -2}),
    "Bq": (Fraction(1), {"s": -1}), "Ci": (Fraction(37 * 10**9), {"s": -1}),
}  # fmt: skip
"""Atoms that take a prefix."""

PLAIN: Mapping[str, tuple[Fraction, Mapping[str, int]]] = {
    "%": (Fraction(1, 100), {}), "[ppth]": (Fraction(1, 10**3), {}), "[ppm]": (Fraction(1, 10**6), {}),
    "[ppb]": (Fraction(1, 10**9), {}), "[pH]": (Fraction(1), {"pH": 1}), "deg": (Fraction(1), {"deg": 1}),
    "min": (Fraction(60), _S), "h": (Fraction(3600), _S), "d": (_DAY, _S), "wk": (7 * _DAY, _S),
    "mo": (_DAY * 1461 / 48, _S), "mo_j": (_DAY * 1461 / 48, _S), "a": (_DAY * 1461 / 4, _S),
    "a_j": (_DAY * 1461 / 4, _S), "[in_i]": (_INCH, _M), "[in_us]": (Fraction(100, 3937), _M),
    "[ft_i]": (12 * _INCH, _M), "[yd_i]": (36 * _INCH, _M), "[mi_i]": (63360 * _INCH, _M),
    "[lb_av]": (Fraction("453.59237"), _G), "[oz_av]": (Fraction("28.349523125"), _G),
    "[stone_av]": (Fraction("6350.29318"), _G), "[gr]": (Fraction("0.06479891"), _G),
    "[foz_us]": (Fraction("0.0000295735295625"), _VOLUME), "[cup_us]": (Fraction("0.0002365882365"), _VOLUME),
    "[tsp_us]": (Fraction("0.00000492892159375"), _VOLUME),
    "[tbs_us]": (Fraction("0.00001478676478125"), _VOLUME),
    "[psi]": (Fraction("4.4482216152605") * 1000 / _INCH**2, _PRESSURE),
    "atm": (Fraction(101325000), _PRESSURE),
    "[arb'U]": (Fraction(1), {"arb": 1}), "[USP'U]": (Fraction(1), {"USP": 1}),
    "[CFU]": (Fraction(1), {"CFU": 1}),
    "[drp]": (Fraction(1, 20 * 10**6), _VOLUME),
    "[HPF]": (Fraction(1), {"HPF": 1}), "[LPF]": (Fraction(1), {"LPF": 1}),
    "{1.73_m2}": (Fraction(1), {"bsa173": 1}), "10*": (Fraction(10), {}), "10^": (Fraction(10), {}),
}  # fmt: skip
"""Atoms that stand as they are. Years and months are Julian (365.25 and 30.4375 days), as in UCUM."""

FLATTENED = frozenset({102, 103, 106, 109, 1012})
"""What powers of ten look like where a raised exponent was flattened on its way: refused, not guessed."""

AFFINE: Mapping[str, tuple[Fraction, Fraction]] = {
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67") * 5 / 9),
}

_EXPONENT_ATOM = re.compile(r"^(.*?[A-Za-z\]}*^])([+-]?\d+)$")
_COMPONENT = re.compile(r"(?:\{[^{}]*\}|\[[^\[\]]*\]|[^./()\[\]{}])+")


@lru_cache(maxsize=4096)
def parse(code: str) -> Unit:
    """Return the unit that a UCUM code, or a known everyday spelling of one, means; raise `UnitError`."""
    if len(code) > 64:
        raise UnitError("a unit is a UCUM code of at most 64 characters")
    spelled = canonical_spelling(code)
    affine = AFFINE.get(spelled)
    if affine:
        return Unit(spelled, affine[0], (("K", 1),), affine[1])
    if not spelled:
        raise UnitError('the unit is empty; a plain number has the unit "1"')
    factor, powers, rest = _terms(spelled, spelled)
    if rest:
        raise UnitError(f"unit {_shown(code)}: a closing parenthesis has no opening one")
    dimension = tuple(sorted((base, power) for base, power in powers.items() if power))
    return Unit(spelled, factor, dimension, amount_fraction="mol" in powers and not dimension)


def _shown(code: str) -> str:
    """Show a unit in a message only where it is plainly a unit: free text may be anything."""
    return repr(code) if re.fullmatch(r"[\w.*^%/\[\]{}'()+µμ°² -]{1,24}", code) else "given"


def _terms(text: str, whole: str, depth: int = 0) -> tuple[Fraction, Mapping[str, int], str]:
    """Read terms joined by `.` and `/`, left to right, up to the end or a closing parenthesis."""
    if depth > 4:
        raise UnitError(f"unit {_shown(whole)}: parentheses are nested too deeply")
    factor, powers, sign = Fraction(1), dict[str, int](), 1
    if text.startswith("/"):
        sign, text = -1, text[1:]
    while True:
        one, its_powers, text = _term(text, whole, depth)
        factor *= one**sign
        for base, power in its_powers.items():
            powers[base] = powers.get(base, 0) + sign * power
        if not text or text.startswith(")"):
            return factor, powers, text
        sign, text = (-1 if text[0] == "/" else 1), text[1:]


def _term(text: str, whole: str, depth: int) -> tuple[Fraction, Mapping[str, int], str]:
    if text.startswith("("):
        factor, powers, rest = _terms(text[1:], whole, depth + 1)
        if not rest.startswith(")"):
            raise UnitError(f"unit {_shown(whole)}: a parenthesis is not closed")
        rest = rest[1:]
        if rest and rest[0] not in "./)":
            raise UnitError(f"unit {_shown(whole)}: `.` or `/` is needed after a parenthesis")
        return factor, powers, rest
    found = _COMPONENT.match(text)
    if not found:
        raise UnitError(f"unit {_shown(whole)} is not UCUM; see https://ucum.org")
    factor, powers = _component(found.group(), whole)
    return factor, powers, text[found.end() :]


def _component(text: str, whole: str) -> tuple[Fraction, Mapping[str, int]]:
    """Read one component: a number, or an atom with prefix, exponent and annotation."""
    if text in PLAIN:
        return PLAIN[text]
    bare = re.sub(r"\{[^{}]*\}", "", text)
    if "{1.73_m2}" in text:
        raise UnitError(
            f"unit {_shown(whole)}: write `/{{1.73_m2}}` after the rate, as in mL/min/{{1.73_m2}}"
        )
    if not bare:
        return Fraction(1), {}
    if re.fullmatch(r"\d{1,9}", bare):
        return _integer(int(bare), whole), {}
    return _atom_with_exponent(bare, whole)


def _integer(number: int, whole: str) -> Fraction:
    if number == 0:
        raise UnitError(f"unit {_shown(whole)}: zero is no unit")
    if number in FLATTENED:
        raise UnitError(
            f"unit {_shown(whole)}: {number} may be a power of ten that lost its sign; write 10*3"
        )
    return Fraction(number)


def _atom_with_exponent(text: str, whole: str) -> tuple[Fraction, Mapping[str, int]]:
    found = _atom(text)
    if found:
        return found
    match = _EXPONENT_ATOM.match(text)
    atom = _atom(match.group(1)) if match else None
    if not match or not atom:
        hint = "; a temperature stands alone" if text in AFFINE else ""
        raise UnitError(f"unit {_shown(whole)} is unknown{hint}; give the UCUM code, for instance mg/dL")
    exponent = int(match.group(2))
    if abs(exponent) > 30:
        raise UnitError(f"unit {_shown(whole)}: the exponent is out of bounds")
    return atom[0] ** exponent, {base: power * exponent for base, power in atom[1].items()}


def _atom(text: str) -> tuple[Fraction, Mapping[str, int]] | None:
    found = METRIC.get(text) or PLAIN.get(text)
    if found:
        return found
    for size in (1, 2):
        prefix, atom = PREFIXES.get(text[:size]), METRIC.get(text[size:])
        if prefix and atom:
            return prefix * atom[0], atom[1]
    return None
