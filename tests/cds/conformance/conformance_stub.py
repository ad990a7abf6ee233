"""A small CDS Hooks service, right in every line the kit checks, and wrong wherever a switch says so."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import httpx2
from conformance_stub_cards import (
    BODY_DEFECTS,
    CARD_DEFECTS,
    DISCOVERY_DEFECTS,
    Json,
    discovery,
    order_body,
    problem_body,
)
from conformance_stub_ehr import MissingError, Prefetch, texts
from conformance_stub_rules import REQUIRED, AnswerError, Rules, feedback_fault
from conformance_stub_trust import Doorman, RefusedError

ORIGIN = "https://browser.example"
MAX_BODY = 1024 * 1024
REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Stub:
    def __init__(self, public_jwk: Mapping[str, Any], defects: frozenset[str] = frozenset()) -> None:
        self.defects = defects
        self.has = defects.__contains__
        self._http = httpx2.Client(verify=False, trust_env=False)
        self._doorman = Doorman(public_jwk, defects, self._http)
        self._prefetch = Prefetch(self._http, defects)
        self._sent: set[str] = set()
        self._rules = Rules(defects)
        self._discoveries = 0
        self._server = WSGIServer(("127.0.0.1", 0), _Silent)
        self._server.set_app(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._http.close()

    def serve(self, app: Any) -> None:
        """Let another application answer at this address."""
        self._server.set_app(app)

    def __call__(self, environ: Json, start: Any) -> Iterable[bytes]:
        raw = drained(environ)
        path, method = unquote(environ["PATH_INFO"]), environ["REQUEST_METHOD"]
        try:
            status, document = 200, self._handled(method, path, environ, raw)
        except RefusedError as refused:
            told = f"refused: {refused}" if self.has("says-why-401") else "unauthorized"
            status, document = (403 if self.has("403-for-401") else 401), {"error": told}
        except AnswerError as error:
            status, document = error.status, _outcome(str(error))
        return self._spoken(
            start, status, document, preflight=method == "OPTIONS", feedback="feedback" in path
        )

    def _handled(self, method: str, path: str, environ: Json, raw: bytes | None) -> Json | None:
        if method == "OPTIONS":
            return None
        parts = path.strip("/").split("/")
        if parts[0] != "cds-services" or len(parts) > 3:
            raise AnswerError(404, "no such page")
        wanted = "GET" if len(parts) == 1 else "POST"
        if method != wanted and not self.has("any-method"):
            raise AnswerError(405, f"use {wanted}")
        self._admit(environ, path, feedback=len(parts) == 3)
        if len(parts) == 1:
            return self._discovery()
        body = self._parsed(environ, raw)
        return self._feedback(body) if len(parts) == 3 else self._call(parts[1], body)

    def _admit(self, environ: Json, path: str, *, feedback: bool) -> None:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if (path == "/cds-services" and not authorization) or (feedback and self.has("open-feedback")):
            return
        self._doorman.admit(authorization, self.base + path)

    def _parsed(self, environ: Json, raw: bytes | None) -> Json:
        if raw is None and not self.has("no-size-limit"):
            raise AnswerError(413, "the body is larger than 1 MiB")
        if "json" not in environ.get("CONTENT_TYPE", "") and not self.has("any-media-type"):
            raise AnswerError(415, "send application/json")
        try:
            body = json.loads(raw or b"{}")
        except ValueError as bad:
            if self.has("200-on-bad-json"):
                return {"hook": "lenient"}
            raise AnswerError(400, "the body is not JSON") from bad
        if not isinstance(body, dict):
            raise AnswerError(400, "the body must be an object")
        return body

    def _discovery(self) -> Json:
        document = discovery()
        self._discoveries += 1
        for name, spoil in DISCOVERY_DEFECTS.items():
            if self.has(name):
                spoil(document)
        if self.has("unstable-discovery"):
            document["services"][0]["description"] += f" ({self._discoveries})"
        return document

    def _call(self, service_id: str, body: Json) -> Json:
        hooks = {entry["hook"]: entry for entry in discovery()["services"] if entry["id"] == service_id}
        if not hooks and not self.has("200-on-unknown-id"):
            raise AnswerError(404, "no such service")
        lenient = self.has("200-on-bad-json") and body.get("hook") == "lenient"
        if not hooks or lenient:
            return {"cards": []}
        self._rules.check_call(body)
        self._check_hook(body["hook"], hooks)
        if body["hook"] in REQUIRED:
            self._rules.check_context(body["hook"], body["context"])
        return self._spoil(self._answered(service_id, body, hooks.get(body["hook"], {})), service_id)

    def _check_hook(self, hook: str, hooks: Mapping[str, Any]) -> None:
        first_only = self.has("routes-by-id") and hook != next(iter(hooks))
        if (hook not in hooks and not self.has("200-on-wrong-hook")) or first_only:
            raise AnswerError(400, "/hook: this service is not for that hook")

    def _answered(self, service_id: str, body: Json, entry: Json) -> Json:
        if self.has("slow"):
            time.sleep(0.55)
        try:
            patient = body["context"].get("patientId", "")
            templates = entry.get("prefetch", {}).items()
            queries = {key: query.replace("{{context.patientId}}", patient) for key, query in templates}
            if self.has("refuses-null") and None in (body.get("prefetch") or {}).values():
                raise AnswerError(400, "/prefetch: null")
            found = self._prefetch.gather(body, queries)
        except MissingError as missing:
            return self._missing(missing)
        if service_id == "stub-problems":
            return problem_body(texts(found.get("problems"), raw=self.has("raw-html-in-detail")))
        drafts = body["context"].get("draftOrders") if service_id == "stub-orders" else None
        return order_body(drafts) if drafts else {"cards": []}

    def _missing(self, missing: MissingError) -> Json:
        if self.has("empty-list-on-missing-data"):
            return {"cards": []}
        if self.has("crash-on-missing-data"):
            raise AnswerError(500, "internal error") from missing
        if self.has("503-without-retry-after"):
            raise AnswerError(503, "later") from missing
        raise AnswerError(
            412, "data is missing" if self.has("412-names-nothing") else str(missing)
        ) from missing

    def _spoil(self, body: Json, service_id: str) -> Json:
        for name in self.defects & CARD_DEFECTS.keys():
            for card in body["cards"]:
                if name != "update-of-foreign-order" or service_id == "stub-orders":
                    CARD_DEFECTS[name](card)
        self._sent |= {card["uuid"] for card in body["cards"] if "uuid" in card}
        for name in self.defects & BODY_DEFECTS.keys():
            if body["cards"]:
                BODY_DEFECTS[name](body)
        return body

    def _feedback(self, body: Json) -> None:
        if self.has("feedback-500"):
            raise AnswerError(500, "internal error")
        items = body.get("feedback")
        if not isinstance(items, list) or (self.has("one-feedback-a-call") and len(items) > 1):
            raise AnswerError(400, "/feedback: required, as an array")
        for index, item in enumerate(items):
            fault = feedback_fault(item)
            if fault and not self.has("any-feedback"):
                raise AnswerError(400, f"/feedback/{index}/{fault}")
            if item.get("card") not in self._sent and not self.has("unknown-card-ok"):
                raise AnswerError(404, f"/feedback/{index}/card: never sent")
        if self.has("feedback-once"):
            self._sent -= {item["card"] for item in items}

    def _spoken(
        self, start: Any, status: int, document: Json | None, *, preflight: bool, feedback: bool
    ) -> Iterable[bytes]:
        if self.has("204-for-nothing") and status == 200 and document == {"cards": []}:
            status, document = 204, None
        body = b"" if document is None else json.dumps(document).encode()
        if self.has("trailing-comma") and body:
            body = body[:-1] + b",}"
        if self.has("html-errors") and status >= 400:
            body = b"<h1>error</h1>"
        kind = "text/html" if self.has("text-html") else "application/json"
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start(
            f"{status} {REASONS[status]}",
            headers + self._cors(status, preflight=preflight, feedback=feedback),
        )
        return [body]

    def _cors(self, status: int, *, preflight: bool, feedback: bool) -> list[tuple[str, str]]:
        silent = (status >= 400 and self.has("no-cors-on-errors")) or (
            feedback and self.has("no-cors-on-feedback")
        )
        if self.has("no-cors") or silent:
            return []
        allowed = [("Access-Control-Allow-Origin", ORIGIN)]
        if preflight:
            named = (
                "content-type" if self.has("cors-without-authorization") else "authorization, content-type"
            )
            allowed += [
                ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
                ("Access-Control-Allow-Headers", named),
            ]
        return allowed


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def drained(environ: Json) -> bytes | None:
    """Read the whole body, or drop it and return None where it is too large."""
    left, kept = int(environ.get("CONTENT_LENGTH") or 0), bytearray()
    small = left <= MAX_BODY
    while left > 0:
        chunk = environ["wsgi.input"].read(min(left, MAX_BODY))
        left -= len(chunk) or left
        if small:
            kept += chunk
    return bytes(kept) if small else None


def _outcome(text: str) -> Json:
    issue = {"severity": "error", "code": "invalid", "diagnostics": text}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def write_key(folder: Path, key: Json) -> Path:
    """Write a private JWK to a file."""
    path = folder / "client.jwk.json"
    path.write_text(json.dumps(key))
    return path
