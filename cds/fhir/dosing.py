"""How much of a drug, how often and for how long, from a clean Dosage."""

from collections.abc import Mapping
from typing import Any

from cds.fhir.values import items, quantity_text

_PER_DAY = {"s": 86_400, "min": 1_440, "h": 24, "d": 1, "wk": 1 / 7, "mo": 12 / 365.25, "a": 1 / 365.25}
"""How many of FHIR's units of time make a day."""


def schedule(dosage: Mapping[str, Any]) -> dict[str, Any]:
    """Return how much at a time, how often a day and for how many days, as far as data say."""
    repeat = (dosage.get("timing") or {}).get("repeat") or {}
    found: dict[str, Any] = {}
    often = repeat.get("frequencyMax") or repeat.get("frequency")
    period, unit = repeat.get("period"), repeat.get("periodUnit")
    if often and period and unit in _PER_DAY:
        found["times_per_day"] = often * _PER_DAY[unit] / period
    elif repeat.get("when"):
        found["times_per_day"] = float(len(repeat["when"]))
    lasting = repeat.get("boundsDuration")
    if isinstance(lasting, dict) and lasting.get("code") in _PER_DAY:
        found["duration_days"] = lasting["value"] / _PER_DAY[lasting["code"]]
    rates = [
        rate for rate in items(dosage.get("doseAndRate")) if "doseQuantity" in rate or "doseRange" in rate
    ]
    if rates:
        given = rates[0].get("doseQuantity") or rates[0]["doseRange"].get("high") or {}
        found |= {"dose_value": given.get("value"), "dose_unit": given.get("code") or given.get("unit")}
    return found


def dose(dosage: Mapping[str, Any]) -> str:
    """Return the dose as text: of an instruction, or of what was given (`dosage.dose`)."""
    doses = [rate["doseQuantity"] for rate in items(dosage.get("doseAndRate")) if "doseQuantity" in rate]
    if "dose" in dosage:
        doses.append(dosage["dose"])
    return quantity_text(doses[0]) if doses else ""
