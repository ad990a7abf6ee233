"""Liver: MELD 3.0, Child-Pugh, fibrosis and alcoholic hepatitis."""

import math

from models.scores.definition import Outcome, Values

BILIRUBIN_UMOL_PER_MG_DL = 17.1


def fib_4(values: Values) -> Outcome:
    """Return the FIB-4 index (Sterling RK, Hepatology 2006;43:1317-1325)."""
    age = values["age_years"]
    index = age * values["ast"] / (values["platelets"] * math.sqrt(values["alt"]))
    note = "from 65 years the lower cut-off is 2.0 (McPherson S, Am J Gastroenterol 2017;112:740-751)"
    return Outcome(index, (note,) if age >= 65 else ())


def meld_3(values: Values) -> Outcome:
    """Return MELD 3.0, 6 to 40 (Kim WR, Gastroenterology 2021;161:1887-1895; OPTN Policy 9).

    Bilirubin, INR and creatinine count as at least 1.0, creatinine as at most 3.0 (and as 3.0 on dialysis),
    sodium as 125 to 137, albumin as 1.5 to 3.5. Under 18 years everybody gets the 1.33 of women.
    """
    minor = values.get("age_years", 18) < 18
    used = {
        "bilirubin": max(values["bilirubin"], 1.0),
        "inr": max(values["inr"], 1.0),
        "creatinine": 3.0 if values["dialysis"] else min(max(values["creatinine"], 1.0), 3.0),
        "sodium": min(max(values["sodium"], 125.0), 137.0),
        "albumin": min(max(values["albumin"], 1.5), 3.5),
    }
    exact = _meld_3(used, female=minor or values["sex"] == "female")
    bounded = [name for name, value in used.items() if value != values[name]]
    notes = [f"{exact:.2f} before rounding"]
    if bounded:
        notes.append(f"held to the bounds of the formula: {', '.join(bounded)}")
    if values["dialysis"]:
        notes.append("on dialysis creatinine counts as 3.0 mg/dL")
    if minor:
        notes.append("under 18 years the 1.33 points of women are given to everybody")
    return Outcome(math.floor(exact + 0.5), tuple(notes))


def _meld_3(used: Values, *, female: bool) -> float:
    """Return the unrounded score of bounded values, held between 6 and 40."""
    bilirubin, creatinine = math.log(used["bilirubin"]), math.log(used["creatinine"])
    sodium_gap, albumin_gap = 137 - used["sodium"], 3.5 - used["albumin"]
    score = (
        1.33 * female
        + 4.56 * bilirubin
        + 0.82 * sodium_gap
        - 0.24 * sodium_gap * bilirubin
        + 9.09 * math.log(used["inr"])
        + 11.14 * creatinine
        + 1.85 * albumin_gap
        - 1.83 * albumin_gap * creatinine
        + 6
    )
    return float(min(max(score, 6.0), 40.0))


ASCITES = {"none": 1, "mild": 2, "moderate_severe": 3}
ENCEPHALOPATHY = {"none": 1, "grade_1_2": 2, "grade_3_4": 3}


def child_pugh(values: Values) -> int:
    """Return Child-Pugh points, 5 to 15 (Pugh RNH, Br J Surg 1973;60:646-649; INR: Lucey MR 1997)."""
    bilirubin, albumin, inr = values["bilirubin"], values["albumin"], values["inr"]
    return int(
        1 + (bilirubin >= 2) + (bilirubin > 3)
        + 1 + (albumin <= 3.5) + (albumin < 2.8)
        + 1 + (inr >= 1.7) + (inr > 2.3)
        + ASCITES[values["ascites"]]
        + ENCEPHALOPATHY[values["encephalopathy"]]
    )  # fmt: skip


def albi(values: Values) -> float:
    """Return the albumin-bilirubin score (Johnson PJ, J Clin Oncol 2015;33:550-558)."""
    umol = values["bilirubin"] * BILIRUBIN_UMOL_PER_MG_DL
    return float(0.66 * math.log10(umol) - 0.085 * values["albumin"] * 10)


def maddrey(values: Values) -> float:
    """Return the modified discriminant function (Carithers RL, Ann Intern Med 1989;110:685-690)."""
    return float(
        4.6 * (values["prothrombin_time"] - values["prothrombin_time_control"]) + values["bilirubin"]
    )


def apri(values: Values) -> float:
    """Return the AST to platelet ratio index (Wai CT, Hepatology 2003;38:518-526)."""
    return float(values["ast"] / values["ast_upper_limit"] / values["platelets"] * 100)


def nafld_fibrosis_score(values: Values) -> float:
    """Return the NAFLD fibrosis score (Angulo P, Hepatology 2007;45:846-854)."""
    return float(
        -1.675
        + 0.037 * values["age_years"]
        + 0.094 * values["bmi"]
        + 1.13 * values["diabetes_or_impaired_fasting_glucose"]
        + 0.99 * values["ast"] / values["alt"]
        - 0.013 * values["platelets"]
        - 0.66 * values["albumin"]
    )
