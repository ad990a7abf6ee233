"""The words for what the model answers in codes and numbers."""

from collections.abc import Mapping

from cds.consult.asking import VITALS, Query
from models.knowledge.diagnosis import KnowledgeBase

LEVELS: Mapping[str, tuple[str, str]] = {
    "emergency": ("Emergency", "What was understood calls for action now."),
    "urgent": ("Urgent", "What was understood calls for an assessment today."),
}
"""The levels that are said. Anything less is never said to a professional as if it were good news."""
NO_HASTE = (
    "No emergency recognised",
    "That is no all-clear: what was not said, asked or examined is not known.",
)
NOT_JUDGED = ("Not judged", "Nothing was ranked, and nothing is ruled out.")

REMEDIES: Mapping[str, str] = {
    "empty": "Tell what is wrong, where, since when, and what is not there.",
    "language": "Tell it in English. After a translation check every negation in what was understood.",
    "not-a-story": "Leave instructions out and tell what is wrong with whom.",
    "not-a-patient": "Tell what is wrong with one person: complaints, since when, what is not there.",
    "contradiction": "Correct the story or the fields, and ask again.",
    "nothing-understood": "Say it in other words: complaints, signs and results, one by one.",
}
"""What to do about a refusal, by its code."""

_SEXES: Mapping[str, str] = {"female": "female", "male": "male", "other": "sex: other", "unknown": ""}
_PLACES: Mapping[str, str] = {
    "primary-care": "primary care",
    "emergency": "emergency department",
    "inpatient": "hospital ward",
    "telephone": "telephone",
}
_PREGNANT: Mapping[bool | None, str] = {None: "", True: "pregnant", False: "not pregnant"}
_IMMUNE: Mapping[bool | None, str] = {
    None: "",
    True: "immune system suppressed",
    False: "immune system intact",
}
_SURE = 0.95
"""What calibration supports: of first places above it some are wrong."""
_RARE = 0.01
_STEP = 0.01


def person(query: Query) -> str:
    """Return in words who a query is about, and the values given beside the story."""
    unit = query.age_unit if query.age != 1 else query.age_unit.removesuffix("s")
    age = "" if query.age is None else f"{query.age:g} {unit}"
    flags = (_PREGNANT[query.pregnant], _IMMUNE[query.immunosuppressed])
    told = [_SEXES[query.sex], age, _PLACES[query.setting], *flags]
    values = [f"{v.label.lower()} {query.vitals[v.name]:g}" for v in VITALS if v.name in query.vitals]
    words = ", ".join(part for part in (*told, *values) if part)
    return f"{words[:1].upper()}{words[1:]}"


def percent(probability: float) -> str:
    """Return a probability in words that claim neither certainty nor impossibility."""
    if probability > _SURE:
        return "over 95%"
    return "under 1%" if probability < _RARE else f"{probability:.0%}"


def is_change(before: float, after: float) -> bool:
    """Tell whether a probability moved by a percentage point or more."""
    return abs(after - before) >= _STEP


def weight(value: float) -> str:
    """Return a weight with its sign."""
    return f"+{value:.1f}" if value >= 0 else f"−{-value:.1f}"


def finding(base: KnowledgeBase, code: str) -> str:
    """Return a finding's name; a code of another base is said as it stands."""
    row = base.findings.get(code)
    return row.name if row else plain(code)


def lack(base: KnowledgeBase, code: str) -> str:
    """Return how the absence of a finding is said: a threshold is not met, a complaint is absent."""
    row = base.findings.get(code)
    return "not met" if row and row.measure else "absent"


def question(base: KnowledgeBase, code: str) -> str:
    """Return how a finding is asked for."""
    row = base.findings.get(code)
    return row.ask if row else f"{plain(code)}?"


def investigation(base: KnowledgeBase, code: str) -> str:
    """Return a test's name."""
    row = base.investigations.get(code)
    return row.name if row else plain(code)


def plain(code: str) -> str:
    """Return a code as words."""
    words = code.replace("-", " ")
    return words[:1].upper() + words[1:]


def place(rank: int) -> str:
    """Return a rank as it is said: first, 2nd, 11th."""
    if rank == 1:
        return "first"
    ending = "th" if rank % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"
