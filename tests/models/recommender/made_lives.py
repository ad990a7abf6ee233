"""Small made-up lives whose prescribing follows plain rules, as histories and as FHIR."""

import random

from models.recommender.history import History, Order, Problem

HYPERTENSION, ANGINA, DIABETES = "38341003", "53741008", "44054006"
HCTZ, SIMVASTATIN, METFORMIN = "316049", "312961", "860975"
NAMES = {
    HYPERTENSION: "Hypertension",
    ANGINA: "Coronary Heart Disease",
    DIABETES: "Diabetes",
    HCTZ: "Hydrochlorothiazide 25 MG",
    SIMVASTATIN: "Simvastatin 20 MG Oral Tablet",
    METFORMIN: "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet",
}
RULE = {HYPERTENSION: HCTZ, ANGINA: SIMVASTATIN, DIABETES: METFORMIN}
YEAR = 365.25


def lives(number=60, seed=7):
    """Return people of 40 and over who get a condition's drug when it begins, and again a year later."""
    chance = random.Random(seed)
    return [one_life(chance) for _ in range(number)]


def one_life(chance):
    orders, problems, day = [], [], 40 * YEAR + chance.random() * 20 * YEAR
    for code in chance.sample(list(RULE), k=chance.randint(1, 3)):
        problems.append(Problem(day, code, NAMES[code], None, "http://snomed.info/sct"))
        orders += [Order(day + again, RULE[code], NAMES[RULE[code]]) for again in (0, 365)]
        day += 800
    return History(chance.choice(["female", "male"]), tuple(orders), tuple(problems))


def as_fhir(histories):
    """Return the lives as FHIR resources, a list for each person: Patient first."""
    return [fhir_of(position, one) for position, one in enumerate(histories)]


def fhir_of(position, history):
    person = f"Patient/p{position}"
    rows = [
        {"resourceType": "Patient", "id": f"p{position}", "gender": history.sex, "birthDate": "1940-01-01"}
    ]
    for number, one in enumerate(history.problems):
        rows.append({
            "resourceType": "Condition", "id": f"c{position}-{number}", "subject": {"reference": person},
            "code": {"coding": [{"system": one.system, "code": one.code, "display": one.name}]},
            "onsetDateTime": on(one.day),
        })  # fmt: skip
    for number, one in enumerate(history.orders):
        coding = {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": one.rxcui,
            "display": one.name,
        }
        rows.append({
            "resourceType": "MedicationRequest", "id": f"m{position}-{number}", "status": "completed",
            "intent": "order", "subject": {"reference": person},
            "medicationCodeableConcept": {"coding": [coding]}, "authoredOn": on(one.day),
        })  # fmt: skip
    return rows


def on(day):
    """Return a date so many days after 1 January 1940."""
    from datetime import date, timedelta

    return (date(1940, 1, 1) + timedelta(days=int(day))).isoformat()


def document(**more):
    """Return a document of a man of 60 with hypertension and empty lists."""
    return {
        "id": "one", "age_years": 60, "sex": "male", "conditions": [HYPERTENSION], "medications": [],
        "allergies": [], **more,
    }  # fmt: skip
