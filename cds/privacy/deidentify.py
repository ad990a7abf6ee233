"""Structured de-identification: an allow-list walked over each resource, compiled once per type.

What comes out holds codes, values, units and offsets from the call; no name, no identifier, no calendar date,
no free text. Rules and their meaning: `rules.toml`. The method is 45 CFR 164.514(b)(2) read strictly for
what never leaves the process; what leaves it goes through the profiles `safe_harbor` or `limited`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from cds.errors import SettingsError
from cds.fhir import dates
from cds.privacy.actions import ACTIONS, Clean, Pass, Walk
from cds.privacy.pseudonyms import Originals, Pseudonyms
from cds.privacy.text import Known, known_words

_SILENT = frozenset(
    {"resourceType", "id", "meta", "text", "contained", "extension", "identifier", "language"}
)
"""Members that every resource may have and no rule names: dropped without being counted as unknown."""


class Refused(Exception):
    """A resource may not be used: it says itself that it means something other than it seems."""


@dataclass(frozen=True)
class Cleaned:
    """What passed the door. `dropped` counts members by path; `refused` says what was left out and why."""

    resources: tuple[Clean, ...]
    drafts: tuple[Clean, ...]
    pseudonyms: Pseudonyms = field(repr=False)
    originals: Originals = field(repr=False)
    dropped: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[tuple[str, str, str], ...] = ()
    """(where it came from, type, why) of resources that may not be used."""


def deidentify(
    found: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    drafts: Iterable[tuple[str, Mapping[str, Any]]] = (),
    now: datetime,
    pseudonyms: Pseudonyms | None = None,
) -> Cleaned:
    """Return the clean resources of one call with the pseudonyms and originals that lead back.

    `found` and `drafts` are (where it came from, resource). The place is kept as `_from` in the clean
    resource; a contained resource becomes a resource of its own.
    """
    named = list(found)
    ordered = list(drafts)
    names = pseudonyms or Pseudonyms()
    known = Known(known_words(r for _, r in (*named, *ordered)))
    walk = Pass(now=now, known=known, pseudonyms=names)
    originals = Originals()
    refused: list[tuple[str, str, str]] = []
    clean = [c for place, r in named for c in _resource(r, place, walk, originals, refused)]
    clean_drafts = [c for place, r in ordered for c in _resource(r, place, walk, originals, refused)]
    return Cleaned(
        tuple(clean), tuple(clean_drafts), names, originals, dict(walk.dropped), tuple(dict.fromkeys(refused))
    )


def _resource(
    resource: Mapping[str, Any],
    place: str,
    walk: Pass,
    originals: Originals,
    refused: list[tuple[str, str, str]],
) -> list[Clean]:
    """Return the clean resource and its contained ones, or nothing where it is refused."""
    kind = str(resource.get("resourceType"))
    rules = compiled().get(kind)
    if rules is None:
        refused.append((place, kind, "this type is not read"))
        return []
    reference = f"{kind}/{resource.get('id') or f'unnamed-{id(resource):x}'}"
    contained = resource.get("contained")
    inner = [c for c in contained if isinstance(c, dict)] if isinstance(contained, list) else []
    for part in inner:
        walk.pseudonyms.alias(f"#{part.get('id')}", f"{part.get('resourceType')}/{_inner(reference, part)}")
    walk.path = kind
    try:
        clean = _members(resource, rules, walk)
    except Refused as refusal:
        refused.append((place, kind, str(refusal)))
        return []
    clean["resourceType"] = kind
    clean["id"] = walk.pseudonyms.token(reference)
    clean["_from"] = place
    if kind == "Patient":
        _add_age(resource, clean, walk)
    originals.keep(clean["id"], resource)
    rest = [
        c
        for part in inner
        for c in _resource({**part, "id": _inner(reference, part)}, place, walk, originals, refused)
    ]
    return [clean, *rest]


def _inner(reference: str, part: Mapping[str, Any]) -> str:
    """Return an id for a contained resource that no other resource of the call has."""
    return f"{reference.replace('/', '-')}-{part.get('id')}"


def _add_age(resource: Mapping[str, Any], clean: Clean, walk: Pass) -> None:
    """Put the exact age where the birth date was."""
    birth = resource.get("birthDate")
    if not isinstance(birth, str):
        return
    try:
        days, years, precision = dates.age(birth, now=walk.now)
    except ValueError:
        walk.drop("birthDate")
        return
    clean["_age"] = {"days": days, "years": years, "precision": precision}


def _members(value: Mapping[str, Any], rules: Mapping[str, Walk], walk: Pass) -> Clean:
    """Return what the rules keep of an object."""
    if "modifierExtension" in value:
        raise Refused("it carries a modifierExtension that is not understood")
    clean: Clean = {}
    for name, item in value.items():
        rule = rules.get(name)
        if rule is None:
            if name not in _SILENT and name[0] != "_":
                walk.drop(name)
            continue
        kept = rule(item, walk)
        if kept is not None:
            clean[name] = kept
        elif item is not None:
            walk.drop(name)
    return clean


@cache
def compiled() -> Mapping[str, Mapping[str, Walk]]:
    """Return the rules as functions by resource type and member, compiled once."""
    table = tomllib.loads(resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    return {name: _table(rules, table, name) for name, rules in table.items() if not name.startswith("@")}


def _table(rules: Mapping[str, Any], table: Mapping[str, Any], place: str) -> dict[str, Walk]:
    return {name: _rule(action, table, f"{place}.{name}") for name, action in rules.items()}


def _rule(action: Any, table: Mapping[str, Any], place: str) -> Walk:
    if isinstance(action, str) and action.startswith("@"):
        if action not in table:
            raise SettingsError(f"rules.toml: {place} names {action}, which is not there")
        action = table[action]
    if isinstance(action, dict):
        return _nested(_table(action, table, place))
    if action not in ACTIONS:
        raise SettingsError(f"rules.toml: {place} has no known action: {action!r}")
    return ACTIONS[action]


def _nested(rules: Mapping[str, Walk]) -> Walk:
    def walk_nested(value: Any, walk: Pass) -> Any:
        if isinstance(value, dict):
            return _members(value, rules, walk) or None
        if isinstance(value, list):
            return [m for m in (_members(v, rules, walk) for v in value if isinstance(v, dict)) if m] or None
        return None

    return walk_nested
