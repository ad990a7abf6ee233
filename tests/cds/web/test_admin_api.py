"""The admin API: nobody overwrites what they have not seen, and every fault is named."""

import json
import threading

import pytest
from admin_world import CONFIG, World, document

from adapters.ports import StoreUnavailable
from cds.privacy.audit import verify


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


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
    answer = world.put(document(limits={"ehr_pages": 7}), etag=tag, headers=headers)
    assert answer.status_code == 200
    made = answer.get_json()["revision"]
    assert (made["id"], made["parent"], made["message"]) == (2, 1, "mehr Karten für Zürich")
    assert made["author"].startswith("admin of ours (token ")
    assert world.get(CONFIG).headers["ETag"] == answer.headers["ETag"] != tag
    assert world.told == [2]
    entry = json.loads(world.store.audit_tail("default", "w1").body)
    assert (entry["action"], entry["parent"], entry["paths"]) == ("publish", 1, ["/limits/ehr_pages"])
    assert verify(world.store, "default", world.audit_key).ok


def test_the_message_may_stand_in_the_query(world):
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask(
        "PUT", f"{CONFIG}?message=why", json=document(limits={"ehr_pages": 7}), headers={"If-Match": tag}
    )
    assert answer.get_json()["revision"]["message"] == "why"


@pytest.mark.parametrize("etag", [None, "*"])
def test_a_write_that_names_no_revision_is_answered_428(world, etag):
    answer = world.put(document(limits={"ehr_pages": 7}), etag=etag)
    assert answer.status_code == 428
    assert world.store.head("default") == 1


def test_a_write_that_names_another_revision_is_answered_412(world):
    tag = world.get(CONFIG).headers["ETag"]
    assert world.put(document(limits={"ehr_pages": 7}), etag=tag).status_code == 200
    for stale in (tag, '"1"', f"W/{world.get(CONFIG).headers['ETag']}"):
        assert world.put(document(limits={"ehr_pages": 8}), etag=stale).status_code == 412
    assert world.store.head("default") == 2


def test_of_writers_that_start_from_the_same_revision_exactly_one_wins(world):
    tag = world.get(CONFIG).headers["ETag"]
    barrier, statuses = threading.Barrier(4), []

    def write(n):
        barrier.wait()
        statuses.append(world.put(document(limits={"ehr_pages": n + 5}), etag=tag).status_code)

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
        assert world.put(document(limits={"ehr_pages": 9}), etag=tag).status_code == 200
        return newest

    world.store.head = head
    assert world.put(document(limits={"ehr_pages": 8}), etag=tag).status_code == 412
    assert world.get(CONFIG).get_json()["limits"]["ehr_pages"] == 9


def test_every_fault_comes_back_with_its_place_and_what_was_meant(world):
    tag = world.get(CONFIG).headers["ETag"]
    wrong = {
        "services": {"clinical-scores": {"max_card": 2}},
        "limits": {"ehr_pages": 900},
        "textes": {},
    }
    answer = world.put(wrong, etag=tag)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert {"type", "title", "status", "detail", "errors"} == answer.get_json().keys()
    found = pointers(answer)
    assert "did you mean 'max_cards'?" in found["/services/clinical-scores/max_card"]
    assert "did you mean 'texts'?" in found["/textes"]
    assert "/limits/ehr_pages" in found
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
        "PUT", f"{CONFIG}?message=a%0Ab", json=document(limits={"ehr_pages": 7}), headers={"If-Match": tag}
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
        assert world.put(document(limits={"ehr_pages": n + 20}), etag=tag).status_code == 200


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
    assert world.get(f"{CONFIG}/revisions/1").get_json()["document"]["limits"]["ehr_pages"] == 10
    assert world.get(f"{CONFIG}/revisions/9").status_code == 404


def test_two_revisions_are_compared(world):
    grown(world, 1)
    said = world.get(f"{CONFIG}/revisions/1/diff/2").get_json()
    assert said["changes"] == [{"path": "/limits/ehr_pages", "op": "replace", "old": 10, "new": 20}]
    assert '+    "ehr_pages": 20,' in said["text"]


def test_restoring_makes_a_new_revision(world):
    grown(world, 2)
    path = f"{CONFIG}/revisions/1:restore"
    assert world.ask("POST", path).status_code == 428
    assert world.ask("POST", path, headers={"If-Match": '"2-abc"'}).status_code == 412
    tag = world.get(CONFIG).headers["ETag"]
    answer = world.ask("POST", path, headers={"If-Match": tag, "X-Change-Message": "back"})
    made = answer.get_json()["revision"]
    assert (answer.status_code, made["id"], made["parent"], made["restored_from"]) == (200, 4, 3, 1)
    assert world.get(CONFIG).get_json()["limits"]["ehr_pages"] == 10


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
