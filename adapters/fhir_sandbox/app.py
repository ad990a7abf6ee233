"""The sandbox as a WSGI application: who may ask, what goes wrong, and how refusals are written."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.fhir_sandbox.capability import capability_statement, smart_configuration
from adapters.fhir_sandbox.faults import NO_FAULTS, Faults, read_faults
from adapters.fhir_sandbox.interactions import Ask, Interactions
from adapters.fhir_sandbox.outcomes import Refusal, issue, outcome
from adapters.fhir_sandbox.smart import LIFETIME, Token, TokenOffice
from adapters.fhir_sandbox.store import Store, load_store
from adapters.fhir_sandbox.vendors import Vendor, vendor_named
from adapters.fhir_sandbox.wire import (
    Request,
    Response,
    compressed,
    json_response,
    preflight,
    read_request,
    send,
    takes_json,
)

_CUT_OFF = b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceTy'


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class FhirSandbox:
    """A FHIR R4 server over a folder of bundles, or over a store that is already loaded."""

    folder: Path | Store
    _: KW_ONLY
    vendor: str | Vendor = "hapi"
    shift: bool = True
    require_token: bool | None = None  # None: as the vendor does
    clients: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # client id to public JWKS
    allowed_scopes: str = "system/*.rs"  # the most a backend client is granted
    faults: Faults = NO_FAULTS
    allow_fault_header: bool = False  # tests may send X-Sandbox-Fault with a request
    base_url: str | None = None  # where the URLs of a request are not those of its clients
    compress: bool = False
    clock: Callable[[], datetime] = _now
    store: Store = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._vendor = vendor_named(self.vendor) if isinstance(self.vendor, str) else self.vendor
        self.store = (
            self.folder
            if isinstance(self.folder, Store)
            else load_store(self.folder, shift=self.shift, clock=self.clock)
        )
        self._needs_token = self._vendor.require_token if self.require_token is None else self.require_token
        self._office = TokenOffice(self.clients, allowed_scopes=self.allowed_scopes, clock=self.clock)
        self._interactions = Interactions(self.store, self._vendor, clock=self.clock)
        self._failures = _Failures(self.faults.fail)

    def issue_token(self, patient_id: str | None, scopes: str, *, seconds: int = LIFETIME) -> Token:
        """Make a token for a hook call, bound to a patient unless that is None."""
        return self._office.issue(scopes, patient_id=patient_id, seconds=seconds)

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one WSGI request."""
        try:
            request = read_request(environ, base_url=self.base_url)
            response = self._answer(request)
        except Refusal as refusal:
            response = self._refused(refusal)
        else:
            response = compressed(response, request) if self.compress else response
        return send(response, start_response, head=environ["REQUEST_METHOD"] == "HEAD")

    def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight()
        if request.path == ("token",):
            return self._token_answer(request)
        if request.path == (".well-known", "smart-configuration"):
            return _described(request, smart_configuration(request.base))
        self._check_accept(request)
        if request.path == ("metadata",):
            types, now = self.store.types(), self.clock()
            statement = capability_statement(types, vendor=self._vendor, base=request.base, now=now)
            return _described(request, statement)
        ask = Ask(request, self._token(request), self._faults_of(request))
        return self._misbehave(ask) or self._interactions.answer(ask)

    def _token_answer(self, request: Request) -> Response:
        if request.method != "POST":
            raise Refusal(
                405, "not-supported", "the token endpoint takes POST", headers={"Allow": "POST, OPTIONS"}
            )
        return self._office.answer(request, f"{request.base}/token")

    def _check_accept(self, request: Request) -> None:
        explicit = self._vendor.json_accept_required
        if request.path[:1] == ("Binary",) and not explicit:
            return  # a Binary may be asked for in its own format
        if not takes_json(request, explicit=explicit):
            raise Refusal(406, "not-supported", "only application/fhir+json is served", empty=explicit)

    def _token(self, request: Request) -> Token | None:
        authorization = request.headers.get("authorization", "")
        # A token that is presented counts even where none is needed: a bad one is never taken for none.
        return self._office.find(authorization) if authorization or self._needs_token else None

    def _faults_of(self, request: Request) -> Faults:
        header = request.headers.get("x-sandbox-fault", "")
        faults = read_faults(header) if header and self.allow_fault_header else self.faults
        return faults if faults.concern(request.path[0] if request.path else "") else NO_FAULTS

    def _misbehave(self, ask: Ask) -> Response | None:
        faults = ask.faults
        if faults.slow:
            time.sleep(faults.slow)
        self._fail(faults)
        if faults.redirect:
            return Response(302, headers={"Location": faults.redirect})
        if faults.empty:
            return json_response(b"")
        if faults.outcome:
            return json_response(outcome(issue("exception", "something went wrong behind the server")))
        return json_response(_CUT_OFF) if faults.garbage else None

    def _fail(self, faults: Faults) -> None:
        planned = self._failures.take() if faults is self.faults else next(iter(faults.fail), None)
        status = faults.fail_always or planned
        if status:
            wait = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
            raise Refusal(status, "transient", "the sandbox was told to fail", headers=wait)

    def _refused(self, refusal: Refusal) -> Response:
        if refusal.empty:
            return Response(refusal.status, headers=refusal.headers)
        vendor = self._vendor
        code = vendor.codes.get(refusal.trouble)
        built = issue(refusal.code, refusal.text, vendor=code, system=vendor.code_system)
        return json_response(outcome(built), status=refusal.status, headers=refusal.headers)


class _Failures:
    """Hands out the planned failures, each to one request."""

    def __init__(self, statuses: tuple[int, ...]) -> None:
        self._statuses = list(statuses)
        self._lock = threading.Lock()

    def take(self) -> int | None:
        """Give the next failure, or None once all have been."""
        with self._lock:
            return self._statuses.pop(0) if self._statuses else None


def _described(request: Request, document: Mapping[str, Any]) -> Response:
    if request.method not in {"GET", "HEAD"}:
        raise Refusal(405, "not-supported", "this is read with GET", headers={"Allow": "GET, HEAD, OPTIONS"})
    return json_response(document)
