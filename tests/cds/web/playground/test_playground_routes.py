"""The playground's pages as a browser without scripts gets them."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from page_words import words
from playground_site import Site

from cds.hooks.contexts import HOOKS

DRAFT = "hyperkalemia-cystitis"


def page(site: Site, path: str = "", status: int = 200, **query: str) -> str:
    answer = site.web.get(f"/playground{path}", query_string=query)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def forms(html: str, action: str) -> list[str]:
    return re.findall(rf'<form[^>]*action="{action}".*?</form>', html, flags=re.DOTALL)


def fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def accept(html: str, label: str) -> dict[str, str]:
    """Return what a browser sends when the Accept button of a suggestion is pressed."""
    for form in forms(html, "/playground/feedback"):
        found = re.search(rf'name="suggestion" value="([^"]+)"[^>]*>Accept<span[^>]*>: {label}<', form)
        if found:
            return {**fields(form), "suggestion": found[1]}
    raise AssertionError(f"no button accepts {label}")


def test_the_first_page_offers_at_least_fourteen_patients_with_title_and_reason(site: Site) -> None:
    html = page(site)
    tiles = re.findall(r'<li class="pg-patient">.*?</li>', html, flags=re.DOTALL)
    assert len(tiles) >= 14
    assert all(
        re.search(r'<a href="/playground\?patient=[^"]+">[^<]+</a>.*<p>[^<]+</p>', t, re.DOTALL)
        for t in tiles
    )


def test_the_first_page_and_the_bar_above_lead_to_the_assistant(site: Site) -> None:
    html = page(site)
    assert html.count('<a href="/playground/assistant"') == 2
    assert "Diagnosis assistant" in page(site, "/assistant")
    assert '<a href="/playground/assistant" aria-current="page">' in page(site, "/assistant")


@pytest.mark.parametrize("path", ["", "/fire", "/runs/none"])
def test_every_page_says_that_it_is_a_demo(site: Site, path: str) -> None:
    answer = site.web.get(f"/playground{path}", query_string={"patient": DRAFT})
    assert "synthetic patients, calls without a token are accepted. Not a medical device." in words(
        answer.text
    )


def test_the_bare_address_of_a_demo_leads_to_the_playground(site: Site) -> None:
    answer = site.web.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/playground")


def test_pages_allow_no_script_but_our_own_and_are_kept_by_no_cache(site: Site) -> None:
    answer = site.web.get("/playground")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_of_the_library_can_be_chosen_and_tells_whether_a_service_answers(
    site: Site, hook: str
) -> None:
    html = page(site, patient=DRAFT, hook=hook)
    answered = any(hook in service.hooks for service in site.holder.parts.services.values())
    assert (f"Fire {hook}" in words(html)) is answered
    assert (f"No service answers {hook}." in words(html)) is not answered


def test_a_chart_shows_problems_drugs_results_and_encounters(site: Site) -> None:
    told = words(page(site, patient=DRAFT))
    for expected in (
        "Winifred",
        "Chronic kidney disease",
        "spironolactone 25 MG",
        "Creatinine",
        "Encounters",
    ):
        assert expected in told


def test_firing_draws_the_gravest_card_first_with_its_severity_in_words(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice")
    severities = re.findall(r'<p class="pg-severity">(\w+)', html)
    assert severities == ["Warning", "Information"]
    assert "2 cards: 1 warning, 1 information" in words(html)


def test_a_firing_at_all_services_shows_each_answer(site: Site) -> None:
    told = words(page(site, "/fire", patient="ckd-nephrology"))
    assert re.search(r"Clinical scores 200 in \d+ ms", told)
    assert re.search(r"Advice 200 in \d+ ms, 2 cards", told)
    assert "KFRE" in told


def test_details_are_rendered_as_markdown_without_anything_executable(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice")
    detail = re.search(r'<div class="pg-detail">(.*?)</table></div>(.*?)</div>', html, re.DOTALL)
    assert detail
    whole = detail[0]
    assert "<strong>Draft:</strong>" in whole
    assert "<h4>A heading of the card</h4>" in whole
    assert 'href="https://example.org/guideline"' in whole
    assert "<script" not in whole
    assert 'href="javascript' not in whole


def test_a_suggestion_shows_what_it_would_change_against_what_was_sent(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice")
    assert "What would change (1 member)" in words(html)
    assert "<code>dosageInstruction</code>" in html
    changed = re.search(r"<ins>(.*?)</ins>", html, re.DOTALL)
    assert changed
    assert "once daily" in changed[1]
    assert "Remove MedicationRequest: sulfamethoxazole" in words(html)


def test_accepting_posts_feedback_that_the_service_stores(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice")
    sent = accept(html, "Halve it")
    answer = site.web.post("/playground/feedback", data=sent)
    assert answer.status_code == 303
    shown = site.web.get(answer.headers["Location"])
    assert "Accepted. Halve it. The service has the feedback." in words(shown.text)
    parts = site.holder.parts
    stored = [row for row in parts.store.feedback(parts.settings.tenant) if row.card == sent["card"]]
    assert [(row.outcome, row.accepted, row.client) for row in stored] == [
        ("accepted", (sent["suggestion"],), "demo-ehr")
    ]


def test_overriding_posts_the_coded_reason_and_the_words(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice")
    form = next(f for f in forms(html, "/playground/feedback") if 'value="overridden"' in f)
    reason = re.findall(r'name="reason" value="([^"]+)"', form)[1]
    sent = {**fields(form), "reason": reason, "comment": "seen tomorrow"}
    shown = site.web.post("/playground/feedback", data=sent, follow_redirects=True)
    assert "Overridden. Will be monitored." in words(shown.text)
    parts = site.holder.parts
    stored = [row for row in parts.store.feedback(parts.settings.tenant) if row.card == sent["card"]]
    assert [(row.outcome, row.reason_code) for row in stored] == [("overridden", "monitor")]
    sealed = parts.store.sealed(parts.settings.tenant, stored[0].comment)
    assert b"seen tomorrow" not in sealed.sealed


def test_feedback_on_a_card_that_nobody_sent_shows_what_the_service_said(site: Site) -> None:
    sent = {"service": "advice", "card": "no-such-card", "outcome": "overridden", "run": ""}
    told = words(site.web.post("/playground/feedback", data=sent).text)
    assert "The service did not take the feedback (404: no such card of this service was sent" in told


def test_accepting_nothing_is_refused(site: Site) -> None:
    sent = {"service": "advice", "card": "x", "outcome": "accepted"}
    answer = site.web.post("/playground/feedback", data=sent)
    assert answer.status_code == 400
    assert "choose at least one suggestion" in words(answer.text)


def test_names_are_struck_out_and_dates_become_offsets(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice")
    part = re.search(r'id="deidentified-1".*?id="response-1"', html, re.DOTALL)
    assert part
    before, after = (
        re.findall(rf'aria-label="{side}">(.*?)</pre>', part[0], re.DOTALL)
        for side in ("The original", "What passed")
    )
    assert any("<del>&#34;family&#34;: &#34;Aldous&#34;</del>" in text for text in before)
    assert any(re.search(r"<mark>.*DateTime.*\d+ min</mark> <em>.* ago</em>", text) for text in after)
    assert not any("Aldous" in text or re.search(r"\d{4}-\d{2}-\d{2}", text) for text in after)


def test_conformance_timing_and_curl_stand_behind_the_cards(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice")
    told = words(html)
    assert "9 of 9 conformance checks passed" in told
    assert "E2 ✓ passed summary is present and shorter than 140 characters" in told
    timing = html[html.index('id="timing-1"') : html.index('id="curl-1"')]
    assert timing.count('<rect class="bar') == timing.count('<th scope="row">') > 8
    assert "de-identify, make the record" in told
    assert f"curl -s '{site.base}/cds-services/advice'" in unescape(html)


def test_a_broken_rule_is_named_with_its_place(site: Site) -> None:
    told = words(page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice"))
    assert "E5 ✗ broken" in told
    assert "/cards/0/detail" in told


def test_the_request_of_the_curl_line_is_answered_by_the_service(site: Site) -> None:
    body = site.web.get("/playground/request.json", query_string={"patient": DRAFT, "service": "advice"})
    answer = site.web.post("/cds-services/advice", data=body.data, content_type="application/json")
    assert answer.status_code == 200
    assert len(answer.json["cards"]) == 2


@pytest.mark.parametrize(
    ("breaker", "word"),
    [
        ("null", "null: looked, nothing there"),
        ("missing", "missing: left out"),
        ("outcome", "an OperationOutcome in its place"),
        ("page", "the first page only"),
    ],
)
def test_each_key_can_be_broken_and_the_request_shows_it(site: Site, breaker: str, word: str) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice", **{"break.labs": breaker})
    row = re.search(r'<tr><th scope="row">labs</th>(.*?)</tr>', html)
    assert row
    assert word in words(row[1])


def test_without_a_server_to_read_from_a_missing_key_is_a_412_as_an_administrator_sees_it(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice", server="none", **{"break.patient": "missing"})
    told = words(html)
    assert "Advice answered 412" in told
    assert "data this service needs could not be had: patient (not sent; no fhirServer" in told
    assert "&#34;resourceType&#34;: &#34;OperationOutcome&#34;" in html
    assert "No cards; 1 service did not answer" in told


def test_a_defect_of_a_service_is_a_500_without_its_message(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, hook="appointment-book")
    assert "Broken answered 500" in words(html)
    assert "ZeroDivisionError" not in html


def test_what_the_ehr_itself_cannot_do_is_said_without_calling_anybody(site: Site) -> None:
    told = words(page(site, "/fire", patient="ckd-nephrology", hook="encounter-start"))
    assert "was not called" in told
    assert "encounter" in told


def test_epic_gets_one_action_a_suggestion_and_any_of_them(site: Site) -> None:
    told = words(page(site, "/fire", patient=DRAFT, hook="order-sign", service="advice", ehr="epic"))
    assert "Suggestions: take any" in told
    assert "com.epic.cdshooks.card.detail.content-type" in told
    assert "take at most one" not in told


@pytest.mark.parametrize("ehr", ["generic", "epic", "oracle", "athena", "medplum"])
def test_every_ehr_profile_is_answered(site: Site, ehr: str) -> None:
    told = words(page(site, "/fire", patient=DRAFT, service="advice", ehr=ehr))
    assert "Advice 200" in told


def test_an_access_token_is_never_drawn(site: Site) -> None:
    html = page(site, "/fire", patient=DRAFT, service="advice", ehr="epic")
    assert "access_token" not in html
    assert "Bearer " not in html


def test_a_drafted_order_goes_into_the_context(site: Site) -> None:
    query = {"what": "ibuprofen 400 MG Oral Tablet", "code": "197805", "note": "three times daily"}
    body = site.web.get(
        "/playground/request.json",
        query_string={"patient": DRAFT, "hook": "order-sign", "service": "advice", **query},
    ).json
    draft = body["context"]["draftOrders"]["entry"][0]["resource"]
    assert draft["medicationCodeableConcept"]["coding"][0]["code"] == "197805"
    assert draft["dosageInstruction"] == [{"text": "three times daily"}]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"patient": "nobody"}, 404),
        ({"hook": "no-hook"}, 400),
        ({"patient": DRAFT, "ehr": "<script>"}, 400),
        ({"patient": DRAFT, "encounter": "../etc"}, 400),
        ({"patient": DRAFT, "break.labs": "sideways"}, 400),
        ({"patient": DRAFT, "what": "x" * 201}, 400),
    ],
)
def test_a_set_up_that_makes_no_sense_gets_a_page_that_says_so(
    site: Site, query: Mapping[str, str], status: int
) -> None:
    answer = site.web.get("/playground", query_string=query)
    assert answer.status_code == status
    assert "Back to the patients" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


def test_firing_at_a_hook_that_nobody_answers_is_refused(site: Site) -> None:
    told = words(page(site, "/fire", 400, patient=DRAFT, hook="order-dispatch"))
    assert "no service answers order-dispatch" in told


def test_outside_of_demo_mode_there_is_no_playground(site: Site) -> None:
    parts = site.holder.parts
    site.holder.parts = replace(parts, settings=replace(parts.settings, mode="serve"))
    try:
        assert site.web.get("/playground").status_code == 404
    finally:
        site.holder.parts = parts


def test_forms_of_other_sites_are_refused(site: Site) -> None:
    answer = site.web.post("/playground/feedback", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def bundle(**more: Any) -> str:
    urn = "urn:uuid:6f0f6a52-0000-4000-8000-000000000001"
    entries = [
        {
            "fullUrl": urn,
            "resource": {
                "resourceType": "Patient",
                "gender": "female",
                "birthDate": "1960-05-01",
                "name": [{"family": "Zwyndelbrook", "given": ["Quillona"]}],
                **more,
            },
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c1",
                "subject": {"reference": urn},
                "code": {"text": "Essential hypertension"},
            }
        },
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def test_a_pasted_record_is_answered_and_not_kept(site: Site) -> None:
    answer = site.web.post("/playground/fire", data={"bundle": bundle(), "hook": "patient-view"})
    told = words(answer.text)
    assert answer.status_code == 200
    assert "Quillona Zwyndelbrook" in told
    assert "Essential hypertension" in told
    assert "Advice 200" in told
    form = forms(answer.text, "/playground/feedback")[0]
    assert fields(form)["run"] == ""
    assert "request.json" not in answer.text


def test_feedback_on_a_card_of_a_pasted_record_is_shown_on_a_page_of_its_own(site: Site) -> None:
    answer = site.web.post("/playground/fire", data={"bundle": bundle()})
    form = next(f for f in forms(answer.text, "/playground/feedback") if 'value="overridden"' in f)
    shown = site.web.post("/playground/feedback", data=fields(form))
    assert shown.status_code == 200
    assert "Overridden. The service has the feedback." in words(shown.text)
    assert "Zwyndelbrook" not in shown.text


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("no JSON", 400, "not JSON"),
        ("{}", 400, "paste a FHIR R4 Bundle"),
        ('{"resourceType": "Bundle"}', 400, "has no entries"),
        (
            '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Device"}}]}',
            400,
            "one Patient",
        ),
        ('{"resourceType": "Bundle", "entry": [1]}', 400, "must be a resource"),
        ("[" * 100, 413, "nested deeper"),
    ],
)
def test_what_cannot_be_a_record_is_refused_with_the_place(
    site: Site, text: str, status: int, says: str
) -> None:
    answer = site.web.post("/playground/fire", data={"bundle": text})
    assert answer.status_code == status
    assert says in words(answer.text)


def test_a_record_over_the_limit_is_refused(site: Site) -> None:
    parts = site.holder.parts
    small = replace(parts.snapshot, limits=replace(parts.snapshot.limits, body_bytes=1000))
    site.holder.parts = replace(parts, snapshot=small)
    try:
        answer = site.web.post(
            "/playground/fire",
            data=urlencode({"bundle": "x" * 2000}),
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 413
    finally:
        site.holder.parts = parts


def test_the_address_of_a_set_up_brings_it_back(site: Site) -> None:
    query = {
        "patient": DRAFT,
        "hook": "order-sign",
        "ehr": "epic",
        "what": "ibuprofen",
        "code": "197805",
        "break.labs": "null",
    }
    html = page(site, "/fire", **query)
    link = re.search(r'href="/playground/fire\?([^"#]+)#results">Link to this set-up', html)
    assert link
    for name, value in query.items():
        assert urlencode({name: value}) in unescape(link[1])
    again = site.web.get(f"/playground?{unescape(link[1])}").text
    assert '<option value="null" selected>' in again
    assert 'value="197805"' in again
    assert '<option value="epic" selected>' in again
