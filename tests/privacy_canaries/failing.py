"""Calls that go wrong in every way there is, with canaries in what goes wrong."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.ports import KeyFailure, StoreUnavailable
from models.base import ModelError, OutOfTime
from privacy_canaries.ehr import MOODS
from privacy_canaries.minting import Mint
from privacy_canaries.places import Json
from privacy_canaries.sending import Sender
from privacy_canaries.stage import Stage
from privacy_canaries.witnessing import seen

SERVICE = "watcher"
PATH = f"/cds-services/{SERVICE}"


def misshapen(good: Json, mint: Mint) -> Iterator[bytes]:
    """Yield bodies that are not of their form, each with a canary where it is wrong."""
    text = mint.string("body")
    wrong: Any
    yield b'{"hook": "' + text.encode() + b'" "'
    yield text.encode()
    yield orjson.dumps([text])
    yield orjson.dumps(text)
    for name in (
        "hook",
        "hookInstance",
        "context",
        "prefetch",
        "fhirServer",
        "fhirAuthorization",
        "extension",
    ):
        for wrong in (mint.string(name), [mint.string(name)], {mint.word(): mint.string(name)}):
            yield orjson.dumps({**good, name: wrong})
    for name in good["context"]:
        for wrong in (mint.string(f"context.{name}"), {mint.word(): [mint.string(f"context.{name}")]}):
            yield orjson.dumps({**good, "context": {**good["context"], name: wrong}})
    for wrong in (mint.string("prefetch"), {"resourceType": mint.string("prefetch")}, [mint.word()], 3):
        yield orjson.dumps({**good, "prefetch": {"condition": wrong, mint.word(): wrong}})
    for wrong in (mint.string("entry"), [mint.string("entry")], [{"resource": mint.string("entry")}]):
        whole = {"resourceType": "Bundle", "type": "searchset", "entry": wrong}
        yield orjson.dumps({**good, "prefetch": {"condition": whole}})
    yield from _authorizations(good, mint)
    yield b'{"a":' * 300 + orjson.dumps(mint.string("deep")) + b"}" * 300


def _authorizations(good: Json, mint: Mint) -> Iterator[bytes]:
    right = {"access_token": "t", "token_type": "Bearer", "expires_in": 1, "scope": "s", "subject": "x"}
    for name in right:
        wrong = {**right, name: [mint.string(f"fhirAuthorization.{name}")]}
        yield orjson.dumps({**good, "fhirServer": "https://e.example", "fhirAuthorization": wrong})
    for name in ("access_token", "token_type", "patient"):
        wrong = {**right, name: f"{mint.string(name)}\n"}
        yield orjson.dumps({**good, "fhirServer": "https://e.example", "fhirAuthorization": wrong})
    for server in (mint.url("fhirServer"), f"https://{mint.word()}:{mint.digits()}@x.example", "ftp://x"):
        yield orjson.dumps({**good, "fhirServer": server, "prefetch": {}})


def of_others(good: Json, mint: Mint) -> Iterator[bytes]:
    """Yield bodies that hold somebody else's data."""
    other = {"reference": f"Patient/{mint.identifier('another patient')}", "display": mint.string("subject")}
    condition = {"resourceType": "Condition", "id": mint.identifier("Condition.id"), "subject": other}
    patient = {
        "resourceType": "Patient",
        "id": mint.identifier("Patient.id"),
        "name": [{"text": mint.word()}],
    }
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition}]}
    yield orjson.dumps({**good, "prefetch": {**good["prefetch"], "patient": patient}})
    yield orjson.dumps({**good, "prefetch": {**good["prefetch"], "condition": bundle}})
    context = {**good["context"], "conditions": bundle}
    yield orjson.dumps({**good, "hook": "problem-list-item-create", "context": context})


def tokens(stage: Stage, mint: Mint) -> Iterator[str]:
    """Yield bearer tokens that are refused."""
    now = int(time.time())
    strange = ec.generate_private_key(ec.SECP384R1())
    site = stage.site
    for claims in (
        {"iss": mint.url("iss")},
        {"aud": mint.url("aud")},
        {"exp": now - 4000, "sub": mint.string("sub")},
        {"jti": None, "patient": mint.string("patient claim")},
        {"exp": mint.string("exp")},
        {"iat": now + 4000, "jti": mint.string("jti")},
    ):
        yield site.token(PATH, **claims)
    yield mint.string("bearer")
    yield f"{mint.word()}.{mint.word()}.{mint.word()}"
    claims = {"iss": "https://ehr.example.org", "aud": f"http://127.0.0.1:8000{PATH}", "exp": now + 100}
    for header in (
        {"kid": mint.identifier("kid")},
        {"kid": "k1"},
        {"jku": mint.url("jku"), "kid": mint.word()},
    ):
        yield jwt.encode(
            {**claims, "jti": mint.word(), "iat": now}, strange, algorithm="ES384", headers=header
        )
    yield jwt.encode({**claims, "sub": mint.string("sub")}, mint.digits(40), algorithm="HS256")


