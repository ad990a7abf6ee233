"""The admin API: nobody gets in without a token, nobody overwrites what they have not seen."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from structlog.testing import capture_logs

from adapters.keys_file import FileKeys
from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from cds.config import revisions
from cds.config.compiled import snapshot
from cds.config.document import load
from cds.parts import Parts
from cds.privacy.audit import AuditChain, verify
from cds.privacy.recorder import Recorder
from cds.privacy.spool import Spool
from cds.settings import Settings
from cds.trust.admin_tokens import new_token
from cds.trust.pace import Pace, Strangers
from cds.web.admin_api import blueprint
from cds.web.openapi import describe
from cds.web.problems import http_problem

DAY = 86_400.0
CONFIG = "/admin/api/v1/config"


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.time = 1_700_000_000.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time


class Service:
    """An installed service with one option."""

    id, title, hooks, options = "clinical-scores", "Scores", ("patient-view",), {"warning_at": 10}

    def check_options(self, options):
        return [] if options["warning_at"] > 0 else ["warning_at must be above 0"]


class World:
    """A service's parts, made by hand, with an application over them."""

    def __init__(self, folder, **settings):
        self.clock = Clock()
        self.store = SqlStore(f"sqlite:///{folder / 's.sqlite'}", clock=self.clock)
        keys = FileKeys.create(folder / "keys.json", clock=self.clock)
        (folder / "spool").mkdir()
        self.audit_key = keys.derive("audit", "default")
        chain = AuditChain("w1", self.audit_key)
        self.recorder = Recorder(
            "default", self.store, Spool(folder / "spool", keys, "default"), chain, clock=self.clock
        )
        first = load({"texts": {"source_label": "Klinik"}})
        act = revisions.Act("seed", self.clock.now())
        revisions.seed(self.store, "default", first, act=act, keep=self.recorder.publish)
        self.told = []
        self.parts = Parts(
            settings=Settings(base_url="https://cds.example", data=folder, **settings),
            snapshot=snapshot(first, revision=1),
            services={"clinical-scores": Service()},
            models=None,
            gate=None,
            recorder=self.recorder,
            store=self.store,
            keys=keys,
            ehr=None,
            backend_token=None,
            pool=ThreadPoolExecutor(1),
            clock=self.clock,
            pace=Pace(self.clock.monotonic),
            strangers=Strangers(lambda *_: None, self.clock.now),
        )
        self.app = Flask("test")
        api = blueprint(lambda: self.parts, keep=self.recorder.publish, published=self.told.append)
        self.app.register_blueprint(api)
        self.app.register_error_handler(404, http_problem)
        self.app.register_error_handler(405, http_problem)
        self.admin, self.viewer = self.token("admin"), self.token("viewer")

    def token(self, role, *, days=90):
        text, row = new_token(f"{role} of ours", role, days=days, now=self.clock.now())
        self.store.add_token("default", row)
        return text

    def ask(self, method, path, *, token="admin", peer="127.0.0.1", headers=None, **more):
        chosen = {"admin": self.admin, "viewer": self.viewer}.get(token, token)
        sent = {**({"Authorization": f"Bearer {chosen}"} if chosen else {}), **(headers or {})}
        client = self.app.test_client()
        return client.open(path, method=method, headers=sent, environ_base={"REMOTE_ADDR": peer}, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def put(self, document, *, etag=None, **more):
        headers = {**({"If-Match": etag} if etag else {}), **more.pop("headers", {})}
        return self.ask("PUT", CONFIG, json=document, headers=headers, **more)

    def close(self):
        self.recorder.close()
        self.store.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def document(**more):
    return {"texts": {"source_label": "Klinik"}, **more}


def pointers(answer):
    return {e["pointer"]: e["message"] for e in answer.get_json()["errors"]}


# --- reading ---


def test_the_document_comes_with_its_tag_and_is_never_cached(world):
    answer = world.get(CONFIG)
    assert answer.status_code == 200
    assert answer.get_json()["texts"]["source_label"] == "Klinik"
    sha = world.store.revision("default", 1).sha256
    assert answer.headers["ETag"] == f'"1-{sha[:12]}"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_known_tag_is_answered_304_without_a_body(world):
    tag = world.get(CONFIG).headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = world.get(CONFIG, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        assert answer.headers["Cache-Control"] == "no-store"
    assert world.get(CONFIG, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_is_read_can_be_put_back_and_changes_nothing(world):
    answer = world.get(CONFIG)
    back = world.put(answer.get_json(), etag=answer.headers["ETag"])
    assert (back.status_code, back.get_json()["changed"]) == (200, False)
    assert back.headers["ETag"] == answer.headers["ETag"]
    assert world.told == []


# --- writing ---


def test_a_write_makes_a_revision_with_author_and_message_and_an_audit_entry(world):
    tag = world.get(CONFIG).headers["ETag"]
    headers = {"X-Change-Message": "mehr Karten für Zürich".encode().decode("latin-1")}
    answer = world.put(document(limits={"cards": 7}), etag=tag, headers=headers)
    assert answer.status_code == 200
    made = answer.get_json()["revision"]
    assert (made["id"], made["parent"], made["message"]) == (2, 1, "mehr Karten für Zürich")
    assert made["author"].startswith("admin of ours (token ")
    assert world.get(CONFIG).headers["ETag"] == answer.headers["ETag"] != tag
    assert world.told == [2]
    entry = json.loads(world.store.audit_tail("default", "w1").body)
    assert (entry["action"], entry["parent"], entry["paths"]) == ("publish", 1, ["/limits/cards"])
    assert verify(world.store, "default", world.audit_key).ok


def test_the_message_may_stand_in_the_query(world):
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask(
        "PUT", f"{CONFIG}?message=why", json=document(limits={"cards": 7}), headers={"If-Match": tag}
    )
    assert answer.get_json()["revision"]["message"] == "why"


@pytest.mark.parametrize("etag", [None, "*"])
def test_a_write_that_names_no_revision_is_answered_428(world, etag):
    answer = world.put(document(limits={"cards": 7}), etag=etag)
    assert answer.status_code == 428
    assert world.store.head("default") == 1


def test_a_write_that_names_another_revision_is_answered_412(world):
    tag = world.get(CONFIG).headers["ETag"]
    assert world.put(document(limits={"cards": 7}), etag=tag).status_code == 200
    for stale in (tag, '"1"', f"W/{world.get(CONFIG).headers['ETag']}"):
        assert world.put(document(limits={"cards": 8}), etag=stale).status_code == 412
    assert world.store.head("default") == 2


def test_of_writers_that_start_from_the_same_revision_exactly_one_wins(world):
    tag = world.get(CONFIG).headers["ETag"]
    barrier, statuses = threading.Barrier(4), []

    def write(n):
        barrier.wait()
        statuses.append(world.put(document(limits={"cards": n + 5}), etag=tag).status_code)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412]
    assert world.store.head("default") == 2
    assert len(world.told) == 1


def test_the_loser_of_a_race_inside_the_store_is_told_412(world):
    """The write that comes in after the check of If-Match and before the store's own."""
    tag = world.get(CONFIG).headers["ETag"]
    real = world.store.head

    def head(tenant):
        world.store.head = real
        newest = real(tenant)
        assert world.put(document(limits={"cards": 9}), etag=tag).status_code == 200
        return newest

    world.store.head = head
    assert world.put(document(limits={"cards": 8}), etag=tag).status_code == 412
    assert world.get(CONFIG).get_json()["limits"]["cards"] == 9


def test_every_fault_comes_back_with_its_place_and_what_was_meant(world):
    tag = world.get(CONFIG).headers["ETag"]
    wrong = {
        "services": {"clinical-scores": {"max_card": 2}},
        "limits": {"cards": 900},
        "textes": {},
    }
    answer = world.put(wrong, etag=tag)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert {"type", "title", "status", "detail", "errors"} == answer.get_json().keys()
    found = pointers(answer)
    assert "did you mean 'max_cards'?" in found["/services/clinical-scores/max_card"]
    assert "did you mean 'texts'?" in found["/textes"]
    assert "/limits/cards" in found
    assert world.store.head("default") == 1


def test_the_installed_services_have_a_say(world):
    tag = world.get(CONFIG).headers["ETag"]
    wrong = document(
        services={"clinical-score": {}, "clinical-scores": {"options": {"warning_at": -1, "x": 1}}}
    )
    found = pointers(world.put(wrong, etag=tag))
    assert "did you mean 'clinical-scores'?" in found["/services/clinical-score"]
    assert found["/services/clinical-scores/options/warning_at"] == "warning_at must be above 0"
    assert "/services/clinical-scores/options/x" in found


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"limits": {}, "limits": {}}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 2_000_001, "application/json", 413),
    ],
)
def test_a_body_that_is_no_document_is_refused_in_words(world, content, kind, status):
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask("PUT", CONFIG, data=content, content_type=kind, headers={"If-Match": tag})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert world.store.head("default") == 1


