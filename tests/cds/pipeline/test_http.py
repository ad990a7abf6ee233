"""CDS Hooks over HTTP: statuses, limits, CORS, trust, in the words of the checklist."""

import threading
from typing import Any

import orjson
import pytest
from installation import ISSUER, Installation, ScriptedService

EMPTY = (None, "", [], {})


def members(value: Any, path: str = "") -> Any:
    """Yield (path, value) of everything in a JSON value."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from members(item, f"{path}/{key}")


def test_A1_every_answer_is_json(site: Installation) -> None:
    for response in (
        site.web.get("/cds-services"),
        site.post(site.full()),
        site.post(b"{"),
        site.post(site.full(), "/cds-services/none"),
    ):
        assert response.mimetype == "application/json"
        orjson.loads(response.data)


def test_A3_no_member_is_empty_but_cards_and_services(site: Installation) -> None:
    body = site.post(site.full()).get_json()
    assert not [path for path, value in members(body) if value in EMPTY and value is not False]


def test_B1_discovery_lists_each_service_on_each_hook(site: Installation) -> None:
    found = site.web.get("/cds-services").get_json()["services"]
    assert [(s["id"], s["hook"]) for s in found] == [("scripted", "patient-view"), ("scripted", "order-sign")]
    assert all(s["description"] and s["title"] and s["prefetch"] for s in found)


def test_B2_without_services_the_list_is_empty(site_with: Any) -> None:
    site = site_with(document={"services": {"scripted": {"enabled": False}}})
    assert site.web.get("/cds-services").get_json() == {"services": []}
    assert site.post(site.full()).status_code == 404


def test_B8_discovery_with_a_bad_token_is_401_and_with_a_good_one_shows_what_it_may_use(
    site_with: Any,
) -> None:
    site = site_with(client={"services": ["other"]}, also=[ScriptedService(id="other")])
    assert site.web.get("/cds-services", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    response = site.web.get("/cds-services", headers=site.auth("/cds-services"))
    assert {s["id"] for s in response.get_json()["services"]} == {"other"}
    assert site.post(site.full()).status_code == 403


def test_D4_unknown_members_and_extensions_do_no_harm(site: Installation) -> None:
    body = site.full(extension={"com.epic.cdshooks.request.epic-version": "11.1"}, somethingNew=[1, {"a": 2}])
    assert site.post(body).status_code == 200


def test_D14_limits_and_methods(site_with: Any) -> None:
    site = site_with(document={"limits": {"body_bytes": 20_000, "entries": 10, "depth": 20}})
    assert site.post(b'{"a": "' + b"x" * 30_000 + b'"}').status_code == 413
    assert site.post(b"[" * 40 + b"]" * 40).status_code == 413
    many = site.full()
    many["prefetch"]["labs"]["entry"] = [{"resource": {"resourceType": "Basic"}}] * 11
    assert site.post(many).status_code == 413
    assert site.web.get("/cds-services/scripted").status_code == 405
    wrong = site.web.post(
        "/cds-services/scripted", data=b"{}", content_type="text/plain", headers=site.auth()
    )
    assert wrong.status_code == 415


def test_G7_every_refusal_is_the_same_bare_401(site: Installation) -> None:
    bodies = set()
    for headers in (
        {},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": f"Bearer {site.token(aud='https://elsewhere.example')}"},
        {"Authorization": f"Bearer {site.token(exp=1)}"},
        {"Authorization": f"Bearer {site.token(iss='https://unknown.example')}"},
        {"Authorization": f"Bearer {site.token(jti=None)}"},
    ):
        response = site.web.post("/cds-services/scripted", json=site.full(), headers=headers)
        assert response.status_code == 401
        bodies.add(response.data)
    assert len(bodies) == 1


def test_G6_a_token_is_good_once(site: Installation) -> None:
    headers = site.auth()
    assert site.web.post("/cds-services/scripted", json=site.full(), headers=headers).status_code == 200
    assert site.web.post("/cds-services/scripted", json=site.full(), headers=headers).status_code == 401


def test_G6_of_threads_with_one_token_exactly_one_gets_in(site: Installation) -> None:
    headers, body, statuses = site.auth(), site.full(), []

    def go() -> None:
        client = site.web.application.test_client()
        statuses.append(client.post("/cds-services/scripted", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[401] * 7]


@pytest.mark.parametrize(
    "path", ["/cds-services", "/cds-services/scripted", "/cds-services/scripted/feedback"]
)
def test_G9_preflight_needs_no_token(site: Installation, path: str) -> None:
    response = site.web.options(path, headers={"Origin": "https://app.example.org"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert {"GET", "POST", "OPTIONS"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
    assert set(response.headers["Access-Control-Allow-Headers"].split(", ")) == {
        "authorization",
        "content-type",
    }


def test_G9_errors_carry_cors_headers_too_and_strange_origins_none(site: Installation) -> None:
    mine = {"Origin": "https://app.example.org"}
    for response in (site.post(b"{", headers=mine), site.web.post("/cds-services/scripted", headers=mine)):
        assert response.status_code >= 400
        assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    other = site.post(site.full(), headers={"Origin": "https://other.example.org"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_429_names_when_to_come_back(site_with: Any) -> None:
    site = site_with(client={"requests_per_minute": 2})
    statuses = [site.post(site.full()) for _ in range(3)]
    assert [r.status_code for r in statuses] == [200, 200, 429]
    assert int(statuses[-1].headers["Retry-After"]) >= 1


def test_a_defect_of_a_service_is_500_without_a_word_of_what_came_in(
    site_with: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def script(*_: Any) -> Any:
        raise RuntimeError("Zwyndelbrook came in")

    site = site_with(service=ScriptedService(script=script))
    response = site.post(site.full())
    assert response.status_code == 500
    assert b"Zwyndelbrook" not in response.data
    assert "Zwyndelbrook" not in "".join(capsys.readouterr())
    assert "nothing was checked" in response.get_json()["issue"][0]["details"]["text"]


def test_a_demo_accepts_calls_without_a_token_but_a_bad_one_is_refused(site_with: Any) -> None:
    site = site_with(mode="demo")
    answer = site.web.post("/cds-services/scripted", json=site.full())
    assert answer.status_code == 200
    assert answer.get_json()["cards"][0]["source"]["label"] == "clinicards (demo)"
    bad = site.web.post("/cds-services/scripted", json=site.full(), headers={"Authorization": "Bearer a.b.c"})
    assert bad.status_code == 401


def test_a_patient_as_user_gets_no_cards(site: Installation) -> None:
    body = site.full(context={"userId": "Patient/p1", "patientId": "p1"})
    assert site.post(body).get_json() == {"cards": []}
    assert site.audit()[-1][1]["user_type"] == "Patient"


def test_strangers_are_counted_not_listed(site: Installation) -> None:
    for _ in range(5):
        site.web.post("/cds-services/scripted", json=site.full())
    site.live.parts.strangers.flush()
    kinds = [body for kind, body in site.audit() if kind == "refusal"]
    assert [body["count"] for body in kinds] == [5]


def test_a_registered_clients_refusal_is_an_entry_with_its_reason(site: Installation) -> None:
    site.post(b"{")
    kind, body = site.audit()[-1]
    assert (kind, body["client"], body["status"]) == ("refusal", "ehr", 400)


def test_health_and_metrics(site: Installation) -> None:
    site.post(site.full())
    assert site.web.get("/healthz/live").status_code == 200
    assert site.web.get("/healthz/ready").get_json() == {"status": "ready"}
    text = site.web.get("/metrics").get_data(as_text=True)
    assert 'clinicards_calls_total{service="scripted",status="200"}' in text
    assert site.web.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 403


def test_the_audience_is_the_configured_base_and_not_the_host_header(site: Installation) -> None:
    token = site.token(aud="http://evil.example/cds-services/scripted")
    headers = {"Authorization": f"Bearer {token}", "Host": "evil.example"}
    assert site.web.post("/cds-services/scripted", json=site.full(), headers=headers).status_code == 401
    assert ISSUER not in site.web.get("/cds-services").get_data(as_text=True)
