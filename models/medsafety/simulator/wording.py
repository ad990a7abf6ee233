"""The same order in other words: generic name, brand, display of a product, capitals, structured fields."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

VARIANTS = ("generic", "brand", "product", "terse", "structured")
_TIMES = {
    "daily": 1,
    "qhs": 1,
    "qam": 1,
    "bid": 2,
    "tid": 3,
    "qid": 4,
    "weekly": 1 / 7,
    "q4h": 6,
    "q6h": 4,
    "q8h": 3,
    "q12h": 2,
    "q72h": 1 / 3,
}
_ORAL = re.compile(r"(\d+(?:\.\d+)?) mg po (daily|qhs|bid|tid|qid|weekly|q4h|q6h|q8h|q12h)\b(.*)")
_PAST = re.compile(r"(ended|since) (\d+) d: (.+)")


@dataclass(frozen=True, slots=True)
class _Name:
    product: str
    form: str
    brand: str


@lru_cache(maxsize=1)
def _names() -> Mapping[str, _Name]:
    text = (resources.files("models.medsafety.simulator") / "wording.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="|")
    return {row["name"]: _Name(row["product"] or "", row["form"] or "", row["brand"] or "") for row in rows}


def worded(order: str, variant: str) -> dict[str, Any]:
    """Return an entry of the drug list in one of the wordings; `ended 3 d: NAME ...` is one that is over."""
    past = _PAST.fullmatch(order)
    if past is None:
        return _said(order, variant)
    entry = _said(past[3], variant)
    if past[1] == "since":
        return {**entry, "started_days_ago": int(past[2])}
    return {**entry, "status": "stopped", "ended_days_ago": int(past[2])}


def _said(order: str, variant: str) -> dict[str, Any]:
    name, rest = _parted(order)
    known = _names().get(name)
    oral = _ORAL.fullmatch(rest)
    if variant == "brand" and known is not None and known.brand:
        return {"text": f"{known.brand} {rest}"}
    if variant == "product" and known is not None and known.form and oral is not None:
        return {
            "text": f"{known.product} {oral[1]} MG {known.form}",
            "dose_text": f"take 1 {_unit(known.form)} by mouth {oral[2]}{oral[3]}",
        }
    if variant == "terse":
        return {"text": order.upper().replace(" MG", "MG")}
    if variant == "structured" and oral is not None and not oral[3]:
        dose = {"value": float(oral[1]), "unit": "mg"}
        return {"text": name, "dose": dose, "times_per_day": _TIMES[oral[2]], "route": "oral"}
    return {"text": order}


def _parted(order: str) -> tuple[str, str]:
    """Return the longest name that is known at the beginning, and the rest."""
    words = order.split(" ")
    for count in range(len(words), 0, -1):
        if (name := " ".join(words[:count])) in _names():
            return name, " ".join(words[count:])
    return order, ""


def _unit(form: str) -> str:
    return "capsule" if "Capsule" in form else "tablet"
