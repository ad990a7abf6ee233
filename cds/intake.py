"""From a checked call to the `Case` a service sees: fetched, validated, de-identified, read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import starmap
from typing import Any
from uuid import uuid4

from adapters.ports import EhrAccess
from cds.errors import BadRequest
from cds.fhir.coded import beside
from cds.fhir.labels import restricted
from cds.fhir.read import record
from cds.fhir.types import RESOURCE_TYPES, said
from cds.fhir.validate import faults
from cds.hooks.attached import with_attached
from cds.hooks.call import Call
from cds.hooks.ownership import Owner, foreign
from cds.hooks.prefetch import Data, LeftOut, Need, Part, Reader, resolve
from cds.parts import Parts
from cds.privacy.deidentify import Cleaned, compiled, deidentify
from cds.privacy.notes import Notes, clean_notes
from cds.privacy.restore import Wayback
from cds.services.base import Case, Gap, Until
from cds.trust.callers import Caller
from cds.trust.origins import check_origin
from models.record import Kind, ListState

Resource = Mapping[str, Any]
NOTE = "note"
"""The kind that a prefetch key fills whose resources are read as notes."""


@dataclass(frozen=True)
class Intake:
    """A case with what leads back from it."""

    case: Case
    wayback: Wayback = field(repr=False)
    read: tuple[tuple[str, Resource], ...] = field(repr=False)
    """What was read: (prefetch key, original)."""


def fetch(call: Call, needs: Mapping[str, Need], *, caller: Caller, parts: Parts, deadline: Until) -> Data:
    """Return the data of a call: what it brought, and the rest read from its EHR."""

    def reader() -> Reader:
        check_origin(call.fhir_server, caller.client.fhir_origins)
        token = call.authorization.access_token if call.authorization else ""
        if not token and caller.client.backend is not None:
            token = parts.backend_token(caller.client, call.fhir_server, deadline.left())
        limits = parts.snapshot.document.limits
        access = EhrAccess(call.fhir_server, token, max_pages=limits.ehr_pages, max_bytes=limits.ehr_bytes)
        today = datetime.fromtimestamp(parts.clock.now(), tz=UTC).date()
        return Reader(parts.ehr, access, parts.pool, today)

    data = resolve(call, needs, reader=reader, deadline=deadline)
    noted = [key for key, need in needs.items() if NOTE in need.fills]
    return with_attached(data, noted, reader=reader, deadline=deadline) if noted else data


def take_in(
    call: Call,
    data: Data,
    needs: Mapping[str, Need],
    *,
    parts: Parts,
    deadline: Until,
    without: frozenset[int] = frozenset(),
) -> Intake:
    """Return the case of a call: everything read, validated as configured, and past the one-way door.

    `without` holds the `id()` of originals that are not to be used: those a later look found invalid.
    """
    own = _own_drafts(call)
    came: list[tuple[str, Resource]] = list(data.resources())
    read = [(key, r) for key, r in came if id(r) not in without] if without else came
    left_out = list(data.left_out)
    if parts.snapshot.document.fhir.validation == "all":
        read, invalid = split_valid(read, parts)
        left_out += invalid
    read = _looked_at(read, needs, parts)
    now = datetime.fromtimestamp(parts.clock.now(), tz=UTC)
    clean = deidentify(
        read, drafts=own, now=now, full_urls=data.full_urls, telling_of=_unused(call, came, read)
    )
    left_out += [refused for refused in starmap(LeftOut, clean.refused) if _leaves_gap(refused)]
    damaged = {item.key for item in left_out} | {key for key, r in came if id(r) in without}
    token = clean.pseudonyms.token
    notes = _notes(clean, data, needs, parts=parts, deadline=deadline)
    case = Case(
        hook=call.hook,
        record=record(
            clean.resources,
            lists=list_states(needs, data.parts, damaged=damaged),
            encounter=_token(token, "Encounter", call.context.encounter_id),
        ),
        deadline=deadline,
        resources=clean.resources,
        drafts=clean.drafts,
        selections=tuple(map(token, call.context.selections)),
        notes=notes.notes,
        gaps=(*_missing(data), *map(gap, left_out), *starmap(Gap, notes.unread)),
        restricted=frozenset(_restricted(clean)),
        patient=_token(token, "Patient", call.context.patient_id),
        new_uuid=lambda: str(uuid4()),
    )
    return Intake(case, Wayback(clean.pseudonyms, clean.originals, _instant(now)), tuple(read))


def _notes(clean: Cleaned, data: Data, needs: Mapping[str, Need], *, parts: Parts, deadline: Until) -> Notes:
    """Return the notes for a service that asks for some; nobody's notes are read for any other."""
    noted = {key for key, need in needs.items() if NOTE in need.fills}
    if not noted:
        return Notes()
    whole = {r["id"]: r for r in clean.resources if r["_from"] in noted and r["id"] in clean.originals}
    originals = {token: clean.originals.get(token) for token in whole}
    closed = frozenset(token for token, r in originals.items() if restricted(r))
    return clean_notes(
        originals,
        whole,
        known=clean.known,
        until=deadline.earlier(deadline.left() / 3),
        most=parts.snapshot.document.limits.note_characters,
        binaries=data.attached,
        closed=closed,
    )


def _restricted(clean: Cleaned) -> Iterator[str]:
    """Yield the pseudonyms of what carries a label of its own."""
    return (t for t in clean.originals if "meta" in (r := clean.originals.get(t)) and restricted(r))


