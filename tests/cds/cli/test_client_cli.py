"""`clinicards client`: an EHR is registered by a revision, a refused token is explained, never shown."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER = "https://ehr.example"
HERE = "http://127.0.0.1:8000/cds-services"


@pytest.fixture(scope="module")
def key():
    return ec.generate_private_key(ec.SECP384R1())


def jwks(key, kid="k1"):
    return {"keys": [{**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "ES384"}]}


def register(site, key, *more, id="ehr", code=0):
    file = site.file("keys.json", jwks(key))
    return site.ask("client", "add", "--id", id, "--issuer", ISSUER, "--jwks", file, *more, code=code)


def token(key, **claims):
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "aud": f"{HERE}/clinical-scores",
        "iat": now,
        "exp": now + 300,
        "jti": "one",
        **claims,
    }
    return jwt.encode(whole, key, algorithm="ES384", headers={"kid": "k1", "typ": "JWT"})


def test_add_publishes_a_revision_that_knows_the_client(site, key):
    said = register(
        site, key, "--fhir-origin", "https://ehr.example/fhir", "--cors-origin", ISSUER, "--tenant", "t1",
        "--service", "clinical-scores", "--algorithm", "ES384", "--cds-hooks", "3.0", "--audience", "urn:us",
    )  # fmt: skip
    assert (said["revision"]["id"], said["revision"]["message"]) == (2, "client add ehr")
    row = site.ask("config", "get")["document"]["clients"][0]
    assert row["fhir_origins"] == ["https://ehr.example/fhir"]
    assert row["cors_origins"] == [ISSUER]
    assert (row["tenants"], row["services"], row["algorithms"]) == (["t1"], ["clinical-scores"], ["ES384"])
    assert (row["cds_hooks"], row["audiences"]) == ("3.0", ["urn:us"])


def test_add_says_what_is_doubtful(site, key):
    said = register(site, key)
    assert {w["pointer"] for w in said["warnings"]} == {"/clients/0/cors_origins", "/clients/0/fhir_origins"}


def test_a_key_set_url_will_do_as_well(site):
    site.run("client", "add", "--id", "e", "--issuer", ISSUER, "--jwks-url", "https://ehr.example/keys")
    assert "https://ehr.example/keys" in site.run("client", "list").stdout


@pytest.mark.parametrize("keys", [[], ["--jwks", "k.json", "--jwks-url", "https://x.example"]])
def test_exactly_one_source_of_keys_is_given(site, keys):
    site.run("client", "add", "--id", "e", "--issuer", ISSUER, *keys, code=2)


def test_a_second_client_of_the_same_id_is_refused_unless_it_replaces(site, key):
    register(site, key)
    assert "--replace" in register(site, key, code=1)["error"]["message"]
    register(site, key, "--replace", "--cors-origin", ISSUER)
    assert [c["cors_origins"] for c in site.ask("client", "list")["clients"]] == [[ISSUER]]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        (["--service", "clinical-scors"], "/clients/0/services/0"),
        (["--fhir-origin", "http://ehr.example"], "/clients/0/fhir_origins"),
        (["--cors-origin", "https://ehr.example/app"], "/clients/0/cors_origins/0"),
        (["--algorithm", "HS256"], "/clients/0/algorithms/0"),
        (["--cds-hooks", "1.0"], "/clients/0/cds_hooks"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(site, key, more, place):
    said = register(site, key, *more, code=1)
    assert place in {e["pointer"] for e in said["error"]["errors"]}
    assert site.ask("config", "get")["id"] == 1


def test_an_unknown_profile_names_the_known_ones(site, key):
    assert "epic" in register(site, key, "--profile", "epik", code=2)["error"]["message"]


def test_a_private_key_is_refused_and_not_repeated(site, key):
    private = {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": "k1"}
    file = site.file("keys.json", {"keys": [private]})
    result = site.run("client", "add", "--id", "e", "--issuer", ISSUER, "--jwks", file, code=1)
    assert private["d"] not in result.output
    assert "not a public" in result.output


def test_list_shows_keys_by_thumbprint_only(site, key):
    register(site, key)
    said = site.run("client", "list").stdout + site.run("client", "list", "--json").stdout
    assert "thumbprint" in said
    assert jwks(key)["keys"][0]["x"] not in said
    assert jwks(key)["keys"][0]["y"] not in said


def test_remove_publishes_a_revision_without_the_client(site, key):
    register(site, key)
    assert site.ask("client", "remove", "ehr")["revision"]["id"] == 3
    assert site.ask("client", "list")["clients"] == []
    assert "there is no client" in site.ask("client", "remove", "ehr", code=1)["error"]["message"]


def test_a_good_token_is_accepted_and_not_used_up(site, key):
    register(site, key)
    good = token(key)
    for _ in range(2):
        said = site.ask("client", "test-jwt", stdin=good)
        assert (said["accepted"], said["client"]) == (True, "ehr")
    assert said["audience"] == f"{HERE}/clinical-scores"


def test_a_token_may_come_from_a_file_with_its_scheme(site, key):
    register(site, key)
    file = site.file("t.txt", f"Bearer {token(key)}\n")
    assert site.ask("client", "test-jwt", "--token-file", file, "--service", "clinical-scores")["accepted"]


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://other.example"}, "issuer is not registered"),
        ({"aud": "https://elsewhere.example"}, "aud is not this endpoint"),
        ({"exp": 1_700_000_300, "iat": 1_700_000_000}, "token has expired"),
        ({"iat": int(time.time()) + 3_600}, "iat lies in the future"),
    ],
)
def test_a_refused_token_is_explained_and_never_shown(site, key, claims, reason):
    register(site, key)
    bad = token(key, **claims)
    result = site.run("client", "test-jwt", stdin=bad, code=1)
    assert reason in result.output
    for part in bad.split("."):
        assert part not in result.output


def test_a_wrong_audience_is_answered_with_the_right_ones(site, key):
    register(site, key)
    said = site.ask("client", "test-jwt", stdin=token(key, aud="https://elsewhere.example"), code=1)
    assert f"{HERE}/clinical-scores" in said["expected"]


def test_a_signature_by_another_key_is_refused(site, key):
    register(site, key)
    other = ec.generate_private_key(ec.SECP384R1())
    assert "signature" in site.ask("client", "test-jwt", stdin=token(other), code=1)["reason"]


@pytest.mark.parametrize("text", ["", "   ", "nonsense", "a.b.c", "x" * 50_000])
def test_what_is_no_token_is_refused_in_words(site, key, text):
    register(site, key)
    result = site.run("client", "test-jwt", stdin=text, code=1)
    assert result.output.startswith("refused")
    assert "x" * 100 not in result.output


def test_an_unknown_service_is_named(site, key):
    register(site, key)
    said = site.ask("client", "test-jwt", "--service", "no", stdin=token(key), code=1)
    assert "clinical-scores" in said["error"]["message"]
