"""The pieces the pages are made of: set-ups, contrasts, Markdown, waterfalls, kept answers."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.errors import BadRequest
from cds.fire.prefetch import BREAKERS
from cds.hooks.call import BodyLimits
from cds.hooks.contexts import HOOKS
from cds.hooks.feedback import parse
from cds.hooks.profiles import names
from cds.intake import Intake
from cds.privacy.deidentify import deidentify
from cds.privacy.restore import Wayback
from cds.services.base import Case
from cds.web.playground import cards, markdown, outcomes, pasted, scenario
from cds.web.playground.contrast import contrast
from cds.web.playground.outcomes import MOST, Outcome, Runs
from cds.web.playground.scenario import Scenario
from cds.web.playground.timing import WIDTH, Span, waterfall
from models.base import NoDeadline
from models.record import Record

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
LIMITS = BodyLimits()
WORDS = st.text("abcXYZ 0123-,&=#%éü", max_size=30).map(lambda text: " ".join(text.split()))
IDS = st.from_regex(r"([A-Za-z0-9][A-Za-z0-9\-]{0,18})?", fullmatch=True)


@given(
    patient=WORDS,
    hook=st.sampled_from(sorted(HOOKS)),
    ehr=st.sampled_from(names()),
    encounter=IDS,
    what=WORDS,
    code=IDS,
    note=WORDS,
    server=st.sampled_from(["", "none"]),
    breakers=st.dictionaries(st.text("abcd-", min_size=1, max_size=8), st.sampled_from(BREAKERS), max_size=3),
)
def test_a_set_up_survives_its_address(**fields: object) -> None:
    made = Scenario(**fields)  # type: ignore[arg-type]
    assert scenario.read(dict(parse_qsl(made.query()))) == made


def test_a_draft_becomes_the_line_that_fire_reads_and_its_own_commas_part_nothing() -> None:
    made = Scenario(hook="order-sign", what="a, b", note="twice, daily", code="197805")
    assert made.draft is not None
    assert made.draft.text == "a; b, twice, daily rxnorm:197805"
    assert Scenario(hook="patient-view", what="a").draft is None


def test_another_hook_keeps_the_draft_only_where_it_means_the_same() -> None:
    made = Scenario(hook="order-sign", what="ibuprofen", breakers={"labs": "null"})
    assert made.on("order-select").what == "ibuprofen"
    assert made.on("patient-view").what == ""
    assert made.on("order-select").breakers == {}


def intake_of(*resources: dict[str, object]) -> Intake:
    read = tuple(("key", resource) for resource in resources)
    clean = deidentify(read, now=NOW)
    case = Case("patient-view", Record(), NoDeadline(), resources=clean.resources)
    return Intake(case, Wayback(clean.pseudonyms, clean.originals, "2026-11-01T08:00:00.000Z"), read)


CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1", "display": "Zwyndelbrook, Quillona"},
    "code": {
        "coding": [
            {"system": "urn:local", "code": "Quillona likes this"},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"},
        ]
    },
    "onsetDateTime": "2026-10-20T08:00:00Z",
}


def test_a_contrast_strikes_out_names_marks_ids_and_turns_dates_to_offsets() -> None:
    made = contrast(intake_of(CONDITION))
    pair = made.groups[0].pairs[0]
    before = {line.words: line.fate for line in pair.before}
    assert before['"display": "Zwyndelbrook, Quillona"'] == "dropped"
    assert before['"reference": "Patient/p1"'] == "dropped"
    assert before['"id": "c1"'] == "changed"
    assert before['"code": "I10"'] == "kept"
    assert before['"code": "Quillona likes this"'] == "dropped"
    after = {line.words: (line.fate, line.note) for line in pair.after}
    assert after['"onsetDateTime": 17280 min'] == ("changed", "12 days ago")
    assert not any("Quillona" in words or "2026" in words for words in after)


def test_a_contrast_counts_what_was_removed_and_shows_three_of_a_key() -> None:
    made = contrast(intake_of(*({**CONDITION, "id": f"c{n}"} for n in range(5))))
    assert (made.groups[0].read, made.groups[0].used, len(made.groups[0].pairs)) == (5, 5, 3)
    assert dict(made.removed)["names"] == 3
    assert dict(made.removed)["calendar dates"] == 3


@given(st.text("<>&[](){}!`*_#|\\\"'=:/ \nabjsonerriptcliimgf", max_size=120))
def test_no_text_of_a_card_becomes_markup_that_runs(text: str) -> None:
    html = str(markdown.render(text))
    tags = re.findall(r"<\s*/?\s*([a-z0-9]+)([^>]*)>", html)
    assert {name for name, _ in tags} <= {
        *("div", "a", "p", "br", "strong", "em", "del", "s", "code", "pre", "blockquote", "ul", "ol", "li"),
        *("table", "thead", "tbody", "tr", "th", "td", "h4", "h5", "h6", "hr"),
    }
    for name, attributes in tags:
        assert not re.search(r"\bon\w+\s*=", attributes) or name == "a"
        assert "javascript:" not in unescape(attributes).lower()


def test_a_waterfall_keeps_every_bar_inside_the_drawing_and_counts_in_round_steps() -> None:
    spans = [Span("EHR", f"s{n}", n * 0.01, n * 0.01 + 0.02) for n in range(10)]
    drawing = waterfall(spans)
    assert len(drawing.bars) == 10
    assert all(0 <= bar.x <= bar.x + bar.width <= WIDTH + 2 for bar in drawing.bars)
    assert [label for _, label in drawing.ticks] == ["0", "20", "40", "60", "80", "100"]
    assert waterfall([]).bars == ()


def test_only_the_last_firings_are_kept() -> None:
    runs = Runs()
    kept = [runs.keep(Scenario(), ()) for _ in range(MOST + 1)]
    assert runs.find(kept[0]) is None
    assert runs.find(kept[-1]) is not None


def test_an_outcome_is_noted_with_its_firing_and_a_forgotten_one_changes_nothing() -> None:
    runs = Runs()
    kept = runs.keep(Scenario(), ())
    outcome = Outcome("card", "accepted", "", {}, 200)
    runs.note(kept, outcome)
    runs.note("gone", outcome)
    found = runs.find(kept)
    assert found is not None
    assert dict(found.outcomes) == {"card": outcome}
    assert runs.find("gone") is None


@pytest.mark.parametrize("accept", [True, False])
def test_every_feedback_that_a_form_makes_is_valid(accept: bool) -> None:
    values = {
        "card": "c",
        "outcome": "accepted" if accept else "overridden",
        "reason": "urn:x|y",
        "comment": "words",
    }
    body = outcomes.body(outcomes.reaction(values, ["s1", "s2"]), now=NOW)
    item = parse(orjson.dumps(body), limits=LIMITS)[0]
    assert item.accepted == (("s1", "s2") if accept else ())
    assert (item.reason_code, item.reason_system) == (("", "") if accept else ("y", "urn:x"))
    assert item.timestamp == "2026-11-01T08:00:00.000Z"


def test_a_comment_that_is_too_long_is_refused_before_it_is_sent() -> None:
    with pytest.raises(BadRequest):
        outcomes.reaction({"outcome": "overridden", "comment": "x" * 4001}, [])


def test_cards_that_break_the_rules_are_drawn_all_the_same() -> None:
    body = {
        "cards": [
            {"indicator": "hard-stop", "links": [{"url": "javascript:alert(1)", "label": "x"}]},
            "no card",
        ]
    }
    drawn = cards.views(body, service=("s", "S"), request={})
    assert len(drawn) == 1
    assert drawn[0].indicator == "info"
    assert drawn[0].links[0].url == ""


def test_references_of_a_pasted_bundle_are_resolved_to_type_and_id() -> None:
    patient = '{"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}}'
    condition = '{"resource": {"resourceType": "Condition", "subject": {"reference": "urn:uuid:1"}}}'
    text = f'{{"resourceType": "Bundle", "entry": [{patient}, {condition}]}}'
    record = pasted.read(text, limits=LIMITS)
    assert record.patient == "p"
    assert record.resources[1]["subject"] == {"reference": "Patient/p"}
    assert record.resources[1]["id"]
    with pytest.raises(BadRequest):
        pasted.read(text.replace('"Patient"', '"Device"'), limits=LIMITS)
    with pytest.raises(Exception, match="over the limit of 1"):
        pasted.read(text, limits=replace(LIMITS, entries=1))
