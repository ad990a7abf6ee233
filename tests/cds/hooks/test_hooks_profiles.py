"""How a card is fitted to each EHR's dialect."""

from typing import Any

import pytest

from cds.errors import SettingsError
from cds.hooks import profiles
from cds.hooks.cards import Action, Card, Link, Source, Suggestion
from cds.hooks.profiles import ResponseRules, fit, names, profile

U1, U2 = "9b2b2d0e-6f41-4a15-8f0c-6f1c1b0b8a01", "9b2b2d0e-6f41-4a15-8f0c-6f1c1b0b8a02"


def action(text: str) -> Action:
    return Action("delete", text, resource_id="Task/1")


def suggestion(uuid: str = U1, *texts: str, **more: Any) -> Suggestion:
    return Suggestion("all of it", uuid, tuple(map(action, texts or ("one", "two"))), **more)


def card(*suggestions: Suggestion, **more: Any) -> Card:
    return Card("u", "s", "info", Source("x"), suggestions=suggestions, **more)


@pytest.mark.parametrize("name", names())
def test_every_profile_says_what_it_is_and_where_that_was_read(name: str) -> None:
    made = profile(name)
    assert made.name == name
    assert made.title
    assert made.notes
    assert made.sources


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="generic"):
        profile("nobody")


def test_an_unknown_key_in_a_profile_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"profile x\.token: unknown key 'alg'"):
        profiles._made(profiles.Profile, {"name": "x", "title": "x", "token": {"alg": 1}}, place="x")


def test_the_generic_profile_changes_nothing() -> None:
    made = card(suggestion(), selection_behavior="at-most-one", links=(Link("l", "https://x"),))
    assert fit(made, profile("generic").response) == made


def test_epic_gets_one_action_a_suggestion_each_with_a_stable_uuid_and_any() -> None:
    made = card(suggestion(), suggestion(U2, "three"), selection_behavior="at-most-one")
    fitted = fit(made, profile("epic").response)
    assert [(s.label, len(s.actions)) for s in fitted.suggestions] == [
        ("one", 1),
        ("two", 1),
        ("all of it", 1),
    ]
    assert fitted.selection_behavior == "any"
    uuids = [s.uuid for s in fitted.suggestions]
    assert (uuids[0], uuids[2], len(set(uuids))) == (U1, U2, 3)
    assert fit(made, profile("epic").response) == fitted


def test_epic_gets_only_links_whose_origin_is_listed() -> None:
    links = (Link("a", "https://ok.example/x"), Link("b", "https://ok.example.evil/x"))
    fitted = fit(card(links=links), profile("epic").response, link_origins=frozenset({"https://ok.example"}))
    assert [link.label for link in fitted.links] == ["a"]


def test_E12_a_2_0_client_gets_actions_to_choose_from_as_suggestions_and_a_3_0_client_as_they_are() -> None:
    made = card(suggestion(action_selection="any"), suggestion(U2), selection_behavior="any")
    split = fit(made, ResponseRules(), spec="2.0").suggestions
    assert [len(s.actions) for s in split] == [1, 1, 2]
    assert {s.action_selection for s in split} == {"all"}
    assert fit(made, ResponseRules(), spec="3.0") == made


def test_E9_a_recommended_suggestion_that_is_split_recommends_one_part() -> None:
    made = card(
        suggestion(action_selection="any", is_recommended=True),
        suggestion(U2),
        selection_behavior="at-most-one",
    )
    fitted = fit(made, ResponseRules(), spec="2.0")
    assert [s.is_recommended for s in fitted.suggestions] == [True, False, False]


def test_where_recommending_preselects_nothing_is_recommended() -> None:
    made = card(suggestion(is_recommended=True), selection_behavior="any")
    assert not fit(made, ResponseRules(recommended=False)).suggestions[0].is_recommended


def test_a_behaviour_an_ehr_does_not_know_is_replaced() -> None:
    made = card(suggestion(), selection_behavior="any")
    fitted = fit(made, ResponseRules(selection_behavior="at-most-one"))
    assert fitted.selection_behavior == "at-most-one"
    assert fit(card(), ResponseRules(selection_behavior="any")).selection_behavior is None
