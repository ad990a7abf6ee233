"""Model cards in a real browser: accessible in light and dark, on a desk and on a telephone."""

import logging
import threading
from pathlib import Path

import pytest
from models_world import World

CHROMIUM = Path("/usr/bin/chromium")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def address():
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, World().client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_cards_have_no_accessibility_fault_and_never_scroll_sideways(browser, address, scheme, width):
    """axe finds nothing on the index, a score and the suite; 320 px is 400 % zoom of 1280."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    for path in ("/models", "/models/scores.prevent/card", "/models/scores/card"):
        page.goto(address + path)
        found = axe.run(page, options={"runOnly": RULES}).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_card_breaks_no_rule_of_its_content_policy(browser, address):
    """With the policy in force the browser has nothing to complain of, and the styles apply."""
    context = browser.new_context()
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/models/scores.kfre/card")
    assert complaints == []
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).borderRadius") != "0px"
    context.close()


def test_the_keyboard_reaches_the_content_first(browser, address):
    """The first stop is the skip link, and it leads to the main part."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/models/scores.kfre/card")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    context.close()
