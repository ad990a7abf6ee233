"""Addresses as they leave: the state and the country, and three digits of a postal code where asked for."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

RESTRICTED = "000"
"""What 45 CFR 164.514(b)(2)(i)(B) puts in place of a prefix with 20,000 people or fewer."""

_IS_ZIP = re.compile(r"([0-9]{3})(?:[0-9]{2}(?:-?[0-9]{4})?)?\Z").match
_IS_COUNTRY = re.compile(r"[A-Z]{2,3}\Z").match


@cache
def _tables() -> Mapping[str, Any]:
    text = resources.files("cds.privacy.leaving").joinpath("geography.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def restricted(version: str = "") -> frozenset[str]:
    """Return the restricted prefixes of one census, or of every one that is known."""
    tables = _tables()["zip3"]
    return frozenset(p for name, row in tables.items() if version in {"", name} for p in row.split())


@cache
def _states() -> frozenset[str]:
    table = _tables()["states"]
    return frozenset(s.casefold() for s in (*table["codes"].split(), *table["names"]))


@cache
def _united_states() -> frozenset[str]:
    return frozenset(name.casefold() for name in _tables()["country"]["united_states"])


def zip3(postal_code: Any) -> str:
    """Return the first three digits of a US postal code, 000 for restricted ones, empty for anything else."""
    match = _IS_ZIP(postal_code.strip()) if isinstance(postal_code, str) else None
    if match is None:
        return ""
    return RESTRICTED if match[1] in restricted() else match[1]


def address(value: Mapping[str, Any], *, with_zip3: bool) -> dict[str, str]:
    """Return what of an address may stay; of an address outside the United States, its country alone."""
    country, state = value.get("country"), value.get("state")
    here = country is None or (
        isinstance(country, str) and country.strip(" .").casefold() in _united_states()
    )
    kept: dict[str, str] = {}
    if here and isinstance(state, str) and state.strip().casefold() in _states():
        kept["state"] = state.strip()
    if here and with_zip3 and (prefix := zip3(value.get("postalCode"))):
        kept["postalCode"] = prefix
    if isinstance(country, str) and (here or _IS_COUNTRY(country)):
        kept["country"] = country
    return kept
