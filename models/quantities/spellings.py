"""Everyday spellings of units, as hospital data holds them, and the UCUM code each stands for.

Only spellings that can mean one thing in a medical record. A spelling that is itself a different UCUM unit
nobody charts (`F` is farad, `C` coulomb, `K` kelvin, `G` gauss) is read as what charts mean by it.
"""

import re
from collections.abc import Mapping

EXACT: Mapping[str, str] = {
    "F": "[degF]", "C": "Cel", "G/L": "10*9/L", "T/L": "10*12/L", "M/uL": "10*6/uL", "M/mm3": "10*6/uL",
    "K/uL": "10*3/uL", "K/mm3": "10*3/uL", "Y": "a", "y": "a", "yr": "a", "M": "mol/L", "mM": "mmol/L",
    "uM": "umol/L", "nM": "nmol/L", "IU": "[IU]", "cc": "mL", "in": "[in_i]", "Kg": "kg", "KG": "kg",
}  # fmt: skip
"""Spellings whose case matters."""

FOLDED: Mapping[str, str] = {
    # Pressures and rates.
    "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm(hg)": "mm[Hg]", "torr": "mm[Hg]", "cmh2o": "cm[H2O]", "cm h2o": "cm[H2O]",
    "bpm": "/min", "beats/min": "/min", "beats/minute": "/min", "breaths/min": "/min", "breaths/minute": "/min",
    "per minute": "/min", "1/min": "/min", "rpm": "/min", "min-1": "/min",
    # Temperature.
    "degf": "[degF]", "deg f": "[degF]", "°f": "[degF]", "fahrenheit": "[degF]",
    "degc": "Cel", "deg c": "Cel", "°c": "Cel", "celsius": "Cel",
    # Size and age.
    "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]", "oz": "[oz_av]", "ounces": "[oz_av]",
    "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "grams": "g", "inch": "[in_i]", "inches": "[in_i]",
    "ft": "[ft_i]", "feet": "[ft_i]", "year": "a", "years": "a", "yrs": "a", "month": "mo", "months": "mo",
    "week": "wk", "weeks": "wk", "day": "d", "days": "d", "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "minute": "min", "minutes": "min", "sec": "s", "second": "s", "seconds": "s", "msec": "ms",
    "kg/m^2": "kg/m2", "kg/m**2": "kg/m2", "kg/sqm": "kg/m2",
    # Counts.
    "x10^9/l": "10*9/L", "x10*9/l": "10*9/L", "x10e9/l": "10*9/L", "10e9/l": "10*9/L", "10^9/l": "10*9/L",
    "x 10^9/l": "10*9/L", "10*9/l": "10*9/L", "10e+9/l": "10*9/L", "x10(9)/l": "10*9/L",
    "x10^3/ul": "10*3/uL", "x10*3/ul": "10*3/uL", "x10e3/ul": "10*3/uL", "10e3/ul": "10*3/uL", "10^3/ul": "10*3/uL",
    "x 10^3/ul": "10*3/uL", "10*3/ul": "10*3/uL", "x10(3)/ul": "10*3/uL", "k/ul": "10*3/uL", "k/cmm": "10*3/uL",
    "thou/ul": "10*3/uL", "thousand/ul": "10*3/uL", "thous/ul": "10*3/uL", "th/ul": "10*3/uL", "k/mcl": "10*3/uL",
    "x10^6/ul": "10*6/uL", "x10e6/ul": "10*6/uL", "10e6/ul": "10*6/uL", "10^6/ul": "10*6/uL", "10*6/ul": "10*6/uL",
    "mil/ul": "10*6/uL", "million/ul": "10*6/uL", "m/mcl": "10*6/uL",
    "x10^12/l": "10*12/L", "x10e12/l": "10*12/L", "10e12/l": "10*12/L", "10^12/l": "10*12/L", "10*12/l": "10*12/L",
    "cells/ul": "/uL", "/mm3": "/uL", "cells/mm3": "/uL", "/cumm": "/uL", "cells/mcl": "/uL",
    # Concentrations and activities.
    "meq/l": "meq/L", "iu/l": "[IU]/L", "iu/ml": "[IU]/mL", "miu/l": "m[IU]/L", "miu/ml": "m[IU]/mL", "uiu/ml": "u[IU]/mL",
    "units/l": "U/L", "u/l": "U/L", "mcg": "ug", "mcg/l": "ug/L", "mcg/ml": "ug/mL", "mcg/dl": "ug/dL", "mcg/kg/min": "ug/kg/min",
    "mcg/min": "ug/min", "mcg/h": "ug/h", "mcg/hr": "ug/h", "mcg/kg": "ug/kg",
    "mosm/kg": "mosm/kg", "mosm/l": "mosm/L", "mosmol/kg": "mosm/kg", "mosmol/l": "mosm/L", "mosm/kg h2o": "mosm/kg",
    "mosm/kgh2o": "mosm/kg", "g/dl": "g/dL", "gm/dl": "g/dL", "mg/dl": "mg/dL", "mmol/l": "mmol/L", "umol/l": "umol/L",
    "ug/l": "ug/L", "ug/ml": "ug/mL", "ug/dl": "ug/dL", "ng/ml": "ng/mL", "pg/ml": "pg/mL", "g/l": "g/L", "mg/l": "mg/L",
    "units": "U", "unit": "U", "mg/mmol creat": "mg/mmol", "mg/g creat": "mg/g", "ug/mg creat": "ug/mg", "mcg/mg creat": "ug/mg",
    "mcg/mg": "ug/mg", "mg/gcreat": "mg/g", "ng/ml feu": "ng/mL{FEU}", "ug/ml feu": "ug/mL{FEU}", "mcg/ml feu": "ug/mL{FEU}",
    # Rates of fluid and filtration.
    "ml": "mL", "ml/hr": "mL/h", "ml/h": "mL/h", "ml/day": "mL/d", "ml/24h": "mL/d", "ml/24 h": "mL/d", "ml/24hr": "mL/d",
    "l/min": "L/min", "lpm": "L/min", "ml/kg/hr": "mL/kg/h", "ml/kg/h": "mL/kg/h", "ml/min": "mL/min", "mg/24h": "mg/d", "mg/24 h": "mg/d",
    "ml/min/1.73m2": "mL/min/{1.73_m2}", "ml/min/1.73 m2": "mL/min/{1.73_m2}", "ml/min/1.73_m2": "mL/min/{1.73_m2}",
    "ml/min/1.73.m2": "mL/min/{1.73_m2}", "ml/min/{1.73m2}": "mL/min/{1.73_m2}", "ml/min/{1.73 m2}": "mL/min/{1.73_m2}",
    "ml/min/1.73m^2": "mL/min/{1.73_m2}", "ml/min/1.73 m^2": "mL/min/{1.73_m2}", "ml/min/1.73 sq m": "mL/min/{1.73_m2}",
    "ml/min/1.73sqm": "mL/min/{1.73_m2}", "ml/min/1.73m*2": "mL/min/{1.73_m2}", "ml/min/{1.73_m2}": "mL/min/{1.73_m2}",
    "ml/min/1.73m(2)": "mL/min/{1.73_m2}", "ml/min/1.73": "mL/min/{1.73_m2}", "ml/min per 1.73 m2": "mL/min/{1.73_m2}",
    # Plain numbers.
    "ratio": "{ratio}", "inr": "{INR}", "score": "{score}", "points": "{score}", "percent": "%", "pct": "%", "fraction": "1",
    "ph": "[pH]", "% total hgb": "%", "% of total hgb": "%", "%{hemoglobin}": "%",
}  # fmt: skip
"""Spellings in any case, looked up after folding to lower case."""

_SIGNS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", "×": "x", "⁹": "^9", "⁶": "^6", "º": "°"})


def canonical_spelling(text: str) -> str:
    """Return the UCUM code a spelling stands for, or the text itself where it is no everyday spelling."""
    clean = re.sub(r"\s+", " ", text.strip().translate(_SIGNS))
    return EXACT.get(clean) or FOLDED.get(clean.lower()) or clean
