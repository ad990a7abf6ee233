"""Genes of a document: the words of laboratories are read as the words of the rules."""

import pytest
from safety_world import chart, rule, rules_of, world

from models.medsafety.model import MedicationSafety, model

POOR = rule("GENpoor", "metformin", when="gene CYP2D6 poor")
ALLELE = rule("GENallele", "warfarin", when="gene HLA-B*57:01 positive")
UNTESTED = rule("GENuntested", "digoxin", when="gene DPYD missing")


@pytest.fixture(scope="module")
def small() -> MedicationSafety:
    return world(POOR, ALLELE, UNTESTED)


@pytest.mark.parametrize(
    ("said", "speaks"),
    [
        ("poor", True),
        ("Poor Metabolizer", True),
        ("Likely Poor Metaboliser", True),
        ("PM", True),
        ("Intermediate Metabolizer", False),
        ("Ultra-rapid Metabolizer", False),
        ("Normal Metabolizer", False),
        ("Indeterminate", False),
    ],
)
def test_a_phenotype_is_read_from_its_words(small: MedicationSafety, said: str, speaks: bool) -> None:
    document = chart("metformin 500 mg daily", genes={"cyp2d6": said})
    assert ("GENpoor" in rules_of(small, document)) is speaks


@pytest.mark.parametrize(
    ("gene", "said", "speaks"),
    [
        ("HLA-B*57:01", "positive", True),
        ("HLA-B*57:01", "HLA-B*57:01 positive", True),
        ("HLA-B*5701", "Detected", True),
        ("HLA-B", "*57:01 positive", True),
        ("HLA-B*57:01", "Not detected", False),
        ("HLA-B*57:01", "negative", False),
        ("HLA-B*57:01", "non-carrier", False),
        ("HLA-B*15:02", "positive", False),
    ],
)
def test_an_allele_is_read_from_its_words(
    small: MedicationSafety, gene: str, said: str, speaks: bool
) -> None:
    document = chart("warfarin 5 mg daily", genes={gene: said})
    assert ("GENallele" in rules_of(small, document)) is speaks


@pytest.mark.parametrize(
    ("said", "speaks"), [("Indeterminate", True), ("not performed", True), ("Normal Metabolizer", False)]
)
def test_a_test_without_a_result_is_no_test(small: MedicationSafety, said: str, speaks: bool) -> None:
    document = chart("digoxin 0.125 mg daily", genes={"DPYD": said})
    assert ("GENuntested" in rules_of(small, document)) is speaks


def test_the_words_of_a_laboratory_reach_the_rules_that_ship() -> None:
    document = chart("codeine 30 mg po q6h", genes={"CYP2D6": "Ultrarapid Metabolizer"})
    assert rules_of(model(), document)["GENcyp2d6Codeine"] == "critical"
