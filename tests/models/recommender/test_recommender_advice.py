"""What stands beside a guideline gap: every rule has advice, every dose a source, every product its drug."""

import pytest
from made_lives import document

from models.recommender.advice import load_library, read
from models.recommender.drugs import load
from models.recommender.gap_facts import Facts
from models.recommender.gap_rows import GapError, load_gaps
from models.recommender.gap_rows import read as read_rules
from models.recommender.house import load_house
from models.recommender.patient import read_patient

HEAD = """
[guidelines]
"https://example.org/g" = "G 2024"
"""
ROW = '[[advice]]\ntopics = ["GAPhfMra"]\nconsider = "x"\nsource = "y"\n'
DRAFT = '[[draft]]\ndrug = "spironolactone"\ntopics = ["GAPhfMra"]\n'
DRAFT += 'product = "spironolactone 25 mg"\nsig = "z"\nsource = "y"\n'

RULE = """
[[gap]]
topic = "GAPx"
family = "x"
title = "X"
says = "x"
population = "adults"
strength = "A"
source = "x"
url = "https://example.org/g"
year = 2024
rank = 1
already = ["statin"]
propose = ["atorvastatin"]
need = [{ age = [18] }]
"""


def rule(topic):
    return next(gap for gap in load_gaps() if gap.topic == topic)


def facts(**more):
    house = load_house()
    return Facts(house.chart(read_patient(document(**more))), house.drugs)


def draft(topic, *names, **more):
    return load_library().draft(rule(topic), names, facts(**more))


def test_every_rule_has_advice_and_a_named_guideline():
    library = load_library()
    for gap in load_gaps():
        assert library.by_topic[gap.topic].consider
        assert library.by_topic[gap.topic].expect
        assert gap.strength in library.guideline(gap)


def test_every_dose_reads_as_what_it_says():
    """The engine must read product, dose and times a day from the words that a draft is judged by."""
    for one in load_library().drafts:
        drug = load().resolver.resolve(f"{one.product} {one.sig}")
        assert set(drug.ingredients) == set(one.ingredients)
        assert not drug.unresolved
        assert not drug.conflict
        if one.times:
            days = {"d": 1, "wk": 7}[one.times["unit"]] * one.times["period"]
            assert drug.sig.times_per_day == pytest.approx(one.times["frequency"] / days)
        if one.dose and one.dose["unit"] == "mg":
            assert (drug.dose.value, drug.dose.unit) == (one.dose["value"], "mg")


def test_a_dose_depends_on_what_is_known():
    good = {"2160-0": {"value": 0.8, "unit": "mg/dL", "days_ago": 3}}
    poor = {"2160-0": {"value": 1.7, "unit": "mg/dL", "days_ago": 3}}
    assert draft("GAPhfMra", "spironolactone", labs=good).sig == "25 mg once daily"
    assert draft("GAPhfMra", "spironolactone", labs=poor).sig == "25 mg every other day"
    assert draft("GAPhfMra", "spironolactone", labs={}) is None
    assert draft("GAPanticoagulationAf", "edoxaban", labs=good) is None


def test_weight_age_and_creatinine_halve_apixaban():
    creatinine = {"2160-0": {"value": 1.6, "unit": "mg/dL", "days_ago": 3}}
    asked = ("GAPanticoagulationAf", "apixaban")
    assert draft(*asked, age_years=70, weight_kg=58, labs=creatinine).sig == "2.5 mg twice daily"
    assert draft(*asked, age_years=70, weight_kg=90, labs=creatinine).sig == "5 mg twice daily"
    assert draft(*asked, age_years=70, labs=creatinine) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ROW.replace("GAPhfMra", "GAPnone"), "GAPnone"),
        (ROW + "surprise = 1\n", "surprise"),
        (ROW.replace('source = "y"\n', ""), "source"),
        (ROW + 'show = ["no_such_value"]\n', "no_such_value"),
        (ROW + 'beside = [{ drug = ["no_such_drug"] }]\n', "no_such_drug"),
        (ROW + 'beside = [{ drug = ["statin"], lab = "no_such_value" }]\n', "no_such_value"),
        (ROW + 'beside = [{ says = "x" }]\n', "drug"),
        (ROW + DRAFT.replace("spironolactone 25 mg", "aspirin 81 mg"), "aspirin"),
        (ROW + DRAFT.replace('sig = "z"\n', ""), "sig"),
        (ROW + DRAFT + 'when = [{ age = [18], sex = "male" }]\n', "one kind"),
    ],
)
def test_a_row_that_is_not_of_its_form_is_an_error(text, named):
    with pytest.raises(GapError, match=named):
        read(HEAD + text + ("" if "[[draft]]" in text else DRAFT), [rule("GAPhfMra")], load())


def test_a_rule_without_advice_or_guideline_is_an_error():
    with pytest.raises(GapError, match="has no advice"):
        read(HEAD + ROW + DRAFT, [rule("GAPhfMra"), rule("GAPhfSglt2i")], load())
    with pytest.raises(GapError, match="no guideline is named"):
        read(HEAD + ROW + DRAFT, [rule("GAPhfMra")], load())


def test_care_is_one_of_three_words():
    with pytest.raises(GapError, match="care is one of"):
        read_rules(RULE.replace("rank = 1", 'rank = 1\ncare = "sometimes"'), load())
    assert read_rules(RULE, load())[0].care == "chronic"
