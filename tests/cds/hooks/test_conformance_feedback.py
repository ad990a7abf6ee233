"""What feedback may be (checklist F)."""

from typing import Any

import orjson
import pytest
from hook_calls import LIMITS

from cds.errors import BadRequest
from cds.hooks.feedback import COMMENT_LIMIT, ITEM_LIMIT, Item, parse

TAKEN = {
    "card": "u1",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s1"}, {"id": "s2"}],
    "outcomeTimestamp": "2026-01-01T10:00:00Z",
}
OVERRIDDEN = {"card": "u1", "outcome": "overridden", "outcomeTimestamp": "2026-01-01T10:00:00.123+01:00"}


def items(*sent: Any) -> tuple[Item, ...]:
    return parse(orjson.dumps({"feedback": list(sent)}), limits=LIMITS)


def refused(pointer: str, item: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        items(OVERRIDDEN, item)
    assert caught.value.pointer == f"/feedback/1{pointer}"


def test_F1_the_body_is_an_object_with_an_array() -> None:
    assert [i.outcome for i in items(TAKEN, OVERRIDDEN)] == ["accepted", "overridden"]
    for wrong in (b"[]", b"{}", b'{"feedback": []}', b'{"feedback": {}}', b"5"):
        with pytest.raises(BadRequest) as caught:
            parse(wrong, limits=LIMITS)
        assert caught.value.pointer == "/feedback"


@pytest.mark.parametrize("name", ["card", "outcome", "outcomeTimestamp"])
@pytest.mark.parametrize("value", [None, "", 5, "x" * 300])
def test_F2_required_members_are_strings_and_named(name: str, value: Any) -> None:
    refused(f"/{name}", {**OVERRIDDEN, name: value})


def test_F2_an_item_is_an_object() -> None:
    refused("", 5)


@pytest.mark.parametrize("outcome", ["ignored", "Accepted"])
def test_F2_there_are_two_outcomes(outcome: str) -> None:
    refused("/outcome", {**OVERRIDDEN, "outcome": outcome})


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T10:00:00",
        "2026-01-01",
        "yesterday",
        "2026-13-01T10:00:00Z",
        "2026-W01-1T10:00:00Z",
        "20260101T100000Z",
        "2026-01-01T10:00Z",
    ],
)
def test_F2_the_timestamp_is_an_rfc_3339_instant(text: str) -> None:
    refused("/outcomeTimestamp", {**OVERRIDDEN, "outcomeTimestamp": text})


@pytest.mark.parametrize(
    "text", ["2026-01-01T10:00:00Z", "2026-01-01t10:00:00.5z", "2026-01-01T10:00:00-05:00"]
)
def test_F2_an_offset_may_be_written_in_any_way_of_rfc_3339(text: str) -> None:
    assert items({**OVERRIDDEN, "outcomeTimestamp": text})[0].timestamp == text


def test_F2_an_accepted_card_names_its_suggestions() -> None:
    assert items(TAKEN)[0].accepted == ("s1", "s2")
    for wrong in (None, [], "s1", {}):
        refused("/acceptedSuggestions", {**TAKEN, "acceptedSuggestions": wrong})
    for wrong in ("s1", {}, {"id": 5}, None):
        refused("/acceptedSuggestions/0/id", {**TAKEN, "acceptedSuggestions": [wrong]})


@pytest.mark.parametrize("value", [None, []])
def test_F2_an_overridden_card_may_carry_an_empty_list(value: Any) -> None:
    assert items({**OVERRIDDEN, "acceptedSuggestions": value})[0].accepted == ()


def test_F2_a_reason_is_a_coding_a_comment_or_both() -> None:
    reason = {"code": "c", "system": "https://s"}
    both = items({**OVERRIDDEN, "overrideReason": {"reason": reason, "userComment": "because"}})[0]
    assert (both.reason_code, both.reason_system, both.comment) == ("c", "https://s", "because")
    comment = items({**OVERRIDDEN, "overrideReason": {"userComment": "because"}})[0]
    assert (comment.reason_code, comment.comment) == ("", "because")
    assert items({**OVERRIDDEN, "overrideReason": {"reason": {"code": "c"}}})[0].reason_system == ""


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({}, ""),
        (5, ""),
        ({"reason": None, "userComment": None}, ""),
        ({"userComment": 5}, "/userComment"),
        ({"userComment": "x" * (COMMENT_LIMIT + 1)}, "/userComment"),
        ({"reason": "c"}, "/reason"),
        ({"reason": {"display": "x"}}, "/reason/code"),
        ({"reason": {"code": "c", "system": 5}}, "/reason/system"),
        ({"reason": {"code": "c", "system": "x" * 300}}, "/reason/system"),
    ],
)
def test_F2_a_reason_of_a_wrong_shape_is_named(value: Any, pointer: str) -> None:
    refused(f"/overrideReason{pointer}", {**OVERRIDDEN, "overrideReason": value})


def test_F3_the_same_card_may_be_reported_several_times_in_one_call() -> None:
    assert [i.card for i in items(TAKEN, TAKEN, OVERRIDDEN)] == ["u1", "u1", "u1"]


def test_F3_items_have_a_limit() -> None:
    with pytest.raises(BadRequest, match=str(ITEM_LIMIT)):
        items(*[OVERRIDDEN] * (ITEM_LIMIT + 1))


def test_G10_a_comment_does_not_stand_in_the_repr() -> None:
    made = items({**OVERRIDDEN, "overrideReason": {"userComment": "Mrs Canary asked"}})[0]
    assert "Canary" not in repr(made)
