"""All rules as data: ours, and a site's folder of files of the same names laid over them.

A site's file needs only what it changes. Texts that are lists (`a; b; c`) are added to ours; a leading `-`
takes an entry away; a table is merged; rows of `[[trigger]]` and `[[abbreviation]]` are added before ours,
so that they win.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from models.text.cues import RuleError

FILES = (
    "triggers",
    "sections",
    "problems",
    "symptoms",
    "findings",
    "procedures",
    "measures",
    "medication",
    "abbreviations",
)
_LISTS = frozenset(
    {"cues", "headings", "names", "near", "units", "routes", "frequencies", "chronic", "capitals"}
)


@dataclass(frozen=True)
class Rulebook:
    """Every rule file, merged."""

    files: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        """Return one file's content."""
        return self.files[name]


@lru_cache(maxsize=8)
def words(name: str) -> frozenset[str]:
    """Return one of the small sets of words that the readers use."""
    return frozenset(_ours("words")[name].split())


def split(text: str, mark: str = ";") -> list[str]:
    """Return the entries of a list that is written as one text."""
    return [" ".join(part.split()) for part in text.split(mark) if part.strip()]


def listed(value: Any, *, where: str) -> list[str]:
    """Return a list that is written as one text; raise `RuleError` where it is something else."""
    if not isinstance(value, str):
        raise RuleError(f"{where}: write a text with entries separated by semicolons")
    return split(value)


@lru_cache(maxsize=4)
def load(site: Path | None = None) -> Rulebook:
    """Return our rules with a site's laid over them; raise `RuleError` naming what is not of its form."""
    ours = {name: _ours(name) for name in FILES}
    if site is None:
        return Rulebook(ours)
    if not site.is_dir():
        raise RuleError(f"the folder of text rules {site} is not there")
    for path in sorted(site.glob("*.toml")):
        if path.stem not in FILES:
            raise RuleError(f"{path}: no rule file has this name; known are {', '.join(FILES)}")
        ours[path.stem] = _merged(ours[path.stem], _parsed(path.read_text(encoding="utf-8"), str(path)))
    return Rulebook(ours)


def _ours(name: str) -> Mapping[str, Any]:
    place = resources.files("models.text") / "rules" / f"{name}.toml"
    return _parsed(place.read_text(encoding="utf-8"), f"{name}.toml")


def _parsed(text: str, where: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{where}: is not TOML: {error}") from None


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any], inside: str = "") -> dict[str, Any]:
    found = dict(ours)
    for key, value in theirs.items():
        before = found.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            found[key] = _merged(before, value, key)
        elif isinstance(value, list) and isinstance(before, list):
            found[key] = [*value, *before]
        elif isinstance(before, str) and isinstance(value, str) and _is_list(key, inside):
            found[key] = _added(before, value, " " if key in {"chronic", "capitals", "near"} else ";")
        else:
            found[key] = value
    return found


def _is_list(key: str, inside: str) -> bool:
    return key in _LISTS or inside in {"problem", "symptom"}


def _added(ours: str, theirs: str, mark: str) -> str:
    given = split(theirs, mark)
    gone = {entry[1:].strip() for entry in given if entry.startswith("-") and len(entry) > 1}
    kept: Sequence[str] = [entry for entry in split(ours, mark) if entry not in gone]
    return f"{mark} ".join([*kept, *(entry for entry in given if not entry.startswith("-"))])
