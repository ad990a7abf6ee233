"""What each vendor wants, looked at on registrations and on real cards."""

import pytest
from doctor_site import client, public_jwk

from cds import plugins
from cds.config.compiled import snapshot
from cds.config.document import Document, load
from cds.doctor import dialect
from cds.doctor.dialect import Site, checks, clients_of
from cds.doctor.samples import Sample, take
from cds.hooks.profiles import names, profile
from cds.settings import Settings

CARD = {
    "uuid": "u1",
    "summary": "x",
    "source": {"label": "x", "topic": {"code": "Topic1", "system": "s"}},
    "selectionBehavior": "any",
    "suggestions": [{"uuid": "u2", "label": "x", "actions": [{"type": "delete", "resourceId": "A/1"}]}],
    "links": [{"label": "x", "url": "https://guide.example/page", "type": "absolute"}],
}


def site(name="epic", *, clients=None, cards=(CARD,), settings=None, **changes):
    rows = [client(profile=name)] if clients is None else clients
    current = snapshot(load({"clients": rows}), revision=1)
    samples = changes.pop("samples", None) or (
        Sample("example", "patient-view", "a", 200, {"cards": list(cards)}),
    )
    return Site(
        profile=profile(name),
        document=current.document,
        clients=clients_of(name, current.registry.clients),
        settings=settings,
        samples=samples,
        unfitted=samples,
        **changes,
    )


def run(found):
    return {check.name.partition("-")[2]: check for check in checks(found)}


def test_every_check_that_a_profile_names_is_there():
    wanted = {check for name in names() for check in profile(name).checks}
    assert wanted == set(dialect._CHECKS)


def test_cards_as_epic_wants_them_are_ok():
    rsa = client(profile="epic", jwks={"keys": [public_jwk("RSA")]}, link_origins=["https://guide.example"])
    states = {name: check.state for name, check in run(site(clients=[rsa])).items()}
    assert set(states.values()) == {"ok"}, states


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"uuid": ""}, "uuids"),
        ({"suggestions": [{"label": "x", "actions": [{}]}]}, "uuids"),
        ({"suggestions": [{"uuid": "u1", "label": "x", "actions": [{}]}]}, "uuids"),
        ({"source": {"label": "x"}}, "topics"),
        ({"source": {"label": "x", "topic": {"code": "has-dash"}}}, "topics"),
        ({"source": {"label": "x", "topic": {"code": "x" * 101}}}, "topics"),
        ({"suggestions": [{"uuid": "u2", "label": "x", "actions": [{}, {}]}]}, "one-action"),
        ({"selectionBehavior": "at-most-one"}, "one-action"),
    ],
)
def test_a_card_that_epic_would_not_take_is_found(change, check):
    found = run(site(cards=[{**CARD, **change}]))[check]
    assert (found.state, "example" in found.seen) == ("fail", True)


def test_a_topic_that_changes_from_call_to_call_is_found():
    def sample(code):
        card = {**CARD, "source": {"label": "x", "topic": {"code": code}}}
        return Sample("example", "patient-view", "a", 200, {"cards": [card]})

    assert run(site(samples=(sample("A1"), sample("A1"))))["topics"].state == "ok"
    found = run(site(samples=(sample("A1"), sample("A2"))))["topics"]
    assert (found.state, "change from call to call" in found.seen) == ("fail", True)


def test_links_that_would_be_left_out_are_named():
    found = run(site())["link-origins"]
    assert (found.state, "https://guide.example" in found.seen) == ("warn", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"algorithms": ["ES384"]}, "may not sign"), ({}, "no RSA key")],
)
def test_epic_signs_with_rs384(change, said):
    found = run(site(clients=[client(profile="epic", **change)]))["rs384"]
    assert (found.state, said in found.seen) == ("fail", True)


def test_keys_that_are_published_are_looked_up():
    class Sets:
        def keys(self, url, *, kid):
            return [public_jwk("RSA")]

    row = client(profile="epic", jwks=None, jwks_url="https://ehr.example/jwks")
    assert run(site(clients=[row], key_sets=Sets()))["rs384"].state == "ok"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"issuer": "https://cds-hooks.cerner.com"}, "ok"),
        ({"issuer": "https://other.example"}, "fail"),
        (
            {
                "issuer": "https://cds-hooks.cerner.com",
                "jwks": None,
                "jwks_url": "https://authorization.cerner.com/jwk",
            },
            "ok",
        ),
        (
            {"issuer": "https://cds-hooks.cerner.com", "jwks": None, "jwks_url": "https://other.example/jwk"},
            "fail",
        ),
    ],
)
def test_oracle_has_one_issuer_and_listed_key_sets(change, state):
    assert run(site("oracle", clients=[client(profile="oracle", **change)]))["jku"].state == state


@pytest.mark.parametrize("name", ["epic", "oracle", "athena", "medplum"])
def test_every_vendor_wants_https(name):
    plain = client(profile=name, fhir_origins=["http://127.0.0.1:9/fhir"])
    assert run(site(name))["https"].state == "ok"
    assert run(site(name, clients=[plain]))["https"].state == "warn"
    assert run(site(name, settings=Settings(base_url="http://cds.example")))["https"].state == "fail"


def test_a_vendor_nobody_registered_is_said():
    found = run(site(clients=[]))
    assert (found["client"].state, "--profile epic" in found["client"].fix) == ("warn", True)
    assert found["rs384"].state == "skipped"


def test_a_service_that_refuses_a_sample_is_named():
    refused = Sample("example", "order-sign", "a", 412)
    found = run(site(samples=(refused,)))
    assert (found["samples"].state, "example on order-sign: 412" in found["samples"].seen) == ("warn", True)
    assert found["uuids"].state == "skipped"


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_cards_of_our_own_services_are_as_every_vendor_wants_them(name):
    # What is looked at are cards, not speed, and coverage makes everything slow.
    patient = {service: {"deadline_ms": 5000} for service in plugins.services()}
    samples = take(name, Document.model_validate({"services": patient}))
    assert any(sample.cards for sample in samples)
    assert {sample.status for sample in samples} == {200}
    rsa = client(
        profile=name,
        jwks={"keys": [public_jwk("RSA")]},
        issuer=profile(name).token.issuer or "https://x.example",
    )
    states = {key: check.state for key, check in run(site(name, clients=[rsa], samples=samples)).items()}
    assert "fail" not in states.values(), states
