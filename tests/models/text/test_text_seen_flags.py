"""Flags: where what a cue says ends, and what it does not speak of."""

import pytest

from models.text.found import Entity
from models.text.pipeline import reader


def _of(text: str, name: str) -> Entity:
    _, named = reader().told(text)
    return next(one for one in named if name.lower() in one.text.lower())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no fever. paracetamol given. headache since noon", "headache"),
        ("No rash, just tired of the visits.", "tired"),
        ("Echo: no effusion, mild mitral regurgitation.", "mitral regurgitation"),
        ("Wound: no erythema, small amount of oedema at the edge.", "oedema"),
        ("No pain at rest, shoulder pain 6/10 on lifting.", "shoulder pain"),
        ("Given on time throughout, no worsening of tremor.", "tremor"),
        ("Not suitable for mefloquine because of epilepsy.", "epilepsy"),
        ("Ibuprofen not given as CKD.", "CKD"),
        ("Biopsied to exclude coeliac disease in view of anaemia.", "anaemia"),
        ("Sepsis is considered given fever today.", "fever"),
        ("DDx abdominal pain: appendicitis, colitis", "abdominal pain"),
        ("Possible progression of dementia.", "dementia"),
        ("Asks whether tingling is due to lupus.", "tingling"),
        ("Knee pain - r/o meniscal tear.", "knee pain"),
        ("Acute tonsillitis query glandular fever.", "tonsillitis"),
        ("Lung nodule - melanoma until proved otherwise.", "nodule"),
        ("His wife though has noticed twitching in the evening.", "twitching"),
        ("Bystander says dazed. amnesia for the impact.", "amnesia"),
        ("M - salbutamol prn, COCP; P - asthma, osteopenia", "asthma"),
        ("Lamivudine to prevent reactivation; hypertension; gout", "hypertension"),
        ("Hypertension - tablets stopped by the GP in spring", "Hypertension"),
        ("1) chase film 2) senna for constipation", "constipation"),
        ("CT chest 12/12 for nodule", "nodule"),
        ("Plan\n1 gestational diabetes clinic, diet sheet", "diabetes"),
        ("PMH: Hyperlipidemia; osteopenia; lymphedema", "osteopenia"),
        ("PMH: Hyperlipidemia; osteopenia; lymphedema", "lymphedema"),
        ("ALLERGIES: NSAIDs - avoid b/c of CKD.", "CKD"),
        ("Potassium 3.3 - mild hypokalemia, repleted.", "hypokalemia"),
        ("Knee OA: replacement if pain limits her.", "pain"),
        ("Nausea [x] [ ]\nRash [ ] [x]", "nausea"),
    ],
)
def test_a_cue_says_nothing_of_what_stands_beyond_its_end(text: str, name: str) -> None:
    """What follows a full stop, a reason or another item is present."""
    assert _of(text, name).present


@pytest.mark.parametrize(
    ("text", "name", "flag"),
    [
        ("No fever, headache or rash.", "rash", "negated"),
        ("Weakness, sensory loss and diplopia were all denied.", "weakness", "negated"),
        ("RULED OUT: PE (CTPA 5/6 for desaturation); MI", "MI", "negated"),
        ("Asked: any wheeze at rest - no.", "wheeze", "negated"),
        ("Pneumothorax no (US sliding).", "pneumothorax", "negated"),
        ("Urgency -, frequency +/-, haematuria -, dysuria -.", "haematuria", "negated"),
        ("Wt loss N / anaemia Y / melaena N / mass N", "melaena", "negated"),
        ("Nausea [x] [ ]\nRash [ ] [x]", "rash", "negated"),
        ("No progression to diabetes.", "diabetes", "negated"),
        ("Sounds like viral croup.", "croup", "uncertain"),
        ("Imp: gastritis, less likely pancreatitis.", "pancreatitis", "uncertain"),
        ("Enteric infection most likely.", "infection", "uncertain"),
        ("CT for abscess", "abscess", "uncertain"),
        ("The ramipril was stopped in 2018 for angioedema.", "angioedema", "historical"),
        ("2110 brief SVT, self-terminated.", "SVT", "historical"),
        ("PMH: pneumonia; appendicitis", "pneumonia", "historical"),
        ("Allergies: codeine (vomiting)", "vomiting", "historical"),
        ("Return if: fever; vomiting; rash", "rash", "hypothetical"),
        ("Head injury advice card: drowsiness, vomiting", "drowsiness", "hypothetical"),
        ("Return if fever persists.", "fever", "hypothetical"),
    ],
)
def test_a_cue_still_says_what_it_says_of_its_own_list(text: str, name: str, flag: str) -> None:
    """The items of one list share the flag of its cue."""
    found = _of(text, name)
    assert getattr(found, flag)
    assert not found.present


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sister has just been diagnosed with lupus.", "lupus"),
        ("Passenger in the car c/o wrist pain.", "wrist pain"),
        ("3 residents on this corridor have diarrhoea.", "diarrhoea"),
    ],
)
def test_what_others_have_is_of_others(text: str, name: str) -> None:
    """Of relatives and of those near, whatever verb tells it."""
    assert _of(text, name).experiencer != "patient"
