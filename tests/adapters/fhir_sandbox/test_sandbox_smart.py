"""Tokens: how they are had, and what they allow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from sandbox_chart import NOW, Answer, Caller

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.scopes import granted, read_scopes
from adapters.fhir_sandbox.smart import ASSERTION_TYPE
from adapters.fhir_sandbox.store import Store

TOKEN_URL = "http://ehr.test/token"
EC_KEY = ec.generate_private_key(ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
JWKS = {
    "keys": [
        {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec", "alg": "ES384"},
        {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa", "alg": "RS384"},
    ]
}


@dataclass
class Clock:
    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secured(store: Store, clock: Clock) -> Caller:
    return Caller(FhirSandbox(store, require_token=True, clients={"cards": JWKS}, clock=clock))


def claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    return {
        "iss": "cards",
        "sub": "cards",
        "aud": TOKEN_URL,
        "exp": now + 240,
        "jti": str(uuid4()),
        **changes,
    }


def sign(payload: dict[str, Any], key: Any = EC_KEY, algorithm: str = "ES384", kid: str = "ec") -> str:
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid})


def ask(ehr: Caller, assertion: str, scope: str = "system/*.rs", **changes: str) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": scope,
        **changes,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ehr.call("POST", "/token", headers=headers, body=urlencode(form).encode())


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(EC_KEY, "ES384", "ec"), (RSA_KEY, "RS384", "rsa")])
def test_a_registered_client_gets_a_token_that_opens_the_record(secured: Caller, key, algorithm, kid) -> None:
    answer = ask(secured, sign(claims(), key, algorithm, kid))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    document = answer.json
    assert (document["token_type"], document["expires_in"], document["scope"]) == (
        "bearer",
        300,
        "system/*.rs",
    )
    assert secured.get("/Patient/anna").status == 401
    assert secured.get("/Patient/anna", Authorization=f"Bearer {document['access_token']}").status == 200


BAD: dict[str, Callable[[], str]] = {
    "unregistered client": lambda: sign(claims(iss="other", sub="other")),
    "iss is not sub": lambda: sign(claims(sub="other")),
    "another audience": lambda: sign(claims(aud="http://ehr.test")),
    "expired": lambda: sign(claims(exp=int(NOW.timestamp()) - 10)),
    "lives too long": lambda: sign(claims(exp=int(NOW.timestamp()) + 600)),
    "exp is text": lambda: sign(claims(exp="soon")),
    "no jti": lambda: sign({name: value for name, value in claims().items() if name != "jti"}),
    "another key": lambda: sign(claims(), ec.generate_private_key(ec.SECP384R1())),
    "unknown kid": lambda: sign(claims(), kid="other"),
    "algorithm none": lambda: jwt.encode(claims(), None, algorithm="none", headers={"kid": "ec"}),
    "symmetric": lambda: jwt.encode(claims(), "s" * 48, algorithm="HS384", headers={"kid": "ec"}),
    "RS256": lambda: sign(claims(), RSA_KEY, "RS256", "rsa"),
    "not a JWT": lambda: "hello",
    "empty": lambda: "",
}


@pytest.mark.parametrize("name", BAD)
def test_an_assertion_that_does_not_verify_is_an_invalid_client(secured: Caller, name: str) -> None:
    answer = ask(secured, BAD[name]())
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_an_assertion_works_once(secured: Caller) -> None:
    assertion = sign(claims())
    assert ask(secured, assertion).status == 200
    assert ask(secured, assertion).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "other"}, "invalid_request"),
        ({"scope": "system/Patient.c"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_token_errors_have_their_oauth_word(secured: Caller, changes: dict[str, str], error: str) -> None:
    answer = ask(secured, sign(claims()), **changes)
    assert (answer.status, answer.json["error"]) == (400, error)


def test_a_token_expires(secured: Caller, clock: Clock) -> None:
    token = ask(secured, sign(claims())).json["access_token"]
    clock.now += timedelta(seconds=301)
    answer = secured.get("/Patient/anna", Authorization=f"Bearer {token}")
    assert answer.status == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_bad_token_is_refused_even_where_none_is_needed(ehr: Caller) -> None:
    assert ehr.get("/Patient/anna").status == 200
    assert ehr.get("/Patient/anna", Authorization="Bearer wrong").status == 401


def test_metadata_needs_no_token(secured: Caller) -> None:
    assert secured.get("/metadata").status == 200
    assert secured.get("/.well-known/smart-configuration").status == 200


def test_scopes_limit_types_and_actions(secured: Caller) -> None:
    bearer = f"Bearer {secured.app.issue_token(None, 'system/Observation.r system/Condition.s').value}"
    assert secured.get("/Observation/o1", Authorization=bearer).status == 200
    assert secured.get("/Observation?patient=anna", Authorization=bearer).status == 403
    assert secured.get("/Condition?patient=anna", Authorization=bearer).status == 200
    assert secured.get("/Patient/anna", Authorization=bearer).status == 403
    headers = {"Content-Type": "application/fhir+json", "Authorization": bearer}
    assert (
        secured.call("POST", "/Condition", headers=headers, body=b'{"resourceType":"Condition"}').status
        == 403
    )


@pytest.fixture
def launched(secured: Caller) -> Callable[[str], Answer]:
    token = secured.app.issue_token("anna", "patient/*.cruds")
    return lambda url: secured.get(url, Authorization=f"Bearer {token.value}")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/Patient/anna", 200),
        ("/Patient/bert", 403),
        ("/Observation/o1", 200),
        ("/Observation/o7", 403),
        ("/Observation?patient=anna", 200),
        ("/Observation?patient=bert", 403),
        ("/Observation?patient=anna,bert", 403),
        ("/Observation?subject=Patient/bert", 403),
        ("/Patient?_id=bert", 403),
        ("/Patient/bert/$everything", 403),
        ("/Medication/metformin", 200),
        ("/Practitioner?name=who", 200),
    ],
)
def test_a_token_of_one_patient_does_not_open_another(
    launched: Callable[[str], Answer], url: str, status: int
) -> None:
    assert launched(url).status == status


def test_a_search_without_patient_stays_inside_the_tokens_compartment(
    launched: Callable[[str], Answer],
) -> None:
    assert launched("/Observation?code=4548-4").ids() == ["o1", "o3", "o4", "o5", "o6"]
    assert launched("/Patient?name=z").ids() == ["anna"]


def test_a_page_belongs_to_the_token_that_searched(
    secured: Caller, launched: Callable[[str], Answer]
) -> None:
    link = launched("/Observation?patient=anna&_count=2").next() or ""
    stranger = secured.app.issue_token("bert", "patient/*.rs")
    assert launched(link).status == 200
    assert secured.get(link, Authorization=f"Bearer {stranger.value}").status == 403


def test_a_token_does_not_show_itself(secured: Caller) -> None:
    token = secured.app.issue_token("anna", "patient/*.rs")
    assert token.value not in repr(token)


@pytest.mark.parametrize(
    ("requested", "allowed", "expected"),
    [
        ("system/Patient.rs", "system/*.rs", "system/Patient.rs"),
        ("system/*.cruds", "system/Patient.rs", "system/Patient.rs"),
        ("system/Patient.read", "system/*.rs", "system/Patient.rs"),
        ("system/Patient.r system/Observation.s", "system/*.rs", "system/Patient.r system/Observation.s"),
        ("user/Patient.rs", "system/*.rs", ""),
        ("system/Patient.rs?category=x", "system/*.rs", ""),
        ("system/Patient.sr", "system/*.rs", ""),
        ("openid fhirUser", "system/*.rs", ""),
    ],
)
def test_scopes_are_cut_down_to_what_is_allowed(requested: str, allowed: str, expected: str) -> None:
    assert granted(requested, allowed) == expected


actions = st.lists(st.sampled_from("cruds"), unique=True, min_size=1).map(
    lambda found: "".join(sorted(found, key="cruds".index))
)
scopes = st.builds(
    "{}/{}.{}".format, st.sampled_from(["system", "patient"]), st.sampled_from(["*", "Patient"]), actions
)


@given(scopes, scopes)
def test_what_is_granted_is_covered_by_both_sides(requested: str, allowed: str) -> None:
    for scope in read_scopes(granted(requested, allowed)):
        for side in (*read_scopes(requested), *read_scopes(allowed)):
            assert scope.context == side.context
            assert scope.actions <= side.actions
            assert side.type in {"*", scope.type}
