"""Tokens by signed assertion: against the sandbox's own token office, and against servers that misbehave."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from httpx2 import Headers
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Reply, Server, SetClock, in_turn

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import Store
from adapters.fhir_server import FhirServer
from adapters.network import Answer, Policy
from adapters.ports import AddressRefused, EhrAccess, EhrError, EhrRefused, EhrTimeout, EhrUnavailable
from adapters.smart_backend import SmartBackend, SmartClient, _token_in

pytestmark = pytest.mark.slow

_SCOPE = "system/Observation.rs"


def _pem(key: Any) -> bytes:
    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


_KEYS: dict[str, Any] = {
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS384": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


def _public_set(algorithm: str) -> dict[str, Any]:
    maker = jwt.get_algorithm_by_name(algorithm)
    return {"keys": [{**maker.to_jwk(_KEYS[algorithm].public_key(), as_dict=True), "kid": "k1"}]}


def _client(base: str, algorithm: str = "ES384", **more: Any) -> SmartClient:
    return SmartClient(base, "us", "k1", _pem(_KEYS[algorithm]), algorithm=algorithm, **more)


def _token(value: str = "token-1", **more: Any) -> Reply:
    document = {"access_token": value, "token_type": "bearer", "expires_in": 300, "scope": _SCOPE, **more}
    return Reply(body=orjson.dumps({name: value for name, value in document.items() if value is not None}))


class _Office:
    """A token endpoint and the backend that asks it."""

    def __init__(self, *replies: Reply, **settings: Any) -> None:
        self.server = Server(in_turn(*replies))
        self.clock = SetClock()
        self.token_url = f"{self.server.origin}/token"
        client = _client(f"{self.server.origin}/fhir", **{"token_url": self.token_url, **settings})
        self.backend = SmartBackend(Policy.of(private=[self.server.origin]), client, clock=self.clock)

    def token(self, scopes: str = _SCOPE, *, timeout: float = 2.0, refused: str = "") -> str:
        return self.backend.token(scopes, timeout, refused=refused)

    @property
    def times(self) -> int:
        return len(self.server.asked)


@pytest.fixture
def make() -> Iterator[Callable[..., _Office]]:
    offices: list[_Office] = []

    def start(*replies: Reply, **settings: Any) -> _Office:
        offices.append(_Office(*replies, **settings))
        return offices[-1]

    yield start
    for office in offices:
        office.backend.close()
        office.server.close()


Make = Callable[..., _Office]


# A real token office


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_token_is_had_from_a_server_that_verifies_the_assertion_and_reads_with_it(algorithm: str) -> None:
    sandbox = FhirSandbox(
        Store([{"resourceType": "Patient", "id": "p1"}]),
        vendor="epic",
        clients={"us": _public_set(algorithm)},
    )
    with serve(sandbox) as running:
        policy = Policy.of(private=[running.url])
        backend = SmartBackend(policy, _client(running.url, algorithm))
        ehr = FhirServer(policy, refresh=backend.renewing("system/Patient.rs"))
        token = backend.token("system/Patient.rs", 2.0)
        assert ehr.read(EhrAccess(running.url, token=token), "Patient/p1", timeout=2)["id"] == "p1"
        ehr.close()
        backend.close()


def test_a_server_that_forgot_our_token_gets_a_new_one() -> None:
    def sandbox() -> FhirSandbox:
        store = Store([{"resourceType": "Patient", "id": "p1"}])
        return FhirSandbox(store, require_token=True, clients={"us": _public_set("ES384")})

    with serve(sandbox()) as running:
        policy = Policy.of(private=[running.url])
        backend = SmartBackend(policy, _client(running.url))
        ehr = FhirServer(policy, refresh=backend.renewing("system/Patient.rs"))
        token = backend.token("system/Patient.rs", 2.0)
        running._server.set_app(sandbox())  # started anew, it knows no token
        assert ehr.read(EhrAccess(running.url, token=token), "Patient/p1", timeout=2)["id"] == "p1"
        ehr.close()
        backend.close()


# What is sent


def test_the_assertion_is_signed_for_the_token_url_with_a_short_life_and_a_fresh_id(make: Make) -> None:
    office = make(_token())
    office.token("system/Observation.rs system/Condition.rs")
    office.token("system/Patient.rs")
    ids = set()
    for asked in office.server.asked:
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"].endswith("jwt-bearer")
        key = _KEYS["ES384"].public_key()
        claims = jwt.decode(
            form["client_assertion"],
            key,
            algorithms=["ES384"],
            audience=office.token_url,
            options={"verify_exp": False, "verify_iat": False},
        )
        assert jwt.get_unverified_header(form["client_assertion"])["kid"] == "k1"
        assert claims["iss"] == claims["sub"] == "us"
        assert 0 < claims["exp"] - office.clock.now() <= 300
        ids.add(claims["jti"])
    assert len(ids) == 2
    assert b"scope=system%2FCondition.rs+system%2FObservation.rs" in office.server.asked[0].body


@pytest.mark.parametrize(
    "scopes",
    [
        "",
        "Observation.rs",
        "system/Observation",
        "system/Observation.sr",
        "user/*.rs",
        "system/a.rs",
        "openid",
    ],
)
def test_scopes_of_another_form_are_a_mistake_of_the_caller(make: Make, scopes: str) -> None:
    office = make(_token())
    with pytest.raises(ValueError, match="scopes"):
        office.token(scopes)
    assert not office.times


@pytest.mark.parametrize(
    "scopes", ["system/*.rs", "system/Observation.rs?category=vital-signs", "system/*.read"]
)
def test_scopes_of_both_versions_are_taken(make: Make, scopes: str) -> None:
    assert make(_token()).token(scopes) == "token-1"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [("RS384", "ES384"), ("ES384", "RS384"), ("ES384", "HS256"), ("ES384", "none"), ("", "ES384")],
)
def test_a_key_that_does_not_fit_is_refused_at_once_and_not_shown(key: str, algorithm: str) -> None:
    pem = _pem(_KEYS[key]) if key else b"secret-key-material"
    with pytest.raises(ValueError, match=r"key|algorithm") as caught:
        SmartBackend(Policy.of(), SmartClient("https://ehr.example", "us", "k1", pem, algorithm=algorithm))
    assert "secret-key" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_neither_key_nor_token_shows_in_a_representation_or_log(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = make(_token("token-secret"))
    office.token()
    shown = f"{office.backend.client!r} {office.backend._slots!r} {caplog.text}"
    assert "PRIVATE" not in shown
    assert "token-secret" not in shown


# Keeping tokens


def test_a_token_is_kept_until_shortly_before_its_end(make: Make) -> None:
    office = make(_token("first"), _token("second"))
    assert [office.token(), office.token()] == ["first", "first"]
    office.clock.time += 239
    assert office.token() == "first"
    office.clock.time += 2
    assert office.token() == "second"
    assert office.times == 2


def test_a_short_token_is_kept_for_most_of_its_life(make: Make) -> None:
    office = make(_token("first", expires_in=10), _token("second"))
    office.token()
    office.clock.time += 7
    assert office.token() == "first"
    office.clock.time += 2
    assert office.token() == "second"


def test_each_set_of_scopes_has_its_own_token_whatever_the_order(make: Make) -> None:
    office = make(_token("first"), _token("second"))
    assert office.token("system/A.rs system/B.rs".replace("A", "Goal").replace("B", "Task")) == "first"
    assert office.backend.token(["system/Task.rs", "system/Goal.rs"], 1.0) == "first"
    assert office.token("system/Goal.rs") == "second"


def test_a_refused_token_is_not_given_again(make: Make) -> None:
    office = make(_token("first"), _token("second"))
    assert office.token() == "first"
    assert office.token(refused="first") == "second"
    assert office.token(refused="first") == "second"
    assert office.times == 2


def test_many_threads_cause_one_request(make: Make) -> None:
    office = make(_token())
    late = _token("late")

    def slow(asked: Asked) -> Reply:
        time.sleep(0.1)
        return late

    office.server.answer(slow)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: office.token(), range(24))) == {"late"}
    assert office.times == 1


def test_threads_that_waited_for_a_failure_share_it(make: Make) -> None:
    office = make(_token())
    waiting, released = threading.Barrier(7), threading.Event()

    def failing(asked: Asked) -> Reply:
        released.wait(5)
        return Reply(400, b'{"error":"invalid_client"}')

    def ask(_: int) -> str:
        waiting.wait(5)
        with pytest.raises(EhrRefused) as caught:
            office.token()
        return str(caught.value)

    office.server.answer(failing)
    with ThreadPoolExecutor(6) as threads:
        asking = [threads.submit(ask, number) for number in range(6)]
        waiting.wait(5)
        time.sleep(0.1)
        released.set()
        words = {one.result() for one in asking}
    assert len(words) == 1
    assert office.times == 1


def test_a_failure_is_not_remembered_for_those_who_come_later(make: Make) -> None:
    office = make(Reply(503), _token())
    with pytest.raises(EhrUnavailable):
        office.token()
    office.clock.time += 0.001
    assert office.token() == "token-1"


def test_waiting_for_another_thread_ends_with_the_time_given(make: Make) -> None:
    office = make(_token())
    released = threading.Event()
    office.server.answer(lambda asked: _token() if released.wait(5) else Reply(500))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(office.token, timeout=5)
        while not office.times:
            time.sleep(0.005)
        with pytest.raises(EhrTimeout):
            office.token(timeout=0.1)
        released.set()
        assert first.result() == "token-1"


# Renewing for the FHIR client


def test_only_our_own_tokens_at_our_own_base_are_renewed(make: Make) -> None:
    """The token of a hook call is never replaced by one that may read more."""
    office = make(_token("first"), _token("second"))
    renew = office.backend.renewing(_SCOPE)
    base = office.backend.client.base
    with pytest.raises(EhrRefused):
        renew(EhrAccess(base, token="first"), 1.0)
    office.token()
    for access in (EhrAccess(base, token="of-a-call"), EhrAccess("https://other.example", token="first")):
        with pytest.raises(EhrRefused):
            renew(access, 1.0)
    assert renew(EhrAccess(base, token="first"), 1.0) == "second"


# Discovery


def _discovered(office: _Office, **document: Any) -> None:
    found = {"token_endpoint": office.token_url, **document}

    def answer(asked: Asked) -> Reply:
        return _token() if asked.method == "POST" else Reply(body=orjson.dumps(found))

    office.server.answer(answer)


def test_the_token_url_is_found_in_the_discovery_document_and_kept(make: Make) -> None:
    office = make(_token(), token_url="")
    _discovered(office, token_endpoint_auth_signing_alg_values_supported=["RS384", "ES384"])
    assert office.token() == "token-1"
    office.token("system/Patient.rs")
    assert [asked.path for asked in office.server.asked] == [
        "/fhir/.well-known/smart-configuration",
        "/token",
        "/token",
    ]
    office.clock.time += 3601
    office.token()
    assert office.times == 5


def test_a_token_url_outside_the_registered_bases_gets_no_assertion(make: Make) -> None:
    office = make(_token(), token_url="")
    with Server(lambda asked: _token()) as other:
        _discovered(office, token_endpoint=f"{other.origin}/token")
        with pytest.raises(AddressRefused):
            office.token()
        assert not other.asked


def test_an_algorithm_the_server_does_not_take_is_named(make: Make) -> None:
    office = make(_token(), token_url="")
    _discovered(office, token_endpoint_auth_signing_alg_values_supported=["RS384"])
    with pytest.raises(EhrRefused, match="ES384"):
        office.token()


@pytest.mark.parametrize(
    "reply", [Reply(404), Reply(200, b"<html>"), Reply(200, b"{}"), Reply(200, b'{"token_endpoint":7}')]
)
def test_without_a_usable_discovery_document_the_fix_is_named(make: Make, reply: Reply) -> None:
    with pytest.raises(EhrUnavailable, match="configure token_url"):
        make(reply, token_url="").token()


# Failures have names


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (
            Reply(400, b'{"error":"invalid_client","error_description":"us-secret"}'),
            EhrRefused,
            "400, invalid_client",
        ),
        (Reply(401, b'{"error":"us-secret"}'), EhrRefused, "(401)"),
        (Reply(400, b'{"error":["invalid_client"]}'), EhrRefused, "(400)"),
        (Reply(403, b""), EhrRefused, "(403)"),
        (Reply(500), EhrUnavailable, "(500)"),
        (Reply(429), EhrUnavailable, "(429)"),
        (Reply(302, headers={"location": "/x"}), EhrUnavailable, "(302)"),
        (Reply(200, b"<html>"), EhrUnavailable, "without a bearer token"),
        (Reply(200, b"{}"), EhrUnavailable, "without a bearer token"),
        (_token(token_type="mac"), EhrUnavailable, "without a bearer token"),
        (_token("a\r\nX: us-secret"), EhrUnavailable, "without a bearer token"),
        (_token(expires_in=None), EhrUnavailable, "expires_in"),
        (_token(expires_in="300"), EhrUnavailable, "expires_in"),
        (_token(expires_in=-1), EhrUnavailable, "expires_in"),
        (_token(expires_in=True), EhrUnavailable, "expires_in"),
        (Reply(200, b"x" * 70_000), EhrUnavailable, "larger"),
        (Reply(cut=True), EhrUnavailable, "connection ended"),
    ],
)
def test_a_token_that_is_not_had_raises_the_error_of_its_cause(
    make: Make, reply: Reply, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        make(reply).token()
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_silent_token_endpoint_is_a_timeout(make: Make) -> None:
    office = make(_token())
    office.server.answer(lambda asked: Reply(500) if time.sleep(4) else Reply())
    began = time.monotonic()
    with pytest.raises(EhrTimeout):
        office.token(timeout=0.2)
    assert time.monotonic() - began < 1.5


@given(
    st.dictionaries(
        st.sampled_from(["access_token", "token_type", "expires_in", "error", "scope"]),
        st.none()
        | st.text(max_size=5)
        | st.just("bearer")
        | st.floats(allow_nan=False)
        | st.lists(st.none(), max_size=1),
    ),
    st.sampled_from([200, 400, 401, 500]),
)
def test_any_answer_is_a_token_or_an_error_of_the_port(document: Any, status: int) -> None:
    try:
        token, seconds = _token_in(Answer(status, Headers(), orjson.dumps(document)))
    except EhrError:
        return
    assert token
    assert seconds > 0
