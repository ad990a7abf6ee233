"""The packaged knowledge base: sound, broad, complete in what is dangerous, and quick to load."""

from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.knowledge.diagnosis import BANDS, KnowledgeError, band_of, load_knowledge
from models.knowledge.diagnosis.compiled import NAME, compile_to, documents
from models.knowledge.diagnosis.lint import lint
from models.knowledge.diagnosis.report import report
from models.knowledge.diagnosis.rows import LEAST, MOST, URGENCIES, Measure

BASE = load_knowledge()
DANGEROUS = [
    "aortic-dissection",
    "ectopic-pregnancy",
    "ovarian-torsion",
    "testicular-torsion",
    "cauda-equina-syndrome",
    "epidural-abscess",
    "giant-cell-arteritis",
    "subarachnoid-haemorrhage",
    "febrile-neonate",
    "diabetic-ketoacidosis",
    "adrenal-crisis",
    "mesenteric-ischaemia",
    "postpartum-preeclampsia",
    "necrotising-fasciitis",
    "serotonin-syndrome",
    "neuroleptic-malignant",
    "carbon-monoxide",
    "stemi",
    "nstemi",
    "pulmonary-embolism",
    "meningitis-bacterial",
    "meningococcal-sepsis",
    "sepsis",
    "abdominal-aortic-aneurysm-ruptured",
    "ischaemic-stroke",
    "acute-glaucoma",
    "anaphylaxis",
    "epiglottitis",
    "malaria",
    "kawasaki-disease",
    "intussusception",
    "malrotation-volvulus",
    "pyloric-stenosis",
    "septic-arthritis",
    "spinal-cord-compression",
    "tension-pneumothorax",
    "cardiac-tamponade",
    "oesophageal-rupture",
    "acute-cholangitis",
    "strangulated-hernia",
    "eclampsia",
    "placental-abruption",
    "thyroid-storm",
    "heat-stroke",
    "orbital-cellulitis",
    "encephalitis",
    "guillain-barre",
    "wernicke",
    "febrile-neutropenia",
    "compartment-syndrome",
    "acute-limb-ischaemia",
    "toxic-shock",
    "stevens-johnson",
    "botulism",
    "perforated-viscus",
    "bowel-obstruction",
    "neonatal-herpes",
    "inflicted-injury",
    "retinal-detachment",
    "opioid-overdose",
]


def test_nothing_in_it_is_refused_by_the_linter():
    assert [str(problem) for problem in lint(BASE)] == []


def test_it_is_broad():
    assert len(BASE.conditions) >= 650
    assert len(BASE.findings) >= 1500
    assert mean(len(row.wordings) for row in BASE.findings.values()) >= 6
    assert len({row.field for row in BASE.conditions.values()}) >= 15


@pytest.mark.parametrize("condition", DANGEROUS)
def test_a_dangerous_miss_is_there_and_is_an_emergency(condition):
    assert BASE.conditions[condition].urgency == "emergency"


def test_every_field_of_practice_has_emergencies_and_common_illness():
    urgent = {row.field for row in BASE.conditions.values() if row.urgency in ("urgent", "emergency")}
    calm = {row.field for row in BASE.conditions.values() if row.urgency in ("routine", "self-care")}
    assert urgent | {"psychiatry"} >= {row.field for row in BASE.conditions.values()} - calm


@pytest.mark.parametrize(
    ("years", "days", "band"),
    [
        (0.01, None, "0-28d"),
        (0, 27, "0-28d"),
        (0, 28, "1-12m"),
        (1, None, "1-4"),
        (4.9, None, "1-4"),
        (15, None, "15-29"),
        (79.9, None, "65-79"),
        (80, None, "80+"),
        (104, None, "80+"),
    ],
)
def test_an_age_falls_into_its_band(years, days, band):
    assert BANDS[band_of(years, days)] == band


def test_a_negative_age_is_refused():
    with pytest.raises(KnowledgeError, match="not negative"):
        band_of(-1)


@given(
    condition=st.sampled_from(sorted(BASE.conditions)),
    finding=st.sampled_from(sorted(BASE.findings)),
    band=st.sampled_from([None, *range(len(BANDS))]),
    sex=st.sampled_from([None, "female", "male"]),
)
def test_every_frequency_is_a_share(condition, finding, band, sex):
    assert LEAST <= BASE.frequency(condition, finding, band=band, sex=sex) <= MOST


@given(condition=st.sampled_from(sorted(BASE.conditions)), finding=st.sampled_from(sorted(BASE.findings)))
def test_a_kind_is_never_more_frequent_than_what_it_is_a_kind_of(condition, finding):
    share = BASE.frequency(condition, finding)
    for parent in BASE.ancestors[finding]:
        assert share <= BASE.frequency(condition, parent) + 1e-9