def test_a_message_of_several_lines_is_refused(world):
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask(
        "PUT", f"{CONFIG}?message=a%0Ab", json=document(limits={"cards": 7}), headers={"If-Match": tag}
    )
    assert answer.status_code == 400


def test_a_store_that_is_away_is_503_and_says_when_to_come_back(world):
    def away(_tenant):
        raise StoreUnavailable("gone")

    world.get(CONFIG)
    world.store.head = away
    answer = world.get(CONFIG)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


# --- validating, comparing, restoring ---


def test_validation_tells_errors_warnings_and_changes_and_stores_nothing(world):
    row = {"id": "e", "issuer": "https://e.example", "jwks_url": "https://e.example/keys"}
    good = world.ask("POST", f"{CONFIG}:validate", json=document(clients=[row]), token="viewer")
    assert good.status_code == 200
    said = good.get_json()
    assert (said["valid"], said["errors"]) == (True, [])
    assert "/clients/0/cors_origins" in {w["pointer"] for w in said["warnings"]}
    assert [c["path"] for c in said["changes"]] == ["/clients/0"]
    bad = world.ask("POST", f"{CONFIG}:validate", json={"x": 1}, token="viewer").get_json()
    assert (bad["valid"], bad["changes"]) == (False, [])
    assert world.store.head("default") == 1


