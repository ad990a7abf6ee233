"""Forms, tables and the shapes of notes that mislead: each case is one that was read wrongly once."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text.claims import stopped
from models.text.features import understand


def has(text: str) -> set[str]:
    """Return what a text says this patient has now."""
    return {entity.text.lower() for entity in understand(text).present("problem", "symptom")}


FORMS = [
    ("[x] Fatigue\n[ ] Fainting\n[ ] Seizures\n[x] Anxiety", {"fatigue", "anxiety"}),
    ("[ ] Diabetes [ ] COPD [x] Sleep apnea [ ] CKD", {"sleep apnea"}),
    ("☐ Asthma ☑ Gout", {"gout"}),
    ("Joint pain: [x] yes [ ] no\nRash: [ ] yes [x] no", {"joint pain"}),
    ("Asthma ___ Diabetes ___ Gout _X_ Stroke ___", {"gout"}),
    ("Source of specimen: pleural effusion ________", {"pleural effusion"}),
    ("| Anemia | Resolved | 2016 |\n| Psoriasis | Active | 1998 |", {"psoriasis"}),
    ("| DVT left leg | 2011 | Resolved |\n| Asthma | Ruled out | 2018 |", set()),
    ("| Breast cancer | Family history | mother |", set()),
    ("Depression\tResolved\nHypertension\tActive\tno erosions\nGout\tActive", {"hypertension", "gout"}),
    ("Have you ever had: Anemia? no. Kidney stones? yes. Hepatitis? no.", {"kidney stones"}),
    ("Obsessions/compulsions: denies. Insomnia: yes.", {"insomnia"}),
    ("GAD-7: 15. PHQ-9: 8.", set()),
]


@pytest.mark.parametrize(("text", "found"), FORMS)
def test_boxes_cells_and_answers_say_what_is_there(text, found):
    assert has(text) == found


SHAPES = [
    ("CT: no haemorrhage, no mass, cerebral atrophy.", {"cerebral atrophy"}),
    ("No stool for three days - constipation.", {"constipation"}),
    ("24M no PMHx p/w nausea.", {"nausea"}),
    ("Her sister was recently diagnosed with ovarian cancer.", set()),
    ("Seen with his mother, who has asthma herself.", set()),
    ("Another child there has whooping cough.", set()),
    ("31-year-old teacher with multiple sclerosis.", {"multiple sclerosis"}),
    ("ACS was felt unlikely.", set()),
    ("Admitted, likely pneumonia.", set()),
    ("Consent (risks: bleeding, infection, hernia).", set()),
    ("Discussed side effects: nausea, headache.", set()),
    ("Acetazolamide (paresthesia, kidney stones, hypokalemia explained).", set()),
    ("Low back pain resolved with PT. Gout stable.", {"gout"}),
    ("Previously seen ascites is no longer present.", set()),
    ("Had jaundice as a neonate.", set()),
    ("Ulcerative colitis (2011) on mesalazine.", {"ulcerative colitis"}),
    ("Gout settled with colchicine.", {"gout"}),
    ("Routed to Dr. Osei.", set()),
]


@pytest.mark.parametrize(("text", "found"), SHAPES)
def test_what_misled_before_is_read_as_it_is_meant(text, found):
    assert has(text) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Parkinson's disease.", "G20.A1"),
        ("Barrett’s esophagus.", "K22.70"),
        ("Hashimoto's thyroiditis.", "E06.3"),
        ("Bell's palsy.", "G51.0"),
    ],
)
def test_a_disease_named_after_somebody_has_its_code_with_either_apostrophe(text, code):
    [entity] = understand(text).entities
    assert code in {found.code for found in entity.codes}
    assert entity.text == text.rstrip(".")


def test_what_stands_in_place_of_a_name_names_nothing():
    assert understand("[NAME] was seen. Dr [LAST NAME] agrees.").entities == ()


def test_an_allergy_that_is_denied_is_negated():
    entities = understand("No reaction to latex. Denies any allergy to penicillin.").entities
    assert {(e.text, e.kind, e.negated) for e in entities} == {
        ("latex", "allergy", True),
        ("penicillin", "allergy", True),
    }


STOPPED = [
    ("Plan: warfarin was stopped on discharge because of GI bleeding.", {"warfarin"}),
    ("Metformin discontinued due to eGFR 24.", {"metformin"}),
    ("Discontinued: simvastatin, metoprolol", {"simvastatin", "metoprolol"}),
    ("She is no longer taking gabapentin.", {"gabapentin"}),
    ("Continue lisinopril. Stopped HCTZ.", {"hctz"}),
    ("Stop warfarin 5 days before surgery.", set()),
    ("Hold apixaban until Monday.", set()),
    ("Aspirin was stopped. It was restarted on day 3.", set()),
    ("She stopped aspirin on her own for two days.", set()),
    ("Consider stopping aspirin.", set()),
    ("If bleeding occurs, aspirin is stopped.", set()),
    ("He never stopped aspirin.", set()),
    ("Husband stopped warfarin.", set()),
    ("Her mother's warfarin was stopped due to bleeding.", set()),
    ("Heparin drip was stopped.", set()),
    ("No pneumonia. Smoking stopped due to cough.", set()),
    ("Not on warfarin, which was stopped.", set()),
]


@pytest.mark.parametrize(("text", "found"), STOPPED)
def test_only_a_drug_that_was_stopped_for_good_is_told_as_stopped(text, found):
    assert {e.text.lower() for e in understand(text).entities if stopped(text, e)} == found
