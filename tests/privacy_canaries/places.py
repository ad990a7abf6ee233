"""Every place of every resource type, as `fhir.resources` knows R4, filled with canaries."""

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic.fields import FieldInfo

from cds.fhir.types import RESOURCE_TYPES
from privacy_canaries.minting import Mint, Person

Json = dict[str, Any]
_NOT_PLANTED = frozenset({"Boolean", "Decimal", "Integer", "Integer64", "PositiveInt", "UnsignedInt"})
_NUMBERS: Mapping[str, Any] = {"Boolean": True, "Decimal": 5.5}
_REFUSING = frozenset({"modifierExtension", "implicitRules"})
"""Members for which a resource is refused whole: planted in a part of the resources only."""
_ELSEWHERE = frozenset({("Observation", "focus")})
"""Members by which a resource is about somebody else, who is not the patient."""
_OWNERS = frozenset({"subject", "patient", "beneficiary", "for", "actor"})
_ABSTRACT = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})
_DEEPEST = 5
_OFTEN = 6
"""So many times a member of a data type is planted at least; resources have all of theirs each time."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a type: its JSON name, its type, whether it is a list, and what it is one of."""

    name: str
    type: str
    primitive: bool
    many: bool
    choice: str = ""
    words: tuple[str, ...] = ()


@cache
def types() -> tuple[str, ...]:
    """Return the names of all concrete resource types that R4 and the library both know."""
    found = []
    for name in sorted(RESOURCE_TYPES):
        try:
            get_fhir_model_class(name)
        except (ValueError, ImportError):
            continue  # a type of R4 that R4B took back; a hook that carries it is answered all the same
        found.append(name)
    return tuple(found)


@cache
def members(kind: str) -> tuple[Member, ...]:
    """Return the members of a type, primitive extensions (`_x`) among them."""
    fields = get_fhir_model_class(kind).model_fields
    return tuple(_member(name, info) for name, info in fields.items() if name != "fhir_comments")


def _member(name: str, info: FieldInfo) -> Member:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind, primitive = _type(info.annotation)
    return Member(
        name=info.alias or name,
        type=kind,
        primitive=primitive,
        many="List[" in str(info.annotation) or "list[" in str(info.annotation),
        choice=str(extra.get("one_of_many") or ""),
        words=tuple(w for w in typing.cast("list[str]", extra.get("enum_values") or []) if w.isidentifier()),
    )


def _type(annotation: Any) -> tuple[str, bool]:
    """Return the FHIR name of an annotation's type and whether it is a primitive."""
    if typing.get_origin(annotation) is typing.Annotated:
        return type(annotation.__metadata__[0]).__name__, True
    for inner in typing.get_args(annotation):
        if inner is not type(None):
            return _type(inner)
    if annotation is bool:
        return "Boolean", True
    return annotation.__name__.removesuffix("Type"), False


@cache
def reachable() -> frozenset[tuple[str, str]]:
    """Return (type, member) of all places that can be reached from a resource."""
    return frozenset(_reachable())


@cache
def _ways() -> Mapping[str, tuple[str, Member]]:
    """Return by type the type above it and the member that leads there, the shortest way from a resource."""
    ways: dict[str, tuple[str, Member]] = {}
    waiting = list(types())
    for kind in waiting:
        for member in members(kind):
            if not member.primitive and member.type not in {*ways, *types(), *_ABSTRACT}:
                ways[member.type] = (kind, member)
                waiting.append(member.type)
    return ways


def _reachable() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    waiting = list(types())
    while waiting:
        kind = waiting.pop()
        if kind in seen or kind in _ABSTRACT:
            continue
        seen.add(kind)
        for member in members(kind):
            if not (member.primitive and member.type in _NOT_PLANTED):
                yield kind, member.name
            if not member.primitive:
                waiting.append(member.type)


def declared(person: Person) -> Json:
    """Return the members by which a Patient says who it is."""
    return {
        "name": [{"family": person.family, "given": [person.given]}],
        "identifier": [{"value": person.number}],
        "telecom": [{"value": person.phone}, {"value": person.mail}],
        "address": [{"line": [person.street]}],
        "birthDate": person.born.isoformat(),
    }


