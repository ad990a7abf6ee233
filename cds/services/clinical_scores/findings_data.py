"""A finding as data, as a card's extension carries it."""

from typing import Any

from models.base import Finding, Input
from models.record import MINUTES_PER_DAY

NOT_USED = "not used"
"""What the reason says why an input is missing, where a value was there."""
_INFANT = 2


def as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding for the extension of a card: nothing in it points at anybody."""
    _, _, version = finding.model.rpartition("@")
    data: dict[str, Any] = {finding.kind: finding.code}
    if finding.values:
        data["values"] = {
            name: _rounded(value) for name, value in finding.values.items() if value is not None
        }
    else:
        data["value"] = _rounded(finding.value)
    data |= {
        "unit": finding.unit,
        "band": finding.band,
        "missing": list(finding.missing),
        "inputs": {line.name: _input(line) for line in finding.inputs},
        "version": version,
    }
    if finding.detail.get("detail"):
        data["detail"] = dict(finding.detail["detail"])
    reasons = dict.fromkeys((finding.detail.get("why_missing") or {}).values())
    if refused := [reason for reason in reasons if NOT_USED in reason]:
        data["not_used"] = refused
    if not finding.applies:
        data["applies"] = False
    return data


def _rounded(value: Any) -> Any:
    """Return a number with six digits: more would be noise of the machine it was computed on."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _input(line: Input) -> dict[str, Any]:
    value = list(line.value) if isinstance(line.value, tuple) else _rounded(line.value)
    if line.name == "age_years" and isinstance(value, float) and value >= _INFANT:
        value = int(value)  # Completed years are enough; a fraction would give the birthday away.
    data: dict[str, Any] = {"value": value, "unit": line.unit}
    if line.minutes_ago is not None:
        data["days_ago"] = round(line.minutes_ago / MINUTES_PER_DAY, 2)
    return data
