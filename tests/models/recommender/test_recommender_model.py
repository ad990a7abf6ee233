"""The model behind its door: its promises, its reasons, its speed, and what serving does without."""

import subprocess
import sys
from pathlib import Path

import pytest
from cpu_time import cpu_seconds
from made_lives import document

from models.recommender.artefact import FOLDER, entry_of
from models.recommender.model import NAME
from models.recommender.model import family as model
from models.recommender.reasons import in_words
from models.testing import check_model

ROOT = Path(__file__).resolve().parents[3]
CASES = [
    document(conditions=["38341003", "44054006"], medications=["316049"], allergies=["penicillin"]),
    document(
        conditions=[{"code": "38341003", "days_ago": 0}], medications=[{"rxcui": "316049", "days_ago": 400}]
    ),
    document(age_years=30, sex="female", conditions=["444814009"], labs={"2160-0": {"value": 1}}),
    {},
]  # fmt: skip


@pytest.fixture(scope="module")
def recommender():
    return model.load(NAME)


def test_it_keeps_what_every_model_promises(recommender):
    assert check_model(recommender, examples=CASES[:3]) == 8


@pytest.mark.parametrize("case", CASES)
def test_the_terms_add_up_to_the_score(recommender, case):
    for row in recommender.run(case)["recommendations"]:
        assert round(sum(term["weight"] for term in row["because"]), 4) == row["score"]


@pytest.mark.parametrize("case", CASES)
def test_items_come_in_the_order_of_their_scores_with_codes_and_names(recommender, case):
    rows = recommender.run(case)["recommendations"]
    assert len(rows) >= 10
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(row["rxcui"] and row["name"] and row["because"] for row in rows)
    assert {row["safety"]["verdict"] for row in rows} <= {"ok", "caution", "blocked"}


def test_every_feature_has_words(recommender):
    for weights in recommender.artefact.views.values():
        for name in weights.by_feature:
            words = in_words(name, recommender.names, recommender.house.drugs)
            assert words
            assert "{" not in words


def test_a_drug_by_its_code_counts_as_by_its_name(recommender):
    """Bare codes of the training data get their names, so that what is in them is known."""
    answer = recommender.run(document(medications=["316672"], limit=20))
    (row,) = (r for r in answer["recommendations"] if r["rxcui"] == "316672")
    assert row["safety"]["verdict"] == "blocked"


def test_what_was_not_known_is_said(recommender):
    said = recommender.run({"medications": ["999999999"]})["not_known"]
    assert {"age", "sex"} <= set(said)
    assert any("999999999" in words for words in said)


def test_learned_items_name_the_guideline_that_proposes_the_same(recommender):
    answer = recommender.run(document(conditions=["22298006", "53741008"], limit=50))
    gap = next(row for row in answer["gaps"] if row["topic"] == "GAPmiStatin")
    same = [row for row in answer["recommendations"] if gap["name"] in row["ingredients"]]
    assert all(row["guideline"] == "GAPmiStatin" for row in same)


def test_the_limit_is_kept(recommender):
    assert len(recommender.run(document(limit=1))["recommendations"]) <= 2


def test_a_person_with_long_lists_is_answered_quickly(recommender):
    items = [item.rxcui for item in recommender.artefact.items]
    codes = list(recommender.artefact.names)[:25]
    case = document(
        conditions=[{"code": code, "days_ago": 100 * n} for n, code in enumerate(codes)],
        medications=[{"rxcui": code, "days_ago": 40 * n} for n, code in enumerate(items[::10])],
    )
    recommender.run(case)
    assert cpu_seconds(lambda: recommender.run(case)) < 0.1


def test_serving_loads_no_training_library():
    code = (
        "import sys; from models.recommender.model import family; "
        "family.load('recommender').run({'age_years': 60, 'conditions': ['38341003']}); "
        "sys.exit(bool({'numpy', 'torch', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_weights_that_ship_are_small_and_registered():
    entry = entry_of("2026.1")
    assert (FOLDER / entry.file).stat().st_size < 5_000_000
    assert (entry.data, entry.data_licence, entry.version) == ("synthea-617", "Apache-2.0", "2026.1")
    assert "2026.1" in model.versions(NAME)


def test_what_is_in_an_item_is_known_to_the_drug_knowledge_base(recommender):
    known = recommender.house.drugs.knowledge.ingredients
    for item in recommender.artefact.items:
        assert item.ingredients, item.name
        assert set(item.ingredients) <= set(known), item.name


def test_the_names_of_the_data_hold_no_person(recommender):
    """What ships of the data is codes, displays and weights."""
    assert all(code.isdigit() for code in recommender.artefact.names)
