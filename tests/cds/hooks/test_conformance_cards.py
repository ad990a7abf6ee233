"""What a card, a suggestion, an action may be, and how they go over the wire (checklist A3, A4, E)."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from cds.hooks import wire
from cds.hooks.cards import (
    SUMMARY_LIMIT,
    Action,
    Card,
    CardError,
    Change,
    Link,
    OverrideReason,
    Source,
    Suggestion,
    plain,
    shorten,
    topic,
)
from models.record import Code

SOURCE = Source("clinicards", topic=topic("DDIwarfarinIbuprofen", "Bleeding"))
CREATE = Change("create", "order it", resource={"resourceType": "ServiceRequest"})
MADE = Action("create", "order it", resource={"resourceType": "ServiceRequest", "note": [{"text": ""}]})


def card(**more: Any) -> Card:
    """Return a small card with members replaced."""
    return Card(**{"uuid": "u1", "summary": "Look here", "indicator": "info", "source": SOURCE, **more})


def suggestion(**more: Any) -> Suggestion:
    """Return a small suggestion with members replaced."""
    return Suggestion(**{"label": "Do it", "uuid": "s1", "actions": (MADE,), **more})


def over_the_wire(made: Card) -> dict[str, Any]:
    """Return the card as its JSON object."""
    ((sent),) = wire.response([made], about={"service": "x", "config_revision": 3})["cards"]
    parsed: dict[str, Any] = orjson.loads(orjson.dumps(sent))
    return parsed


def empties(value: Any, place: str = "") -> list[str]:
    """Return where null, "", [] or {} stand."""
    if value is None or value in ("", [], {}):
        return [place]
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in empties(v, f"{place}/{k}")]
    if isinstance(value, list):
        return [p for n, v in enumerate(value) for p in empties(v, f"{place}/{n}")]
    return []


def test_A3_nothing_empty_stands_anywhere_in_a_card_of_ours() -> None:
    made = card(findings=({"score": "x", "missing": [], "unit": "", "inputs": {"a": None, "b": 0}},))
    assert empties(over_the_wire(made)) == []


def test_A3_zero_and_false_are_no_empty_members() -> None:
    kept = wire.tidy({"a": 0, "b": False, "c": [0, None, ""], "d": ({"e": []}, 1), "f": ()})
    assert kept == {"a": 0, "b": False, "c": [0], "d": [1]}


def test_A3_a_value_of_a_kind_of_its_own_is_sent_as_it_is() -> None:
    class Word(str):
        __slots__ = ()

    assert wire.tidy({"a": Word("x"), "b": Word("")}) == {"a": "x"}


def test_A3_the_resource_of_an_action_is_sent_as_it_is() -> None:
    sent = over_the_wire(card(suggestions=(suggestion(),), selection_behavior="any"))
    assert sent["suggestions"][0]["actions"][0]["resource"]["note"] == [{"text": ""}]


def test_E1_E16_nothing_to_say_is_an_empty_array_of_cards() -> None:
    assert wire.response([], about={}) == {"cards": []}


def test_E2_summary_is_at_most_139_characters() -> None:
    assert SUMMARY_LIMIT == 139
    assert over_the_wire(card(summary="x" * 139))["summary"] == "x" * 139
    for wrong in ("", "x" * 140, "two\nlines"):
        with pytest.raises(CardError, match="summary"):
            card(summary=wrong)


@pytest.mark.parametrize("text", ["x" * 139, "short", ""])
def test_E2_a_text_within_the_limit_is_not_cut(text: str) -> None:
    assert shorten(text) == text


def test_E2_a_longer_text_is_cut_at_a_word_and_says_so() -> None:
    assert shorten("alpha beta gamma, delta", 18) == "alpha beta…"
    assert shorten("a" * 200) == "a" * 138 + "…"


@pytest.mark.parametrize("indicator", ["info", "warning", "critical"])
def test_E3_the_three_indicators(indicator: Any) -> None:
    assert over_the_wire(card(indicator=indicator))["indicator"] == indicator


@pytest.mark.parametrize("indicator", ["hard-stop", "success", "", None])
def test_E3_there_is_no_other_indicator(indicator: Any) -> None:
    with pytest.raises(CardError, match="indicator"):
        card(indicator=indicator)


def test_E4_a_source_says_label_url_icon_and_topic() -> None:
    source = Source("me", "https://x.example/a", "https://x.example/i.png", topic("Ab1", "Word"))
    assert over_the_wire(card(source=source))["source"] == {
        "label": "me",
        "url": "https://x.example/a",
        "icon": "https://x.example/i.png",
        "topic": {
            "system": "https://clinicards.org/fhir/CodeSystem/card-topic",
            "code": "Ab1",
            "display": "Word",
        },
    }
    assert over_the_wire(card(source=Source("me")))["source"] == {"label": "me"}
    assert card(source=Source("me")).topic == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""},
        {"label": "x", "url": "/relative"},
        {"label": "x", "icon": "icon.png"},
        {"label": "x", "url": "javascript:alert(1)"},
        {"label": "x", "topic": Code("s", "not alphanumeric")},
        {"label": "x", "topic": Code("s", "a" * 101)},
        {"label": "x", "topic": Code("", "a")},
    ],
)
def test_E4_a_source_that_breaks_the_rules_cannot_be_made(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(CardError, match="source"):
        Source(**wrong)


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("a <b>c</b>", "a c"),
        ("a < b", "a ‹ b"),
        ("&lt;img src=x&gt;", "‹img src=x›"),
        ("x & y", "x & y"),
        ("[link](https://evil.example)", r"\[link\](https: //evil.example)"),
        ("see www.evil.example", "see www .evil.example"),
        ("a*b_c`d|e#f~g", r"a\*b\_c\`d\|e\#f\~g"),
        ("one\n\n# two", r"one \# two"),
        ("> quote", r"\> quote"),
        ("- item", r"\- item"),
        ("---", r"\---"),
        ("-1.25", "-1.25"),
        ("1. item", r"1\. item"),
        ("12) item", r"12\) item"),
        ("1.5 mg", "1.5 mg"),
        ("\u202eevil\u200b", "evil"),
        ("tab\tnul\x00", "tab nul"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_E5_text_from_a_record_is_plain_text_in_markdown(text: str, harmless: str) -> None:
    assert plain(text) == harmless


def test_E6_a_card_without_uuid_cannot_be_made() -> None:
    assert over_the_wire(card())["uuid"] == "u1"
    with pytest.raises(CardError, match="uuid"):
        card(uuid="")


@pytest.mark.parametrize("behavior", ["any", "at-most-one"])
def test_E7_suggestions_say_how_many_may_be_taken(behavior: Any) -> None:
    sent = over_the_wire(card(suggestions=(suggestion(),), selection_behavior=behavior))
    assert sent["selectionBehavior"] == behavior


@pytest.mark.parametrize(
    ("suggestions", "behavior"),
    [((), "any"), (("one",), None), (("one",), "all"), (("one",), "")],
)
def test_E7_suggestions_and_behaviour_come_together_or_not_at_all(suggestions: Any, behavior: Any) -> None:
    with pytest.raises(CardError, match="selectionBehavior"):
        card(suggestions=tuple(suggestion() for _ in suggestions), selection_behavior=behavior)


def test_E8_an_override_reason_has_code_system_and_display() -> None:
    sent = over_the_wire(card(override_reasons=(OverrideReason("a", "A reason", "https://s"),)))
    assert sent["overrideReasons"] == [{"code": "a", "system": "https://s", "display": "A reason"}]
    for wrong in (("", "x", "s"), ("a", "", "s"), ("a", "x", "")):
        with pytest.raises(CardError, match="override reason"):
            OverrideReason(*wrong)


@pytest.mark.parametrize("wrong", [{"label": ""}, {"uuid": ""}, {"actions": ()}])
def test_E9_a_suggestion_has_label_uuid_and_an_action(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(CardError, match="suggestion"):
        suggestion(**wrong)


def test_E9_at_most_one_suggestion_is_recommended_where_one_may_be_taken() -> None:
    two = (suggestion(is_recommended=True), suggestion(uuid="s2", is_recommended=True))
    assert card(suggestions=two, selection_behavior="any").suggestions == two
    with pytest.raises(CardError, match="recommended"):
        card(suggestions=two, selection_behavior="at-most-one")
    sent = over_the_wire(card(suggestions=two[:1], selection_behavior="at-most-one"))
    assert sent["suggestions"][0]["isRecommended"] is True
    plainly = over_the_wire(card(suggestions=(suggestion(),), selection_behavior="any"))
    assert "isRecommended" not in plainly["suggestions"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "replace", "description": "x", "resource": {"resourceType": "X"}},
        {"type": "create", "description": "x"},
        {"type": "update", "description": "x", "resource": {"id": "1"}},
        {"type": "update", "description": "x", "resource": {"resourceType": "X"}, "resource_id": "X/1"},
        {"type": "delete", "description": "x", "resource_id": "1"},
        {"type": "delete", "description": "x", "resource_id": "https://ehr.example/Task/1"},
        {"type": "delete", "description": "x", "resource_id": "Task/1", "resource": {"resourceType": "Task"}},
        {"type": "delete", "description": "x"},
    ],
)
def test_E10_an_action_that_breaks_the_rules_cannot_be_made(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(CardError):
        Action(**wrong)


def test_E10_actions_go_over_the_wire_with_what_their_type_needs() -> None:
    assert wire.action_object(MADE) == {
        "type": "create",
        "description": "order it",
        "resource": MADE.resource,
    }
    assert wire.action_object(Action("delete", "", resource_id="Task/1")) == {
        "type": "delete",
        "resourceId": "Task/1",
    }


def test_E10_an_action_of_a_suggestion_has_a_description() -> None:
    with pytest.raises(CardError, match="description"):
        suggestion(actions=(Action("delete", "", resource_id="Task/1"),))


def test_E10_a_change_that_was_not_restored_never_reaches_the_wire() -> None:
    with pytest.raises(TypeError, match="restored"):
        over_the_wire(card(suggestions=(suggestion(actions=(CREATE,)),), selection_behavior="any"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("merge", "x", "", {"resourceType": "X"}),
        ("create", "", "", {"resourceType": "X"}),
        ("create", "x", "Task/t1", {"resourceType": "X"}),
        ("create", "x", "", None),
        ("patch", "x", "", {"status": "x"}),
        ("patch", "x", "Task/t1", None),
        ("delete", "x", "Task/t1", {"status": "x"}),
        ("delete", "x", "", None),
    ],
)
def test_E10_a_change_that_breaks_the_rules_cannot_be_made(wrong: Any) -> None:
    with pytest.raises(CardError):
        Change(*wrong)


def test_E12_behaviour_of_actions_is_said_only_where_it_is_not_the_default() -> None:
    two = (MADE, MADE)
    sent = over_the_wire(
        card(suggestions=(suggestion(actions=two, action_selection="any"),), selection_behavior="any")
    )
    assert sent["suggestions"][0]["actionSelectionBehavior"] == "any"
    sent = over_the_wire(card(suggestions=(suggestion(actions=two),), selection_behavior="any"))
    assert "actionSelectionBehavior" not in sent["suggestions"][0]
    with pytest.raises(CardError, match="actionSelectionBehavior"):
        suggestion(action_selection="some")


def test_E13_a_link_is_absolute_or_smart() -> None:
    links = (
        Link("page", "https://x.example/page"),
        Link("app", "https://x.example/launch", "smart", app_context="ctx", autolaunchable=False),
    )
    assert over_the_wire(card(links=links))["links"] == [
        {"label": "page", "url": "https://x.example/page", "type": "absolute"},
        {
            "label": "app",
            "url": "https://x.example/launch",
            "type": "smart",
            "appContext": "ctx",
            "autolaunchable": False,
        },
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "", "url": "https://x"},
        {"label": "x", "url": "/x"},
        {"label": "x", "url": "https://x", "type": "relative"},
        {"label": "x", "url": "https://x", "app_context": "ctx"},
    ],
)
def test_E13_a_link_that_breaks_the_rules_cannot_be_made(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(CardError):
        Link(**wrong)


def test_E14_system_actions_are_absent() -> None:
    assert "systemActions" not in wire.response([card()], about={})


def test_machine_readable_content_stands_in_the_extension() -> None:
    made = card(findings=({"score": "news2", "value": 7},), model="scores/news2@1")
    assert over_the_wire(made)["extension"] == {
        "org.clinicards.findings": [{"score": "news2", "value": 7}],
        "org.clinicards.card": {
            "service": "x",
            "config_revision": 3,
            "model": "scores/news2@1",
            "topic": "DDIwarfarinIbuprofen",
        },
    }


def test_D11_no_resource_stands_in_the_repr_of_a_change_or_an_action() -> None:
    held = {"resourceType": "Task", "note": "Canary"}
    assert "Canary" not in repr(Change("create", "x", resource=held)) + repr(Action("create", "x", held))