def _looked_at(
    read: list[tuple[str, Resource]], needs: Mapping[str, Need], parts: Parts
) -> list[tuple[str, Resource]]:
    """Return what some model looks at: no result is taken in that the one model it is for would pass over."""
    wanted = {key: parts.models.observations(need.model) for key, need in needs.items() if need.model}
    if not wanted:
        return read
    return [
        (key, resource)
        for key, resource in read
        if (codes := wanted.get(key)) is None or not beside(resource, codes)
    ]


def _unused(
    call: Call, came: Iterable[tuple[str, Resource]], read: Iterable[tuple[str, Resource]]
) -> list[Resource]:
    """Return what came and is not used: left out, invalid, under a key nobody asked for.

    Whom it tells of is known all the same, so that a name it declares stands in no label of what is used.
    """
    used = {id(r) for _, r in read}
    every = [r for _, r in came]
    for value in call.prefetch.values():
        every += _resources(value)
    return [r for r in every if id(r) not in used]


def _resources(value: Any) -> list[Any]:
    """Return the resources of a Bundle, or the one that a prefetch key brought by itself."""
    if not isinstance(value, dict):
        return []
    entries = value.get("entry")
    if not isinstance(entries, list):
        return [value]
    held = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    return [r for r in held if isinstance(r, dict)]


def _leaves_gap(refused: LeftOut) -> bool:
    """Tell whether what was refused could have told something.

    Searches bring along Practitioners and Provenances, which are never read: no list lacks them. A draft is
    what the call is about, whatever its type.
    """
    return refused.key.startswith("/") or refused.what not in RESOURCE_TYPES or refused.what in compiled()


def _own_drafts(call: Call) -> list[tuple[str, Resource]]:
    """Return what the context carries; another patient's draft is the caller's mistake and refused."""
    owner = Owner.of(call)
    for pointer, resource in call.context.resources:
        subject = any(k in resource for k in ("subject", "patient", "for", "participant"))
        why = foreign(resource, owner) if subject else ""
        if why:
            raise BadRequest(f"what the context carries is not its patient's: {why}", pointer=pointer)
    return list(call.context.resources)


def _missing(data: Data) -> Iterable[Gap]:
    for part in data.parts.values():
        if part.state in {"failed", "partial"}:
            yield Gap(part.key, part.why)


def _instant(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _token(token: Callable[[str], str], kind: str, real: str) -> str:
    return token(f"{kind}/{real}") if real else ""


def gap(item: LeftOut) -> Gap:
    """Return the gap that a resource leaves that was not used."""
    return Gap(f"{item.what} in {item.key}" if item.key else item.what, f"left out: {item.why}")


def split_valid(
    read: Iterable[tuple[str, Resource]], parts: Parts
) -> tuple[list[tuple[str, Resource]], list[LeftOut]]:
    """Return what is valid R4 and the rest; raise `BadRequest` where the setting says refuse."""
    kept: list[tuple[str, Resource]] = []
    invalid: list[LeftOut] = []
    for key, resource in read:
        found = faults(resource)
        if not found:
            kept.append((key, resource))
            continue
        if parts.snapshot.document.fhir.on_invalid == "refuse":
            raise BadRequest(f"not valid FHIR R4: {found[0]}", pointer=f"/prefetch/{key}")
        invalid.append(LeftOut(key, said(resource.get("resourceType")), f"not valid FHIR R4: {found[0]}"))
    return kept, invalid


def used_and_invalid(
    refs: Iterable[str], intake: Intake, parts: Parts, *, whole: bool = False
) -> tuple[frozenset[int], tuple[LeftOut, ...]]:
    """Return the originals that an answer rests on (`refs`) and that are not valid R4, with what is wrong.

    With `whole`, of all that was read. Nothing where the configuration validates all or nothing. Drafts are
    never among them: an order that is being written may lack what R4 requires.
    """
    if parts.snapshot.document.fhir.validation != "used":
        return frozenset(), ()
    used = intake.read if whole else tuple(_resting_on(refs, intake))
    valid, invalid = split_valid(used, parts)
    sound = {id(r) for _, r in valid}
    return frozenset(id(r) for _, r in used if id(r) not in sound), tuple(invalid)


def _resting_on(refs: Iterable[str], intake: Intake) -> Iterator[tuple[str, Resource]]:
    """Yield (prefetch key, original) of what an answer rests on."""
    held = intake.wayback.originals
    originals = {id(held.get(token)) for token in set(refs) if token in held}
    return ((key, r) for key, r in intake.read if id(r) in originals)


def with_gaps(intake: Intake, gaps: Sequence[Gap]) -> Intake:
    """Return the intake with further gaps."""
    if not gaps:
        return intake
    return replace(intake, case=replace(intake.case, gaps=(*intake.case.gaps, *gaps)))


def list_states(
    needs: Mapping[str, Need], parts: Mapping[str, Part], *, damaged: AbstractSet[str] = frozenset()
) -> dict[Kind, ListState]:
    """Return how each kind of fact's list arrived.

    Of several keys for one kind, what did not arrive counts first, then what did: a list is empty only where
    every key of it is. `damaged` keys brought resources that were not used: theirs are no longer complete.
    """
    states: dict[Kind, ListState] = {}
    for key, need in needs.items():
        for kind in need.fills:
            state = _state(parts[key], damaged=key in damaged)
            before = states.get(kind)  # type: ignore[call-overload]  # a service's needs name kinds of facts
            if before is None or _WEIGHT.index(state) > _WEIGHT.index(before):
                states[kind] = state  # type: ignore[index]
    return states


_WEIGHT: Sequence[ListState] = ("empty", "null", "nil-known", "complete", "partial", "failed")


def _state(part: Part, *, damaged: bool) -> ListState:
    if part.state == "failed":
        return "failed"
    if part.state == "partial" or damaged:
        return "partial"
    if part.state == "null":
        return "null"
    return "complete" if part.resources else "empty"
