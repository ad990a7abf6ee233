"""Rules of scores as data: what they name exists, and what is not of their form is refused."""

import pytest

from models.knowledge.concepts import load_concepts
from models.scores.definition import load_all
from models.scores.rules import RuleError, load_conflicts, load_rules, read_rule

RULES = load_rules()
CONCEPTS = load_concepts()
TABLE = {"topic": "T", "population": "all", "source": "Somebody 2020"}
LEVEL = {
    "at_least": 1,
    "label": "l",
    "guideline": "g",
    "year": 2020,
    "url": "https://example.org",
    "indicator": "info",
    "consider": ["c"],
}


def predicates(rule):
    yield from rule.applies_when
    yield from rule.never_when
    yield from (row.unless for row in rule.thresholds if row.unless)


def parts(of, where):
    yield from ((CONCEPTS.conditions, name, where) for name in of.conditions)
    yield from ((CONCEPTS.medications, name, where) for name in of.drugs)
    yield from ((CONCEPTS.procedures, name, where) for name in getattr(of, "procedures", ()))
    yield from ((CONCEPTS.observations, row.concept, where) for row in of.values)


def test_every_concept_a_rule_names_exists():
    named = [part for rule in RULES.values() for p in predicates(rule) for part in parts(p, rule.name)]
    named += [part for rule in RULES.values() for i in rule.inputs.values() for part in parts(i, i.name)]
    named += [part for row in load_conflicts().values() for part in parts(row, row.name)]
    assert [(name, where) for rows, name, where in named if name not in rows] == []


@pytest.mark.parametrize("name", sorted(load_all()))
def test_every_input_output_and_companion_of_a_rule_exists(name):
    definition, rule = load_all()[name], RULES[name]
    assert {spec.name for spec in definition.inputs} <= set(rule.inputs)
    assert {row.output for row in rule.thresholds} <= set(definition.outputs)
    assert not rule.beside or rule.beside in load_all()
    if rule.together:
        assert set(rule.together.inputs) <= {spec.name for spec in definition.inputs}


def test_every_level_has_guideline_year_and_address():
    for rule in RULES.values():
        for row in rule.thresholds:
            assert row.guideline
            assert 1960 < row.year <= 2026
            assert row.url.startswith("https://")
            assert row.consider


def test_scores_of_egfr_are_closed_to_acute_kidney_injury():
    for name in ("prevent", "kfre", "ckd-stage", "ckd-epi-2021", "cockcroft-gault"):
        assert any(p.unsteady_creatinine for p in RULES[name].never_when)


@pytest.mark.parametrize("key", ["topic", "population", "source"])
def test_a_rule_without_what_it_needs_is_refused(key):
    with pytest.raises(RuleError, match=key):
        read_rule("x", {k: v for k, v in TABLE.items() if k != key}, {})


def test_an_unknown_key_is_refused_wherever_it_stands():
    for more in (
        {"colour": 1},
        {"applies_when": [{"says": "s", "colour": 1}]},
        {"thresholds": [LEVEL | {"colour": 1}]},
    ):
        with pytest.raises(RuleError, match="colour"):
            read_rule("x", TABLE | more, {})


@pytest.mark.parametrize("key", ["label", "guideline", "year", "url", "indicator", "consider"])
def test_a_level_without_its_evidence_is_refused(key):
    row = {k: v for k, v in LEVEL.items() if k != key}
    with pytest.raises(RuleError, match=key):
        read_rule("x", TABLE | {"thresholds": [row]}, {})


def test_a_topic_is_letters_and_digits():
    with pytest.raises(RuleError, match="letters"):
        read_rule("x", TABLE | {"topic": "a-b"}, {})


def test_a_predicate_without_a_part_is_refused():
    with pytest.raises(RuleError, match="part"):
        read_rule("x", TABLE | {"applies_when": [{"says": "nothing"}]}, {})
