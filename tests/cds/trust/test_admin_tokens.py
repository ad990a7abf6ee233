"""Tokens: shown once, stored as a hash, refused when late, revoked or wrong, all in the same words."""

import re
from dataclasses import replace

import pytest

from adapters.ports import NotStored, StoreUnavailable
from adapters.store_sql import SqlStore
from cds.errors import BadRequest, Forbidden, Unauthorized, Unavailable
from cds.trust import admin_tokens
from cds.trust.admin_tokens import Proofs, check, new_token, require

NOW = 1_700_000_000.0
DAY = 86_400.0


@pytest.fixture
def store(tmp_path):
    opened = SqlStore(f"sqlite:///{tmp_path / 's.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def token(store):
    text, row = new_token("laptop", "admin", days=90, now=NOW)
    store.add_token("default", row)
    return text


def checked(text, store, *, now=NOW, tenant="default", proofs=None):
    return check(text, store, tenant=tenant, now=now, proofs=proofs)


def test_a_token_has_its_form_and_only_an_argon2_hash_is_kept():
    text, row = new_token("laptop", "viewer", days=1, now=NOW)
    assert re.fullmatch(r"cca_[0-9a-f]{12}_[0-9a-f]{64}", text)
    assert row.hash.startswith("$argon2id$")
    assert text.rsplit("_", 1)[1] not in repr(row)
    assert (row.created, row.expires) == (NOW, NOW + DAY)


def test_a_good_token_gives_its_row(store, token):
    assert checked(token, store).name == "laptop"


def test_no_two_tokens_are_the_same():
    assert len({new_token("a", "viewer", days=1, now=NOW)[0] for _ in range(5)}) == 5


def test_an_expired_token_is_refused(store, token):
    assert checked(token, store, now=NOW + 90 * DAY - 1)
    with pytest.raises(Unauthorized) as caught:
        checked(token, store, now=NOW + 90 * DAY)
    assert "expired" in caught.value.audit


def test_a_revoked_token_is_refused_at_once_even_where_it_was_just_proved(store, token):
    proofs = Proofs()
    checked(token, store, proofs=proofs)
    store.revoke_token("default", token.split("_")[1], now=NOW)
    with pytest.raises(Unauthorized) as caught:
        checked(token, store, now=NOW + 1, proofs=proofs)
    assert "revoked" in caught.value.audit


def test_every_refusal_says_the_same_to_the_caller(store, token):
    _, known, secret = token.split("_")
    wrong = [
        "",
        "x",
        token.upper(),
        f"{token} ",
        f"cca_{'0' * 12}_{secret}",
        f"cca_{known}_{'0' * 64}",
        secret,
    ]
    for text in wrong:
        with pytest.raises(Unauthorized) as caught:
            checked(text, store)
        assert caught.value.message == "Unauthorized"
        assert secret not in caught.value.audit


def test_a_token_of_another_tenant_is_refused(store, token):
    with pytest.raises(Unauthorized):
        checked(token, store, tenant="other")


def test_a_proof_is_remembered_for_a_minute_and_no_longer(store, token, monkeypatch):
    proofs, proved = Proofs(), []
    real = admin_tokens._prove
    monkeypatch.setattr(admin_tokens, "_prove", lambda *a: proved.append(1) or real(*a))
    for second in (0, 30, 59, 61, 100):
        checked(token, store, now=NOW + second, proofs=proofs)
    assert len(proved) == 2


def test_a_clock_set_back_does_not_make_a_proof_last(store, token):
    proofs = Proofs()
    proofs.keep(token, "hash", now=NOW + 1000)
    assert not proofs.holds(token, "hash", now=NOW)


def test_a_wrong_secret_is_never_remembered(store, token):
    proofs = Proofs()
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    for _ in range(2):
        with pytest.raises(Unauthorized):
            checked(forged, store, proofs=proofs)
    assert not proofs._until


def test_what_is_remembered_is_bounded_and_holds_no_token(token):
    proofs = Proofs(most=3)
    for n in range(10):
        proofs.keep(f"{token}{n}", "hash", now=NOW)
    assert len(proofs._until) <= 3
    assert all(isinstance(mark, bytes) and len(mark) == 32 for mark in proofs._until)


def test_a_row_that_cannot_be_read_refuses_and_does_not_break(store):
    text, row = new_token("x", "viewer", days=1, now=NOW)
    store.add_token("default", replace(row, hash="rubbish"))
    with pytest.raises(Unauthorized):
        checked(text, store)


def test_an_unknown_id_costs_a_proof_too(store, monkeypatch):
    proved = []
    real = admin_tokens._prove
    monkeypatch.setattr(admin_tokens, "_prove", lambda *a: proved.append(1) or real(*a))
    with pytest.raises(Unauthorized):
        checked(f"cca_{'0' * 12}_{'0' * 64}", store)
    assert proved == [1]


def test_a_store_that_is_away_is_no_verdict_on_the_token(token):
    class Away:
        def token(self, tenant, id):
            raise StoreUnavailable("gone")

    with pytest.raises(Unavailable):
        checked(token, Away())


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", {"viewer"}), ("admin", {"viewer", "admin"}), ("inference", {"inference"})]
)
def test_a_role_reaches_as_far_as_it_says(role, may):
    _, row = new_token("x", role, days=1, now=NOW)
    for wanted in admin_tokens.ROLES:
        if wanted in may:
            require(row, wanted)
        else:
            with pytest.raises(Forbidden):
                require(row, wanted)


@pytest.mark.parametrize(
    ("name", "role", "days"),
    [
        ("", "admin", 1),
        ("a\nb", "admin", 1),
        (" a", "admin", 1),
        ("a" * 61, "admin", 1),
        ("a", "root", 1),
        ("a", "admin", 0),
        ("a", "admin", 731),
    ],
)
def test_names_roles_and_days_that_do_not_fit_are_refused(name, role, days):
    with pytest.raises(BadRequest):
        new_token(name, role, days=days, now=NOW)


def test_the_store_knows_no_token_it_was_not_given(store):
    with pytest.raises(NotStored):
        store.token("default", "0" * 12)
