"""Promises that hold for all documents: order, additions, absence and units change no alert for the worse."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.medsafety.model import model

ORDERS = (
    *("warfarin 5 mg daily", "ibuprofen 400 mg tid", "lisinopril 10 mg daily", "spironolactone 25 mg daily"),
    *(
        "metformin 1000 mg bid",
        "simvastatin 40 mg daily",
        "clarithromycin 500 mg bid",
        "digoxin 0.25 mg daily",
    ),
    *("sertraline 50 mg daily", "tramadol 50 mg q6h", "oxycodone 10 mg q6h", "lorazepam 1 mg tid"),
    *("Entresto 49-51 mg bid", "Percocet 5-325 mg q6h", "methotrexate 15 mg weekly", "Bactrim DS bid"),
    *("diclofenac 1 % topical gel", "haloperidol 5 mg bid", "ondansetron 8 mg tid", "Zorblaxin 5 mg"),
)
ALLERGIES = (
    {"text": "Penicillin", "reaction": "anaphylaxis"},
    {"text": "Sulfa", "reaction": "rash"},
    {"text": "Codeine", "reaction": "itching"},
    {"text": "Something else"},
)
CONDITIONS = tuple(
    {"code": code} for code in ("K92.2", "I50.22", "J45.40", "N18.4", "I45.81", "K74.60", "Z51.5")
)
LABS = {
    "2823-3": {"value": 5.6, "unit": "mmol/L", "days_ago": 2},
    "2160-0": {"value": 2.4, "unit": "mg/dL", "days_ago": 2},
    "6301-6": {"value": 4.2, "unit": "1", "days_ago": 1},
}
UNRELATED = ("loratadine 10 mg daily", "folic acid 1 mg daily", "latanoprost 0.005 % ophthalmic drops qhs")
Document = dict[str, Any]


def texts(least: int, most: int) -> st.SearchStrategy[list[Document]]:
    return st.lists(st.sampled_from(ORDERS), min_size=least, max_size=most, unique=True).map(
        lambda found: [{"text": text} for text in found]
    )


def several(rows: tuple[Document, ...]) -> st.SearchStrategy[list[Document]]:
    return st.lists(st.sampled_from(rows), max_size=3, unique_by=str)


DOCUMENTS = st.fixed_dictionaries(
    {
        "draft": texts(1, 3),
        "medications": texts(0, 4),
        "allergies": several(ALLERGIES),
        "conditions": several(CONDITIONS),
        "labs": st.sets(st.sampled_from(sorted(LABS))).map(
            lambda codes: {code: LABS[code] for code in codes}
        ),
        "age_years": st.sampled_from([0.5, 8, 30, 50, 80]),
        "sex": st.sampled_from(["female", "male", "unknown"]),
        "weight_kg": st.sampled_from([8.0, 50.0, 80.0]),
    }
)
Said = dict[tuple[str, tuple[str, ...]], str]


def said(document: Document) -> Said:
    """Return the severity of each alert by its rule and drugs."""
    return {(a["rule"], tuple(sorted(a["drugs"]))): a["severity"] for a in model().run(document)["alerts"]}


def unchecked(document: Document) -> set[str]:
    return {gap["item"] for gap in model().run(document)["not_checked"]}


RANK = {"critical": 3, "warning": 2, "info": 1}


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_nothing(document: Document, random: Any) -> None:
    shuffled = dict(document)
    for name in ("draft", "medications", "allergies", "conditions"):
        shuffled[name] = list(document[name])
        random.shuffle(shuffled[name])
    assert said(shuffled) == said(document)
    assert unchecked(shuffled) == unchecked(document)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.sampled_from(UNRELATED))
def test_one_more_unrelated_drug_removes_no_alert(document: Document, text: str) -> None:
    more = {**document, "medications": [*document["medications"], {"text": text}]}
    after = said(more)
    assert all(after.get(key) == severity for key, severity in said(document).items())


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.sampled_from(["medications", "allergies", "conditions", "labs"]))
def test_a_list_that_is_not_there_is_named(document: Document, name: str) -> None:
    """What could not be looked up never reads as nothing found."""
    without = {key: value for key, value in document.items() if key != name}
    titles = {
        "medications": "drug list",
        "allergies": "allergy list",
        "conditions": "condition list",
        "labs": "laboratory values",
    }
    assert titles[name] in unchecked(without)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_a_condition_list_that_is_not_there_silences_nothing_that_an_empty_one_says(
    document: Document,
) -> None:
    """Not known is not "not there": an alert may become milder only where a rule asks for a fact."""
    empty = said({**document, "conditions": []})
    absent = said({key: value for key, value in document.items() if key != "conditions"})
    lost = {key for key, severity in empty.items() if RANK[severity] > 1 and key not in absent}
    assert not {key for key in lost if not _asks_for_a_condition(key[0])}


def _asks_for_a_condition(rule: str) -> bool:
    row = model().knowledge.rules[rule]
    conditions = (row.when, row.unless, *(m.when for m in row.modifiers))
    kinds = {clause.kind for condition in conditions for group in condition for clause in group}
    return bool(
        kinds & {"condition", "procedure", "indication", "hepatic", "pregnancy", "could-become-pregnant"}
    )


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_units_that_convert_change_nothing(document: Document) -> None:
    """Potassium in mEq/L and creatinine in micromoles say the same."""
    other = {
        "2823-3": {"value": 5.6, "unit": "meq/L", "days_ago": 2},
        "2160-0": {"value": 2.4 * 88.42, "unit": "umol/L", "days_ago": 2},
        "6301-6": LABS["6301-6"],
    }
    turned = {**document, "labs": {code: other[code] for code in document["labs"]}}
    assert said(turned) == said(document)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_every_alert_says_what_why_and_where_from(document: Document) -> None:
    for alert in model().run(document)["alerts"]:
        assert alert["drugs"]
        assert alert["summary"]
        assert alert["action"]
        assert alert["sources"]
        assert alert["interruptive"] <= (alert["severity"] != "info")
        assert "{" not in alert["summary"] + alert["action"]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_every_drug_is_judged_or_named(document: Document) -> None:
    """An entry either resolves or stands under what was not checked."""
    named = unchecked(document)
    for entry in (*document["draft"], *document["medications"]):
        assert (entry["text"] in named) == (entry["text"] == "Zorblaxin 5 mg")


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_the_same_document_gives_the_same_answer(document: Document) -> None:
    assert model().run(document) == model().run(document)
