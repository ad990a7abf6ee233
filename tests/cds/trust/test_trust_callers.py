"""Keys of clients, and how they are found."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from trust_tokens import ALL, JWKS_URL, Clock, Sets, client, private, public

from adapters.ports import KeySetUnavailable
from cds.trust import callers
from cds.trust.callers import KeyFinder, Registry, parsed_key, parsed_keys


def test_keys_are_found_by_kid_and_those_of_no_use_are_left_out() -> None:
    found = parsed_keys(
        {
            "keys": [
                public(kid="a"),
                public("RS384", kid="b"),
                public("ES256", kid="c"),
                public("RS384", kid="d", use="enc"),
                public(kid="e", x="AA"),
                public(kid="f", d="secret"),
                {"kty": "oct", "k": "c2VjcmV0", "kid": "g"},
                {"kid": "h"},
                "text",
                5,
            ]
        },
        ("ES384", "RS384"),
    )
    assert sorted(found) == ["a", "b"]


def test_no_key_set_has_no_keys() -> None:
    assert parsed_keys(None, ALL) == {}
    assert parsed_keys({}, ALL) == {}


def test_a_key_without_kid_is_found_by_its_place() -> None:
    assert list(parsed_keys({"keys": [public(kid="")]}, ALL)) == ["#0"]


@pytest.mark.parametrize("algorithm", ALL)
def test_a_key_is_parsed_for_its_own_algorithm(algorithm: str) -> None:
    made = parsed_key(public(algorithm), ALL)
    assert made is not None
    assert made.algorithm_name == algorithm


def test_a_key_that_names_no_algorithm_serves_the_first_that_fits() -> None:
    made = parsed_key(public("RS384", alg=None), ("ES384", "RS256", "RS384"))
    assert made is not None
    assert made.algorithm_name == "RS256"


def test_a_short_rsa_key_is_not_taken() -> None:
    import jwt

    weak = rsa.generate_private_key(65_537, 1_024).public_key()
    made = jwt.get_algorithm_by_name("RS384").to_jwk(weak, as_dict=True)
    assert parsed_key({**made, "kid": "k"}, ALL) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"kty": "EC", "crv": "P-384"},
        {"kty": "EC", "crv": "P-384", "x": 5, "y": 5},
        {"kty": "EC", "crv": "P-384", "x": "é", "y": "AA"},
        {"kty": "RSA", "n": "", "e": ""},
        {"kty": "RSA", "n": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
    ],
)
def test_a_broken_key_is_left_out_and_raises_nothing(broken: dict[str, Any]) -> None:
    assert parsed_key(broken, ALL) is None


def test_a_published_key_is_asked_for_again_after_its_life() -> None:
    sets, clock = Sets({JWKS_URL: [public()]}), Clock()
    finder = KeyFinder(sets, monotonic=clock.monotonic)
    registered = client(jwks_url=JWKS_URL)
    for seconds in (0, 299, 2):
        clock.moment += seconds
        assert finder.key(registered, "k1") is not None
    assert len(sets.asked) == 2


def test_a_key_that_is_not_published_is_not_remembered_as_missing() -> None:
    sets = Sets({JWKS_URL: []})
    finder = KeyFinder(sets)
    assert finder.key(client(jwks_url=JWKS_URL), "k1") is None
    sets.holds = {JWKS_URL: [public()]}
    assert finder.key(client(jwks_url=JWKS_URL), "k1") is not None


def test_a_published_rsa_key_without_algorithm_serves_each_the_client_is_registered_for() -> None:
    finder = KeyFinder(Sets({JWKS_URL: [public("RS384", alg=None)]}))
    registered = client(jwks_url=JWKS_URL, algorithms=("RS384", "RS256"))
    found = [finder.key(registered, "k1", algorithm=a) for a in ("RS384", "RS256", "RS512")]
    assert [k.algorithm_name for k in found if k] == ["RS384", "RS256", "RS384"]


def test_remembered_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST_PARSED", 2)
    sets = Sets({JWKS_URL: [public(kid=f"k{n}") for n in range(4)]})
    finder = KeyFinder(sets)
    for n in range(4):
        assert finder.key(client(jwks_url=JWKS_URL), f"k{n}") is not None
    assert len(finder._parsed) <= 2


def test_keys_that_cannot_be_fetched_raise() -> None:
    with pytest.raises(KeySetUnavailable):
        KeyFinder(Sets()).key(client(jwks_url=JWKS_URL), "k1")


def test_a_registry_knows_clients_by_issuer_and_all_browser_origins() -> None:
    both = Registry(
        (client(id="a", cors_origins=("https://a",)), client(id="b", issuer="x", cors_origins=("https://b",)))
    )
    assert [c.id for c in both.of("x")] == ["b"]
    assert both.of("nobody") == ()
    assert both.cors_origins() == {"https://a", "https://b"}


def test_no_key_stands_in_a_clients_repr() -> None:
    assert str(private("ES384").public_key().public_numbers().x) not in repr(client())
    assert "PyJWK" not in repr(client())