@dataclass
class Planter:
    """Fills resources; `patient` is whose they are, and `strict` keeps what would have them refused away."""

    mint: Mint
    patient: str
    strict: bool = True
    planted: set[tuple[str, str]] = field(default_factory=set)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def resource(self, kind: str, base: Mapping[str, Any] | None = None, *, deep: int = 0) -> Json:
        """Return a resource with a canary in each member that `base` does not have already."""
        made = self._filled(kind, kind, dict(base or {}), deep)
        made["resourceType"] = kind
        if kind == "Patient" and deep == 0:
            self._patient(made)
        return made

    def _patient(self, made: Json) -> None:
        made["id"] = self.patient
        if self.mint.voice == "own":
            made |= declared(self.mint.person)

    def _filled(self, kind: str, place: str, made: Json, deep: int) -> Json:
        taken = {m.choice for m in members(kind) if m.choice and m.name in made}
        chosen = self._chosen(kind, taken)
        for member in members(kind):
            if self._wanted(kind, member, made, chosen, deep):
                value = self._value(member, f"{place}.{member.name}", deep)
                if value is not None:
                    made[member.name] = value
                    self._note(kind, member.name)
        return made

    def _note(self, kind: str, name: str) -> None:
        self.planted.add((kind, name))
        self._counts[kind, name] = self._counts.get((kind, name), 0) + 1

    def _chosen(self, kind: str, taken: set[str]) -> frozenset[str]:
        """Return one member of each choice (`value[x]`), those that had no turn yet first."""
        groups: dict[str, list[str]] = {}
        for member in members(kind):
            if member.choice and member.choice not in taken and not member.name.startswith("_"):
                groups.setdefault(member.choice, []).append(member.name)
        return frozenset(
            min(names, key=lambda n: self._counts.get((kind, n), 0)) for names in groups.values()
        )

    def _wanted(self, kind: str, member: Member, made: Json, chosen: frozenset[str], deep: int) -> bool:
        away = member.name in _REFUSING or (kind, member.name) in _ELSEWHERE
        if member.name in made or (away and self.strict):
            return False
        if member.choice and member.name not in chosen:
            return False
        if member.name.startswith("_") and not self._has(kind, member.name[1:], made, chosen):
            return False
        seldom = self._counts.get((kind, member.name), 0) < (1 if member.name.startswith("_") else _OFTEN)
        return deep == 0 or seldom or self._telling(member)

    def rest(self) -> Iterator[Json]:
        """Yield small resources that hold the places nobody planted, until there are none."""
        while missing := sorted(reachable() - self.planted):
            yield self._thin(missing[0][0])

    def _thin(self, kind: str) -> Json:
        """Return a resource that holds a part of this type with what was not planted in it, and no more."""
        made = self._lacking(kind)
        while kind not in types():
            kind, member = _ways()[kind]
            self._note(kind, member.name)
            made = {member.name: [made] if member.many else made}
        return {"resourceType": kind, "id": self.mint.identifier(f"{kind}.id"), **made}

    def _lacking(self, kind: str) -> Json:
        made: Json = {}
        for member in members(kind):
            known = (kind, member.name) in self.planted
            rival = member.choice and any(m.choice == member.choice and m.name in made for m in members(kind))
            if not (known or rival):
                value = self._value(member, f"{kind}.{member.name}", _DEEPEST - 1)
                self._note(kind, member.name)
                made |= {} if value is None else {member.name: value}
        return made

    @staticmethod
    def _has(kind: str, name: str, made: Json, chosen: frozenset[str]) -> bool:
        """Tell whether a primitive is there to be extended: with a choice, the chosen one alone."""
        choice = next((m.choice for m in members(kind) if m.name == name), "")
        return not choice or name in chosen or name in made

    @staticmethod
    def _telling(member: Member) -> bool:
        """Tell whether a member of a data type is planted each time, not just often."""
        return member.primitive and not member.name.startswith("_") and member.name != "id"

    def _value(self, member: Member, place: str, deep: int) -> Any:
        value = self._primitive(member, place) if member.primitive else self._complex(member, place, deep)
        return [value] if member.many and value is not None else value

    def _primitive(self, member: Member, place: str) -> Any:
        if member.type in _NOT_PLANTED:
            return _NUMBERS.get(member.type, 3)
        if member.words and self.strict:
            return member.words[self.mint.turn(len(member.words))]
        return self.mint.value(place, member.type)

    def _complex(self, member: Member, place: str, deep: int) -> Any:
        if member.type == "Resource":
            return self._contained(place, deep) if deep < _DEEPEST else None
        if member.type == "Reference" and member.name in _OWNERS and self.strict:
            return {"reference": f"Patient/{self.patient}", "display": self.mint.string(f"{place}.display")}
        if deep >= _DEEPEST:
            return None
        if member.type == "FHIRPrimitiveExtension" and deep:
            return {"extension": [{"url": self.mint.url(place), "valueString": self.mint.string(place)}]}
        base = {"reference": self._address(place)} if member.type == "Reference" else {}
        if base:
            self._note("Reference", "reference")
        return self._filled(member.type, place, base, deep + 1) or None

    def _address(self, place: str) -> str:
        """Return a reference in one of the forms it may have."""
        target = self.mint.identifier(f"{place}.reference")
        address = f"{types()[self.mint.turn(len(types()))]}/{target}"
        forms = (address, f"https://ehr.example/fhir/{address}", f"{address}/_history/7", f"#{target}")
        return forms[self.mint.turn(len(forms))]

    def _contained(self, place: str, deep: int) -> Json:
        """Return a resource inside another one: of any type below a resource, of a small one deeper."""
        kinds = [kind for kind in types() if kind != "Patient"] if deep == 0 else ["Basic"]
        kind = kinds[self.mint.turn(len(kinds))]
        return self.resource(kind, {"id": self.mint.identifier(f"{place}.id")}, deep=max(deep + 1, 2))
