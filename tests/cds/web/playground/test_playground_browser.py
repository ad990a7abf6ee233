"""The playground in a real browser: accessible, usable by keyboard, with and without scripts."""

import re
from typing import Any

import pytest
from browsing import IN_A_BROWSER, axe_faults, open_all, small_targets, tab_to

pytestmark = list(IN_A_BROWSER)

FIRED = "/playground/fire?patient=hyperkalemia-cystitis&hook=order-sign&service=advice"
PAGES = (
    "/playground",
    "/playground?patient=hyperkalemia-cystitis&hook=order-sign",
    "/playground?patient=ckd-nephrology&hook=order-dispatch",
    FIRED,
    "/playground/fire?patient=ckd-nephrology&ehr=epic",
    "/playground/fire?patient=ckd-nephrology&service=advice&break.patient=missing&server=none",
    "/playground?patient=nobody",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_with_everything_unfolded(open_page: Any, path: str, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme)
    open_all(page)
    assert axe_faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_at_320_px_nothing_scrolls_sideways(open_page: Any, path: str) -> None:
    """WCAG 2.2, 1.4.10: 320 CSS px is 1280 px at 400 % zoom."""
    page = open_page(path, viewport={"width": 320, "height": 640})
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PAGES)
def test_targets_are_at_least_24_px(open_page: Any, path: str) -> None:
    """WCAG 2.2, 2.5.8; links inside of sentences are excepted there."""
    page = open_page(path, viewport={"width": 390, "height": 844})
    open_all(page)
    assert small_targets(page, excepted="p, .pg-detail, .pg-source, .skip") == []


@pytest.mark.parametrize("scripts", [True, False])
def test_keys_alone_pick_a_patient_fire_and_accept_a_suggestion(open_page: Any, scripts: bool) -> None:
    page = open_page("/playground", java_script_enabled=scripts)
    focus(page, "Woman of 74, cystitis on spironolactone and losartan")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Fire a hook")
    focus(page, "order-sign")
    page.keyboard.press("Enter")
    page.wait_for_selector("legend")
    focus(page, "Fire order-sign")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results")
    focus(page, "Accept: Halve it")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pg-outcome")
    assert "Accepted. Halve it." in page.inner_text(".pg-outcome")


def focus(page: Any, name: str) -> None:
    """Press Tab until what has this name is focused."""

    def focused() -> bool:
        at = page.locator(":focus")
        return at.count() > 0 and " ".join(at.first.text_content().split()) == name

    tab_to(page, focused, what=name)


def test_the_focus_is_always_to_be_seen(open_page: Any) -> None:
    page = open_page(FIRED)
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const drawn = (each) => {
                    const style = getComputedStyle(each);
                    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                };
                const at = document.activeElement;
                return drawn(at) || at.parentElement.matches(":focus-within") && drawn(at.parentElement);
            }"""
        )
        assert seen


def test_with_scripts_the_cards_come_without_a_new_page_and_are_announced(open_page: Any) -> None:
    page = open_page("/playground?patient=hyperkalemia-cystitis&hook=order-sign&service=advice")
    page.evaluate("window.same = true")
    page.click("text=Fire order-sign")
    page.wait_for_selector("#results")
    told_to_screen_readers(page, "1 card")
    assert page.evaluate("window.same") is True
    assert "/playground/fire?" in page.url
    assert page.evaluate("document.activeElement.id") == "results"
    page.click("text=Override this card")
    page.check("text=Will be monitored")
    page.click("button:text-is('Override')")
    page.wait_for_selector(".pg-outcome")
    assert page.evaluate("window.same") is True
    assert "Overridden. Will be monitored." in page.inner_text(".pg-outcome")
    assert page.locator(".pg-override").count() == 0


def told_to_screen_readers(page: Any, beginning: str) -> None:
    """Wait until the live region says this; its policy lets nobody evaluate text in the page."""
    from playwright.sync_api import expect

    expect(page.locator("#pg-status[role=status]")).to_have_text(re.compile(f"^{beginning}"), timeout=15_000)


def test_with_scripts_patients_can_be_filtered(open_page: Any) -> None:
    page = open_page("/playground")
    page.fill("#filter", "kidney 63")
    assert page.locator(".pg-patient:visible").count() == 1
    assert page.inner_text("#filter-told") == "1 shown"


def test_no_page_breaks_its_own_content_policy_or_asks_for_anything_from_elsewhere(
    open_page: Any, served: str
) -> None:
    page = open_page("/playground")
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES[:-1]:
        page.goto(f"{served}{path}")
        open_all(page)
    assert told == []
    assert asked
    assert all(url.startswith(f"{served}/") for url in asked)
