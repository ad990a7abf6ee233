"""Model cards in a real browser: accessible in light and dark, on a desk and on a telephone."""

import pytest
from browsing import IN_A_BROWSER, axe_faults, served_by_a_thread
from models_world import World

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = list(IN_A_BROWSER)


@pytest.fixture(scope="module")
def served():
    with served_by_a_thread(World().client.application) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", ["/models", "/models/scores.prevent/card", "/models/scores/card"])
def test_cards_have_no_accessibility_fault_and_never_scroll_sideways(open_page, path, scheme, width):
    """axe finds nothing on the index, a score and the suite; 320 px is 400 % zoom of 1280."""
    page = open_page(path, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    assert axe_faults(page, runOnly=RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_card_breaks_no_rule_of_its_content_policy(open_page):
    """With the policy in force the browser has nothing to complain of, and the styles apply."""
    page, complaints = open_page("/models"), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(page.url + "/scores.kfre/card")
    assert complaints == []
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).borderRadius") != "0px"


def test_the_keyboard_reaches_the_content_first(open_page):
    """The first stop is the skip link, and it leads to the main part."""
    page = open_page("/models/scores.kfre/card")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
