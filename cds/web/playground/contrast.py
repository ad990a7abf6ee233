"""What the service was sent beside what its models saw: struck out, changed, kept, line by line."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from typing import Any, Literal

from cds.fhir.dates import Offset, ago
from cds.intake import Intake

Fate = Literal["kept", "changed", "dropped", "added"]
Resource = Mapping[str, Any]

EACH = 3
"""How many resources of one prefetch key are shown: charts hold thousands, and they are alike."""
_LINES = 160
"""How many lines of one resource are shown."""
_LONGEST = 240
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of JSON and what became of it."""

    fate: Fate
    text: str
    note: str = ""

    @property
    def sign(self) -> str:
        """The sign in front of the line: fate is never told by colour alone."""
        return {"kept": " ", "changed": "~", "dropped": "−", "added": "+"}[self.fate]

    @property
    def indent(self) -> str:
        """The blanks the line begins with, which are not struck out."""
        return self.text[: len(self.text) - len(self.words)]

    @property
    def words(self) -> str:
        """The line without them."""
        return self.text.lstrip()


@dataclass(frozen=True, slots=True)
class Pair:
    """One resource before and after the door."""

    title: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    dropped: int
    changed: int


@dataclass(frozen=True, slots=True)
class Group:
    """The resources that came under one prefetch key, or in the context."""

    key: str
    read: int
    used: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The whole of a call: groups, and how often each kind of member was removed."""

    groups: tuple[Group, ...]
    removed: tuple[tuple[str, int], ...]
    """(kind of identifier, how often) in the resources shown."""


def contrast(intake: Intake) -> Contrast:
    """Return what became of everything a call brought, a few resources of each key line by line."""
    read = Counter(key for key, _ in intake.read)
    held: dict[str, list[Resource]] = {}
    for clean in (*intake.case.resources, *intake.case.drafts):
        held.setdefault(str(clean["_from"]), []).append(clean)
    removed: Counter[str] = Counter()
    groups = []
    for key in dict.fromkeys((*read, *held)):
        pairs = tuple(_pair(clean, intake, removed) for clean in held.get(key, ())[:EACH])
        used = len(held.get(key, ()))
        groups.append(Group(key, read.get(key, used), used, pairs))
    return Contrast(tuple(groups), tuple(removed.most_common()))


def _pair(clean: Resource, intake: Intake, removed: Counter[str]) -> Pair:
    original = intake.wayback.originals.get(str(clean["id"]))
    original = {name: original[name] for name in sorted(original, key=_place)}
    seen = {name: clean[name] for name in sorted(clean, key=_place) if name != "_from"}
    before = tuple(_before(original, seen, 0))
    after = tuple(_after(original, seen, 0))
    removed.update(kind for kind in _kinds(original, seen) if kind)
    return Pair(
        title=str(clean.get("resourceType", "")),
        before=_cut(before),
        after=_cut(after),
        dropped=sum(line.fate == "dropped" for line in before),
        changed=sum(line.fate == "changed" for line in before),
    )


def _place(name: str) -> int:
    """Return where a member is shown: what it is first, the bulk that nobody looks for last."""
    return {
        "resourceType": -3,
        "id": -2,
        "name": -1,
        "meta": 1,
        "extension": 2,
        "contained": 3,
        "text": 4,
    }.get(name, 0)


def _cut(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    if len(lines) <= _LINES:
        return lines
    return (*lines[:_LINES], Line("kept", f"… {len(lines) - _LINES} more lines"))


def pretty(value: Any) -> str:
    """Return JSON for people."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; offsets are small records."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _before(original: Any, clean: Any, depth: int, *, name: str = "") -> Iterator[Line]:
    """Yield the lines of an original, each with what became of it."""
    head = _INDENT * depth + (f"{_scalar(name)}: " if name else "")
    if _is_leaf(original):
        yield Line("kept" if _same(original, clean) else "changed", head + _scalar(original))
        return
    yield Line("kept", head + ("{" if isinstance(original, Mapping) else "["))
    for key, item, partner in _matched(original, clean):
        if partner is None:
            yield from _whole(item, depth + 1, name=key, fate="dropped")
        else:
            yield from _before(item, partner, depth + 1, name=key)
    yield Line("kept", _INDENT * depth + ("}" if isinstance(original, Mapping) else "]"))


