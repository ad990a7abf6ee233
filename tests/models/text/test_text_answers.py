"""Answers to items: letters, columns, leaders, signs, lists under a word; each was read wrongly once."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text.features import understand


def denied(text: str) -> set[str]:
    """Return the problems and symptoms that a text denies."""
    return {e.text.lower() for e in understand(text).entities if e.negated}


def kept(text: str) -> set[str]:
    """Return those that no cue takes from the patient."""
    return {
        e.text.lower()
        for e in understand(text).entities
        if e.kind in {"problem", "symptom"}
        and not (e.negated or e.uncertain or e.hypothetical or e.historical)
    }


LEADERS = """Checklist
 rash ............ no
 asthma / bronchitis .. N / N
 gout ...... Y, on allopurinol
 cough .. N"""
COLUMNS = "Fever               N\nJoint pain          Y  hands\nVertigo             N   (since spring: 0)"


@pytest.mark.parametrize(
    ("text", "no", "yes"),
    [
        (LEADERS, {"rash", "asthma", "bronchitis", "cough"}, {"gout"}),
        (COLUMNS, {"fever", "vertigo"}, {"joint pain"}),
        ("CVS: hypertension y; angina n; MI n; DVT/PE n.", {"angina", "mi", "dvt", "pe"}, {"hypertension"}),
        ("Angina N. Epilepsy N. Migraine Y with aura.", {"angina", "epilepsy"}, {"migraine"}),
        ("Ataxia 0. Aphasia 0.", {"ataxia", "aphasia"}, set()),
        ("Cough-. Dysuria-. Bloating+ for years.", {"cough", "dysuria"}, {"bloating"}),
        ("ROS: + fatigue, + nausea. - headache, - dysuria.", {"headache", "dysuria"}, {"fatigue", "nausea"}),
        ("Neg: hemoptysis, diarrhea, headache.", {"hemoptysis", "diarrhea", "headache"}, set()),
        ("No CP, SOB, palpitations.", {"cp", "sob", "palpitations"}, set()),
        ("DVT: dopplers neg. Osteomyelitis: XR neg in May.", {"dvt", "osteomyelitis"}, set()),
        ("Not ticked: diabetes, epilepsy, asthma.", {"diabetes", "epilepsy", "asthma"}, set()),
        ("Ruled out this stay: pulmonary embolism; influenza.", {"pulmonary embolism", "influenza"}, set()),
        ("I don't think he is depressed. We do not think you had a stroke.", {"depressed", "stroke"}, set()),
        ("Vomiting: mom says no. Rash: none this week.", {"vomiting", "rash"}, set()),
        ("Fever, weight loss: no. Cough: yes.", {"fever", "weight loss"}, {"cough"}),
        ("Pulmonary embolism - not on CT.", {"pulmonary embolism"}, set()),
    ],
)
def test_an_answer_denies_its_item(text, no, yes):
    assert no <= denied(text)
    assert not no & kept(text)
    assert yes <= kept(text)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Problems:\n- headache\n- dysuria\n+ family support", {"headache", "dysuria"}),
        ("Hepatitis B. Blood group O n. Cough.", {"cough"}),
        ("Chest pain... no relief with GTN.", {"chest pain"}),
        ("Cough for 3 days, fever: no.", {"cough"}),
        ("Vomiting      worse at night", {"vomiting"}),
        ("Nausea 7/10. Headache 10.", {"nausea", "headache"}),
        ("Pneumonia, culture positive.", {"pneumonia"}),
        ("Benign prostatic hyperplasia, tamsulosin 0.4 mg", {"benign prostatic hyperplasia"}),
        ("Angina - no better on nitrates.", {"angina"}),
    ],
)
def test_what_is_no_answer_denies_nothing(text, there):
    assert there <= kept(text)
