"""Searchset bundles, put together from finished bytes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import orjson

from adapters.fhir_sandbox.outcomes import Trouble, issue, outcome
from adapters.fhir_sandbox.paging import Page
from adapters.fhir_sandbox.query import Query
from adapters.fhir_sandbox.store import Entry
from adapters.fhir_sandbox.vendors import Vendor
from adapters.fhir_sandbox.wire import url

Json = dict[str, Any]

_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
# Mandatory or modifying in the types that have them, so a subset keeps them.
_ALWAYS = {
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "modifierExtension",
    "status",
    "intent",
    "class",
    "code",
    "subject",
    "patient",
    "content",
}


def searchset(
    page: Page, added: Iterable[Entry], *, vendor: Vendor, base: str, next_link: str | None
) -> bytes:
    """Write one page of a search as a Bundle."""
    query = page.result.query
    links = [{"relation": "self", "url": url(base, page.result.path, query.used)}]
    if next_link:
        links.append({"relation": "next", "url": next_link})
    bundle = _head("searchset", links)
    total = _total(page, vendor)
    if total is not None:
        bundle["total"] = total
    entries = (
        [] if query.summary == "count" else [_entry(entry, "match", query, base) for entry in page.entries]
    )
    entries += [_entry(entry, "include", query, base) for entry in added]
    entries += [_notice(notice) for notice in _notices(page, vendor)]
    if entries:
        bundle["entry"] = entries
    return orjson.dumps(bundle)


def _head(kind: str, links: list[Json]) -> Json:
    return {"resourceType": "Bundle", "id": str(uuid4()), "type": kind, "link": links}


def _total(page: Page, vendor: Vendor) -> int | None:
    query, count = page.result.query, len(page.result.matches)
    if query.summary == "count" or vendor.total == "always" or query.exact_total:
        return count
    fits = page.offset == 0 and page.is_last
    return count if vendor.total == "one-page" and fits else None


def _entry(entry: Entry, mode: str, query: Query, base: str) -> Json:
    return {"fullUrl": f"{base}/{entry.key}", "resource": subset(entry, query), "search": {"mode": mode}}


def subset(entry: Entry, query: Query) -> Any:
    """Give the stored bytes, or the part of the resource that `_elements` or `_summary` asks for."""
    if query.elements:
        kept = {name: value for name, value in entry.resource.items() if name in query.elements | _ALWAYS}
    elif query.summary == "data":
        kept = {name: value for name, value in entry.resource.items() if name != "text"}
    elif query.summary == "text":
        kept = {name: value for name, value in entry.resource.items() if name in _ALWAYS | {"text"}}
    else:
        return orjson.Fragment(entry.raw)
    meta = kept.get("meta", {})
    return {**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _SUBSETTED]}}


def _notices(page: Page, vendor: Vendor) -> Iterable[Json]:
    if vendor.notice:
        yield _vendor_notice("partial-record", "the record may hold more than this token may see", vendor)
        if not page.result.matches:
            yield _vendor_notice("no-results", "the search found nothing", vendor)
    if page.result.query.ignored and vendor.unknown_parameter == "warn":
        text = "a search parameter is unknown and was ignored"
        yield issue("not-supported", text, severity="warning")


def _vendor_notice(trouble: Trouble, text: str, vendor: Vendor) -> Json:
    return issue(
        "processing", text, severity="warning", vendor=vendor.codes.get(trouble), system=vendor.code_system
    )


def _notice(built: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{uuid4()}", "resource": outcome(built), "search": {"mode": "outcome"}}


def last_modified(entry: Entry) -> str | None:
    """Write the time of the last update as an HTTP date, where the resource has one."""
    text = entry.resource.get("meta", {}).get("lastUpdated")
    try:
        return format_datetime(datetime.fromisoformat(text).astimezone(UTC), usegmt=True) if text else None
    except ValueError:
        return None
