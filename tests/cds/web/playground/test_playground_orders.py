"""A draft typed into the playground, checked by the real medication safety."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import CHROMIUM, axe_faults
from page_words import words
from playground_site import Site

SERVICE = "medication-safety"


def fired(site: Site, **query: str) -> str:
    """Return the words of the page of a firing."""
    answer = site.web.get("/playground/fire", query_string={"service": SERVICE, **query})
    assert answer.status_code == 200
    return words(answer.text)


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_draft_of_words_and_a_code_is_held_against_the_chart(site: Site, hook: str) -> None:
    told = fired(
        site,
        patient="polypharmacy-warfarin",
        hook=hook,
        what="ibuprofen 400 MG Oral Tablet",
        code="197805",
        note="three times daily",
    )
    assert "Warfarin with ibuprofen" in told
    assert "Critical" in told


def test_a_draft_of_words_alone_will_do(site: Site) -> None:
    told = fired(site, patient="polypharmacy-warfarin", hook="order-sign", what="Advil 200 mg")
    assert "Warfarin with ibuprofen" in told


def test_the_charts_own_draft_is_used_where_none_is_typed(site: Site) -> None:
    assert "Trimethoprim" in fired(site, patient="hyperkalemia-cystitis", hook="order-sign")


def test_a_new_allergy_is_held_against_what_is_taken(site: Site) -> None:
    told = fired(
        site,
        patient="polypharmacy-warfarin",
        hook="allergyintolerance-create",
        what="lisinopril",
        note="angioedema",
    )
    assert "angioedema" in told
    assert "isinopril" in told


def test_a_refill_of_the_charts_newest_order_is_answered(site: Site) -> None:
    assert "200" in fired(site, patient="ckd-nephrology", hook="medication-refill")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed (apt-get install chromium)")
def test_its_cards_have_no_axe_violation(open_page: Callable[..., Any]) -> None:
    query = {"patient": "hyperkalemia-cystitis", "hook": "order-sign", "service": SERVICE}
    assert axe_faults(open_page(f"/playground/fire?{urlencode(query)}")) == []
