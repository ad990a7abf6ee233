"""The data of a call: each key given, null, fetched, partial or failed, and whose data it is.

The spec leaves prefetch to the client ("MAY"), so what is missing is read from the EHR in parallel under one
deadline (https://cds-hooks.hl7.org/2.0/#fhir-resource-access). Another patient's data is never used.
"""

import concurrent.futures
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from adapters.ports import Bundle, Ehr, EhrAccess, EhrError
from cds.errors import BadRequest, Precondition
from cds.fhir.types import said
from cds.hooks import templates
from cds.hooks.bundles import full_urls, harmless, next_page
from cds.hooks.call import Call
from cds.hooks.ownership import Owner, foreign

State = Literal["given", "null", "fetched", "partial", "failed"]


@dataclass(frozen=True, slots=True)
class Need:
    """One prefetch key of a service: its template, and whether the service can work without it."""

    query: str
    required: bool = False
    fills: tuple[str, ...] = ()
    """The kinds of facts (`models.record.Kind`) whose list this key is."""
    since: tuple[str, int] | None = None
    """(date parameter, days): how far back we look where we read it ourselves."""
    model: str = ""
    """The one model that looks at the observations of this key: what it does not read is not taken in."""


class Clocked(Protocol):
    """What knows how many seconds are left."""

    def left(self) -> float:
        """Return seconds left."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one key; `why` says why it is partial or failed, with no value of the record."""

    key: str
    state: State
    resources: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    why: str = ""
    tried: str = ""
    next_page: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A resource that was not used and why, in words without values: another patient's, not valid, ..."""

    key: str
    what: str
    why: str


@dataclass(frozen=True)
class Data:
    """All resources a service may see of a call, by key, before de-identification."""

    parts: Mapping[str, Part]
    left_out: tuple[LeftOut, ...] = ()
    full_urls: tuple[tuple[str, dict[str, Any]], ...] = field(default=(), repr=False)
    """(fullUrl, resource) of the bundles the call brought: they may name each other by nothing else."""
    attached: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """Binaries that notes name, by the address they name them by."""

    def resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (key, resource), each resource once however many keys brought it."""
        seen: set[tuple[Any, Any]] = set()
        for part in self.parts.values():
            for resource in part.resources:
                own = resource.get("id")
                mark = (resource["resourceType"], own if isinstance(own, str) and own else id(resource))
                if mark not in seen:
                    seen.add(mark)
                    yield part.key, resource


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read what is missing: the EHR, its address and token, and where to run reads in parallel."""

    ehr: Ehr
    access: EhrAccess
    pool: concurrent.futures.Executor
    today: date | None = None
    """The day of the call: what we read ourselves is limited to what is recent enough to be used."""


def resolve(
    call: Call, needs: Mapping[str, Need], *, reader: Reader | Callable[[], Reader] | None, deadline: Clocked
) -> Data:
    """Return the data of a call for these needs.

    `reader` may be a function that is only called when something is missing; where it raises an `EhrError`
    (an address not registered, no token to be had) nothing is read and the keys say why. Raises
    `Precondition` (412) where a required key, or every optional one, cannot be had, and `BadRequest` where
    the Patient sent is not the patient of the context.
    """
    parts = {key: _given(key, call.prefetch) for key in needs}
    missing = {key: need for key, need in needs.items() if parts[key].state == "failed"}
    for key in [key for key, need in missing.items() if templates.missing(need.query, call.context)]:
        token = templates.missing(missing.pop(key).query, call.context)
        parts[key] = replace(parts[key], why=f"not sent; {token} is not in this call", tried="")
    followed = {key: part.next_page for key, part in parts.items() if part.next_page}
    if missing or followed:
        parts.update(
            _read(
                call, needs, missing=missing, followed=followed, parts=parts, reader=reader, deadline=deadline
            )
        )
    _demand(needs, parts)
    kept, left_out = _own(call, needs, parts)
    urls = full_urls((*call.prefetch.values(), *call.context.raw.values()))
    return Data(kept, left_out, tuple(urls))


def _given(key: str, prefetch: Mapping[str, Any]) -> Part:
    """Return what the call itself brought under a key."""
    if key not in prefetch:
        return Part(key, "failed", why="not sent", tried="prefetch")
    value = prefetch[key]
    if value is None:
        return Part(key, "null")
    if value["resourceType"] == "OperationOutcome":
        return Part(key, "failed", why="the client sent an OperationOutcome", tried="prefetch")
    if value["resourceType"] != "Bundle":
        return Part(key, "given", (value,))
    return _unpack(key, value)


def _unpack(key: str, bundle: dict[str, Any]) -> Part:
    entries = bundle.get("entry") or []
    if not isinstance(entries, list):
        raise BadRequest("must be an array", pointer=f"/prefetch/{key}/entry")
    resources = []
    outcomes = 0
    for position, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise BadRequest(
                "must be an entry with a resource that has a resourceType",
                pointer=f"/prefetch/{key}/entry/{position}/resource",
            )
        if resource["resourceType"] == "OperationOutcome":
            outcomes += not harmless(resource)
        else:
            resources.append(resource)
    if outcomes and not resources:
        return Part(key, "failed", why="the client sent an OperationOutcome", tried="prefetch")
    if outcomes:
        return Part(key, "partial", tuple(resources), why="part of it was an OperationOutcome")
    if following := next_page(bundle):
        return Part(key, "partial", tuple(resources), why="further pages were not read", next_page=following)
    return Part(key, "given", tuple(resources))


