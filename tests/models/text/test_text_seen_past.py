"""What is told of the past, of advice, of a test, of another person; and what only looks so."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text.features import understand
from models.text.found import Entity


def _of(text: str, words: str) -> list[Entity]:
    start = text.index(words)
    found = [e for e in understand(text).entities if e.start < start + len(words) and start < e.end]
    assert found, f"{words} is named"
    return found


def _by_cues(entity: Entity) -> bool:
    """Tell whether an entity is this patient's now by what the text says, whatever is thought likely."""
    return entity._replace(stands=True).present


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Allergies: Zerit (rash), plasters - blisters. Codeine nausea.", "rash"),
        ("Allergies: Zerit (rash), plasters - blisters. Codeine nausea.", "blisters"),
        ("Allergies: Zerit (rash), plasters - blisters. Codeine nausea.", "nausea"),
        ("Intolerances: amlodipine - ankle swelling; sertraline (insomnia).", "ankle swelling"),
        ("Intolerances: amlodipine - ankle swelling; sertraline (insomnia).", "insomnia"),
        ("ADRs: statins myalgia; lisinopril cough.", "myalgia"),
        ("ADRs: statins myalgia; lisinopril cough.", "cough"),
        ("Penicillin - you had hives.", "hives"),
        ("Intolerant of metformin (diarrhoea).", "diarrhoea"),
        ("Last year naproxen gave her heartburn.", "heartburn"),
        ("Plan: home today. Warned fever, rash, worsening cough.", "fever"),
        ("Plan: home today. Warned fever, rash, worsening cough.", "rash"),
        ("Plan: home today. Warned fever, rash, worsening cough.", "cough"),
        ("Advised to expect bruising and swelling for a week.", "bruising"),
        ("Advised to expect bruising and swelling for a week.", "swelling"),
        ("What to expect: drowsiness, noisy breathing.", "drowsiness"),
        ("What to expect: drowsiness, noisy breathing.", "noisy breathing"),
        ("Tell us right away about jaundice or dark urine.", "jaundice"),
        ("Tell us right away about jaundice or dark urine.", "dark urine"),
        ("Seek help at once with chest pain, breathlessness or fainting.", "chest pain"),
        ("Seek help at once with chest pain, breathlessness or fainting.", "breathlessness"),
        ("Seek help at once with chest pain, breathlessness or fainting.", "fainting"),
        ("Head injury card given (vomiting, drowsiness, worsening headache).", "vomiting"),
        ("Head injury card given (vomiting, drowsiness, worsening headache).", "drowsiness"),
        ("Head injury card given (vomiting, drowsiness, worsening headache).", "headache"),
        (
            "Asthma plan.\nAmber zone - wheeze, cough: brown inhaler.\nRed zone - breathless: ambulance.",
            "wheeze",
        ),
        (
            "Asthma plan.\nAmber zone - wheeze, cough: brown inhaler.\nRed zone - breathless: ambulance.",
            "cough",
        ),
        (
            "Asthma plan.\nAmber zone - wheeze, cough: brown inhaler.\nRed zone - breathless: ambulance.",
            "breathless",
        ),
        (
            "Seen at home, frail, comfortable.\nAnticipatory meds in house for pain, agitation, nausea.",
            "pain",
        ),
        (
            "Seen at home, frail, comfortable.\nAnticipatory meds in house for pain, agitation, nausea.",
            "agitation",
        ),
        (
            "Seen at home, frail, comfortable.\nAnticipatory meds in house for pain, agitation, nausea.",
            "nausea",
        ),
        ("Plan: bloods in a week. JIC box: for pain, breathlessness.", "pain"),
        ("Plan: bloods in a week. JIC box: for pain, breathlessness.", "breathlessness"),
        ("TFTs for thyroiditis.", "thyroiditis"),
        ("Repeat CT tomorrow for delayed haemorrhage.", "haemorrhage"),
        ("Swabs sent for scabies.", "scabies"),
        ("DEXA requested (osteoporosis).", "osteoporosis"),
        ("Shots today: flu, pneumonia.", "pneumonia"),
        ("Vaccinate: influenza, shingles.", "influenza"),
        ("Vaccinate: influenza, shingles.", "shingles"),
        ("Tetanus utd. Hepatitis B immune.", "Tetanus"),
        ("Tetanus utd. Hepatitis B immune.", "Hepatitis B"),
        ("Thyroid eye disease, inactive since 2019.", "Thyroid eye disease"),
        ("Gynae: PID 2017 (chlamydia).", "chlamydia"),
        ("Bell's palsy L 2014; cellulitis leg 2021.", "Bell's palsy"),
        ("Bell's palsy L 2014; cellulitis leg 2021.", "cellulitis"),
        ("1998 appendicitis; 2010 pneumonia.", "appendicitis"),
        ("1998 appendicitis; 2010 pneumonia.", "pneumonia"),
        ("Retinal tear L lasered.", "Retinal tear"),
        ("#3 AKI, prerenal - RESOLVED.", "AKI"),
        ("On day 2 developed hypokalaemia (2.9), corrected.", "hypokalaemia"),
        ("Occult AF is still suspected.", "AF"),
        ("There is an element of anxiety.", "anxiety"),
        ("This looks like psoriasis.", "psoriasis"),
        ("PE lower on the list.", "PE"),
        ("Myeloma needs excluding.", "Myeloma"),
        ("Cholangitis is therefore not excluded.", "Cholangitis"),
        ("GCA is on the differential.", "GCA"),
        ("TB cannot be distinguished from lymphoma on imaging.", "TB"),
        ("EP consult: ? endocarditis", "endocarditis"),
        ("Room mate has influenza.", "influenza"),
        ("Two kids in her class out w/ chickenpox.", "chickenpox"),
        ("Lodger has scabies.", "scabies"),
        ("Man on the ward. MRSA in adjoining bay.", "MRSA"),
        ("Asthma - mum. Migraine - sister.", "Asthma"),
        ("Asthma - mum. Migraine - sister.", "Migraine"),
        ("Should pneumonia develop she will come in.", "pneumonia"),
        ("If she gets a fever or she becomes confused, admit.", "fever"),
        ("If she gets a fever or she becomes confused, admit.", "confused"),
        (
            "Comfortable in bed, eating well, sats 96 on air.\nFloaters, flashes or a shadow -> same day.",
            "Floaters",
        ),
        ("Risk DVT discussed.", "DVT"),
        ("Naloxone kit for overdose.", "overdose"),
        ("Considerations: sarcoidosis, tuberculosis, lymphoma.", "sarcoidosis"),
        ("Considerations: sarcoidosis, tuberculosis, lymphoma.", "tuberculosis"),
        ("Considerations: sarcoidosis, tuberculosis, lymphoma.", "lymphoma"),
    ],
)
def test_what_is_not_now_reads_so(text: str, words: str) -> None:
    """What is over, only possible, advice or of another person is not present."""
    assert not any(_by_cues(entity) for entity in _of(text, words))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Metformin gives her loose stools.", "loose stools"),
        ("Started on amlodipine for hypertension.", "hypertension"),
        ("CT for abdominal pain showed diverticulitis.", "abdominal pain"),
        ("CT for abdominal pain showed diverticulitis.", "diverticulitis"),
        ("Presented to the ED for chest pain.", "chest pain"),
        ("Came in because of chest pain.", "chest pain"),
        ("She explained that the headache is worse.", "headache"),
        ("Pain well explained by osteoarthritis.", "Pain"),
        ("Pain well explained by osteoarthritis.", "osteoarthritis"),
        ("Apple watch alert: AF confirmed on ECG.", "AF"),
        ("Low risk chest pain.", "chest pain"),
        ("SLE since 2012. Coeliac disease 2009.", "SLE"),
        ("SLE since 2012. Coeliac disease 2009.", "Coeliac disease"),
        ("CVA 2016 with residual arm weakness.", "arm weakness"),
        ("Ulcerative colitis, in remission on mesalazine.", "Ulcerative colitis"),
        ("Cirrhosis, abstinent 14 months.", "Cirrhosis"),
        ("LBP ?radiculopathy", "LBP"),
        ("Anaemia likely multifactorial.", "Anaemia"),
        ("Graft dysfunction likely due to tacrolimus.", "Graft dysfunction"),
        ("Family history: mother diabetic.\n\nFeet: cool, ulcer on left heel. Gangrene of the toe.", "ulcer"),
        (
            "Family history: mother diabetic.\n\nFeet: cool, ulcer on left heel. Gangrene of the toe.",
            "Gangrene",
        ),
        ("PMH: appendicitis.\nAsthma: ACT 17. Night cough, wheeze.", "cough"),
        ("PMH: appendicitis.\nAsthma: ACT 17. Night cough, wheeze.", "wheeze"),
        ("Allergies: penicillin (rash).\nComplains of itch on the back.", "itch"),
        ("Dysarthria almost gone.", "Dysarthria"),
        ("Pt confused so hx limited.", "confused"),
        ("Your potassium was a little low (hypokalaemia).", "hypokalaemia"),
        ("Epilepsy - last fit 2 years ago.", "Epilepsy"),
        ("Taught inhaler technique for asthma.", "asthma"),
        ("Consent obtained. Hip fracture for fixation.", "Hip fracture"),
        ("Headache for 3 days. Came to see the doctor for cough.", "Headache"),
        ("Headache for 3 days. Came to see the doctor for cough.", "cough"),
        ("Admitted with pneumonia, given antibiotics.", "pneumonia"),
        ("Has influenza A, given oseltamivir.", "influenza A"),
        ("2045 Pain 7/10.", "Pain"),
        ("Says she has headaches and nausea.", "headaches"),
        ("Says she has headaches and nausea.", "nausea"),
        ("Pain better with paracetamol.", "Pain"),
        ("Red flags: none. Back pain for a week.", "Back pain"),
        ("Gallstones, cholecystectomy booked.", "Gallstones"),
        ("Carries an inhaler for asthma.", "asthma"),
        ("MRI for known multiple sclerosis.", "multiple sclerosis"),
        ("RA 2012, on methotrexate.", "RA"),
        ("DM2 dx 2004; migraine since 2010.", "DM2"),
        ("DM2 dx 2004; migraine since 2010.", "migraine"),
        ("Sister-in-law to help as hands stiff (osteoarthritis).", "osteoarthritis"),
    ],
)
def test_what_only_looks_so_is_present(text: str, words: str) -> None:
    """What stands beside such words but is there now stays present."""
    assert any(_by_cues(entity) for entity in _of(text, words))


