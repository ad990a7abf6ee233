"""Names as tables, logs, pedigrees and dictations have them; what only looks like one stays."""

import pytest

from cds.privacy.scrub import scrub


def clean(text: str) -> str:
    return scrub(text, this_year=2026).text


KEY = (
    "Keppra 750 po BID    0900 DH    2100 rb\nLovenox 40 sq daily    0900 DH    site LLQ\n"
    "Lantus 14u hs    2115 rb    cosign F. Gill\nKey: DH = Dashawn Hunter RN   rb = Rebecca Bell LPN\n"
)
FLOW = (
    "9/3   0800   36.9   71   138/62   75    tw\n9/3   1200   37.2   74   141/60   75    tw\n"
    "9/3   2000   38.4   98   102/51   75    lod\n9/4   0000   38.6   104   94/48   80    lod\n"
)


@pytest.mark.parametrize("letters", ["DH", "rb", " NZ"])
def test_a_key_tells_whose_initials_stand_in_the_cells(letters: str) -> None:
    text = KEY + (" NZ = Nadezhda Zorin RN\nOxy IR 5    0233 NZ\n" if "NZ" in letters else "")
    assert letters.strip() not in clean(text).split()


def test_letters_that_end_row_after_row_are_initials() -> None:
    told = clean(FLOW).split()
    assert not {"tw", "lod"} & set(told)


def test_units_that_end_row_after_row_stay() -> None:
    text = "UOP    40    ml\nUOP    55    ml\nTemp    37.1    F\nTemp    37.4    F\n"
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("6/12/24 JBK: donor offer declined.", "JBK"),
        ("Dictated by Wm. Overstreet MD\nD: 06/17/22   T: 06/18/22  tr/kb\nNext page", "kb"),
        ("Next: May 21.\nscribe tn\n", "tn"),
        ("PATIENT NAME: BILL HOPE that's B-I-L-L last name H-O-P-E record four", "H-O-P-E"),
        ("this is doctor Reinwasser R E I N on the ward", "R E I N"),
        ("NG, WAI-MAN WINNIE   55.20.318    DOS 5 SEP 23", "WINNIE"),
        ("WASHINGTON, GENEVA (NENE)   3007-11-94", "WASHINGTON"),
        ("Px: Gold, Violet M.  F 79", "Gold"),
        ("PULM/SLEEP   f/u      young, rosemary (new)", "rosemary"),
        ("II-4 Iris, endometrial 47; III-5 Jasper alive.", "Jasper"),
        ("Presented tearful. River (partner) moved out Sunday.", "River"),
        ("Verified by phone.\nAutumn CCRN, RN\n", "Autumn"),
        ("Fentanyl 50 mcg waste witnessed B. Lamb / Pyxis", "Lamb"),
        ("speech (E. Quill): WAB 38.", "Quill"),
        ("will ask chaplain faith okafor about it", "okafor"),
        ("met w pt + hope (niece, HCPOA) about dispo", "hope"),
        ("arrived w/ gf may in private car", "may"),
        ("lives in a camper.\nhope lives above the mall, can help", "hope"),
        ("kids amari (6) and joy (4) are with her", "joy"),
        ("next huddle 0800 // n. vander ploeg RN", "ploeg"),
        ("DAUGHTER-IN-LAW PATIENCE AT BEDSIDE. MORPHINE 2 MG GIVEN.", "PATIENCE"),
        ('grandson Thaddeus "T-Boy" Fontenot brought him', "Thaddeus"),
        ("dtr films everything for her brother obinna in enugu", "obinna"),
        ("dr may to cosign.", "may"),
        ("RE: Mr Fergus GRANT   seen in clinic", "GRANT"),
        ("IR = doctor Snow. Groin 1031.", "Snow"),
        ("Dr I. M. Young, surgery in town", "Young"),
    ],
)
def test_names_go_wherever_a_chart_puts_them(text: str, part: str) -> None:
    assert part not in clean(text).replace("(new)", "")


@pytest.mark.parametrize(
    "text",
    [
        "Pt has hope (per chaplain) and strong faith.",
        "His wife will bring the meds; mom may stay the night.",
        "His mother said grace before dinner.",
        "HEAD, NECK   normal\nWOUND, LEFT   clean\n",
        "Spelling out A B C D was easy for her.",
        "CN II-12 Intact, gait steady.",
        "Call the doctor if pain worsens.",
        "Doctor shopping was denied; per doctor order no salt.",
        "A. Endocervix, curettage: benign.",
        "Hgb 9.1 (L), K 4.2, Na 138 mmol/L",
        "e. coli in urine; c. diff negative.",
        "0900 BP 120/80    1300 BP 118/76",
        "Stages: T2 N0 M0; grade II-3 Gleason.",
    ],
)
def test_words_that_only_look_like_names_stay(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["AA/", "AA:", "AA", "A.", "mom ", "son /", "Dr. ", "B-I-"])
def test_a_text_may_end_in_the_middle_of_anything(text: str) -> None:
    assert scrub(text).back(len(scrub(text).text)) == len(text)
