"""A knowledge base of four conditions, made up for tests."""

from models.knowledge.diagnosis.base import KnowledgeBase, read_knowledge

FINDINGS = {
    "source": "made up for tests, 2026",
    "symptom": {
        "fever": {"base": 0.1, "ask": "Fever?", "say": "fever; febrile; hot to touch"},
        "fever-high": {
            "is": "fever",
            "base": 0.02,
            "ask": "High?",
            "say": "high fever; very high temperature",
        },
        "cough": {"base": 0.1, "ask": "Cough?", "say": "cough; coughing; hacking cough"},
        "rash": {"base": 0.05, "ask": "Rash?", "say": "rash; skin eruption; blotchy skin"},
        "knee-pain": {"base": 0.05, "ask": "Knee?", "say": "knee pain; sore knee; aching knee"},
        "wheeze": {"base": 0.03, "ask": "Wheeze?", "say": "wheeze; wheezing; whistling chest"},
    },
    "modifier": {
        "duration-days": {"base": 0.4, "ask": "Days?", "say": "for days; for some days; past few days"},
        "duration-years": {"base": 0.1, "ask": "Years?", "say": "for years; for many years; long-standing"},
    },
}


def condition(name, rate, findings, **more):
    row = {
        "name": name,
        "also": name,
        "icd10": "R69",
        "rate": rate,
        "ages": [1] * 9,
        "female": 0.5,
        "onset": "days",
        "course": "constant",
        "urgency": "routine",
        "findings": findings,
        "apart": "none: none",
        "tests": "none",
        "source": "made up, 2026",
    }
    return {**row, **more}


CONDITIONS = {
    "field": "made up",
    "flu": condition("Flu", [900, 100], ".9 fever\n.5 fever-high\n.7 cough"),
    "measles": condition("Measles", [9, 1], ".8 fever\n.9 rash"),
    "bad-knee": condition("Bad knee", [400, 10], ".95 knee-pain", onset="years", female=0.9),
    "birth": condition(
        "Birth", [40, 40], ".6 fever", pregnant="only", female=1.0, ages=[0, 0, 0, 0, 3, 2, 0, 0, 0]
    ),
}


def little_base() -> KnowledgeBase:
    """Return it, read as the packaged one is."""
    return read_knowledge({"findings/a.toml": FINDINGS, "conditions/b.toml": CONDITIONS})
