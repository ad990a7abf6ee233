"""A story lives as long as its request: no address, log, cache or error holds it; models read it scrubbed."""

import logging

import pytest
import structlog
from assistant_site import FIELDS, PATH, AssistantSite, Recorder, nothing

CANARY = "Kunigunde Zwetschgenwasser"
STORY = f"Mrs {CANARY} was seen by Dr Wolfgang Amsel on 03/04/2024. She has a fever and a cough."


def test_the_model_reads_a_story_without_names_and_dates() -> None:
    model = Recorder(nothing())
    AssistantSite(model).page(**{**FIELDS, "story": STORY})
    [document] = model.read
    assert "Zwetschgenwasser" not in str(document)
    assert "Amsel" not in str(document)
    assert "03/04/2024" not in str(document)
    assert "She has a fever and a cough." in document["text"]


def test_offsets_lead_back_to_what_was_typed_and_what_was_replaced_is_shown() -> None:
    html = AssistantSite().page(**{**FIELDS, "sex": "female", "story": STORY})
    assert "&NoBreak;</span>fever" in html or "\u2060</span>fever" in html
    assert 'class="as-hidden"' in html
    assert "replaced before the model read the story" in html


def test_a_story_in_an_address_is_not_read() -> None:
    html = AssistantSite().get(query_string={**FIELDS, "story": STORY}).text
    assert CANARY not in html
    assert 'class="as-row"' not in html


def test_every_form_posts(served_forms: str) -> None:
    assert served_forms.count("<form") == served_forms.count('<form method="post"') > 0


@pytest.fixture
def served_forms() -> str:
    site = AssistantSite()
    return str(site.get().text + site.page(**{**FIELDS, "story": STORY}))


def test_no_cache_keeps_a_page_and_no_script_stands_in_it() -> None:
    site = AssistantSite()
    for answer in (site.get(), site.post(**FIELDS), site.post(story=STORY)):
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "style=" not in answer.text
        assert answer.text.count("<script") == 1


def test_nothing_of_a_story_is_logged_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as told:
        AssistantSite().post(**{**FIELDS, "story": STORY})
        AssistantSite().post(story=STORY)
        failed = AssistantSite(Recorder(RuntimeError(STORY))).post(**{**FIELDS, "story": STORY})
    assert failed.status_code == 500
    assert CANARY not in failed.text
    assert CANARY not in caplog.text
    assert CANARY not in str(told)
    assert [row["event"] for row in told] == ["unforeseen"]


def test_it_is_there_in_a_demo_only() -> None:
    site = AssistantSite(mode="serve")
    assert site.get().status_code == 404
    assert site.post(**FIELDS).status_code == 404


def test_other_pages_cannot_post_to_it() -> None:
    answer = AssistantSite().post(headers={"Sec-Fetch-Site": "cross-site"}, **FIELDS)
    assert answer.status_code == 403


def test_more_than_a_story_can_be_is_not_even_read() -> None:
    answer = AssistantSite().web.post(PATH, data={**FIELDS, "story": "x" * 400_000})
    assert answer.status_code == 413
    assert "xxx" not in answer.text
