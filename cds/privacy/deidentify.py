"""Structured de-identification: an allow-list walked over each resource, compiled once per type.

What comes out holds codes, values, units and offsets from the call; no name, no identifier, no calendar date,
no free text. Rules and their meaning: `rules.toml`. The method is 45 CFR 164.514(b)(2) read strictly for
what never leaves the process; what leaves it goes through the profiles `safe_harbor` or `limited`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from cds.errors import SettingsError
from cds.fhir import dates
from cds.fhir.types import said
from cds.privacy.actions import ACTIONS, Clean, Pass, Walk, wordless
from cds.privacy.known import Known
from cds.privacy.pseudonyms import Originals, Pseudonyms
from cds.privacy.telling import known

_SILENT = frozenset(
    {"resourceType", "id", "meta", "text", "contained", "extension", "identifier", "language"}
)
"""Members that every resource may have and no rule names: dropped without being counted as unknown."""

Resource = Mapping[str, Any]


class Refused(Exception):
    """A resource may not be used: it says itself that it means something other than it seems."""


@dataclass(frozen=True)
class Cleaned:
    """What passed the door. `dropped` counts members by path; `refused` says what was left out and why."""

    resources: tuple[Clean, ...]
    drafts: tuple[Clean, ...]
    pseudonyms: Pseudonyms = field(repr=False)
    originals: Originals = field(repr=False)
    known: Known = field(repr=False)
    """What the call says of its people and places, for texts that are looked at later."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[tuple[str, str, str], ...] = ()
    """(where it came from, type, why) of resources that may not be used."""


def deidentify(
    found: Iterable[tuple[str, Resource]],
    *,
    drafts: Iterable[tuple[str, Resource]] = (),
    now: datetime,
    pseudonyms: Pseudonyms | None = None,
    full_urls: Iterable[tuple[str, Resource]] = (),
    telling_of: Iterable[Resource] = (),
) -> Cleaned:
    """Return the clean resources of one call with the pseudonyms and originals that lead back.

    `found` and `drafts` are (where it came from, resource). The place is kept as `_from` in the clean
    resource; a contained resource becomes a resource of its own. `full_urls` are (fullUrl, resource) of the
    bundles they came in: resources of one bundle may name each other by nothing else. `telling_of` are
    resources that are not used and whose names must not stand in those that are.
    """
    named = list(found)
    ordered = list(drafts)
    names = pseudonyms or Pseudonyms()
    telling = known((*(r for _, r in (*named, *ordered)), *telling_of))
    telling.postpone()
    urls = tuple(full_urls)
    cleaned = _walked(named, ordered, urls, now=now, telling=telling, names=names)
    if telling.settled():
        return cleaned
    # A name stands in a text that was let through: once more, with every text looked at by itself.
    return _walked(named, ordered, urls, now=now, telling=telling, names=names)


def _walked(
    named: Iterable[tuple[str, Resource]],
    ordered: Iterable[tuple[str, Resource]],
    full_urls: Iterable[tuple[str, Resource]],
    *,
    now: datetime,
    telling: Known,
    names: Pseudonyms,
) -> Cleaned:
    walk = Pass(now=now, known=telling, pseudonyms=names, words=_words())
    door = _Door(walk)
    for url, resource in full_urls:
        names.alias(url, door.token(resource))
    clean = [c for place, r in named for c in door.through(r, place)]
    clean_drafts = [c for place, r in ordered for c in door.through(r, place)]
    return Cleaned(
        tuple(clean),
        tuple(clean_drafts),
        names,
        door.originals,
        telling,
        walk.dropped(),
        tuple(dict.fromkeys(door.refused)),
    )


