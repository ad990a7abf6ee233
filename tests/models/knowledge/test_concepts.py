"""Value sets: what a code or a word means, and that a row is refused where it is not of its form."""

import pytest

from models.knowledge.concepts import ConceptError, load_concepts, read_concepts
from models.quantities import is_substance, parse
from models.record import ICD10, ICD10CM, LOINC, RXNORM, SNOMED, Code

CONCEPTS = load_concepts()
ROW = {"title": "A", "means": "history", "icd10": ["A00"], "source": "Somebody 2020"}


def conditions(code, system=ICD10CM):
    return set(CONCEPTS.of_condition(Code(system, code)))


@pytest.mark.parametrize("code", ["E10.9", "E11.22", "E13.9", "E08.9", "E119", "e11.9"])
def test_diabetes_is_e08_to_e13(code):
    assert "diabetes" in conditions(code)


@pytest.mark.parametrize("code", ["O24.410", "R73.03", "E23.2", "Z83.3"])
def test_what_sounds_like_diabetes_is_none(code):
    assert "diabetes" not in conditions(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("I63.9", "stroke_tia_thromboembolism"),
        ("Z86.73", "stroke_tia_thromboembolism"),
        ("K70.31", "cirrhosis"),
        ("K74.60", "cirrhosis"),
        ("N18.4", "ckd_3_to_5"),
        ("Z99.2", "dialysis"),
        ("Z94.0", "kidney_transplant"),
        ("I48.91", "atrial_fibrillation"),
        ("C34.90", "active_cancer"),
        ("F03.90", "dementia"),
        ("B20", "hiv"),
    ],
)
def test_a_diagnosis_belongs_to_its_set(code, name):
    assert name in conditions(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("G45.4", "stroke_tia_thromboembolism"),
        ("N18.2", "ckd_3_to_5"),
        ("C44.90", "active_cancer"),
        ("Z21", "hiv"),
        ("O03.9", "pregnancy"),
        ("F10.21", "alcohol_excess"),
        ("I62.00", "stroke_any"),
    ],
)
def test_an_exclusion_is_kept(code, name):
    assert name not in conditions(code)


def test_international_codes_are_read_as_well():
    assert "diabetes" in conditions("E14.9", ICD10)


def test_a_code_of_another_system_means_nothing():
    assert conditions("E11.9", "http://example.org/local") == set()


def test_mass_and_molar_codes_of_one_quantity_are_one_concept():
    for code in ("2160-0", "14682-9"):
        assert CONCEPTS.of_observation(Code(LOINC, code)) == ("creatinine",)


def test_a_product_is_known_by_its_words_and_an_ingredient_by_its_code():
    product = (Code(RXNORM, "259255", "Atorvastatin 80 MG Oral Tablet"),)
    assert CONCEPTS.of_medication(product, "") == ("statin",)
    assert CONCEPTS.of_medication((Code(RXNORM, "83367"),), "") == ("statin",)


def test_a_flush_is_not_an_anticoagulant():
    assert "anticoagulant" in CONCEPTS.of_medication((), "heparin sodium 5000 unit injection")
    assert "anticoagulant" not in CONCEPTS.of_medication((), "heparin lock flush 10 unit/mL")


def test_a_progestogen_alone_is_no_oestrogen():
    assert "oestrogen" in CONCEPTS.of_medication((), "NuvaRing 0.12/0.015 MG per 24HR")
    assert CONCEPTS.of_medication((), "Errin 28 Day Pack") == ()


def test_an_answer_not_listed_means_nothing():
    assert CONCEPTS.answer(Code(SNOMED, "449868002")) == "current"
    assert CONCEPTS.answer("Never smoker") == "never"
    assert CONCEPTS.answer(Code(SNOMED, "266927001")) is None


def test_every_unit_and_substance_can_be_converted():
    for row in CONCEPTS.observations.values():
        assert parse(row.unit)
        assert row.substance is None or is_substance(row.substance)
        assert row.low < row.high


def test_every_row_names_its_source():
    groups = (
        CONCEPTS.observations,
        CONCEPTS.conditions,
        CONCEPTS.medications,
        CONCEPTS.procedures,
        CONCEPTS.answers,
    )
    assert all(row.source.strip() for rows in groups for row in rows.values())


def test_one_answer_code_has_one_meaning():
    codes = [code for row in CONCEPTS.answers.values() for code in (*row.snomed, *row.loinc)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("key", ["title", "source"])
def test_a_row_without_title_or_source_is_refused(key):
    row = {name: value for name, value in ROW.items() if name != key}
    with pytest.raises(ConceptError, match=key):
        read_concepts({"x.toml": {"condition": {"a": row}}})


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(ConceptError, match="icd9"):
        read_concepts({"x.toml": {"condition": {"a": ROW | {"icd9": ["250"]}}}})


def test_an_unknown_table_and_a_row_twice_are_refused():
    with pytest.raises(ConceptError, match="disease"):
        read_concepts({"x.toml": {"disease": {"a": ROW}}})
    with pytest.raises(ConceptError, match="twice"):
        read_concepts({"x.toml": {"condition": {"a": ROW}}, "y.toml": {"condition": {"a": ROW}}})


def test_a_condition_says_whether_it_means_history():
    with pytest.raises(ConceptError, match="history or current"):
        read_concepts({"x.toml": {"condition": {"a": ROW | {"means": "ever"}}}})


def test_limits_of_adults_lie_within_those_of_all_ages():
    """An adult's limits only narrow; every believable range is one."""
    for row in CONCEPTS.observations.values():
        assert row.low < row.high, row.name
        assert row.low <= row.of_adults.low < row.of_adults.high <= row.high, row.name
    assert CONCEPTS.observations["creatinine"].of_adults.low == 0.2