@given(
    condition=st.sampled_from(sorted(BASE.conditions)),
    present=st.sets(st.sampled_from(sorted(BASE.findings)), max_size=8),
)
def test_what_is_present_never_lowers_urgency(condition, present):
    row = BASE.conditions[condition]
    told = row.urgency_with(BASE.closure(present))
    assert URGENCIES.index(told) >= URGENCIES.index(row.urgency)


def test_a_red_flag_raises_urgency():
    row = BASE.conditions["mechanical-back-pain"]
    assert row.urgency_with(frozenset()) == "self-care"
    assert row.urgency_with(BASE.closure(["numbness-saddle"])) == "emergency"


def test_presence_implies_what_it_is_a_kind_of():
    assert BASE.closure(["pain-migrates-rlq"]) == {"pain-migrates-rlq", "rlq-pain", "abdominal-pain"}


def test_a_stated_frequency_counts_and_varies_by_age_and_sex():
    assert BASE.frequency("stemi", "chest-pain") == 0.9
    assert BASE.frequency("stemi", "chest-pain", band=8) == 0.65
    assert BASE.frequency("stemi", "nausea", sex="female") == 0.5
    assert BASE.frequency("stemi", "nausea", sex="male") == 0.4


def test_a_relative_risk_makes_an_exposure_more_frequent():
    base = BASE.findings["smoker-heavy"].base
    assert BASE.frequency("abdominal-aortic-aneurysm-ruptured", "smoker-heavy") > 2 * base


def test_onset_gives_the_told_duration():
    assert BASE.frequency("stable-angina", "duration-months") > BASE.frequency("stemi", "duration-months")
    assert BASE.frequency("subarachnoid-haemorrhage", "onset-sudden") == 0.85


def test_incidence_follows_age_sex_setting_and_pregnancy():
    def rate(condition, **person):
        given = {"setting": "emergency", "band": 4, "sex": "female"}
        return BASE.incidence(condition, **{**given, **person})

    assert rate("bronchiolitis", band=1) > 1000 * rate("bronchiolitis", band=5)
    assert rate("testicular-torsion", sex="male") > 100 * rate("testicular-torsion", sex="female")
    assert rate("stemi", band=7) > rate("stemi", band=7, setting="primary-care")
    assert rate("ectopic-pregnancy", pregnant=True) > rate("ectopic-pregnancy") > rate("stemi")
    assert rate("ectopic-pregnancy", pregnant=False) < 1e-6


def test_incidence_over_the_ages_keeps_the_stated_mean():
    row = BASE.conditions["appendicitis"]
    total = sum(BASE.incidence("appendicitis", setting="emergency", band=b, sex="unknown") for b in range(9))
    assert total == pytest.approx(row.rates["emergency"] * sum(row.ages))


def test_a_measured_value_meets_its_threshold_by_age():
    pulse = BASE.findings["tachycardia"].measure
    assert pulse.met_by(120, band_of(40))
    assert not pulse.met_by(120, band_of(0.5))
    assert BASE.findings["hypotension"].measure.met_by(85, band_of(40))
    with pytest.raises(KnowledgeError, match="no threshold"):
        Measure(("1-8",)).met_by(1, 0)


def test_every_neighbour_that_is_linked_says_what_tells_it_apart():
    for row in BASE.conditions.values():
        for neighbour in row.neighbours:
            assert neighbour.condition is None or neighbour.tells_apart, (row.id, neighbour.name)


def test_the_report_names_every_field_and_every_age():
    told = report(BASE)
    for name in (*BANDS, *(row.field for row in BASE.conditions.values())):
        assert name in told
    assert "linter: no problem" in told


def test_the_compiled_document_says_what_the_files_say_and_never_a_stale_thing(tmp_path):
    for folder in ("findings", "conditions"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.toml").write_text('key = "before"\n')
    for name in ("investigations.toml", "timing.toml"):
        (tmp_path / name).write_text("")
    plain = documents(tmp_path)
    assert compile_to(tmp_path) == tmp_path / NAME
    assert documents(tmp_path) == plain
    (tmp_path / "findings" / "a.toml").write_text('key = "after"\n')
    assert documents(tmp_path)["findings/a.toml"] == {"key": "after"}


def test_a_condition_of_the_organs_of_one_sex_is_next_to_impossible_in_the_other() -> None:
    given = {"setting": "primary-care", "band": 3}
    for condition, own, other in (
        ("urethritis", "male", "female"),
        ("testicular-torsion", "male", "female"),
        ("ovarian-torsion", "female", "male"),
    ):
        there = BASE.incidence(condition, sex=own, **given)  # type: ignore[arg-type]
        assert BASE.incidence(condition, sex=other, **given) < there / 100_000  # type: ignore[arg-type]


def test_a_condition_that_is_rare_in_one_sex_keeps_its_share_there() -> None:
    men = BASE.incidence("cystitis", setting="primary-care", band=3, sex="male")
    assert 0.1 < men / BASE.incidence("cystitis", setting="primary-care", band=3, sex="female") < 0.2
