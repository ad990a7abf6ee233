"""Notes as services see them: the newest first, within a budget, as scrubbed text.

Originals go in with what the call says of its people and places; text without identifiers comes out. What was
not read is named with the reason and without a word of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cds.errors import LATE
from cds.fhir.dates import Offset
from cds.fhir.documents import TYPES, note_text
from cds.fhir.markup import Unreadable
from cds.privacy.known import Known

Resource = Mapping[str, Any]

MOST_CHARACTERS = 20_000
_VOID = frozenset({"entered-in-error", "superseded", "cancelled", "registered"})
_TIMES = ("date", "effectiveDateTime", "effectivePeriod", "issued")
_OLDEST = 1 << 40


class Clocked(Protocol):
    """What knows how many seconds are left."""

    def left(self) -> float:
        """Return seconds left."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """A clinical note as scrubbed text; `ref` is its pseudonym."""

    ref: str
    text: str = field(repr=False)
    kind: str = ""
    """What the note is called: the display or text of its type, where nothing in it could name anybody."""
    minutes_ago: int | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes that were read, newest first, and (how many and what, why) of those that were not."""

    notes: tuple[Note, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def clean_notes(
    originals: Mapping[str, Resource],
    clean: Mapping[str, Resource],
    *,
    known: Known,
    until: Clocked,
    most: int = MOST_CHARACTERS,
    binaries: Mapping[str, Resource] | None = None,
    closed: frozenset[str] = frozenset(),
) -> Notes:
    """Return the notes among `originals` (by token) as scrubbed text, up to `most` characters of them.

    `clean` are the same resources past the one-way door, by token: they tell type and time. A note that was
    replaced by another, withdrawn or entered in error is no note and is not named. `closed` ones, which are
    labelled restricted, are named and not read: words of them would be quoted.
    """
    notes: list[Note] = []
    unread: Counter[str] = Counter()
    room = most
    for token, resource in _newest_first(originals, clean):
        if token in closed:
            unread["labelled restricted (meta.security)"] += 1
            continue
        if until.left() <= 0:
            unread[LATE] += 1
            continue
        try:
            text = note_text(resource, binaries=binaries)
        except Unreadable as reason:
            unread[str(reason)] += 1
            continue
        if room <= 0:
            unread[f"older than the newest {most} characters (note_characters)"] += 1
            continue
        if len(text) > room:
            text = _cut(text, room)
            unread[f"read in part: over {most} characters (note_characters)"] += 1
        room -= len(text)
        notes.append(Note(token, _scrubbed(text, known), _kind(clean[token]), _minutes(clean[token])))
    return Notes(tuple(notes), tuple((_counted(count), why) for why, count in unread.items()))


def _scrubbed(text: str, known: Known) -> str:
    from cds.privacy.scrub import scrub

    return scrub(text, known=known).text


def _newest_first(
    originals: Mapping[str, Resource], clean: Mapping[str, Resource]
) -> Iterator[tuple[str, Resource]]:
    standing = {
        token: r
        for token, r in originals.items()
        if r.get("resourceType") in TYPES and token in clean and not _void(r) and _worded(r)
    }
    replaced = set(_replaced(standing.values()))
    kept = [t for t, r in standing.items() if f"{r.get('resourceType')}/{r.get('id')}" not in replaced]
    for token in sorted(kept, key=lambda t: _age(clean[t])):
        yield token, standing[token]


def _void(resource: Resource) -> bool:
    return resource.get("status") in _VOID or resource.get("docStatus") == "entered-in-error"


def _worded(resource: Resource) -> bool:
    """Tell whether a resource is made to hold words: a laboratory's report of results alone is no note."""
    return resource.get("resourceType") != "DiagnosticReport" or bool(
        resource.get("presentedForm") or resource.get("conclusion")
    )


def _replaced(resources: Iterable[Resource]) -> Iterator[str]:
    """Yield the references of notes that another one of these replaces."""
    for resource in resources:
        for relation in _objects(resource.get("relatesTo")):
            target = relation.get("target") or relation.get("targetReference")
            if relation.get("code") == "replaces" and isinstance(target, dict):
                yield str(target.get("reference"))


def _age(clean: Resource) -> int:
    minutes = _minutes(clean)
    return _OLDEST if minutes is None else minutes


def _minutes(clean: Resource) -> int | None:
    for name in _TIMES:
        moment = clean.get(name)
        if isinstance(moment, dict):
            moment = moment.get("start") or moment.get("end")
        if isinstance(moment, Offset):
            return moment.minutes_ago
    return None


def _kind(clean: Resource) -> str:
    concept = clean.get("type") or clean.get("code") or {}
    displays = (coding.get("display", "") for coding in concept.get("coding", ()))
    return concept.get("text") or next(filter(None, displays), "")


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text, up to the end of a line where one ends in its last fifth."""
    end = text.rfind("\n", most - most // 5, most)
    return text[: end if end > 0 else most]


def _counted(count: int) -> str:
    return "a note" if count == 1 else f"{count} notes"


def _objects(value: Any) -> list[Resource]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
