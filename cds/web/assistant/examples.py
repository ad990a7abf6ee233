"""Stories to begin with, made up for this page; no real person."""

from collections.abc import Mapping
from dataclasses import dataclass

from cds.consult.asking import Query


@dataclass(frozen=True, slots=True)
class Example:
    """A story to click."""

    title: str
    query: Query


EXAMPLES: Mapping[str, Example] = {
    "breathless": Example(
        "Breathless after a long flight",
        Query(
            story=(
                "Flew home from a holiday on Sunday. Since this morning she is short of breath and has a "
                "sharp pain on the right side of the chest when she breathes in. Takes the pill. No fever, "
                "no cough, denies coughing up blood."
            ),
            age=34,
            sex="female",
            setting="emergency",
            pregnant=False,
            vitals={"heart-rate": 112, "oxygen-saturation": 92},
        ),
    ),
    "headache": Example(
        "A new headache at 74",
        Query(
            story=(
                "For three weeks a headache at the right temple that he never had before. He feels tired and "
                "has lost some weight. No fall, no vomiting, denies fever."
            ),
            age=74,
            sex="male",
        ),
    ),
    "infant": Example(
        "Fever at 20 days",
        Query(
            story="Since last night he has a fever, drinks poorly and is hard to wake. No cough, no rash.",
            age=20,
            age_unit="days",
            sex="male",
            setting="emergency",
            vitals={"temperature": 38.6},
        ),
    ),
    "throat": Example(
        "Sore throat for two days",
        Query(
            story=(
                "Sore throat for two days, it hurts to swallow. Fever since yesterday. Swollen glands at the "
                "front of the neck. No cough, no runny nose."
            ),
            age=17,
            sex="female",
        ),
    ),
}
