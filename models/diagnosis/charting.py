"""How entries of a record are read, as a table: sections, symptom codes, drugs, what stays unspoken."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

Where = Literal["reason", "note", "condition", "draft", "result", "drug", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """One finding with the entry of the record that tells it."""

    finding: str
    present: bool
    where: Where
    ref: str = ""
    minutes_ago: int | None = None
    words: str = ""
    """What the entry says: the words of a text, a result with its unit, a drug, a diagnosis."""


@dataclass(frozen=True, slots=True)
class Charting:
    """`charted.toml`, read."""

    heard: frozenset[str]
    background: frozenset[str]
    complaint: frozenset[str]
    visits: tuple[str, ...]
    icd10: Mapping[str, tuple[str, ...]]
    beside: tuple[str, ...]
    snomed: Mapping[str, tuple[str, ...]]
    drugs: frozenset[str]
    prescribed: frozenset[str]
    """Drugs that nobody has without a prescription."""
    new_days: float
    unspoken: frozenset[str]
    told: Mapping[str, str]
    told_by_speech: frozenset[str]
    """Findings that nobody can ask of a child that does not talk yet."""


@lru_cache(maxsize=1)
def charting() -> Charting:
    """Return the packaged table."""
    place = resources.files("models.diagnosis") / "charted.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    sections = {name: frozenset(value.split()) for name, value in table["sections"].items()}
    return Charting(
        sections["heard"],
        sections["background"],
        sections["complaint"],
        tuple(word.strip() for word in table["visits"]["words"].split(";")),
        {code.replace(".", ""): tuple(names.split()) for code, names in table["icd10"].items()},
        tuple(table["beside"]["icd10"].split()),
        {code: tuple(names.split()) for code, names in table["snomed"].items()},
        frozenset(table["drugs"]["findings"].split()),
        frozenset(table["drugs"]["prescribed"].split()),
        float(table["drugs"]["new_days"]),
        frozenset(table["unspoken"]["findings"].split()),
        table["told"],
        frozenset(table["speech"]["findings"].split()),
    )
