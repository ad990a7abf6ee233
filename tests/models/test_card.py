"""Model cards: complete, or refused with the place named."""

import copy
import json

import pytest
from learned import Lines, learned_card

from models.card import CardError, card_of, read
from models.card_attributes import GROUPS
from models.scores.model import family

ALL = family.names()


@pytest.fixture
def table():
    return copy.deepcopy({**family.load("scores/kfre").card()})


def test_there_are_31_attributes_in_nine_groups():
    """4 + 4 + 2 + 4 + 2 + 4 + 5 + 4 + 2, as the rule counts them."""
    assert [len(names) for _, names in GROUPS.values()] == [4, 4, 2, 4, 2, 4, 5, 4, 2]


@pytest.mark.parametrize("name", ALL)
def test_the_card_of_every_score_is_complete_and_json(name):
    """Every attribute has a text, and the whole card is JSON."""
    card = card_of(family.load(name))
    assert sum(bool(text) for group in card.attributes.values() for text in group.values()) == 31
    assert json.loads(json.dumps(card.as_dict(), allow_nan=False))["name"] == name


def test_a_score_has_its_formula_its_population_and_its_vectors_on_its_card():
    """What is this score's own stands beside what is the family's."""
    card = card_of(family.load("scores/kfre"))
    assert "-0.2201" in card.formula
    assert "18 years" in card.population
    assert card.vectors == {"independent": 2}
    assert card.sources[0].year == 2016


def test_a_formula_is_shown_with_what_it_calls():
    """PREVENT's few lines stand with those that do the sum, each function once."""
    formula = card_of(family.load("scores/prevent")).formula
    assert formula.count("def prevent(") == 1
    assert formula.count("def ") >= 2


def test_limits_of_outputs_are_on_the_card():
    """PREVENT's 30-year risks end at 59 years, and the card says it."""
    assert any("30-year" in limit for limit in card_of(family.load("scores/prevent")).limits)


def refused(table):
    with pytest.raises(CardError) as caught:
        read(table)
    return caught.value.pointer


@pytest.mark.parametrize(("group", "name"), [(g, n) for g, (_, names) in GROUPS.items() for n in names])
def test_a_card_that_lacks_an_attribute_is_refused(table, group, name):
    """Each of the 31 attributes is needed, and the error names the one that is missing."""
    del table[group][name]
    assert refused(table) == f"/{group}/{name}"


@pytest.mark.parametrize(
    "text", ["", "  ", "not available", "not available:", "not available: later", None, 3]
)
def test_an_attribute_is_a_text_or_says_why_not(table, text):
    """An empty text, or an absence without its reason, is refused."""
    table["updates"]["schedule"] = text
    assert refused(table) == "/updates/schedule"


def test_an_absence_with_its_reason_is_accepted(table):
    """`not available: ` and the reason is an answer."""
    table["updates"]["schedule"] = "not available: no schedule was agreed"
    assert read(table).attributes["updates"]["schedule"].startswith("not available")


@pytest.mark.parametrize(
    ("place", "pointer"),
    [
        ((), "/more"),
        (("caution",), "/caution/more"),
        (("release",), "/release/more"),
        (("metrics",), "/metrics/more"),
        (("metrics", "safety"), "/metrics/safety/more"),
    ],
)
def test_an_unknown_key_is_refused_by_pointer(table, place, pointer):
    """A mistyped key never hides a missing one."""
    inner = table
    for step in place:
        inner = inner[step]
    inner["more"] = "x"
    assert refused(table) == pointer


@pytest.mark.parametrize("key", ["statement", "licence", "summary", "release", "metrics", "developer"])
def test_a_card_without_what_every_card_has_is_refused(table, key):
    """Statement, licence, release and metrics are not optional."""
    del table[key]
    assert refused(table) == f"/{key}"


def test_the_kind_is_one_of_three(table):
    """A card says whether its model is a formula, rules or learned."""
    table["kind"] = "magic"
    assert refused(table) == "/kind"


def test_a_learned_model_names_its_artefact():
    """A learned model without the hash of what it is made of has no card."""
    table = learned_card("1.0")
    del table["artefact"]
    assert refused(table) == "/artefact"
    assert card_of(Lines().load("risk/line")).learned
    assert not card_of(family.load("scores/kfre")).learned
