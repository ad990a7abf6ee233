"""The tables of this service: kin of problems, what is sensitive, what is looked for in words."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

_GENERAL = ("C80", "Z85")
"""A cancer that the list does not name more closely may be the one that the note names."""
_ADULT = 18


@dataclass(frozen=True)
class Families:
    """Which ICD-10-CM codes are one thing in a chart."""

    rows: Mapping[str, tuple[str, ...]]

    def of(self, code: str) -> frozenset[str]:
        """Return the families of a code: its category and those that name its beginning."""
        bare = code.replace(".", "").upper()
        named = {name for name, heads in self.rows.items() if bare.startswith(heads)}
        if bare.startswith(("C", *_GENERAL)):
            named |= {"cancer"} if bare.startswith(_GENERAL) else {"some cancer"}
        return frozenset({bare[:3], *named})

    def kin(self, one: str, other: str) -> bool:
        """Tell whether two codes are the same thing, or one a kind of the other, in a chart."""
        first, second = self.of(one), self.of(other)
        cancers = {"cancer", "some cancer"}
        if first & cancers and second & cancers and "cancer" in first | second:
            return True
        return bool((first - cancers) & (second - cancers))


@dataclass(frozen=True)
class Sensitive:
    """What is never volunteered."""

    codes: tuple[str, ...]
    minors: tuple[str, ...]
    drugs: frozenset[str]
    words: re.Pattern[str]
    notes: re.Pattern[str]

    def hides(self, codes: Iterable[str], names: Iterable[str], *, age_years: float | None) -> bool:
        """Tell whether codes or names of drugs are of a sensitive matter; an unknown age is a minor's."""
        young = age_years is None or age_years < _ADULT
        heads = self.codes + (self.minors if young else ())
        said = [name.casefold() for name in names]
        return (
            any(code.replace(".", "").upper().startswith(heads) for code in codes)
            or not self.drugs.isdisjoint(said)
            or any(self.words.search(name) for name in said)
        )

    def speaks(self, text: str) -> bool:
        """Tell whether words tell of a sensitive matter, so that they are not quoted."""
        return bool(self.words.search(text.casefold()))

    def closes(self, kind: str) -> bool:
        """Tell whether a kind of note is kept for few by what it is."""
        return bool(self.notes.search(kind.casefold()))


@dataclass(frozen=True)
class Sought:
    """Something that notes hold and lists forget."""

    code: str
    title: str
    summary: str
    words: re.Pattern[str]
    taken_back: re.Pattern[str]
    listed: re.Pattern[str]
    codes: tuple[str, ...]
    snomed: frozenset[str]
    means: str
    source: str
    advised: re.Pattern[str] | None = None
    followed: re.Pattern[str] | None = None
    size: re.Pattern[str] | None = None
    least_mm: float = 0.0


@dataclass(frozen=True)
class Tables:
    """All tables, each read when it is first asked for."""

    @cached_property
    def families(self) -> Families:
        """Kin of problems."""
        return Families({name: tuple(heads) for name, heads in _file("families").items()})

    @cached_property
    def sensitive(self) -> Sensitive:
        """What is never volunteered."""
        row = _file("sensitive")
        return Sensitive(
            tuple(row["codes"]),
            tuple(row["minors"]),
            frozenset(row["drugs"]),
            re.compile(row["words"]),
            re.compile(row["notes"]),
        )

    @cached_property
    def vague(self) -> tuple[str, ...]:
        """Beginnings of codes that say too little for a card."""
        return tuple(_file("vague")["codes"])

    @cached_property
    def sought(self) -> tuple[Sought, ...]:
        """What is looked for by words."""
        return tuple(_sought(code, row) for code, row in _file("finds").items())


def _sought(code: str, row: Mapping[str, Any]) -> Sought:
    maybe = {name: re.compile(row[name]) for name in ("advised", "followed", "size") if name in row}
    return Sought(
        code=code,
        title=row["title"],
        summary=row["summary"],
        words=re.compile(row["words"]),
        taken_back=re.compile(row["not"]),
        listed=re.compile(row["listed"]),
        codes=tuple(row["codes"]),
        snomed=frozenset(row["snomed"]),
        means=row["means"],
        source=row["source"],
        least_mm=float(row.get("least_mm", 0)),
        **maybe,
    )


def _file(name: str) -> Mapping[str, Any]:
    path = resources.files("cds.services.note_review") / "tables" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Return the tables, read once."""
    return Tables()
