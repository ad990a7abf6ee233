"""The FHIR interactions: read, search, page, $everything, create."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from adapters.fhir_sandbox import search
from adapters.fhir_sandbox.bundles import last_modified, searchset
from adapters.fhir_sandbox.faults import Faults
from adapters.fhir_sandbox.outcomes import Refusal, forbidden, invalid, not_found
from adapters.fhir_sandbox.paging import TOKEN_NAMES, Page, Pages, Result
from adapters.fhir_sandbox.parameters import in_patient_compartment, table
from adapters.fhir_sandbox.query import Pairs, Query, read_query
from adapters.fhir_sandbox.smart import Token
from adapters.fhir_sandbox.store import Entry, Json, Store, make_entry, stamp
from adapters.fhir_sandbox.vendors import Vendor
from adapters.fhir_sandbox.wire import Request, Response, json_response

_PATIENT_NAMES = {"patient", "subject", "beneficiary", "actor"}
_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Ask:
    """A request with the token that carries it and what is to go wrong with it."""

    request: Request
    token: Token | None
    faults: Faults

    @property
    def patient_id(self) -> str | None:
        """Name the patient the token is bound to."""
        return self.token.patient_id if self.token else None

    def check(self, action: str, resource_type: str) -> None:
        """Raise unless the token covers the action."""
        if self.token:
            self.token.check(action, resource_type)

    def may_see(self, entry: Entry) -> bool:
        """Tell whether a resource is outside every compartment or in the token's own."""
        return not (self.patient_id and entry.patients) or self.patient_id in entry.patients

    def require_own(self, entry: Entry) -> None:
        """Raise where a resource is in another patient's compartment."""
        if not self.may_see(entry):
            raise forbidden("the token is bound to another patient")


