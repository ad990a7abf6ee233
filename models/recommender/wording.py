"""How findings of the recommender word drugs, therapies and figures."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from models.knowledge.drugs.resolve import Drug
from models.recommender.gap_facts import Reading
from models.record import Fact


@lru_cache(maxsize=1)
def figures() -> Mapping[str, Mapping[str, str]]:
    """Return what is known of each version's ranking; the row without a name is for a site's own."""
    text = (resources.files("models.recommender") / "figures.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def option(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a therapy with its verdict: what speaks against it, apart from what was not known."""
    reasons = row["safety"]["reasons"]
    return {
        "name": row["name"],
        "rxcui": row["rxcui"],
        "cvx": row.get("cvx", ""),
        "verdict": row["safety"]["verdict"],
        "reasons": [r for r in reasons if not is_open(r)],
        "unchecked": [r for r in reasons if is_open(r)],
        "draft": row["draft"],
    }


_OPEN = ("not checked", "whether the patient is pregnant", "the list of", "the drug list", "the allergy list",
         "the condition list", "drug '", "allergy '")  # fmt: skip


def is_open(reason: str) -> bool:
    """Tell whether a reason says what is not known and nothing against the therapy."""
    return reason.startswith(_OPEN)


_UNITS: Mapping[Any, str] = {
    **{unit: unit for unit in ("mg", "g", "mL")}, "ug": "µg", "mcg": "µg", "[iU]": "units", "U": "units",
}  # fmt: skip


def dosed(fact: Fact, names: Sequence[str]) -> str:
    """Return a drug with its amount a day as far as data say: `metformin 2000 mg a day`."""
    value, unit, times = (fact.detail.get(key) for key in ("dose_value", "dose_unit", "times_per_day"))
    called = "/".join(names)
    if isinstance(value, float | int) and isinstance(times, float | int) and unit in _UNITS:
        return f"{called} {value * times:g} {_UNITS[unit]} a day"
    sig = str(fact.detail.get("sig", ""))
    return f"{called} ({sig})" if sig and len(sig) <= 50 else called


def product(drug: Drug) -> str:
    """Return a product by its ingredients, strengths and form: names in the training data are misspelt."""
    parts = " / ".join(
        f"{part.ingredient} {part.strength.value:g} {part.strength.unit}"
        if part.strength
        else part.ingredient
        for part in drug.parts
    )
    return " ".join(word for word in (parts, drug.route if drug.form else "", drug.form) if word)


def spread(readings: Sequence[Reading]) -> list[Reading]:
    """Return one reading of a day, newest first."""
    kept: list[Reading] = []
    for one in readings:
        last = kept[-1].days_ago if kept else None
        if last is None or one.days_ago is None or abs(one.days_ago - last) >= 1:
            kept.append(one)
    return kept
