"""The linter refuses each defect that a reviewer would otherwise have to find."""

import pytest

from models.knowledge.diagnosis import KnowledgeError
from models.knowledge.diagnosis.base import read_knowledge
from models.knowledge.diagnosis.lint import check, distance, lint

SIGN = {"base": 0.01, "ask": "Is it there?", "say": "one; two; three"}
FINDINGS = {
    "source": "Somebody 2020",
    "symptom": {
        "ache": {**SIGN, "base": 0.1},
        "sharp-ache": {**SIGN, "is": "ache"},
        "itch": SIGN,
        "cough": SIGN,
    },
}
TIMING = {"onset": {"days": {}}, "course": {"constant": {}}}
ROW = {
    "name": "Aching disease",
    "also": "aches",
    "icd10": "R52",
    "rate": [10, 5],
    "ages": [1] * 9,
    "female": 0.5,
    "onset": "days",
    "course": "constant",
    "urgency": "routine",
    "findings": ".90 ache\n.10 itch",
    "apart": "other: itch",
    "tests": "blood",
    "source": "Somebody 2020",
}
OTHER = {**ROW, "name": "Itching disease", "findings": ".90 itch\n.10 ache", "apart": "one: ache"}


def base_with(*, known=FINDINGS, other=OTHER, **changes):
    row = {key: value for key, value in {**ROW, **changes}.items() if value is not None}
    return read_knowledge(
        {
            "findings/a.toml": known,
            "conditions/b.toml": {"field": "test", "one": row, "other": other},
            "investigations.toml": {"blood": "Blood test"},
            "timing.toml": TIMING,
        }
    )


def findings_with(**rows):
    return {**FINDINGS, "symptom": {**FINDINGS["symptom"], **rows}}


def rules(base):
    return {problem.rule for problem in lint(base)}


def test_a_sound_base_passes():
    assert check(base_with()) is None


@pytest.mark.parametrize("key", ["source", "icd10", "findings", "urgency", "rate", "apart", "tests"])
def test_a_condition_without_a_needed_key_is_refused(key):
    with pytest.raises(KnowledgeError, match=f"b.toml: one: `{key}` is needed"):
        base_with(**{key: None})


def test_a_blank_source_is_refused():
    with pytest.raises(KnowledgeError, match="`source` is needed"):
        base_with(source="  ")


def test_findings_without_a_source_are_refused():
    with pytest.raises(KnowledgeError, match="`source` is needed at the top"):
        base_with(known={"symptom": FINDINGS["symptom"]})


def test_a_source_that_names_nothing_is_a_problem():
    assert rules(base_with(source="clinical experience")) == {"source"}


def test_an_unknown_key_is_refused():
    with pytest.raises(KnowledgeError, match="unknown key 'urgent'"):
        base_with(urgent=True)


def test_a_finding_without_wordings_is_refused():
    with pytest.raises(KnowledgeError, match="`say` is needed"):
        base_with(known=findings_with(itch={**SIGN, "say": ""}))


@pytest.mark.parametrize("say", ["one; two", "one; two; One"])
def test_too_few_or_repeated_wordings_are_a_problem(say):
    assert rules(base_with(known=findings_with(itch={**SIGN, "say": say}))) == {"wordings"}


@pytest.mark.parametrize(
    "changes",
    [
        {"findings": ".90 ache, itch, no-such"},
        {"risks": "no-such 2"},
        {"raised": "urgent: no-such"},
        {"varies": "no-such f .5"},
        {"tests": "no-such"},
        {"onset": "never"},
        {"course": "sideways"},
    ],
)
def test_a_reference_that_leads_nowhere_is_a_problem(changes):
    assert rules(base_with(**changes)) == {"dangling"}


def test_a_parent_that_is_not_there_is_a_problem():
    assert rules(base_with(known=findings_with(itch={**SIGN, "is": "no-such"}))) == {"dangling"}


def test_parents_that_lead_in_a_circle_are_refused():
    rows = findings_with(ache={**SIGN, "is": "sharp-ache"})
    with pytest.raises(KnowledgeError, match="lead back to it"):
        check(base_with(known=rows))


@pytest.mark.parametrize("number", ["1.2", "0", "1", ".0001"])
def test_a_frequency_that_cannot_be_is_a_problem(number):
    assert "probability" in rules(base_with(varies=f"cough f {number}"))


@pytest.mark.parametrize("base", [0, 1, 1.5])
def test_a_base_rate_that_cannot_be_is_a_problem(base):
    assert "probability" in rules(base_with(known=findings_with(itch={**SIGN, "base": base})))


def test_a_kind_more_frequent_than_what_it_is_a_kind_of_is_a_problem():
    assert rules(base_with(findings=".50 ache\n.60 sharp-ache\n.10 itch")) == {"child"}
    rare = findings_with(ache={**SIGN, "base": 0.001})
    assert "child" in rules(base_with(known=rare))


def test_two_conditions_of_one_name_are_a_problem():
    assert rules(base_with(other={**OTHER, "name": "aching Disease"})) == {"duplicate"}


def test_a_near_duplicate_is_a_problem():
    assert rules(base_with(other={**ROW, "name": "Another", "apart": "one: nothing"})) == {"duplicate"}


def test_conditions_that_nothing_separates_are_a_problem():
    close = {**ROW, "name": "Another", "findings": ".85 ache\n.20 itch", "apart": "one: nothing"}
    assert rules(base_with(other=close)) == {"inseparable"}


def test_a_condition_without_a_neighbour_is_a_problem():
    assert rules(base_with(apart="something else: who knows")) == {"neighbours"}


@pytest.mark.parametrize("code", ["X", "heart", "I21.12345"])
def test_a_code_of_the_wrong_form_is_a_problem(code):
    assert rules(base_with(icd10=code)) == {"icd10"}


def test_a_red_flag_that_lowers_urgency_is_a_problem():
    assert rules(base_with(raised="self-care: itch")) == {"urgency"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"urgency": "soon"}, "`urgency` is one of"),
        ({"raised": "soon: itch"}, "`raised` names an urgency"),
        ({"ages": [1, 2]}, "`ages` needs 9 numbers"),
        ({"ages": [0] * 9}, "one number above 0"),
        ({"rate": [-1, 2]}, "`rate` needs 2 numbers"),
        ({"findings": "often ache"}, "is not a number"),
        ({"findings": ".90 ache\n.10 ache"}, "stands twice"),
        ({"varies": "ache f"}, "a variation is"),
        ({"varies": "ache young .5"}, "unknown age band"),
        ({"pregnant": "perhaps"}, "`pregnant` is"),
    ],
)
def test_a_row_that_is_not_of_its_form_is_refused(changes, message):
    with pytest.raises(KnowledgeError, match=message):
        base_with(**changes)


def test_an_id_that_is_there_twice_is_refused():
    files = {
        "findings/a.toml": FINDINGS,
        "conditions/b.toml": {"field": "test", "one": ROW},
        "conditions/c.toml": {"field": "test", "one": ROW},
    }
    with pytest.raises(KnowledgeError, match="there twice"):
        read_knowledge(files)


def test_all_problems_are_told_at_once():
    with pytest.raises(KnowledgeError) as told:
        check(base_with(tests="no-such", source="hearsay"))
    assert len(str(told.value).splitlines()) == 2


def test_distance_is_none_to_itself_and_the_same_both_ways():
    base = base_with()
    assert distance(base, "one", "one") == 0
    assert distance(base, "one", "other") == distance(base, "other", "one") > 1