def grown(world, count):
    for n in range(count):
        tag = world.get(CONFIG).headers["ETag"]
        assert world.put(document(limits={"cards": n + 20}), etag=tag).status_code == 200


def test_history_comes_in_pages_newest_first(world):
    grown(world, 4)
    first = world.get(f"{CONFIG}/revisions?limit=3").get_json()
    assert [r["id"] for r in first["revisions"]] == [5, 4, 3]
    assert "document" not in first["revisions"][0]
    rest = world.get(first["next"]).get_json()
    assert [r["id"] for r in rest["revisions"]] == [2, 1]
    assert "next" not in rest


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=0", "before=-1", "limit=²"])
def test_a_page_that_cannot_be_is_refused(world, query):
    assert world.get(f"{CONFIG}/revisions?{query}").status_code == 400


def test_one_revision_comes_with_its_document(world):
    grown(world, 1)
    assert world.get(f"{CONFIG}/revisions/1").get_json()["document"]["limits"]["cards"] == 10
    assert world.get(f"{CONFIG}/revisions/9").status_code == 404


def test_two_revisions_are_compared(world):
    grown(world, 1)
    said = world.get(f"{CONFIG}/revisions/1/diff/2").get_json()
    assert said["changes"] == [{"path": "/limits/cards", "op": "replace", "old": 10, "new": 20}]
    assert '+    "cards": 20,' in said["text"]


def test_restoring_makes_a_new_revision(world):
    grown(world, 2)
    path = f"{CONFIG}/revisions/1:restore"
    assert world.ask("POST", path).status_code == 428
    assert world.ask("POST", path, headers={"If-Match": '"2-abc"'}).status_code == 412
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask("POST", path, headers={"If-Match": tag, "X-Change-Message": "back"})
    made = answer.get_json()["revision"]
    assert (answer.status_code, made["id"], made["parent"], made["restored_from"]) == (200, 4, 3, 1)
    assert world.get(CONFIG).get_json()["limits"]["cards"] == 10


def test_the_state_names_revision_services_and_store(world):
    said = world.get("/admin/api/v1/status", token="viewer").get_json()
    assert (said["revision"], said["mode"], said["store"]) == (1, "serve", "ok")
    assert said["services"] == [
        {
            "id": "clinical-scores", "title": "Scores", "enabled": True, "switched_off": False,
            "rollout": "live", "hooks": ["patient-view"],
        }
    ]  # fmt: skip


def test_the_state_says_where_the_store_is_away(world):
    def away():
        raise StoreUnavailable("gone")

    world.store.check = away
    assert world.get("/admin/api/v1/status").get_json()["store"] == "unavailable"


def test_whoami_tells_the_role_and_no_secret(world):
    answer = world.get("/admin/api/v1/whoami", token="viewer")
    assert answer.get_json()["role"] == "viewer"
    assert "hash" not in answer.text
    assert world.viewer.rsplit("_", 1)[1] not in answer.text


# --- the description ---


def test_the_description_names_every_address_and_method(world):
    said = world.get("/admin/api/v1/openapi.json").get_json()
    assert said["openapi"] == "3.1.0"
    described = {(path, method) for path, item in said["paths"].items() for method in item}
    served = set()
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint.startswith("admin_api."):
            path = rule.rule.removeprefix("/admin/api/v1").replace("<int:", "{").replace(">", "}")
            served |= {(path, m.lower()) for m in rule.methods - {"HEAD", "OPTIONS"}}
    assert described == served


