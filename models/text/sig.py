"""How a medication is taken: dose, route, frequency and whether as needed, from what follows its name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.text.rulebook import listed

REACH = 90
_NUMBER = (
    r"(?P<value>\d{1,6}(?:,\d{3})?(?:\.\d+)?|\.\d+|one|two|three|half)(?:\s?-\s?(?P<upper>\d+(?:\.\d+)?))?"
)
_STOP = re.compile(r"\n\s*\n|\n\s*(?:[-*•]|\d+[.)])|;|\.(?=\s+[A-Z])|\n(?=\s*[A-Z][a-z]+ \d)")
_PRN = re.compile(
    r"\b(?:prn|p\.r\.n\.?|as needed)\b(?:\s+for\s+(?P<why>[a-z]+(?: [a-z]+){0,2}))?", re.IGNORECASE
)
_WORDS = {"one": 1.0, "two": 2.0, "three": 3.0, "half": 0.5}


@dataclass(frozen=True)
class Sigs:
    """The patterns of dose, route and frequency."""

    dose: re.Pattern[str]
    route: re.Pattern[str]
    frequency: re.Pattern[str]

    def read(self, text: str, start: int, limit: int) -> dict[str, Any]:
        """Return what is said of a medication between its name and the next thing."""
        tail = text[start : min(limit, start + REACH)]
        stop = _STOP.search(tail)
        tail = tail[: stop.start()] if stop else tail
        found: dict[str, Any] = {}
        dose = self.dose.search(tail)
        if dose:
            found["dose"] = _dose(dose)
        for name, pattern in (("route", self.route), ("frequency", self.frequency)):
            match = pattern.search(tail)
            if match:
                found[name] = " ".join(match.group().lower().split())
        needed = _PRN.search(tail)
        if needed:
            found["as_needed"] = needed["why"] or True
        return found


def _dose(found: re.Match[str]) -> dict[str, Any]:
    text = found["value"].lower().replace(",", "")
    dose: dict[str, Any] = {
        "value": _WORDS[text] if text in _WORDS else float(text),
        "unit": found["unit"].lower(),
    }
    return {**dose, "upper": float(found["upper"])} if found["upper"] else dose


def sigs(table: Mapping[str, Any]) -> Sigs:
    """Return the patterns that a rule file gives."""
    units, routes, frequencies = (
        _either(listed(table.get(name, ""), where=f"medication.toml: {name}"))
        for name in ("units", "routes", "frequencies")
    )
    return Sigs(
        re.compile(rf"(?<![\w.]){_NUMBER}\s?-?(?P<unit>{units})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{routes})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{frequencies})(?!\w)", re.IGNORECASE),
    )


def _either(names: list[str]) -> str:
    longest = sorted(names, key=len, reverse=True)
    return "|".join(
        r"\s?".join(map(re.escape, name.split(" ")))
        if "." in name or "/" in name
        else re.escape(name).replace(r"\ ", r"\s+")
        for name in longest
    )
