"""Numbers figure by figure, in odd groups, in columns with a heading; dates and ages in odd places."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.columned import columned
from cds.privacy.scrub.dictated import dictated
from cds.privacy.scrub.tokens import tokens


def left(text: str) -> str:
    """Return what is left of a text."""
    return scrub(text).text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SSN on the form in the binder: 4 0 7 5 5 0 0 1 2; stipend paid", "4 0 7 5 5 0 0 1 2"),
        ("CHIP perinatal 6 2 4 0 0 9 1 8 7. Baby well", "6 2 4 0 0 9 1 8 7"),
        ("her number is 5 5 5 0 1 4 2 she says", "5 5 5 0 1 4 2"),
        ("SS 030 / 58 / 1174, claim open", "030 / 58 / 1174"),
        ("soc 412/55/0917 on intake", "412/55/0917"),
        ("Case mgr 615*555*0123 called", "615*555*0123"),
        ("Called to 250 555 0170 loc 22 by lab", "loc 22"),
        ("claim LTD*55017*B is open", "LTD*55017*B"),
        ("Mcaid CJ 20417 Z  active", "20417 Z"),
        ("AHCCCS A 4471 8820. no answer", "4471 8820"),
        ("Ins: PRH 0091 22 817 (03). tearful", "817 (03)"),
        ("Carrier: RMHP 0441 77 (dep 02), auth sent", "0441 77 (dep 02)"),
        ("contract VT-774 admitted", "VT-774"),
        ("contract 7 0329 1188 X, callback", "0329 1188 X"),
        ("mem H0041793*02 eligible", "0041793"),
        ("RxGrp BHRX09, no PA", "BHRX09"),
        ("plan is BCNM-YTK 8812044 01 now", "8812044 01"),
        ("MRN T-9900042 merge to 3 118 204. done", "3 118 204"),
        ("two charts?? 0091-8823 is hers", "0091-8823"),
        ("bed 22  E1.774.0098  seen", "E1.774.0098"),
        ("blood W0417 25 118842 0 hung", "118842 0"),
        ("kit bar code SAK 0009 4417 sealed", "0009 4417"),
        ("lock box code 4-4-0-9 at the door", "4-4-0-9"),
        ("UNOS donor AAGT 118; biopsy", "AAGT 118"),
        ("APS intake 25/APS/117 closed", "25/APS/117"),
        ("VIN per deputy: 1HD1FBM13HB6-10442, gone", "1HD1FBM13HB6-10442"),
        ("rig plate 4l7-88 AM, crew two", "88 AM"),
        ("friend sent a picture: 1AF 277Q", "1AF 277Q"),
        ("22-G418 is parked in the bay", "22-G418"),
        ("we used palm vein before (PV#0047716203).", "PV#0047716203"),
        ("Print scanner hit LS-R2 #7740-118 matched", "#7740-118"),
        ("Photos FACE-JT-01 thru 09 stored", "FACE-JT-01 thru 09"),
        ("profile VPID_00418.77 for the refill line", "VPID_00418.77"),
        ("CGM Dexcom G7 tx 8LT3Q9. TIR 61%", "8LT3Q9"),
        ("LINQ II RLB 118 204 G showed a pause", "RLB 118 204 G"),
        ("B. Nwachukwu, LICSW LW 60114882", "60114882"),
        ("A. Diggs, SANE-A, 1-104417", "1-104417"),
        ("phone ends 0176", "0176"),
        ("A-number A 000-771-904, sponsor", "000-771-904"),
        (
            "medicare is one whiskey golf six delta november four zebra zebra nine nine and",
            "whiskey golf six",
        ),
        ("the old chart number was b dash four four one nine period", "four four one nine"),
        ("the plate is three bravo mike four one seven, silver", "bravo mike four"),
    ],
)
def test_a_number_in_odd_groups_goes(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "Pain scores 0 2 3 4 1 1 0 overnight.",
        "Digit span 5 8 2 1 9 4 7 forwards.",
        "Counted 1 2 3 4 5 6 7 8 without help.",
        "Echo one two three was normal.",
        "Vitamin b one two weekly; hepatitis c one time.",
        "HVLI 62 ohm, RV thr 1.0V@0.5ms at follow-up.",
        "PowerPort ref 1808000 lot in chart.",
        "Hip system ref 1365-36-320, lot in chart.",
        "covered under LCD L34807 only",
        "ICU 2 d, MedDRA 10080061 coded",
        "Percocet 5/325 given, pain 8/10 -> 3/10 at noon",
        "ZOSYN 16/4 I on the panel",
        "vanc day 5/7 today",
        "pT2 N1 (2/19), margins clear",
        "room# 4417, NDC#0009-3794",
        "Tx 2019 with rituximab; tx 3 cycles",
        "plan ASA 81 and statin, plan PT 3x weekly",
        "hit 110 mph on the gauge",
        "Plan: LR 1000 bolus, NS 500; plan XRT 5040 cGy in 28 fx",
        "Plan: DC home, f/u PCP 2 weeks, Lasix 40, KCl 20",
        "matched 8/8, hit head 3 hours ago, CT hit 4521",
        "hip XR 1234, carrier of HLA-B27, intake 1200 output 1500",
        "contract 12 weeks, merge 2 lists, clerk 3 days",
        "shift 0700-1900 and 0730-1600",
    ],
)
def test_values_in_groups_stay(text: str) -> None:
    assert left(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SOC 10 03 24   cert thru spring", "10 03 24"),
        ("Rec'd 03 11 25   in formalin", "03 11 25"),
        ("RN T. Alvarado   0ct 2   on duty", "0ct 2"),
        ("seen Ju1y 12, 2024 at noon", "Ju1y 12"),
        ("approval exp 3-31; call", "3-31"),
        ("family mtg 7/8 @ 2p with chaplain", "7/8"),
        ("was seen at the urgent care 2/2 & 2/5, given", "2/5"),
        ("triage note\n0619 0310: G4P2012, contracting", "0619"),
        ("Emend ok.\n8.22 addm: admitted", "8.22"),
        ("Infusion 02/05 in Pod C", "02/05"),
        ("phone visit 1-19 for 1-22 surg with us", "1-22"),
        ("geb. 03.XI.1932; 92 J. wohnt allein", "92 J"),
        ("Grandmother living, 96. Sister well", "96"),
        ("Resid. A6E 1O2 bed by the window", "1O2"),
        ("lesion on scalp (98 1/2), slow", "98 1/2"),
        ("DOB 6/30/29, so 96. Lives alone", "96"),
    ],
)
def test_a_date_or_age_in_an_odd_place_goes(text: str, value: str) -> None:
    assert value not in left(text)


_ROWS = (
    "seq|nm|dob|sx|addr|ssn|plan|grp|visit\n"
    "001|OYLER JUNE|060133|F|9 OLD MILL|006225518|UMR 7740 2218|76-411|V00717204\n"
    "002|TEST,PATIENT|01/01/1900|U|none|999999999||NONE|SELF\n"
    "K 4.1|Na 138|glucose 7740"
)


def test_cells_go_under_a_row_that_names_their_columns() -> None:
    found = {_ROWS[start:end]: category for start, end, category in columned(_ROWS)}
    assert found == {
        "OYLER JUNE": "NAME", "060133": "DATE", "9 OLD MILL": "LOCATION", "006225518": "SSN",
        "7740 2218": "PLAN", "76-411": "PLAN", "V00717204": "ID",
    }  # fmt: skip


def test_cells_go_in_commas_and_tabs_and_without_a_remark() -> None:
    commas = "id,last,dob,mrn,phone\n1,Oyler,1950-02-03,88121,5550142 msg only\n"
    assert [commas[s:e] for s, e, _ in columned(commas)] == ["Oyler", "1950-02-03", "88121", "5550142"]
    tabs = "name\tssn\temail\nOyler\t006225518\tnone at home\n"
    assert [tabs[s:e] for s, e, _ in columned(tabs)] == ["Oyler", "006225518"]


@pytest.mark.parametrize(
    "text",
    [
        "one line: name|dob|ssn",
        "test|value|unit|range\nK|4.1|mmol/L|3.5-5.1\n",
        "plan|visit|order\nrest|2019|2020\n",
        "fever, cough, chills, malaise\nnausea, emesis, rash, 2020\n",
    ],
)
def test_rows_without_such_a_heading_are_left_to_others(text: str) -> None:
    assert list(columned(text)) == []


def test_letters_before_a_hash_go_where_they_are_the_numbers_own() -> None:
    text = "bite mold BM#0417, MEC#0041187, room#4417"
    assert [text[s:e] for s, e, _ in dictated(tokens(text))] == ["BM#0417", "0041187"]