def _after(original: Any, clean: Any, depth: int, *, name: str = "") -> Iterator[Line]:
    """Yield the lines of what passed, each with whether it is as it was."""
    head = _INDENT * depth + (f"{_scalar(name)}: " if name else "")
    if isinstance(clean, Offset):
        yield Line("changed", f"{head}{clean.minutes_ago} min", ago(clean.minutes_ago))
        return
    if _is_leaf(clean):
        yield Line("kept" if _same(original, clean) else "changed", head + _scalar(clean))
        return
    yield Line("kept", head + ("{" if isinstance(clean, Mapping) else "["))
    for key, item, partner in _matched(clean, original):
        if partner is None:
            yield from _whole(item, depth + 1, name=key, fate="added")
        else:
            yield from _after(partner, item, depth + 1, name=key)
    yield Line("kept", _INDENT * depth + ("}" if isinstance(clean, Mapping) else "]"))


def _whole(value: Any, depth: int, *, name: str, fate: Fate) -> Iterator[Line]:
    head = _INDENT * depth + (f"{_scalar(name)}: " if name else "")
    if isinstance(value, Offset):
        yield Line(fate, f"{head}{value.minutes_ago} min", ago(value.minutes_ago))
        return
    if _is_leaf(value):
        yield Line(fate, head + _scalar(value))
        return
    pairs = value.items() if isinstance(value, Mapping) else (("", item) for item in value)
    yield Line(fate, head + ("{" if isinstance(value, Mapping) else "["))
    for key, item in pairs:
        yield from _whole(item, depth + 1, name=str(key), fate=fate)
    yield Line(fate, _INDENT * depth + ("}" if isinstance(value, Mapping) else "]"))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _matched(whole: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, value, its partner on the other side or None) for the members of an object or array."""
    if isinstance(whole, Mapping):
        held = other if isinstance(other, Mapping) else {}
        yield from ((str(key), value, held.get(key)) for key, value in whole.items())
        return
    rest = list(other) if isinstance(other, list | tuple) else []
    alone = len(rest) == len(whole) == 1
    for value in whole:
        best = max(rest, key=partial(_likeness, value), default=None)
        found = best if best is not None and (alone or _likeness(value, best)) else None
        if found is not None:
            rest.remove(found)
        yield "", value, found


def _likeness(one: Any, other: Any) -> int:
    """Count the leaves two values share, so that members of filtered arrays find their partners."""
    return len(set(_leaves(one)) & set(_leaves(other)))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, path)
    else:
        yield path, str(value)


_KINDS: Mapping[str, tuple[str, ...]] = {
    "names": ("name", "display", "family", "given", "contact"),
    "addresses and telecom": ("address", "telecom"),
    "identifiers": ("identifier", "id", "fullUrl"),
    "narrative and free text": ("text", "div", "note", "data", "patientInstruction"),
    "photographs and attachments": ("photo", "content"),
}
_KIND_OF: Mapping[str, str] = {name: kind for kind, names in _KINDS.items() for name in names}
_REFERENCE = "references"
_DATE = "calendar dates"


def _kinds(original: Any, clean: Any) -> Iterable[str]:
    """Yield the kind of each member that was removed or changed, as people name identifiers."""
    if _is_leaf(original):
        return
    for key, item, partner in _matched(original, clean):
        if isinstance(partner, Offset):
            yield _DATE
        elif _is_leaf(item):
            yield "" if _same(item, partner) else _kind(key)
        elif partner is None and key in _KIND_OF:
            yield _KIND_OF[key]
        else:
            yield from _kinds(item, partner)


def _kind(name: str) -> str:
    if name == "reference":
        return _REFERENCE
    return _DATE if name.endswith(("Date", "DateTime")) else _KIND_OF.get(name, "")


def counted(pairs: Sequence[tuple[str, int]]) -> str:
    """Return counts as a sentence's end: "calendar dates 12, names 3"."""
    return ", ".join(f"{kind} {count}" for kind, count in pairs)