def test_every_reference_in_the_description_leads_somewhere():
    said = describe("1")

    def walk(part):
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                target = said
                for step in part["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(said)
    assert "kill switch" in json.dumps(said["components"]["schemas"]["ServiceConfig"])


def test_every_path_parameter_is_described():
    for path, item in describe("1")["paths"].items():
        for operation in item.values():
            named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert named == {part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")}


# --- who gets in ---


ADDRESSES = [
    ("GET", CONFIG), ("PUT", CONFIG), ("POST", f"{CONFIG}:validate"), ("GET", f"{CONFIG}/revisions"),
    ("GET", f"{CONFIG}/revisions/1"), ("GET", f"{CONFIG}/revisions/1/diff/1"),
    ("POST", f"{CONFIG}/revisions/1:restore"), ("GET", "/admin/api/v1/whoami"),
    ("GET", "/admin/api/v1/status"), ("GET", "/admin/api/v1/openapi.json"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_a_good_token_every_address_is_a_bare_401(world, method, path):
    for token in (None, "cca_000000000000_" + "0" * 64, "nonsense"):
        answer = world.ask(method, path, token=token)
        assert answer.status_code == 401
        assert answer.get_json().keys() == {"type", "title", "status"}
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_viewer_cannot_write(world):
    tag = world.get(CONFIG, token="viewer").headers["ETag"]
    assert world.put(document(limits={"cards": 7}), etag=tag, token="viewer").status_code == 403
    restore = world.ask("POST", f"{CONFIG}/revisions/1:restore", token="viewer", headers={"If-Match": tag})
    assert restore.status_code == 403
    assert world.store.head("default") == 1


def test_an_inference_token_opens_nothing_here(world):
    token = world.token("inference")
    for method, path in ADDRESSES:
        assert world.ask(method, path, token=token).status_code == 403


def test_expired_and_revoked_tokens_are_refused(world):
    short = world.token("viewer", days=1)
    assert world.get(CONFIG, token=short).status_code == 200
    world.clock.time += DAY
    assert world.get(CONFIG, token=short).status_code == 401
    world.store.revoke_token("default", world.viewer.split("_")[1], now=world.clock.now())
    assert world.get(CONFIG, token="viewer").status_code == 401


def test_others_than_this_host_are_refused_before_their_token_is_looked_at(world):
    for peer in ("192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", ""):
        assert world.get(CONFIG, peer=peer).status_code == 403
    for peer in ("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"):
        assert world.get(CONFIG, peer=peer).status_code == 200


def test_a_proxy_on_this_host_that_nobody_named_does_not_make_strangers_local(world):
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert world.get(CONFIG, headers={name: "192.0.2.7"}).status_code == 403


def test_settings_can_open_the_api_to_others_and_the_token_is_still_needed(world):
    world.parts = replace(world.parts, settings=replace(world.parts.settings, admin_remote=True))
    assert world.get(CONFIG, peer="192.0.2.7").status_code == 200
    assert world.get(CONFIG, peer="192.0.2.7", token=None).status_code == 401


def test_guessing_is_stopped_with_429_and_a_proved_token_still_passes(world):
    assert world.get(CONFIG).status_code == 200
    wrong = world.viewer[:-4] + "0000"
    statuses = [world.get(CONFIG, token=wrong).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = world.get(CONFIG, token="viewer")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert world.get(CONFIG).status_code == 200
    world.clock.time += 61
    assert world.get(CONFIG, token="viewer").status_code == 200


def test_missing_tokens_are_no_guesses(world):
    for _ in range(20):
        world.get(CONFIG, token=None)
    assert world.get(CONFIG).status_code == 200


def test_no_token_and_no_hash_stand_in_any_answer_or_log(world):
    wrong = world.viewer[:-4] + "0000"
    with capture_logs() as logs:
        said = [
            world.ask(method, path, token=token, json={"token": world.admin})
            for method, path in ADDRESSES
            for token in ("admin", "viewer", wrong)
        ]
    everything = "".join(f"{a.text}{a.headers}" for a in said) + str(logs)
    assert {log["event"] for log in logs} == {"token_refused"}
    for text in (world.admin, world.viewer, wrong):
        assert text.rsplit("_", 1)[1] not in everything
    assert "$argon2" not in everything


def test_refusals_are_counted_as_strangers(world):
    counted = []
    strangers = Strangers(lambda count, *_: counted.append(count), world.clock.now)
    world.parts = replace(world.parts, strangers=strangers)
    world.get(CONFIG, token=None)
    strangers.flush()
    assert counted == [1]


def test_what_flask_itself_refuses_is_a_problem_too(world):
    answer = world.ask("DELETE", CONFIG)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "PUT" in answer.headers["Allow"]
    assert world.get("/admin/api/v1/nothing").mimetype == "application/problem+json"
