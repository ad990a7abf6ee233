"""The words of the service hold together, fit the models' own data, and survive any value."""

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from score_findings import DAY, cards, finding, kfre, level

from cds.errors import SettingsError
from cds.hooks.cards import SUMMARY_LIMIT
from cds.services.clinical_scores import phrases
from cds.services.clinical_scores.numbers import Figure, input_value, number, readable, unit_text
from cds.services.clinical_scores.options import check
from cds.services.clinical_scores.phrases import words
from models.base import Input
from models.scores.definition import load_all
from models.scores.formulas.acute import news2
from models.scores.rules import load_rules

THRESHOLDS = [(name, row) for name, rule in load_rules().items() for row in rule.thresholds]
_DATE = re.compile(r"\b(?:19|20)\d\d-\d\d|\b\d{1,2}/\d{1,2}/\d{2,4}\b")


def _fields(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_score_of_the_models_has_words_and_no_other():
    """A new score is a row here as well."""
    assert set(words().scores) == {*load_all(), "phq-9-item-9"}


@pytest.mark.parametrize("name", sorted(load_all()))
def test_results_name_outputs_that_the_score_has(name):
    """A misspelt field would silently say less."""
    said, outputs = words().scores[name], set(load_all()[name].outputs)
    for template in (*said.result, *said.brief):
        assert _fields(template) <= outputs
    assert set(said.lists) <= outputs
    assert set(said.yields_to) | set(said.inside) <= set(load_all())


def test_every_action_level_has_a_topic_row():
    """The plain card is only for what a site or plugin adds."""
    unused = {"AFbleeding"}  # HAS-BLED has no card of its own.
    assert {row.topic for _, row in THRESHOLDS} - unused <= set(words().topics)


@pytest.mark.parametrize("code", sorted(words().topics))
def test_a_topics_names_are_all_there(code):
    """Overrides, orders and what is sought exist; a summary names outputs, inputs or what cards add."""
    row = words().topics[code]
    assert set(row.overrides) <= set(words().overrides)
    assert set(row.orders) <= set(words().orders)
    assert not row.sought or (row.sought in words().sought and row.absent and row.unchecked)
    assert row.doubt is None or (row.absent and row.unchecked)
    assert set(row.withheld) <= {"acute", "comfort"}
    owners = {name for name, t in THRESHOLDS if t.topic == code} | {
        name for name, said in words().scores.items() if code in str(said.worse) + str(said.noted)
    }
    added = {"short", "band", "level", "grade", "before", "ago"}
    for owner in owners & set(load_all()):
        definition = load_all()[owner]
        known = {*definition.outputs, *(f"in_{spec.name}" for spec in definition.inputs), *added}
        assert _fields(row.summary) <= known


def test_levels_are_those_of_the_rules():
    """What a site may raise begins where the guideline does."""
    for code, row in words().topics.items():
        if row.level is None:
            continue
        mine = [t for name, t in THRESHOLDS if t.topic == code and name == row.level.score]
        starts = [t.compare.above if row.level.above else t.compare.at_least for t in mine]
        assert row.level.at == min(start for start in starts if start is not None)
        assert row.level.output in {t.output for t in mine}


def test_what_a_card_calls_not_found_is_what_its_rule_excludes():
    """A card must not say that something was not found which nobody looked for."""
    for name, rule in load_rules().items():
        said = words().scores[name]
        codes = {t.topic for t in rule.thresholds} | ({said.worse.topic} if said.worse else set())
        looked_for = "; ".join(p.says for p in rule.never_when)
        for code in codes & set(words().topics):
            for item in filter(None, words().topics[code].excluded.split(", ")):
                assert item in looked_for, f"{code}: {item}"


def test_doubts_are_what_rules_look_for():
    """The note by which a card knows that the rule could not tell is the rule's own."""
    for code, row in words().topics.items():
        if row.doubt is not None:
            unless = {t.unless.says for _, t in THRESHOLDS if t.topic == code and t.unless}
            assert unless == {row.doubt.note}
    with_unless = {t.topic for _, t in THRESHOLDS if t.unless}
    assert with_unless <= {code for code, row in words().topics.items() if row.doubt}


def test_the_note_of_a_single_three_is_still_the_formulas():
    """The card hangs on how the note begins."""
    calm = {"respiratory_rate": 16, "spo2": 97, "systolic_bp": 120, "heart_rate": 70, "temperature": 37}
    outcome = news2({**calm, "supplemental_oxygen": False, "consciousness": "confused", "spo2_scale": "1"})
    begins = words().scores["news2"].noted.begins
    assert any(note.startswith(begins) for note in outcome.notes)


def test_an_unknown_key_is_an_error():
    """A misspelt key must not become a card that says less."""
    with pytest.raises(SettingsError, match="unknown key 'sumary'"):
        phrases._made(phrases.TopicWords, {"sumary": "x"}, "topics.X")


@given(
    risk=st.floats(0, 1),
    text=st.text(max_size=300),
    minutes=st.one_of(st.none(), st.integers(-5000, 60_000_000)),
    value=st.floats(allow_nan=False, allow_infinity=False, width=32),
)
def test_any_value_gives_a_card_within_its_limits(risk, text, minutes, value):
    """Built without an error, one line within the limit, no markup of the record's, no calendar date."""
    inputs = (
        *kfre().inputs,
        Input("platelets", value, text, minutes, note=text),
        Input("ecg", text, "", minutes),
    )
    extreme = kfre(values={"risk_2y": risk, "risk_5y": risk}, inputs=inputs, notes=(text,))
    card = cards(extreme)[0]
    assert 0 < len(card.summary) <= SUMMARY_LIMIT
    assert "\n" not in card.summary
    assert "<script" not in card.detail.lower()


def test_markup_of_the_record_is_made_harmless():
    """Units and notes come from the record."""
    dirty = "mg/dL <script>alert(1)</script> [x](http://evil) **bold** `code`"
    card = cards(kfre(notes=(dirty,), inputs=(Input("ecg", dirty, note=dirty, minutes_ago=DAY),)))[0]
    assert "<script>" not in card.detail
    assert "\\[x\\](http" in card.detail
    assert "\\*\\*bold" in card.detail


def test_cards_of_every_level_fit_and_say_no_date():
    """Each action level of the rules makes a card, its summary uncut."""
    for name, row in THRESHOLDS:
        if name == "has-bled":
            continue
        outputs = load_all()[name].outputs if name in load_all() else ("value",)
        values = dict.fromkeys(outputs, 0.5) if row.output != "value" else {}
        value = 27.0 if row.output == "value" else None
        card = cards(finding(name, value=value, values=values, reached=dict(row.row)))[0]
        assert card.topic == row.topic
        assert not card.summary.endswith("…")
        assert not _DATE.search(card.summary + card.detail)
        assert str(row.year) in card.detail
        assert card.override_reasons


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(32.88, 0, "33"), (203.0, None, "203"), (2.19, None, "2.19"), (27.05, None, "27.1"), (3.0, None, "3")],
)
def test_numbers_have_the_decimals_they_deserve(value, digits, text):
    """No more than was measured."""
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.2117, "21%"), (0.0559, "5.6%"), (0.0996, "10%"), (0.0, "0.0%")]
)
def test_percentages_have_one_decimal_below_ten(share, text):
    """So that 3.4 % is not read as the level of 3 %."""
    assert f"{Figure(share):%}" == text


