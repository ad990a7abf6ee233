"""What looks like an identifier and is none: eponyms, drugs, tests named after towns, clinic numbers."""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

from cds.privacy.trials.trial import EITHER, TRAP, Piece

Make = Callable[[Random], str]


@cache
def words(name: str) -> tuple[str, ...]:
    """Return a list of trap phrases."""
    text = files("cds.privacy.trials").joinpath("data/traps.toml").read_text(encoding="utf-8")
    found = re.search(rf'^{name} = "(.*)"$', text, re.MULTILINE)
    if found is None:
        raise KeyError(f"data/traps.toml has no list {name}")
    return tuple(re.split(r";(?!\d)", found[1]))


def _n(low: int, high: int) -> Make:
    return lambda chance: str(chance.randrange(low, high))


def _shape(*shapes: str) -> Make:
    """Return what draws a phrase: `{100-180}` becomes a whole number, `{1.2-4}` one with a decimal."""

    def number(found: "re.Match[str]", chance: Random) -> str:
        low, high = found[1], found[2]
        if "." in low:
            return f"{chance.uniform(float(low), float(high)):.1f}"
        return str(chance.randrange(int(low), int(high) + 1))

    def draw(chance: Random) -> str:
        return re.sub(r"\{([\d.]+)-([\d.]+)\}", lambda found: number(found, chance), chance.choice(shapes))

    return draw


_SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "bp": (
        "{92-190}/{50-110}",
        "{92-190}/{50-110}",
        "{92-190}/{50-110} (MAP {60-110})",
        "BP{92-180}/{50-99}",
    ),
    "ratio": ("{1-5}/5", "{1-9}/10", "{1-3}/{4-6}", "{1-4}/6", "{2-3}+/4", "{14-30}/30"),
    "spine": ("T{9-11}-{11-12}", "L{3-4}-{4-5}", "C{4-6}-{6-7}", "T{1-12}", "L5-S1", "S1-2", "C5/6"),
    "acuity": ("20/{20-200}", "20/{20-80}-{1-2}", "6/{6-18}", "J{1-3}", "OD 20/{20-70} OS 20/{20-70}"),
    "dose": (
        "{5-40} mg",
        "{100-800}mg",
        "{0.1-2.5} mL",
        "{2-12} units",
        "{1-4}g q{4-8}h",
        "{10-80} mg PO daily",
        "{2-8}-{10-12} mg",
        "{250-875}/125 mg",
        "{5-10}/325",
        "{50-125} mcg",
        "{1000-5000} IU",
        "{0.5-1.5} mg/kg",
    ),
    "freq": (
        "q{2-4}-{6-8}h",
        "24/7",
        "BID",
        "{1-2}-{3-4}x/week",
        "q{3-12}mo",
        "{2-4} times a day",
        "1-0-1",
        "5/7 days",
    ),
    "lab": (
        "Na {128-146}",
        "K {3.0-5.8}",
        "WBC {3.5-22.0}",
        "Hgb {6.5-15.5}",
        "plt {40-450}",
        "Cr {0.6-4.5}",
        "A1c {5.2-12.5}%",
        "TSH {0.1-9.9}",
        "INR {1.0-4.5}",
        "troponin 0.0{1-9}",
        "BNP {80-4200}",
        "ferritin {8-1900}",
        "CRP {1-240}",
        "lactate {0.8-6.2}",
        "glucose {62-480}",
        "LDL {48-210}",
        "CD4 {120-900}",
        "PSA {0.4-18.5}",
        "{132-146}/{3.4-5.2}/{98-110}/{20-30}/{8-40}/{0.6-2.4}",
        "ANA 1:{160-1280}",
        "pH 7.{18-48}",
        "CK {212-455}-{900-1800}-{2000-9000}",
    ),
    "series": (
        "{212-455}-{500-899}-{1000-4000}",
        "{100-180}, {100-180}, {100-180}",
        "{8-20} -> {8-20} -> {8-20}",
        "{150-199}-{400-450}",
        "ml {300-900} {1000-2400}",
        "{10000-99000} copies/mL",
        "{200-900}.{100-900}.{10-99} (ratio)",
        "{3-9}-{10-20}-{30-60}",
        "{1000-9999} cells",
    ),
    "dur": (
        "{2-12} days",
        "{2-10} wks",
        "x{2-9} months",
        "{1-30} years",
        "{3-5}-{6-9} days",
        "{12-96}h",
        "POD #{1-9}",
        "hospital day {2-19}",
        "{1-6} yrs ago",
        "day {1-5} of {7-14}",
        "{10-50} pack-years",
        "{1-3}/12",
        "{2-6}/52",
        "D{1-28}",
        "{6-10} mo post-op",
    ),
    "year": ("{1985-2024}", "since {1990-2022}", "in {1998-2023}", "{2001-2012}-{2013-2024}"),
    "clock": (
        "{10-23}:{10-59}",
        "{1-12}:{10-59}am",
        "{1-12}:{10-59} PM",
        "{10-23}{10-59}",
        "{10-23}{10-59}h",
        "{1-11}pm",
        "0{1-9}:{10-59}",
        "{1-11}-{2-12} pm",
    ),
    "code": (
        "I{10-89}.{0-9}",
        "E11.{2-9}",
        "M{10-79}.{10-99}",
        "Z{10-99}.{0-9}",
        "CPT 99{202-499}",
        "LOINC {1000-9999}-{1-9}",
        "J{10-99}.{0-9}",
        "C{10-96}.{0-9}",
        "ICD-10 F{20-49}.{0-9}",
        "SNOMED {10000000-99999999}",
        "RxCUI {10000-999999}",
        "DRG {100-900}",
        "HCPCS J{1000-9999}",
        "G{0-9}{100-499}",
    ),
    "score": (
        "GCS {3-15}",
        "NYHA III",
        "MELD {8-38}",
        "APGAR {5-9}/{8-9}",
        "PHQ-9 {0-27}",
        "GAD-7 {0-21}",
        "MMSE {12-30}/30",
        "ASA {1-4}",
        "KPS {40-90}",
        "ECOG {0-3}",
        "NIHSS {0-24}",
        "CHA2DS2-VASc {0-8}",
        "EF {20-70}%",
        "Braden {9-22}",
        "MoCA {12-29}",
        "CIWA {4-22}",
        "BI-RADS {2-5}",
        "Fitzpatrick IV",
    ),
    "vital": (
        "HR {48-140}",
        "RR {10-32}",
        "SpO2 {84-100}%",
        "T {97.0-103.5}",
        "{36.0-39.5}C",
        "BMI {17.0-49.0}",
        "wt {44-140}kg",
        "{110-300} lb",
        "{58-75} in",
        "pulse {50-130}",
        "sat {86-100}",
        "{4-6}'{1-11}\"",
    ),
    "size": (
        "{1.0-9.0} x {1.0-9.0} cm",
        "{2-40} mm",
        "{1.0-6.0}x{1.0-6.0}x{1.0-6.0}cm",
        "{12-24}G",
        "{5-9} Fr",
        "size {6-9}",
        "{0-5}-0 Vicryl",
        "{3-9}/8 in",
    ),
    "preg": (
        "G{1-6}P{0-4}",
        "G{2-5}P{1-2}0{0-2}{1-3}",
        "{24-41}w{0-6}d",
        "{24-41}+{0-6}",
        "{6-40} wks",
        "{1-9} cm/{50-90}%/-{1-3}",
        "station -{1-2}",
    ),
    "stage": (
        "pT{1-4}N{0-2}M0",
        "stage IIIA",
        "Stage {1-4}",
        "T{1-3}N{0-2}",
        "grade {1-3}/4",
        "FIGO IB{1-2}",
        "ypT{0-3}",
    ),
    "tooth": (
        "#{1-32}",
        "tooth {1-32}",
        "teeth {1-16}-{17-32}",
        "UR{1-8}",
        "MO #{2-31}",
        "{3-6}-{2-3}-{3-6} pockets",
    ),
    "pct": ("{1-99}%", "{1.0-99.0}%", "{1-4} of {5-9}", "{50-90}th percentile", "1:{100-900}"),
}

_MORE: Final[dict[str, Make]] = {"count": _n(2, 40)}


def _from_list(name: str) -> Make:
    return lambda chance: chance.choice(words(name))


_LISTS: Final = ("eponym", "place", "drug", "dept", "insurer", "weekday", "org", "gene", "word", "title")


def _age(chance: Random) -> str:
    return str(chance.randrange(18, 90))


def _child(chance: Random) -> str:
    return str(chance.randrange(2, 18))


def _piece(kind: str, make: Make, name: str) -> Callable[[Random], Piece]:
    return lambda chance: Piece(make(chance), kind, f"trap.{name}")


SLOTS: Final[dict[str, Callable[[Random], Piece]]] = {
    **{name: _piece(TRAP, _shape(*shapes), name) for name, shapes in _SHAPES.items()},
    **{name: _piece(TRAP, _from_list(name), name) for name in _LISTS},
    **{name: _piece(TRAP, make, name) for name, make in _MORE.items()},
    "age": _piece(EITHER, _age, "age"),
    "child": _piece(EITHER, _child, "age"),
}