def addresses(mint: Mint) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (method, address, more) of requests that lead nowhere."""
    word = mint.identifier("address")
    yield "POST", f"/cds-services/{word}", {"data": orjson.dumps({"hook": mint.word()})}
    yield "POST", f"/cds-services/{word}/feedback", {"data": b"{}"}
    yield "GET", f"/cds-services?patient={mint.identifier('query')}", {}
    yield "PUT", f"{PATH}?mrn={mint.identifier('query')}", {"data": mint.string("PUT").encode()}
    yield "GET", f"/{word}/%2e%2e/{mint.word()}", {}
    yield "POST", PATH, {"data": mint.string("form").encode(), "content_type": f"text/{mint.word()}"}
    yield "OPTIONS", f"/cds-services/{word}", {"headers": {"Origin": mint.url("Origin")}}
    yield "GET", f"/models/{word}/card", {}
    yield "GET", f"/admin/api/v1/config/{word}", {"headers": {"Authorization": f"Bearer {mint.word()}"}}
    yield "POST", f"/v2/models/{word}/infer", {"data": orjson.dumps({"inputs": [mint.string("v2")]})}
    yield "POST", f"/fhir/{word}", {"data": orjson.dumps({"resourceType": mint.word()})}


class Away:
    """A part that fails with what it was given in its message."""

    def __init__(self, inner: Any, error: type[Exception], names: frozenset[str]) -> None:
        self._inner, self._error, self._names = inner, error, names

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            return getattr(self._inner, name)

        def fail(*given: Any, **more: Any) -> Any:
            raise self._error(repr((given, more)))

        return fail


def crashes(stage: Stage, body: bytes, sender: Sender, monkeypatch: Any) -> Iterator[Any]:
    """Fire a call at each part that breaks with canaries in its message, and yield what comes back."""
    secret = sender.mint.string("exception")

    def script(error: type[Exception], **more: Any) -> Any:
        def fail(case: Any, *_: Any) -> Any:
            raise error(f"{secret} {seen(case)}", **more)

        return fail

    for error, more in ((RuntimeError, {}), (KeyError, {}), (ModelError, {"code": "x"}), (OutOfTime, {})):
        stage.watcher.script = script(error, **more)
        yield stage.send(SERVICE, body)
    stage.watcher.script = None
    for place in ("take_in", "fetch", "_finished", "enter_answer"):
        with monkeypatch.context() as patch:
            patch.setattr(f"cds.pipeline.{place}", _breaks)
            yield stage.send(SERVICE, body)
    parts = stage.site.live.parts
    keys = Away(parts.keys, KeyFailure, frozenset({"wrap", "active", "new_data_key", "derive"}))
    with stage.without(keys=keys):
        yield stage.send(SERVICE, body)
    with stage.without(models=Away(parts.models, ValueError, frozenset({"find"}))):
        yield stage.send(SERVICE, body)
    with stage.without(recorder=Away(parts.recorder, StoreUnavailable, frozenset({"record"}))):
        yield stage.send(SERVICE, body)


def _breaks(*given: Any, **more: Any) -> Any:
    raise RuntimeError(repr((given, more)) + str(getattr(given[0], "prefetch", "")))


def feedback(card: str, mint: Mint) -> Iterator[bytes]:
    """Yield feedback with canaries in all that a person or a client may write into it."""
    when = "2026-11-21T10:00:00Z"
    own = {
        "code": mint.code("reason.code"),
        "system": mint.url("reason.system"),
        "display": mint.string("reason"),
    }
    listed = {
        "code": "patrefuse",
        "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
    }
    items: list[Json] = [
        {"outcome": "overridden", "overrideReason": {"reason": own, "userComment": mint.string("comment")}},
        {
            "outcome": "overridden",
            "overrideReason": {"reason": {**listed, "display": mint.string("display")}},
        },
        {
            "outcome": "overridden",
            "overrideReason": {"userComment": mint.string("comment"), "x": mint.word()},
        },
        {"outcome": "accepted", "acceptedSuggestions": [{"id": mint.identifier("acceptedSuggestions.id")}]},
    ]
    for number, item in enumerate(items):
        whole = {"card": card, "outcomeTimestamp": when.replace("10", f"1{number}"), **item}
        yield orjson.dumps({"feedback": [{**whole, "note": mint.string("feedback.note")}]})
    good = {
        "card": card,
        "outcome": "accepted",
        "outcomeTimestamp": when,
        "acceptedSuggestions": [{"id": "x"}],
    }
    for name in (*good, "overrideReason"):
        yield orjson.dumps({"feedback": [{**good, name: mint.string(f"feedback.{name}")}]})
        yield orjson.dumps({"feedback": [{**good, name: {"id": mint.string(f"feedback.{name}")}}]})
    yield orjson.dumps({"feedback": [{**good, "card": str(uuid4()), "x": mint.string("feedback")}]})
    yield orjson.dumps({"feedback": mint.string("feedback")})


def moods(stage: Stage, sender: Sender, hook: str, service: str) -> Iterator[Any]:
    """Have an EHR that answers wrongly asked for all that a call lacks, and yield what comes back."""
    needs = stage.services[service].inner.needs(hook)
    for mood in MOODS:
        stage.ehr.mood = mood
        for keys in ((), ("patient",)):
            body = sender.request(
                hook,
                needs,
                stage.ehr.resources,
                only=keys,
                fhirServer=stage.server,
                fhirAuthorization=sender.authorization(),
            )
            yield stage.send(service, orjson.dumps(body))
    stage.ehr.mood = "good"
