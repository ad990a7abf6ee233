"""Body size and the chemistry of blood: BMI, surface, calcium, anion gap, osmolality."""

import math

from models.scores.definition import Values


def bmi(values: Values) -> float:
    """Return weight in kg over height in m squared."""
    return float(values["weight"] / (values["height"] / 100) ** 2)


def bsa_mosteller(values: Values) -> float:
    """Return body surface in m2 (Mosteller RD, N Engl J Med 1987;317:1098)."""
    return math.sqrt(values["height"] * values["weight"] / 3600)


def corrected_calcium(values: Values) -> float:
    """Return calcium in mg/dL as at an albumin of 4 g/dL (BMJ 1977;1:598, 0.02 mmol/L a g/L)."""
    return float(values["calcium"] + 0.8 * (4.0 - values["albumin"]))


def anion_gap(values: Values) -> float:
    """Return sodium minus chloride and bicarbonate in mmol/L."""
    return float(values["sodium"] - values["chloride"] - values["bicarbonate"])


def corrected_anion_gap(values: Values) -> float:
    """Return the anion gap as at an albumin of 4 g/dL (Figge J, Crit Care Med 1998;26:1807-1810)."""
    return float(anion_gap(values) + 2.5 * (4.0 - values["albumin"]))


def osmolality(values: Values) -> float:
    """Return the calculated osmolality in mosm/kg (Smithline N, Gardner KD, JAMA 1976;236:1594-1597)."""
    return float(2 * values["sodium"] + values["glucose"] / 18 + values["bun"] / 2.8)


def osmolal_gap(values: Values) -> float:
    """Return the measured minus the calculated osmolality in mosm/kg."""
    return float(values["measured_osmolality"] - osmolality(values))
