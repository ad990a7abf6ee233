"""What a person sees of an exchange, at two widths and without colour."""

import io
import json
import re

import pytest
from fire_service import BASE, CARD, Service, chart
from rich.console import Console

from cds.fire.firing import About, Firing, fire
from cds.fire.render import clean, draw, render
from cds.fire.transport import in_process


def shown(service, width=80, **changes):
    about = About(chart=chart(), patient="p1")
    exchange = fire(
        Firing(**({"service": "example", "base": BASE, "about": about} | changes)), in_process(service)
    )
    return printed(render(exchange), width)


def printed(renderable, width=80):
    out = io.StringIO()
    Console(file=out, width=width, no_color=True, highlight=False).print(renderable)
    return out.getvalue()


def words(text):
    """Give the text without borders and line ends."""
    return " ".join(re.sub(r"[│╭╮╰╯─━┃|]", " ", text).split())


@pytest.mark.parametrize("width", [80, 120])
def test_everything_on_a_card_is_shown_at_every_width(width):
    text = shown(Service(), width)
    for expected in (
        "! WARNING",
        CARD["summary"],
        "Why: the drug retains potassium.",
        "K 5.2",
        "Suggestions (choose at most one)",
        "[ ] Take the order out (recommended)",
        "- delete MedicationRequest/draft-1: Remove the draft",
        "Guideline: https://cds.example/guideline",
        "Benefit outweighs",
        "Source: Example rules · topic LabPotassium · https://cds.example/rules",
    ):
        assert expected in words(text)
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("indicator", "word"), [("critical", "‼ CRITICAL"), ("warning", "! WARNING"), ("info", "i INFO")]
)
def test_severity_is_a_word_and_a_sign(indicator, word):
    assert word in printed(draw({**CARD, "indicator": indicator}))


def test_an_unknown_severity_is_named_not_hidden():
    assert "? HARD-STOP" in printed(draw({**CARD, "indicator": "hard-stop"}))
    assert "? NO INDICATOR" in printed(draw({"summary": "x"}))


def test_several_cards_are_counted():
    assert "card 2 of 2" in shown(Service(cards=[CARD, CARD]))


def test_no_cards_is_said_in_words():
    assert "No cards: the service answered and has nothing to say" in words(shown(Service(cards=[])))


def test_a_refusal_is_shown_with_its_reason_and_a_hint():
    issue = {"severity": "error", "code": "required", "details": {"text": "labs could not be had"}}
    body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()
    text = words(shown(Service(status=412, body=body, headers={"Retry-After": "5"})))
    assert "refused the call with 412" in text
    assert "error: required: labs could not be had" in text
    assert "see the prefetch states" in text
    assert "Retry-After: 5" in text


def test_prefetch_states_and_times_are_shown():
    text = words(shown(Service(), breakers={"labs": "outcome"}))
    assert re.search(r"labs outcome 0 on purpose", text)
    assert re.search(r"patient normal 1 \d+", text)
    assert re.search(r"Time: discovery \d+ ms, context \d+ ms, prefetch \d+ ms, call \d+ ms", text)


def test_foreign_text_cannot_speak_to_the_terminal():
    card = {**CARD, "summary": "a\x1b[31mb\u202ec\x07[red]d[/red]", "detail": "x\x1b]0;title\x07y"}
    text = printed(draw(card))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[red]d[/red]" in text
    assert clean("a\r\n\tb") == "a\n\tb"


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"summary": 5, "source": "me", "suggestions": {"a": 1}, "links": [1, None]},
        {"summary": "x", "suggestions": [{"actions": [{"type": "create", "resource": "no"}]}]},
        {"summary": "x", "overrideReasons": [{"code": "only-code"}], "detail": ["no"]},
    ],
)
def test_a_card_that_breaks_the_specification_is_drawn_all_the_same(card):
    assert "Source" in printed(draw(card))


def test_system_actions_are_shown():
    body = b'{"cards":[],"systemActions":[{"type":"delete","resourceId":"Task/1"}]}'
    assert "- delete Task/1" in shown(Service(body=body))


def test_an_answer_that_is_no_object_is_said():
    assert "not a JSON object" in shown(Service(body=b"[]"))