class Interactions:
    """Answers what is asked of the store, in the manner of a vendor."""

    def __init__(self, store: Store, vendor: Vendor, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._vendor = vendor
        self._clock = clock
        self._pages = Pages(vendor)

    def answer(self, ask: Ask) -> Response:
        """Find the interaction a request names, and carry it out."""
        method, path = ask.request.method, ask.request.path
        self._require_type(path)
        if method in _READING:
            return self._answer_reading(ask, path)
        if method == "POST":
            return self._answer_post(ask, path)
        raise _not_allowed()

    def _require_type(self, path: tuple[str, ...]) -> None:
        if path and path[0] not in table() and path[0] not in self._store.types():
            raise Refusal(404, "not-supported", "unknown resource type", "not-found")

    def _answer_reading(self, ask: Ask, path: tuple[str, ...]) -> Response:
        pairs = list(ask.request.query)
        match path:
            case ():
                return self._later_page(ask, pairs)
            case (kind,):
                return self.search(ask, kind, pairs)
            case (kind, "_search"):
                return self.search(ask, kind, pairs)
            case (kind, resource_id):
                return self.read(ask, kind, resource_id)
            case ("Patient", resource_id, "$everything"):
                return self.everything(ask, resource_id, pairs)
            case (kind, resource_id, "_history", version):
                return self.read(ask, kind, resource_id, version)
        raise not_found("no such interaction")

    def _answer_post(self, ask: Ask, path: tuple[str, ...]) -> Response:
        match path:
            case (kind, "_search"):
                return self.search(ask, kind, [*ask.request.query, *ask.request.form()])
            case ("Patient", resource_id, "$everything"):
                return self.everything(ask, resource_id, list(ask.request.query))
            case (kind,):
                return self.create(ask, kind)
        raise _not_allowed()

    def read(self, ask: Ask, resource_type: str, resource_id: str, version: str | None = None) -> Response:
        """Answer with one resource; a Binary in its own format where the client asks for that."""
        ask.check("r", resource_type)
        entry = self._store.get(resource_type, resource_id)
        if entry is None or (version and version != _version(entry)):
            raise not_found("no such resource")
        ask.require_own(entry)
        if ask.faults.wrong_patient:
            entry = self._stranger(resource_type, entry.patients) or entry
        return _content(entry, ask.request) or _read_response(entry, ask.request)

    def search(self, ask: Ask, resource_type: str, pairs: Pairs) -> Response:
        """Answer with the first page of a search, or with the page an opaque link names."""
        ask.check("s", resource_type)
        if self._page_token(pairs):
            return self._later_page(ask, pairs)
        strict = "handling=strict" in ask.request.headers.get("prefer", "")
        query = read_query(resource_type, pairs, self._vendor, strict=strict)
        _refuse_strangers(ask, query)
        prefixes = self._vendor.date_prefixes
        found = search.run(self._store, query, prefixes=prefixes, now=self._clock())
        found = [entry for entry in found if ask.may_see(entry)]
        self._refuse_too_many(found, query)
        if ask.faults.wrong_patient:
            found = [*self._strangers(resource_type, found), *found]
        return self._page(ask, Page(Result(query, tuple(found), resource_type, ask.patient_id), query.offset))

    def everything(self, ask: Ask, patient_id: str, pairs: Pairs) -> Response:
        """Answer with a patient's whole chart, in pages."""
        ask.check("r", "Patient")
        if self._page_token(pairs):
            return self._later_page(ask, pairs)
        patient = self._store.get("Patient", patient_id)
        if patient is None:
            raise not_found("no such patient")
        ask.require_own(patient)
        types = frozenset(kind for name, value in pairs if name == "_type" for kind in value.split(","))
        rest = [pair for pair in pairs if pair[0] != "_type"]
        query = read_query("Patient", rest, replace(self._vendor, patient_required=False), strict=True)
        if query.criteria:
            raise invalid("$everything takes _type, _count and _offset", trouble="unknown-parameter")
        found = search.everything(self._store, patient, types)
        query = replace(query, used=tuple(pairs))
        path = f"Patient/{patient_id}/$everything"
        return self._page(ask, Page(Result(query, tuple(found), path, ask.patient_id), query.offset))

    def create(self, ask: Ask, resource_type: str) -> Response:
        """Store a new resource, in memory only, under an id of our own."""
        ask.check("c", resource_type)
        resource = _read_resource(ask.request, resource_type)
        resource["id"] = str(uuid4())
        resource["meta"] = {
            k: v for k, v in resource.get("meta", {}).items() if k not in {"versionId", "lastUpdated"}
        }
        stamp(resource, version="1", now=self._clock())
        ask.require_own(make_entry(resource))
        entry = self._store.put(resource)
        location = {"Location": f"{ask.request.base}/{entry.key}/_history/1"}
        minimal = "return=minimal" in ask.request.headers.get("prefer", "")
        return json_response(
            b"" if minimal else entry.raw, status=201, headers={**location, **_validators(entry)}
        )

    def _refuse_too_many(self, found: list[Entry], query: Query) -> None:
        limit = self._vendor.max_results
        if limit is not None and len(found) > limit and query.summary != "count":
            raise Refusal(
                400, "too-costly", f"the search has more than {limit} results; narrow it", "too-many"
            )

    def _page_token(self, pairs: Iterable[tuple[str, str]]) -> str | None:
        return dict(pairs).get(TOKEN_NAMES.get(self._vendor.paging, ""))

    def _later_page(self, ask: Ask, pairs: Pairs) -> Response:
        token = self._page_token(pairs)
        if token is None:
            raise not_found("nothing is served at the base; name a resource type")
        return self._page(ask, self._pages.open(token, patient_id=ask.patient_id, now=self._clock()))

    def _page(self, ask: Ask, page: Page) -> Response:
        query = page.result.query
        ask.check("s", query.type)
        if ask.faults.missing_pages and page.offset:
            raise not_found("this page is gone")
        counted = query.summary == "count"
        added = [] if counted else search.companions(self._store, query, list(page.entries))
        visible = [entry for entry in added if ask.may_see(entry)]
        link = None if counted else self._next_link(ask, page)
        return json_response(
            searchset(page, visible, vendor=self._vendor, base=ask.request.base, next_link=link),
        )

    def _next_link(self, ask: Ask, page: Page) -> str | None:
        if page.is_last and not ask.faults.endless_pages:
            return None
        # The page before the last one leads to the last one, so that from there a client never gets on.
        before = replace(page, offset=page.offset - page.result.query.count) if page.is_last else page
        link = self._pages.next_link(before, base=ask.request.base, now=self._clock())
        if ask.faults.next_origin:
            return ask.faults.next_origin + urlsplit(link)._replace(scheme="", netloc="").geturl()
        return link

    def _stranger(self, resource_type: str, patients: frozenset[str]) -> Entry | None:
        others = (entry for entry in self._store.all(resource_type) if entry.patients)
        return next((entry for entry in others if entry.patients.isdisjoint(patients)), None)

    def _strangers(self, resource_type: str, found: list[Entry]) -> list[Entry]:
        patients = frozenset(patient for entry in found for patient in entry.patients)
        stranger = self._stranger(resource_type, patients) if found else None
        return [stranger] if stranger else []


def _not_allowed() -> Refusal:
    return Refusal(
        405, "not-supported", "this method is not served here", headers={"Allow": "GET, HEAD, POST, OPTIONS"}
    )


def _refuse_strangers(ask: Ask, query: Query) -> None:
    """Refuse a search that names another patient than the token's."""
    if ask.patient_id is None or not in_patient_compartment(query.type):
        return
    names = {"_id"} if query.type == "Patient" else _PATIENT_NAMES
    asked = [
        value
        for criterion in query.criteria
        if criterion.name in names and not criterion.modifier
        for value in criterion.values
    ]
    patients = [value.rsplit("/", 1)[-1] for value in asked if "/" not in value or "Patient/" in value]
    if any(patient != ask.patient_id for patient in patients):
        raise forbidden("the token is bound to another patient")


def _read_resource(request: Request, resource_type: str) -> Json:
    if request.media_type not in {"application/fhir+json", "application/json"}:
        raise Refusal(415, "not-supported", "send application/fhir+json")
    try:
        resource = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise invalid("the body is not JSON") from None
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        raise invalid("the body must be a resource of the type in the URL")
    if not isinstance(resource.get("meta", {}), dict):
        raise invalid("meta must be an object")
    return resource


def _version(entry: Entry) -> str:
    return str(entry.resource.get("meta", {}).get("versionId", "1"))


def _validators(entry: Entry) -> dict[str, str]:
    changed = last_modified(entry)
    return {"ETag": f'W/"{_version(entry)}"', **({"Last-Modified": changed} if changed else {})}


def _read_response(entry: Entry, request: Request) -> Response:
    headers = _validators(entry)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(304, headers=headers)
    return json_response(entry.raw, headers=headers)


def _content(entry: Entry, request: Request) -> Response | None:
    """Give a Binary's own bytes where the client names its media type."""
    media_type = entry.resource.get("contentType")
    if (
        entry.type != "Binary"
        or media_type not in request.accepted()
        or media_type == "application/fhir+json"
    ):
        return None
    data = base64.b64decode(entry.resource.get("data", ""))
    return Response(200, data, {"Content-Type": media_type, **_validators(entry)})
