"""Assertion: every shape that others are known to get wrong is a case here."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text.features import reader
from models.text.found import Entity


def asked(marked: str) -> Entity:
    """Return the entity of the place that stands between [ and ] in a text."""
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    return reader().of_spans(text, [(start, end)])[0]


def flags(marked: str) -> set[str]:
    entity = asked(marked)
    raised = {f for f in ("negated", "uncertain", "historical", "hypothetical") if getattr(entity, f)}
    return raised | ({entity.experiencer} - {"patient"})


CASES = [
    ("No [chest pain].", {"negated"}),
    ("Strep test: [influenza] is NEGATIVE.", {"negated"}),
    ("ROS is -ve for [weight loss].", {"negated"}),
    ("no signs of [endocarditis]", {"negated"}),
    ("The scan showed [no signs of endocarditis].", {"negated"}),
    ("Low suspicion for [pulmonary embolism].", {"negated"}),
    ("Neither [murmurs] nor rubs were heard.", {"negated"}),
    ("Neither murmurs nor [rubs] were heard.", {"negated"}),
    ("Denies fever, chills, cough, nausea, vomiting, or [diarrhea].", {"negated"}),
    ("[Pulmonary embolism] was ruled out.", {"negated"}),
    ("[PFO] (patent foramen ovale), ASD and VSD were ruled out.", {"negated"}),
    ("No increase in [edema].", set()),
    ("Not only [wheezing] but also fever.", set()),
    ("No change in [cough].", set()),
    ("Denies any pain except [knee pain].", set()),
    ("Denies any [pain] except knee pain.", {"negated"}),
    ("NO [FEVER]. HAS COUGH.", {"negated"}),
    ("NO FEVER. HAS [COUGH].", set()),
    ("Without fever, presenting with [headache].", set()),
    ("No fracture; [sprain] of the ankle.", set()),
    ("No fever, but [cough].", set()),
    ("Rule out [myocardial infarction].", {"uncertain"}),
    ("Possible [pneumonia].", {"uncertain"}),
    ("[Malignancy] cannot be excluded.", {"uncertain"}),
    ("Differential diagnosis includes pneumonia, bronchitis and [asthma].", {"uncertain"}),
    ("[Pneumonia] versus atelectasis.", {"uncertain"}),
    ("+photophobia, +nausea, -[vomiting].", {"negated"}),
    ("+photophobia, -vomiting, +[nausea].", set()),
    ("-[Hypertension]\n-Diabetes", set()),
    ("29 y.o. with migraine hx presents with [headache] since this am.", set()),
    ("Runny nose, cough; mom herself has [strep throat].", {"family"}),
    ("Sib with [asthma].", {"family"}),
    ("Roommate tested + for [C. diff], pt asymptomatic.", {"other"}),
    ("He was treated for [pneumonia] in March.", {"historical"}),
    ("Diagnosed with [lupus] in May.", set()),
    ("Developed [delirium] on day 2 which cleared.", {"historical"}),
    ("Last pregnancy complicated by [gestational diabetes].", {"historical"}),
    ("Daughter reports similar episode last year due to [urosepsis].", {"historical"}),
    ("Statin stopped due to [myalgia].", {"historical"}),
    ("# Ppx: heparin, PPI for [stress ulcer].", {"hypothetical"}),
    ("DVT ppx: enoxaparin for her [DVT] ppx.", {"hypothetical"}),
    ("Return if [fever] or vomiting.", {"hypothetical"}),
    ("Return if fever or [vomiting].", {"hypothetical"}),
    ("Ibuprofen as needed for [pain].", {"hypothetical"}),
    ("Heparin for [DVT] prophylaxis.", {"hypothetical"}),
    ("Risks including [bleeding] were explained.", {"hypothetical"}),
    ("[Nausea] has resolved.", {"historical"}),
    ("[Kidney stones] in 2014.", {"historical"}),
    ("s/p [appendectomy].", {"historical"}),
    ("Mother with [breast cancer].", {"family"}),
    ("His brother had [prostate cancer] at 60.", {"family"}),
    ("Mother reports [fever] since Monday.", set()),
    ("Passenger ahead; the other driver had a [femur fracture].", {"other"}),
    ("[Fever]: No", {"negated"}),
    ("[Fever]: Yes", set()),
    ("[Cough] (-), wheeze (+)", {"negated"}),
    ("[Chest pain] - denies", {"negated"}),
    ("3-day history of [cough].", set()),
    ("Two-week history of [fever] and chills.", set()),
    ("Gram negative [bacteremia].", set()),
    ("No doubt this is [cellulitis].", set()),
]


@pytest.mark.parametrize(("marked", "expected"), CASES)
def test_each_known_shape_is_read_by_the_conventions(marked: str, expected: set[str]) -> None:
    assert flags(marked) == expected


def test_every_flag_names_its_trigger_where_it_stands_and_its_scope() -> None:
    text = "He denies fever or chills today."
    entity = reader().of_spans(text, [(10, 15)])[0]
    cause = entity.causes[0]
    assert (cause.flag, cause.text) == ("negated", "denies")
    assert text[cause.start : cause.end] == "denies"
    assert cause.scope[0] >= cause.end
    assert cause.scope[1] >= entity.end


def test_a_chronic_disease_under_past_medical_history_is_present_and_an_acute_one_is_over() -> None:
    found = reader().understand("PMH: hypertension, appendicitis\nHPI: well.")
    told = {entity.text: entity.present for entity in found.entities}
    assert told == {"hypertension": True, "appendicitis": False}


def test_history_of_a_chronic_disease_is_present_and_what_resolved_is_not() -> None:
    found = reader().understand("History of hypertension. The asthma exacerbation resolved.")
    told = {entity.text: entity.present for entity in found.entities}
    assert told == {"hypertension": True, "asthma exacerbation": False}


def test_a_section_of_return_precautions_makes_its_items_conditional() -> None:
    found = reader().understand("Plan: rest.\nReturn precautions: fever, chest pain")
    assert {e.text: e.hypothetical for e in found.entities} == {"fever": True, "chest pain": True}


def test_family_history_is_of_the_family() -> None:
    found = reader().understand("FAMILY HISTORY: diabetes, stroke\nSOCIAL HISTORY: works.")
    assert {e.experiencer for e in found.entities} == {"family"}
