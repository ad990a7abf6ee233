"""The synthetic patients: their names, numbers, ids and dates as canaries, and more of them planted."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fixture_calls import bundle, roster

from privacy_canaries.minting import Canary, Mint
from privacy_canaries.places import Json, Planter, declared

_PERSONAL = frozenset({"Patient", "Person", "Practitioner", "RelatedPerson"})
_NAMES = frozenset({"family", "given"})
_WHOLE = frozenset({"line", "value", "postalCode"})
_LISTS = frozenset({"name", "identifier", "telecom", "address"})
_ENGLISH = frozenset({"baby", "grace", "mark", "will"})
"""Names that are words of our cards too; those of three letters are too short to be looked for."""
_FULL_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?\Z")
MOST_RESOURCES = 1200
"""How many resources of the largest chart are sent in one call."""


def slugs() -> tuple[str, ...]:
    """Return the names of all synthetic patients."""
    return tuple(sorted(roster()))


def resources(slug: str) -> list[Json]:
    """Return a synthetic patient's resources, the Patient among them."""
    return [entry["resource"] for entry in bundle(slug)["entry"]][:MOST_RESOURCES]


def patient_id(slug: str) -> str:
    """Return a synthetic patient's id."""
    return str(roster()[slug]["patient_id"])


def identity(found: list[Json], *, but: frozenset[str]) -> Iterator[Canary]:
    """Yield what a record itself tells of: who it is about, and when anything was but on days of now."""
    for resource in found:
        kind = resource["resourceType"]
        yield from _numbered(f"{kind}.id", str(resource.get("id", "")))
        if kind in _PERSONAL:
            yield from _personal(resource, kind)
        yield from _days(resource, kind, but)
        yield from _numbers(resource, kind)


def _personal(resource: Json, kind: str) -> Iterator[Canary]:
    for holder in ("name", "telecom", "address", "contact"):
        for place, text in _strings(resource.get(holder), f"{kind}.{holder}"):
            member = place.rpartition(".")[2]
            if member in _NAMES:
                words = re.findall(r"[^\W_]{4,}", text)
                yield from (Canary(place, w, "word") for w in words if w.casefold() not in _ENGLISH)
            elif member in _WHOLE:
                yield from _numbered(place, text)


def _numbers(resource: Json, kind: str) -> Iterator[Canary]:
    for place, text in _strings(resource.get("identifier"), f"{kind}.identifier"):
        if place.endswith(".value"):
            yield from _numbered(place, text)


def _numbered(place: str, text: str) -> Iterator[Canary]:
    """Yield an identifier: a long one is known wherever it stands, a short one where it stands alone."""
    plain = re.sub(r"[\W_]+", "", text)
    if len(plain) >= 10:
        yield Canary(place, text, "number")
    elif len(plain) >= 5 and plain == text:
        yield Canary(place, text, "word")


def _days(resource: Json, kind: str, but: frozenset[str]) -> Iterator[Canary]:
    for place, text in _strings(resource, kind):
        match = _FULL_DAY.match(text)
        if match and match[1] not in but and _is_day(match[1]):
            yield Canary(place, match[1], "date")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False  # the records hold days that never were, on purpose
    return True


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _strings(item, f"{place}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, place)


def grafted(found: list[Json], planter: Planter) -> list[Json]:
    """Return a record in which every member that was free holds a canary, and every label of a code too."""
    return [_graft(resource, planter) for resource in found]


def _graft(resource: Json, planter: Planter) -> Json:
    kind = resource["resourceType"]
    labelled = _relabelled(resource, kind, planter.mint)
    made = planter.resource(kind, labelled)
    if kind != "Patient":
        return {**made, "id": resource["id"]}
    own = declared(planter.mint.person) if planter.mint.voice == "own" else {}
    return {
        **made,
        **labelled,
        **{name: [*labelled.get(name, ()), *own[name]] for name in _LISTS & own.keys()},
    }


def _relabelled(value: Any, place: str, mint: Mint) -> Any:
    if isinstance(value, list):
        return [_relabelled(item, place, mint) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: _relabelled(item, f"{place}.{name}", mint) for name, item in value.items()}
    if "coding" in made:
        made["text"] = mint.string(f"{place}.text")
        local = {"system": mint.url(f"{place}.system"), "code": mint.code(f"{place}.code")}
        made["coding"] = [*made["coding"], {**local, "display": mint.string(f"{place}.display")}]
    elif "reference" in made or ("system" in made and "code" in made and "value" not in made):
        made["display"] = mint.string(f"{place}.display")
    return made
