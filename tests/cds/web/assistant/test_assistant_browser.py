"""The assistant in a real browser: accessible, usable by keyboard, with and without scripts."""

import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from assistant_site import PATH, AssistantSite

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Debian's chromium is not installed (apt-get install chromium)"
    ),
]

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
STORY = "Since two hours a crushing pain in the chest that goes to the left arm. No fever."


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, AssistantSite().app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, served: str) -> Iterator[Callable[..., Any]]:
    contexts = []

    def opened(**options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{served}{PATH}")
        return page

    yield opened
    for context in contexts:
        context.close()


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


def open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


@pytest.mark.parametrize(("scheme", "states"), [("light", STATES), ("dark", (wrong, answered))])
def test_axe_finds_nothing_in_any_state(open_page: Any, scheme: str, states: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for state in states:
        page = open_page(color_scheme=scheme)
        state(page)
        open_all(page)
        found = Axe().run(page).response["violations"]
        assert [(state.__name__, v["id"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_at_320_px_nothing_scrolls_sideways_and_targets_are_large_enough(open_page: Any) -> None:
    """WCAG 2.2, 1.4.10 and 2.5.8; links inside of sentences are excepted there."""
    for state in STATES:
        page = open_page(viewport={"width": 320, "height": 640})
        state(page)
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input, textarea")]
                .filter((each) => each.offsetParent !== null && !each.closest("p, #faults li, .skip"))
                .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
                .filter(([, box]) => box.height > 0 && (box.height < 24 || box.width < 24))
                .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
        )
        assert small == []


@pytest.mark.parametrize("scripts", [True, False])
def test_keys_alone_tell_a_story_answer_a_question_and_take_it_back(open_page: Any, scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts)
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
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_with_scripts_an_answer_comes_without_a_new_page_and_is_announced(open_page: Any) -> None:
    from playwright.sync_api import expect

    page = open_page()
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


def test_the_server_being_away_is_said_and_loses_nothing(open_page: Any) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.fill("#story", STORY)
    page.route("**/*", lambda route: route.abort())
    page.click("button:text-is('Consider')")
    expect(page.locator("#as-status")).to_have_text("The service could not be reached; try again")
    assert page.input_value("#story") == STORY
