"""The rules as they stand in `rules/*.toml`, read once: a table for each type, an action for each member.

```
member = "action"          what may become of it: the headings of actions.toml
member = "action!"         FHIR requires it: where it is lost, data-absent-reason `masked` stands
member = "word a b c"      one of these words of a value set that FHIR binds as required
member = "@table"          the members of a shared table; a table may name itself
"@also" = "@table"         the members of a shared table beside its own; with ! FHIR requires one of them
[Type.member]              the same one level down; a list is walked item by item
"@patient" = "subject"     whose dates they are: the member that refers to the patient; `nobody` for types
                           that are of no patient, whose dates become years
```
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from cds.errors import SettingsError

_FOLDER = "cds.privacy.leaving"
_EVERYWHERE = {"text": "narrative", "language": "language"}
"""Members that every resource may have, beside those that the walk itself knows."""
_PRIMITIVE_WORDS = """
word flag number when instant time text canonical mime language plain uid birth http-status request-url
full-url payload plan-id name device-id lot web-address unread
"""
_PRIMITIVES = frozenset(_PRIMITIVE_WORDS.split())
"""Actions on FHIR's primitive types, whose mark stands beside them as `_member`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to one member."""

    action: str
    required: bool = False
    words: frozenset[str] = frozenset()

    @property
    def primitive(self) -> bool:
        """Whether the member is of one of FHIR's primitive types."""
        return self.action in _PRIMITIVES


@dataclass(frozen=True, slots=True)
class Table:
    """The members of a type or of a part of one; a shared one has a name."""

    members: Mapping[str, "Rule | Table | str"]
    """A text names a shared table: a section may hold sections."""
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that may leave."""

    types: Mapping[str, Table]
    shared: Mapping[str, Table]
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@cache
def actions() -> Mapping[str, Mapping[str, Any]]:
    """Return what each action does, in words."""
    return tomllib.loads(resources.files(_FOLDER).joinpath("actions.toml").read_text(encoding="utf-8"))


@cache
def load() -> Rules:
    """Return the rules; raise `SettingsError` naming the place where one is not of its form."""
    types: dict[str, Table] = {}
    shared: dict[str, Table] = {}
    extensions: Mapping[str, Any] = {}
    for name, content in _files():
        if name == "extensions.toml":
            extensions = content
            continue
        for heading, members in content.items():
            place = f"{name}: {heading}"
            if heading in types or heading in shared:
                raise SettingsError(f"{place} is there twice")
            if heading.startswith("@"):
                shared[heading] = _table(members, place)
            else:
                types[heading] = _table({**_EVERYWHERE, **members}, place)
    return Rules(types, shared, extensions)


def rule(text: str, place: str) -> Rule:
    """Return a rule from its words."""
    head, _, rest = text.partition(" ")
    action = head.removesuffix("!")
    if action not in actions() or (rest and action != "word"):
        raise SettingsError(f"{place} has no known action: {text!r}")
    return Rule(action, head.endswith("!"), frozenset(rest.split()))


def _files() -> Iterator[tuple[str, Mapping[str, Any]]]:
    folder = resources.files(_FOLDER) / "rules"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.name, tomllib.loads(file.read_text(encoding="utf-8"))


def _table(members: Mapping[str, Any], place: str) -> Table:
    patient = members.get("@patient", "")
    also = {"@also": members["@also"]} if "@also" in members else {}
    named = {name: what for name, what in members.items() if not name.startswith("@")}
    return Table({**{n: _member(w, f"{place}.{n}") for n, w in named.items()}, **also}, patient)


def _member(what: Any, place: str) -> "Rule | Table | str":
    if isinstance(what, dict):
        return _table(what, place)
    if not isinstance(what, str):
        raise SettingsError(f"{place} is neither an action nor a table")
    return what if what.startswith("@") else rule(what, place)