class _Door:
    """The one-way door of one call: takes resources, remembers originals and what was refused."""

    def __init__(self, walk: Pass) -> None:
        self.originals = Originals()
        self.refused: list[tuple[str, str, str]] = []
        self._walk = walk
        self._rules = compiled()
        self._without_id: dict[int, str] = {}

    def token(self, resource: Resource) -> str:
        """Return the token of a resource; one that has no id gets a token that leads nowhere back."""
        kind, own = resource.get("resourceType"), resource.get("id")
        found = self._walk.pseudonyms.token(f"{kind}/{own}") if isinstance(own, str) else ""
        if not found:
            mark = id(resource)
            found = self._without_id.get(mark, "")
            if not found:
                found = self._without_id[mark] = self._walk.pseudonyms.fresh(said(kind))
        return found

    def through(self, resource: Resource, place: str) -> list[Clean]:
        """Return the clean resource and its contained ones, or nothing where it is refused."""
        kind = resource.get("resourceType")
        if not isinstance(kind, str) or kind not in self._rules:
            self.refused.append((place, said(kind), "this type is not read"))
            return []
        token = self.token(resource)
        contained = resource.get("contained")
        parts = [c for c in contained if isinstance(c, dict)] if isinstance(contained, list) else []
        inner = {"#": token, **self._inner(parts, token)} if parts else {}
        clean = self._clean(resource, kind, token=token, place=place, inner=inner)
        if clean is None:
            return []
        self.originals.keep(token, resource)
        return [clean, *self._contained(parts, inner, place)] if parts else [clean]

    def _inner(self, parts: list[Clean], token: str) -> dict[str, str]:
        fresh = self._walk.pseudonyms.fresh
        return {
            (local := f"#{part.get('id')}"): fresh(
                said(part.get("resourceType")), container=token, local=local
            )
            for part in parts
        }

    def _contained(self, parts: list[Clean], inner: Mapping[str, str], place: str) -> Iterator[Clean]:
        """Yield what is contained; FHIR knows one level of it, and a record one patient."""
        for part in parts:
            kind = part.get("resourceType")
            if not isinstance(kind, str) or kind not in self._rules or kind == "Patient":
                self.refused.append((place, said(kind), "this type is not read"))
                continue
            clean = self._clean(part, kind, token=inner[f"#{part.get('id')}"], place=place, inner=inner)
            if clean is not None:
                yield clean

    def _clean(
        self, resource: Resource, kind: str, *, token: str, place: str, inner: Mapping[str, str]
    ) -> Clean | None:
        walk = self._walk
        walk.path, walk.inner = kind, inner
        try:
            clean = _members(resource, self._rules[kind], walk)
        except Refused as refusal:
            self.refused.append((place, kind, str(refusal)))
            return None
        clean["resourceType"] = kind
        clean["id"] = token
        clean["_from"] = place
        if kind == "Patient":
            _add_life(resource, clean, walk)
        elif kind == "Encounter":
            _add_unread(resource, clean, walk)
        return clean


def _add_life(resource: Resource, clean: Clean, walk: Pass) -> None:
    """Put the exact age where the birth date was; a death whose date cannot be read is a death."""
    if resource.get("deceasedDateTime") is not None and "deceasedDateTime" not in clean:
        clean["deceasedBoolean"] = True
    birth = resource.get("birthDate")
    if not isinstance(birth, str):
        return
    try:
        days, years, precision = dates.age(birth, now=walk.now)
    except ValueError:
        walk.drop("birthDate")
        return
    clean["_age"] = {"days": days, "years": years, "precision": precision}


def _add_unread(resource: Resource, clean: Clean, walk: Pass) -> None:
    """Say how many reasons for an encounter were told in words that may not pass: a count, and no word."""
    reasons = resource.get("reasonCode")
    told = reasons if isinstance(reasons, list) else [reasons]
    count = sum(wordless(reason, walk) for reason in told if reason)
    if count:
        clean["_unread_reasons"] = count


def _members(value: Resource, rules: Mapping[str, Walk], walk: Pass) -> Clean:
    """Return what the rules keep of an object."""
    if "modifierExtension" in value or "implicitRules" in value:
        raise Refused("it carries a modifierExtension or implicitRules that are not understood")
    clean: Clean = {}
    get = rules.get
    for name, item in value.items():
        rule = get(name)
        if rule is not None:
            kept = rule(item, walk)
            if kept is not None:
                clean[name] = kept
            elif item is not None:
                walk.drop(name)
        elif name not in _SILENT and name[:1] != "_":
            walk.drop(name)
    return clean


@cache
def _rules() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


@cache
def _words() -> frozenset[str]:
    """Return the words of the required value sets, the only strings that pass as a `word`."""
    return frozenset(word for words in _rules()["@words"].values() for word in words.split())


@cache
def compiled() -> Mapping[str, Mapping[str, Walk]]:
    """Return the rules as functions by resource type and member, compiled once."""
    table = _rules()
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
