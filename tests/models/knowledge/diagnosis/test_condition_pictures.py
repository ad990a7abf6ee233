"""Textbook pictures are named for what they are by a plain Bayesian score over the knowledge base."""

import pytest

from models.knowledge.diagnosis import load_knowledge
from tests.models.knowledge.diagnosis.condition_pictures import PICTURES
from tests.models.knowledge.diagnosis.scoring import ranking

BASE = load_knowledge()


@pytest.mark.parametrize(
    ("age", "sex", "setting", "present", "absent", "condition"), PICTURES, ids=[p[-1] for p in PICTURES]
)
def test_a_textbook_picture_is_named_first(age, sex, setting, present, absent, condition):
    ranked = ranking(BASE, age=age, sex=sex, setting=setting, present=present, absent=absent)
    assert ranked[0] == condition, ranked[:5]


def test_there_are_enough_pictures_of_enough_conditions():
    assert len({picture[-1] for picture in PICTURES}) == len(PICTURES) >= 60


@pytest.mark.parametrize(
    ("present", "without", "dangerous"),
    [
        ("low-back-pain", "numbness-saddle urine-retention", "cauda-equina-syndrome"),
        ("headache", "headache-thunderclap vomiting", "subarachnoid-haemorrhage"),
        ("fatigue", "hypotension steroids-stopped hyperpigmentation", "adrenal-crisis"),
    ],
)
def test_a_red_flag_moves_the_dangerous_condition_up(present, without, dangerous):
    picture = {"age": 45, "sex": "female", "setting": "emergency", "absent": ""}
    plain = ranking(BASE, present=present, **picture).index(dangerous)
    flagged = ranking(BASE, present=f"{present} {without}", **picture).index(dangerous)
    assert flagged < min(plain, 3)