def _read(
    call: Call,
    needs: Mapping[str, Need],
    *,
    missing: Mapping[str, Need],
    followed: Mapping[str, str],
    parts: Mapping[str, Part],
    reader: Reader | Callable[[], Reader] | None,
    deadline: Clocked,
) -> dict[str, Part]:
    """Read missing keys and further pages in parallel; a key that fails says why and breaks no other."""
    if reader is None or not call.fhir_server:
        return {
            key: replace(parts[key], why=f"{parts[key].why}; no fhirServer to read it from", tried="prefetch")
            for key in missing
        } | {
            key: replace(parts[key], why="further pages: no fhirServer to read them from") for key in followed
        }
    try:
        source = reader() if callable(reader) else reader
    except EhrError as error:
        return {key: replace(parts[key], why=f"{parts[key].why}; {error}") for key in missing}
    started = {
        key: source.pool.submit(_fetch, source, _query(need, call, source.today), deadline)
        for key, need in missing.items()
    } | {key: source.pool.submit(_follow, source, url, needs[key], deadline) for key, url in followed.items()}
    concurrent.futures.wait(started.values(), timeout=max(deadline.left(), 0))
    return {key: _settled(key, job, parts[key]) for key, job in started.items()}


def _query(need: Need, call: Call, today: date | None) -> str:
    """Return what we ask ourselves: the template, and since when.

    A template may name no date that a 2.0 client could fill, but some EHRs refuse searches that find much.
    """
    query = templates.fill(need.query, call.context)
    if need.since is None or today is None:
        return query
    parameter, days = need.since
    return f"{query}&{parameter}=ge{(today - timedelta(days=days)).isoformat()}"


def _fetch(source: Reader, query: str, deadline: Clocked) -> Bundle:
    if "?" not in query:
        return Bundle((source.ehr.read(source.access, query, timeout=deadline.left()),))
    return source.ehr.search(source.access, query, timeout=deadline.left())


def _follow(source: Reader, url: str, need: Need, deadline: Clocked) -> Bundle:
    kind = need.query.partition("?")[0]
    return source.ehr.follow(source.access, url, kind=kind, timeout=deadline.left())


def _settled(key: str, job: "concurrent.futures.Future[Bundle]", before: Part) -> Part:
    """Return the part that a read became."""
    rest = before.resources if before.state == "partial" else ()
    bad: State = "partial" if before.state == "partial" else "failed"
    if not job.done():
        job.cancel()
        return Part(key, bad, rest, why="the EHR did not answer in time", tried="prefetch, fhirServer")
    try:
        bundle = job.result()
    except EhrError as error:
        return Part(key, bad, rest, why=f"the EHR did not give it: {error}", tried="prefetch, fhirServer")
    resources = rest + bundle.resources
    if not bundle.complete:
        return Part(key, "partial", resources, why=bundle.why_incomplete or "further pages were not read")
    return Part(key, "fetched", resources)


def _demand(needs: Mapping[str, Need], parts: Mapping[str, Part]) -> None:
    """Raise 412 where a required key could not be had, or not one of the optional ones.

    An optional key that this call could not be asked for (its token is not in the context) does not count.
    """
    failed = [parts[key] for key in needs if parts[key].state == "failed"]
    needed = [p for key, need in needs.items() if need.required and _lacks(p := parts[key], need)]
    asked = [key for key, need in needs.items() if not need.required and not _unasked(parts[key])]
    lost = [part for part in failed if part.key in asked]
    if not needed and (not lost or len(lost) < len(asked)):
        return
    named = "; ".join(_named(part) for part in (needed or lost))
    raise Precondition(
        f"data this service needs could not be had: {named}",
        pointer=f"/prefetch/{(needed or lost)[0].key}",
        keys=[part.key for part in (*failed, *(p for p in needed if p not in failed))],
    )


def _lacks(part: Part, need: Need) -> bool:
    """Tell whether a required key is not there: for a single resource, null too; an empty list is a list."""
    return part.state == "failed" or ("?" not in need.query and not part.resources)


def _unasked(part: Part) -> bool:
    return part.state == "failed" and not part.tried


def _named(part: Part) -> str:
    why = part.why or "there is no such resource"
    return f"{part.key} ({why}; tried: {part.tried})" if part.tried else f"{part.key} ({why})"


def _own(
    call: Call, needs: Mapping[str, Need], parts: Mapping[str, Part]
) -> tuple[dict[str, Part], tuple[LeftOut, ...]]:
    """Leave out what is not this patient's (or this encounter's), and say so."""
    owner = Owner.of(call)
    kept: dict[str, Part] = {}
    left_out: list[LeftOut] = []
    for key, part in parts.items():
        mine = []
        of_encounter = needs[key].query.startswith("Encounter/")
        for resource in part.resources:
            why = foreign(resource, owner) or (_stray(resource, owner) if of_encounter else "")
            if why and resource["resourceType"] == "Patient":
                raise BadRequest(
                    "the Patient sent is not the patient of the context", pointer=f"/prefetch/{key}"
                )
            if why:
                left_out.append(LeftOut(key, said(resource["resourceType"]), why))
            else:
                mine.append(resource)
        dropped = len(mine) < len(part.resources)
        kept[key] = replace(part, resources=tuple(mine)) if dropped else part
    return kept, tuple(left_out)


def _stray(resource: dict[str, Any], owner: Owner) -> str:
    """Return why an Encounter read for the context's encounter is not that one."""
    another = resource.get("resourceType") == "Encounter" and resource.get("id") != owner.encounter
    return "is not the encounter of the context" if another else ""
