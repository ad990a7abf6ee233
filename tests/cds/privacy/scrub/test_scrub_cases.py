"""The written cases: what identifies goes, what only looks like it stays."""

import pytest
from scrub_cases import cases, measured, positives

from cds.privacy.scrub import CATEGORIES, scrub

OUTCOME = measured(positives())


def test_ninety_seven_of_a_hundred_identifying_characters_go() -> None:
    assert len(positives()) >= 400
    assert OUTCOME.recall >= 0.97, OUTCOME.leaking


def test_few_texts_keep_anything_that_identifies() -> None:
    """Whole notes have dozens of marks, and are measured by characters alone."""
    short = {case.text for case in positives() if len(case.marks) < 8}
    leaking = short.intersection(OUTCOME.leaking)
    assert len(short) >= 1000
    assert len(leaking) <= 0.08 * len(short), leaking


@pytest.mark.parametrize("category", sorted(set(CATEGORIES)))
def test_no_category_is_forgotten(category: str) -> None:
    assert OUTCOME.had_to[category] > 0
    assert OUTCOME.went[category] >= 0.9 * OUTCOME.had_to[category]


def test_hardly_anything_else_goes() -> None:
    assert OUTCOME.plain_removed <= 0.015 * OUTCOME.plain


def test_texts_that_name_nobody_stay_as_they_are() -> None:
    found = [*cases("negatives.txt"), *cases("fresh_negatives.txt")]
    touched = [(c.text, scrub(c.text).spans) for c in found if scrub(c.text).spans]
    assert len(found) >= 300
    assert len(touched) <= 0.06 * len(found), touched
