"""The assistant in a real browser: accessible, usable by keyboard, with and without scripts."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from assistant_site import PATH, AssistantSite
from browsing import IN_A_BROWSER, axe_faults, open_all, served_by_a_thread, small_targets, tab_to

pytestmark = list(IN_A_BROWSER)

STORY = "Since two hours a crushing pain in the chest that goes to the left arm. No fever."


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with served_by_a_thread(AssistantSite().app) as address:
        yield address


@pytest.fixture
def open_assistant(open_page: Callable[..., Any]) -> Callable[..., Any]:
    return partial(open_page, PATH)


def blank(page: Any) -> None:
    """Leave the page as it opens."""


def wrong(page: Any) -> None:
    page.fill("#story", STORY)
    page.click("button:text-is('Consider')")
    page.wait_for_selector("#faults")


def answered(page: Any) -> None:
    page.click("text=Breathless after a long flight")
    page.wait_for_selector("#question")
    page.click(".as-reply >> text=Yes >> nth=0")
    page.wait_for_selector(".as-changed")


def refused(page: Any) -> None:
    page.fill("#story", "She has a headache. No headache. Seen by Dr Amsel on 03/04/2024.")
    page.fill("#age", "40")
    page.click("button:text-is('Consider')")
    page.wait_for_selector("text=No differential")


STATES = (blank, wrong, answered, refused)


@pytest.mark.parametrize(("scheme", "states"), [("light", STATES), ("dark", (wrong, answered))])
def test_axe_finds_nothing_in_any_state(open_assistant: Any, scheme: str, states: Any) -> None:
    for state in states:
        page = open_assistant(color_scheme=scheme)
        state(page)
        open_all(page)
        assert (state.__name__, axe_faults(page)) == (state.__name__, [])


def test_at_320_px_nothing_scrolls_sideways_and_targets_are_large_enough(open_assistant: Any) -> None:
    """WCAG 2.2, 1.4.10 and 2.5.8; links inside of sentences are excepted there."""
    for state in STATES:
        page = open_assistant(viewport={"width": 320, "height": 640})
        state(page)
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert small_targets(page, excepted="p, #faults li, .skip") == []


@pytest.mark.parametrize("scripts", [True, False])
def test_keys_alone_tell_a_story_answer_a_question_and_take_it_back(
    open_assistant: Any, scripts: bool
) -> None:
    page = open_assistant(java_script_enabled=scripts)
    focus(page, "#story")
    page.keyboard.type(STORY)
    focus(page, "#age")
    page.keyboard.type("61")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results-title")
    assert page.inner_text("#results-title") == "Emergency"
    focus(page, "button[name=answer]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".as-changed")
    focus(page, "button[name=undo]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Answer taken back.")
    assert page.locator("button[name=undo]").count() == 0


def focus(page: Any, selector: str) -> None:
    """Press Tab until such an element is focused, as somebody without a mouse does."""
    tab_to(page, lambda: page.locator(f"{selector}:focus").count() > 0, what=selector)


def test_with_scripts_an_answer_comes_without_a_new_page_and_is_announced(open_assistant: Any) -> None:
    from playwright.sync_api import expect

    page = open_assistant()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.evaluate("window.same = true")
    page.fill("#story", STORY)
    page.fill("#age", "61")
    page.click("button:text-is('Consider')")
    status = page.locator("#as-status[role=status]")
    expect(status).to_have_text(re.compile(r"^Emergency\. \d red flags?\. First to consider: "))
    assert page.evaluate("document.activeElement.id") == "results-title"
    page.click(".as-reply >> text=No >> nth=0")
    expect(status).to_have_text(re.compile("rises|falls|stays|New red flag"))
    assert page.evaluate("document.activeElement.id") == "question"
    assert page.evaluate("window.same") is True
    assert page.url.endswith(PATH)
    assert told == []


def test_the_server_being_away_is_said_and_loses_nothing(open_assistant: Any) -> None:
    from playwright.sync_api import expect

    page = open_assistant()
    page.fill("#story", STORY)
    page.route("**/*", lambda route: route.abort())
    page.click("button:text-is('Consider')")
    expect(page.locator("#as-status")).to_have_text("The service could not be reached; try again")
    assert page.input_value("#story") == STORY
