"""Entries of allergy lists: substances, groups, reactions, and what is no allergy."""

from typing import Any

import pytest
from safety_world import chart, rule, rules_of, world

from models.medsafety.model import MedicationSafety, model

SELF = rule(
    "ALLself",
    "*",
    when="allergy self",
    severity="critical",
    modifiers="reaction nausea & no reaction anaphylaxis -> info: a side effect"
    " || reaction unknown -> warning: not known",
)
GROUP = rule("ALLpenicillin", "penicillin", when="allergy penicillin", severity="critical")
CROSS = rule(
    "ALLcross",
    "cephalosporin",
    when="allergy penicillin",
    severity="info",
    modifiers="reaction anaphylaxis -> warning: anaphylaxis",
)


@pytest.fixture(scope="module")
def small() -> MedicationSafety:
    return world(SELF, GROUP, CROSS)


def said(small: MedicationSafety, draft: str, *entries: dict[str, Any]) -> dict[str, str]:
    return rules_of(small, chart(draft, allergies=list(entries)))


def test_the_very_substance(small: MedicationSafety) -> None:
    assert said(small, "warfarin 5 mg", {"text": "Coumadin", "reaction": "hives"}) == {"ALLself": "critical"}


def test_a_substance_by_its_code(small: MedicationSafety) -> None:
    entry = {"code": "11289", "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "reaction": "hives"}
    assert said(small, "warfarin 5 mg", entry) == {"ALLself": "critical"}


def test_a_group_by_its_words(small: MedicationSafety) -> None:
    assert said(small, "ampicillin 500 mg", {"text": "Penicillins", "reaction": "hives"}) == {
        "ALLpenicillin": "critical"
    }


def test_a_group_by_one_of_its_members(small: MedicationSafety) -> None:
    found = said(small, "ampicillin 500 mg", {"text": "Amoxicillin", "reaction": "hives"})
    assert found == {"ALLpenicillin": "critical"}


def test_another_substance_is_left_in_peace(small: MedicationSafety) -> None:
    assert said(small, "warfarin 5 mg", {"text": "Penicillin", "reaction": "anaphylaxis"}) == {}


@pytest.mark.parametrize(
    ("reaction", "severity"),
    [("anaphylaxis", "warning"), (["hives", "Anaphylaxis"], "warning"), ("hives", "info"), (None, "info")],
)
def test_the_reaction_decides_how_much_a_related_group_matters(
    small: MedicationSafety, reaction: Any, severity: str
) -> None:
    entry = {"text": "Penicillin", **({"reaction": reaction} if reaction else {})}
    assert said(small, "cefazolin 1 g", entry) == {"ALLcross": severity}


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ({"text": "warfarin", "reaction": "nausea"}, "info"),
        ({"text": "warfarin", "reaction": ["nausea", "anaphylaxis"]}, "critical"),
        ({"text": "warfarin"}, "warning"),
        ({"text": "warfarin", "reaction": "39579001"}, "critical"),
    ],
)
def test_reactions_are_read_from_words_and_codes(
    small: MedicationSafety, entry: dict[str, Any], severity: str
) -> None:
    assert said(small, "warfarin 5 mg", entry) == {"ALLself": severity}


def test_of_several_entries_the_worst_is_said(small: MedicationSafety) -> None:
    mild, severe = ({"text": "warfarin", "reaction": r} for r in ("nausea", "anaphylaxis"))
    assert said(small, "warfarin 5 mg", mild, severe) == {"ALLself": "critical"}
    assert said(small, "warfarin 5 mg", severe, mild) == {"ALLself": "critical"}


@pytest.mark.parametrize(
    "entry",
    [
        {"text": "warfarin", "verification_status": "refuted"},
        {"text": "warfarin", "verification_status": "entered-in-error"},
        {"text": "warfarin", "clinical_status": "resolved"},
        {"text": "NKDA"},
        {"text": "No known drug allergies"},
        {"text": "Patient denies allergy to warfarin"},
    ],
)
def test_what_is_refuted_over_or_denied_is_no_allergy(small: MedicationSafety, entry: dict[str, Any]) -> None:
    answer = small.run(chart("warfarin 5 mg", allergies=[entry]))
    assert answer["alerts"] == []
    assert answer["not_checked"] == []


def test_an_allergen_that_is_not_known_is_named(small: MedicationSafety) -> None:
    answer = small.run(chart("warfarin 5 mg", allergies=[{"text": "Zorblaxin"}]))
    assert [gap["item"] for gap in answer["not_checked"]] == ["allergy: Zorblaxin"]


def test_an_allergy_to_any_part_of_a_product_counts(small: MedicationSafety) -> None:
    assert said(small, "Percocet 5-325 mg", {"text": "Tylenol", "reaction": "hives"}) == {
        "ALLself": "critical"
    }


@pytest.mark.parametrize(
    ("draft", "allergy", "reaction"),
    [
        ("furosemide 40 mg daily", "Sulfa antibiotics", "rash"),
        ("hydrochlorothiazide 25 mg daily", "Bactrim", "hives"),
        ("aztreonam 1 g iv q8h", "Penicillin", "anaphylaxis"),
        ("azithromycin 500 mg daily", "Penicillin", "anaphylaxis"),
        ("iohexol 100 mL iv once", "Shellfish", "hives"),
    ],
)
def test_the_tables_that_ship_do_not_warn_of_groups_that_do_not_cross(
    draft: str, allergy: str, reaction: str
) -> None:
    """Antibiotic sulfonamides are not other sulfonamides, and shellfish is not contrast."""
    document = chart(draft, allergies=[{"text": allergy, "reaction": reaction}])
    assert not {s for s in rules_of(model(), document).values() if s != "info"}


def test_sulfasalazine_is_the_exception_among_sulfonamides() -> None:
    document = chart("sulfasalazine 500 mg bid", allergies=[{"text": "Sulfa", "reaction": "hives"}])
    assert {"critical", "warning"} & set(rules_of(model(), document).values())