def test_units_are_written_as_people_write_them():
    """UCUM is for machines."""
    assert unit_text("mm[Hg]") == "mm Hg"
    assert unit_text("umol/L") == "µmol/L"
    assert unit_text("{score}") == ""
    assert readable("3 to 5 % at 130 mm[Hg]") == "3 to 5% at 130 mm Hg"
    assert input_value(Input("spo2", 93.0, "%"), words().input("spo2")) == "93%"
    assert (
        input_value(Input("supplemental_oxygen", value=False), words().input("supplemental_oxygen"))
        == "room air"
    )


def test_bands_are_said_without_the_range_they_stand_for():
    """The number stands beside them."""
    band = level("news2")["label"]
    card = cards(finding("fib-4", value=1.65, band="1.30 to 2.66: indeterminate"))[0]
    assert "**FIB-4** 1.65: indeterminate" in card.detail
    growth = "BMI from the 5th to below the 85th percentile: healthy weight"
    card = cards(finding("cdc-growth", values={"bmi_percentile": 48.0}, band=growth))[0]
    assert growth in card.detail
    assert band


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"of": ("bmi",)}, "of: no such option; did you mean 'off'?"),
        ({"off": ("kfree",)}, "off: kfree: no such score; did you mean 'kfre'?"),
        ({"off": "kfre"}, "off: must be a list of names of scores"),
        ({"on": [["bmi"]]}, "on: must hold names of scores and nothing else"),
        ({"off": [{}]}, "off: must hold names of scores and nothing else"),
        ({"on": ["bmi"], "off": ["bmi"]}, "off: bmi is switched on as well; take it out of one of the two"),
        ({"af_score": "chads2"}, "af_score: must be one of 'cha2ds2-va', 'cha2ds2-vasc'"),
        ({"kfre_region": "europe"}, "kfre_region: must be one of 'north_america', 'other'"),
        ({"pce": True}, "pce: the equations as published need pce_race"),
        ({"on": ["pce"]}, "on: pce is switched on by the option pce"),
        ({"summary_card": "yes"}, "summary_card: must be true or false"),
        ({"summary_rows": 0}, "summary_rows: must be a whole number from 1 to 40"),
        ({"push_from": 3}, "push_from: must be a table"),
        ({"push_from": {"KFRE": 0.05}}, "push_from: KFRE: no such topic with a level"),
        ({"push_from": {"KFREreferral": True}}, "push_from.KFREreferral: must be a number"),
        ({"push_from": {"KFREreferral": 0.01}}, "push_from.KFREreferral: may only be raised"),
        (
            {"push_from": {"KFREmultidisciplinary": 0.5}},
            "push_from.KFREmultidisciplinary: must not be above the level of KFREreplacement",
        ),
    ],
)
def test_wrong_options_are_named_with_the_fix(options, fault):
    """Each fault is a line of its own."""
    assert any(line.startswith(fault) for line in check(options)), check(options)


def test_sound_options_have_no_fault():
    """As a site would write them."""
    sound = {"push_from": {"KFREreferral": 0.05}, "off": ["bmi"], "pce": True, "pce_race": "other"}
    assert check(sound) == []
