"""A document made ready for calls, and who sees which cards."""

import dataclasses
from typing import Any

import pytest

from cds.config.compiled import snapshot
from cds.config.document import Rollout, ServiceConfig, load
from cds.config.rollout import rank, sight
from cds.hooks.cards import Card, Source
from cds.hooks.profiles import profile


def client(**more: Any) -> dict[str, Any]:
    return {"id": "ehr", "issuer": "https://ehr.example", "jwks_url": "https://ehr.example/jwks", **more}


def test_a_snapshot_holds_the_enabled_clients_with_their_dialects_rules() -> None:
    document = load(
        {
            "clients": [
                client(profile="oracle", fhir_origins=["https://a.example"], cors_origins=["https://b.example"]),
                client(id="off", enabled=False),
                client(id="too", fhir_origins=["https://a.example", "https://c.example"], fhir_inside=True,
                       services=["x"], tenants=["t"], link_origins=["https://l.example"], cds_hooks="3.0"),
            ],
            "limits": {"body_bytes": 5_000, "depth": 9, "entries": 11},
        }
    )  # fmt: skip
    made = snapshot(document, revision=7)
    first, second = made.registry.clients
    rules = profile("oracle").token
    assert (first.leeway, first.max_life, first.jku_prefixes) == (
        rules.leeway,
        rules.max_life,
        rules.jku_prefixes,
    )
    assert (second.id, second.fhir_inside, second.services, second.tenants) == ("too", True, ("x",), ("t",))
    assert (second.link_origins, second.cds_hooks) == (frozenset({"https://l.example"}), "3.0")
    assert made.fhir_origins() == ("https://a.example", "https://c.example")
    assert made.cors_origins == {"https://b.example"}
    assert dataclasses.astuple(made.limits) == (5_000, 9, 11)
    assert made.revision == 7


def test_a_service_the_document_does_not_name_has_the_defaults() -> None:
    made = snapshot(load({"services": {"a": {"max_cards": 9}}}), revision=1)
    assert made.service("a").max_cards == 9
    assert made.service("b") == ServiceConfig()


def test_no_client_and_no_key_stands_in_a_snapshots_repr() -> None:
    assert "registry" not in repr(snapshot(load({"clients": [client()]}), revision=1))


SUBJECTS = [bytes([n % 256, n // 256]) * 16 for n in range(2_000)]


@pytest.mark.parametrize(
    ("rollout", "seen"),
    [
        (Rollout(mode="live"), "shown"),
        (Rollout(mode="silent"), "silent"),
        (Rollout(mode="off"), "off"),
        (Rollout(mode="users", users=("Practitioner/1",)), "shown"),
        (Rollout(mode="users", users=("Practitioner/2",)), "silent"),
        (Rollout(mode="users"), "silent"),
        (Rollout(mode="percent", percent=0), "silent"),
        (Rollout(mode="percent", percent=100), "shown"),
    ],
)
def test_who_sees_the_cards(rollout: Rollout, seen: str) -> None:
    assert {sight(rollout, user="Practitioner/1", subject_key=key) for key in SUBJECTS[:50]} == {seen}


def test_a_percentage_is_drawn_by_patient_and_not_by_user() -> None:
    half = Rollout(mode="percent", percent=30)
    drawn = [sight(half, user="a", subject_key=key) for key in SUBJECTS]
    assert drawn == [sight(half, user="b", subject_key=key) for key in SUBJECTS]
    assert 0.26 < drawn.count("shown") / len(drawn) < 0.34


def test_who_saw_cards_at_a_lower_percentage_sees_them_at_a_higher_one() -> None:
    for key in SUBJECTS[:300]:
        views = [
            sight(Rollout(mode="percent", percent=p), user="", subject_key=key) for p in (5, 20, 60, 100)
        ]
        assert views == sorted(views, reverse=True)


def card(summary: str, indicator: Any, **more: Any) -> Card:
    return Card(summary, summary, indicator, Source("x"), **more)


def test_cards_are_ranked_by_severity_and_keep_their_order_within_one() -> None:
    cards = [card("i1", "info"), card("w1", "warning"), card("c1", "critical"), card("w2", "warning")]
    kept, cut = rank(cards, limit=9)
    assert ([c.summary for c in kept], cut) == (["c1", "w1", "w2", "i1"], 0)


@pytest.mark.parametrize(
    ("limit", "kept", "cut"),
    [(1, ["c1", "c2", "gap"], 2), (3, ["c1", "c2", "gap"], 2), (4, ["c1", "c2", "w1", "gap"], 1)],
)
def test_critical_cards_and_gaps_are_never_cut(limit: int, kept: list[str], cut: int) -> None:
    cards = [
        card("w1", "warning"),
        card("gap", "info", about="gap"),
        card("i1", "info"),
        card("c1", "critical"),
        card("c2", "critical"),
    ]
    found, missing = rank(cards, limit=limit)
    assert ([c.summary for c in found], missing) == (kept, cut)


def test_nothing_is_ranked_as_nothing() -> None:
    assert rank([], limit=3) == ((), 0)