def test_a_heading_speaks_of_its_own_paragraph_and_label() -> None:
    """A list that goes on after a blank line is still of its heading; a new label in a new line is not."""
    text = "Past medical history:\n- appendicitis\n\n- pneumonia\n\nSeen at home: wheeze, rash."
    assert not any(map(_by_cues, [*_of(text, "appendicitis"), *_of(text, "pneumonia")]))
    assert all(map(_by_cues, [*_of(text, "wheeze"), *_of(text, "rash")]))


def test_a_family_goes_on_over_lines_that_name_relatives() -> None:
    """A line that names a relative is of the family, whatever stood before it."""
    text = "FH: father - stroke.\nMother: breast cancer.\nSkin: ulcer on the shin."
    assert not any(map(_by_cues, [*_of(text, "stroke"), *_of(text, "breast cancer")]))
    assert any(map(_by_cues, _of(text, "ulcer")))


def test_a_table_is_not_what_the_heading_before_it_says() -> None:
    """Rows with columns under a family's line are of this patient."""
    text = "FH: dad glaucoma\n            RIGHT          LEFT\nlids        blepharitis    blepharitis\n"
    assert any(map(_by_cues, _of(text, "blepharitis")))


def test_a_reaction_is_kept_with_its_allergy() -> None:
    """What a drug did is a reaction of the allergy, of the past, and named with it."""
    found = understand("Allergies: penicillin (rash), codeine - nausea.").entities
    allergy = next(e for e in found if e.text == "penicillin")
    assert allergy.kind == "allergy"
    assert allergy.attributes["reactions"] == ("rash",)
    assert all(e.historical and e.over for e in found if e.text in {"rash", "nausea"})
