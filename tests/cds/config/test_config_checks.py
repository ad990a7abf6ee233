"""What does not fit is named with its place and what may have been meant; what is doubtful is a warning."""

from typing import ClassVar

import pytest
from config_world import EC_KEY, SERVICES, client

from cds.config.checks import admit, examine
from cds.config.document import NotValid


def errors(**document):
    return {fault.pointer: fault.message for fault in examine(document, SERVICES).errors}


def warnings(**document):
    found = examine(document, SERVICES)
    assert not found.errors
    return {fault.pointer: fault.message for fault in found.warnings}


def service(**config):
    return {"clinical-scores": config}


def test_an_unknown_service_gets_the_nearest_id():
    found = errors(services={"clinical-scors": {}})
    assert "did you mean 'clinical-scores'?" in found["/services/clinical-scors"]


def test_an_unknown_key_gets_the_nearest_key():
    found = errors(services=service(max_card=2))
    assert "did you mean 'max_cards'?" in found["/services/clinical-scores/max_card"]


def test_a_hook_the_service_does_not_answer_is_refused():
    found = errors(services=service(hooks=["patient-view", "encounter-stat"]))
    assert "did you mean 'encounter-start'?" in found["/services/clinical-scores/hooks/1"]


def test_an_unknown_option_is_refused():
    found = errors(services=service(options={"warnings_at": 4}))
    assert "did you mean 'warning_at'?" in found["/services/clinical-scores/options/warnings_at"]


def test_thresholds_out_of_order_are_refused_even_where_one_is_the_default():
    found = errors(services=service(options={"warning_at": 30}))
    assert found == {"/services/clinical-scores/options/warning_at": "warning_at must lie below critical_at"}
    assert not errors(services=service(options={"warning_at": 30, "critical_at": 40}))


def test_every_fault_is_named_at_once():
    with pytest.raises(NotValid) as caught:
        admit({"services": {"a": {}, "b": {}}, "clients": [client(services=["c"])]}, SERVICES)
    assert [f.pointer for f in caught.value.faults] == ["/services/a", "/services/b", "/clients/0/services/0"]


@pytest.mark.parametrize("percent", [-1, 101, "half"])
def test_a_percentage_is_from_0_to_100(percent):
    assert "/services/clinical-scores/rollout/percent" in errors(
        services=service(rollout={"percent": percent})
    )


@pytest.mark.parametrize(
    "origin",
    ["https://ehr.example/", "https://ehr.example/app", "https://EHR.example", "https://ehr.example:443"],
)
def test_a_cors_origin_is_written_as_browsers_send_it(origin):
    assert (
        "https://ehr.example" in errors(clients=[client(cors_origins=[origin])])["/clients/0/cors_origins/0"]
    )


def test_origins_as_browsers_send_them_pass():
    origins = [
        "https://ehr.example",
        "https://ehr.example:8443",
        "http://localhost:3000",
        "http://[::1]:3000",
    ]
    assert not errors(clients=[client(cors_origins=origins)])


def test_plain_http_beyond_loopback_is_refused():
    assert "/clients/0/fhir_origins" in errors(clients=[client(fhir_origins=["http://ehr.example/fhir"])])


def test_an_address_with_a_password_is_refused_and_not_repeated():
    found = errors(clients=[client(fhir_origins=["https://me:hunter2@ehr.example/fhir"])])
    assert "no user name or password" in found["/clients/0/fhir_origins/0"]
    assert "hunter2" not in str(found)


def test_a_private_key_is_refused_and_not_repeated():
    row = client(jwks={"keys": [{**EC_KEY, "d": "verysecret"}]}, jwks_url="")
    found = errors(clients=[row])
    assert found
    assert "verysecret" not in str(found)


def test_keys_that_fit_no_registered_algorithm_are_refused():
    row = client(jwks={"keys": [EC_KEY]}, jwks_url="", algorithms=["RS384"])
    assert "RS384" in errors(clients=[row])["/clients/0/jwks"]


def test_a_client_without_origins_is_worth_a_warning():
    assert {"/clients/0/cors_origins", "/clients/0/fhir_origins"} <= warnings(clients=[client()]).keys()


def test_plain_http_on_loopback_is_worth_a_warning():
    found = warnings(clients=[client(fhir_origins=["http://127.0.0.1:8080/fhir"])])
    assert "plain http" in found["/clients/0/fhir_origins/0"]


def test_a_complete_client_gives_no_warning():
    row = client(cors_origins=["https://ehr.example"], fhir_origins=["https://ehr.example/fhir"])
    assert warnings(clients=[row]) == {}


@pytest.mark.parametrize(
    ("rollout", "place"),
    [
        ({"mode": "users"}, "users"),
        ({"mode": "live", "users": ["Practitioner/1"]}, "users"),
        ({"mode": "percent", "percent": 0}, "percent"),
        ({"mode": "live", "percent": 10}, "percent"),
    ],
)
def test_a_rollout_that_does_not_do_what_it_says_is_worth_a_warning(rollout, place):
    assert f"/services/clinical-scores/rollout/{place}" in warnings(services=service(rollout=rollout))


def test_the_kill_switch_and_a_long_deadline_are_worth_a_warning():
    found = warnings(services=service(switched_off=True, deadline_ms=2_000))
    assert found.keys() == {
        "/services/clinical-scores/switched_off",
        "/services/clinical-scores/deadline_ms",
    }


def test_a_client_that_no_token_can_reach_is_worth_a_warning():
    same = {"issuer": "https://one.example", "cors_origins": ["https://a.example"]}
    found = warnings(clients=[client("a", **same), client("b", **same)])
    assert "earlier client" in found["/clients/1"]
    apart = warnings(clients=[client("a", tenants=["t1"], **same), client("b", tenants=["t2"], **same)])
    assert "/clients/1" not in apart


def test_another_issuer_than_the_vendors_is_worth_a_warning():
    from cds.hooks.profiles import names, profile

    vendor = next(name for name in names() if profile(name).token.issuer)
    assert "/clients/0/issuer" in warnings(clients=[client(profile=vendor)])


def test_a_fault_stands_at_the_option_it_names_as_a_word():
    """An option called `on` is not meant by a line that says `region`."""

    class Odd:
        hooks = ()
        options: ClassVar = {"on": 1, "region": 2, "region_code": 3}

        def check_options(self, options):
            return ["region_code: no such condition", "the region is wrong", "nothing is meant"]

    found = examine({"services": {"odd": {}}}, {"odd": Odd()}).errors
    assert [fault.pointer.removeprefix("/services/odd/options") for fault in found] == [
        "/region_code",
        "/region",
        "",
    ]


def test_options_that_a_service_cannot_even_read_are_refused():
    class Careless:
        hooks = ()
        options: ClassVar = {"on": ()}

        def check_options(self, options):
            return [f"no such score {name}" for name in set(options["on"]) - {"a"}]

    found = examine({"services": {"careless": {"options": {"on": [["a"]]}}}}, {"careless": Careless()}).errors
    assert [fault.pointer for fault in found] == ["/services/careless/options"]
    assert "TypeError" in found[0].message
