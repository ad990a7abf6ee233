"""Tokens as an EHR mints them, judged by the code that verifies them."""

import json

import pytest
from fire_service import BASE, private_jwk, verifier

from cds.errors import Unauthorized
from cds.fire.errors import CannotFire
from cds.fire.token import Signer, load_signer, mint

URL = f"{BASE}/cds-services/example"


@pytest.mark.parametrize(("kind", "algorithm"), [("EC", "ES384"), ("RSA", "RS384")])
def test_a_minted_token_is_accepted_once(kind, algorithm):
    signer = Signer("https://ehr.example", private_jwk(kind), tenant="north")
    assert signer.algorithm == algorithm
    check = verifier(signer)
    token = mint(signer, URL)
    assert (check(token, URL).client.id, check(mint(signer, URL), URL).tenant) == ("ehr", "north")
    with pytest.raises(Unauthorized) as refused:
        check(token, URL)
    assert refused.value.audit == "jti was used before"


def test_a_token_is_good_for_one_url_and_five_minutes():
    signer = Signer("https://ehr.example", private_jwk())
    with pytest.raises(Unauthorized) as elsewhere:
        verifier(signer)(mint(signer, URL), f"{BASE}/cds-services")
    assert "aud" in elsewhere.value.audit
    with pytest.raises(Unauthorized) as late:
        verifier(signer)(mint(signer, URL, now=lambda: 1_700_000_000), URL)
    assert "expired" in late.value.audit


def test_the_public_keys_hold_nothing_private():
    signer = Signer("https://ehr.example", private_jwk("RSA"))
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(signer.public["keys"][0])
    assert signer.key["d"] not in repr(signer)


@pytest.mark.parametrize("wrap", [lambda key: key, lambda key: {"keys": [{"kty": "EC"}, key]}])
def test_a_signer_is_read_from_a_key_or_a_key_set(tmp_path, wrap):
    key = private_jwk()
    path = tmp_path / "key.json"
    path.write_text(json.dumps(wrap(key)))
    assert load_signer(path, "https://ehr.example").key == key


def _public(key):
    return {name: value for name, value in key.items() if name != "d"}


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        (_public, "no private key"),
        (lambda key: key | {"kid": ""}, "has no kid"),
        (lambda key: key | {"crv": "P-256"}, "ES384 or RS384"),
        (lambda key: key | {"x": "AAAA"}, "cannot sign"),
        (lambda key: [key], "no private key"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_without_being_shown(tmp_path, change, fix):
    key = private_jwk()
    path = tmp_path / "key.json"
    path.write_text(json.dumps(change(key)))
    with pytest.raises(CannotFire, match=fix) as refused:
        load_signer(path, "https://ehr.example")
    assert key["d"] not in str(refused.value)
    assert refused.value.__context__ is None
