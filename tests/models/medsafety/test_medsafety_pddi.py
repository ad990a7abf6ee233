"""The two scenarios of HL7 PDDI-CDS (CC0), restated as documents, with those in which nothing is said."""

from typing import Any

import pytest

from models.medsafety.model import model

DIGOXIN_LEVEL = "10535-3"
WARFARIN = {"rxcui": "855332", "text": "Warfarin Sodium 5 MG Oral Tablet"}
KETOROLAC = {"rxcui": "834022", "text": "Ketorolac Tromethamine 10 MG Oral Tablet"}
NAPROXEN = {"text": "Naproxen 500 MG Oral Tablet"}
OMEPRAZOLE = {"text": "Omeprazole 20 MG Delayed Release Oral Capsule"}
DIGOXIN = {"rxcui": "197606", "text": "Digoxin 0.25 MG Oral Tablet"}
CYCLOSPORINE = {"text": "cycloSPORINE 100 MG Oral Capsule"}
RANK = {"critical": 3, "warning": 2, "info": 1}
Entry = dict[str, Any]


def worst(draft: Entry, *taken: Entry, pair: tuple[str, str], **more: Any) -> str | None:
    """Return the worst severity of what is said of a pair."""
    whole: dict[str, Any] = {"allergies": [], "conditions": [], "labs": {}, "age_years": 50, "sex": "male"}
    answer = model().run({**whole, "draft": [draft], "medications": list(taken), **more})
    said = [a["severity"] for a in answer["alerts"] if set(pair) <= set(a["drugs"])]
    return max(said, key=RANK.__getitem__, default=None)


def test_an_nsaid_with_warfarin_and_no_gastroprotection_is_critical() -> None:
    assert worst(KETOROLAC, WARFARIN, pair=("warfarin", "ketorolac")) == "critical"
    assert worst(NAPROXEN, WARFARIN, pair=("warfarin", "naproxen")) == "critical"


def test_warfarin_with_an_nsaid_on_board_is_critical_too() -> None:
    """The artefact looks for a drafted NSAID only; the other way round is as dangerous."""
    assert worst(WARFARIN, NAPROXEN, pair=("warfarin", "naproxen")) == "critical"


@pytest.mark.parametrize("protection", [OMEPRAZOLE, {"text": "misoprostol 200 mcg qid"}])
def test_gastroprotection_lowers_it(protection: Entry) -> None:
    assert worst(NAPROXEN, WARFARIN, protection, pair=("warfarin", "naproxen")) in ("warning", "info")


@pytest.mark.parametrize(
    ("taken", "more"),
    [
        ((), {"age_years": 70}),
        ((), {"conditions": [{"code": "K92.2", "status": "resolved"}]}),
        ((), {"conditions": [{"code": "K26.4", "status": "active"}]}),
        (({"text": "prednisone 20 mg daily"},), {}),
        (({"text": "spironolactone 25 mg daily"},), {}),
        (({"text": "meloxicam 15 mg daily"},), {}),
    ],
)
def test_what_raises_the_risk_keeps_a_warning_under_gastroprotection(
    taken: tuple[Entry, ...], more: dict[str, Any]
) -> None:
    found = worst(NAPROXEN, WARFARIN, OMEPRAZOLE, *taken, pair=("warfarin", "naproxen"), **more)
    assert found in ("warning", "critical")


@pytest.mark.parametrize(
    "text", ["Diclofenac Sodium 0.01 MG/MG Topical Gel", "diclofenac 1 % topical gel qid", "Voltaren gel"]
)
def test_topical_diclofenac_is_information(text: str) -> None:
    assert worst({"text": text}, WARFARIN, pair=("warfarin", "diclofenac")) == "info"


@pytest.mark.parametrize(
    ("draft", "taken", "pair"),
    [
        (NAPROXEN, (), ("warfarin", "naproxen")),
        (NAPROXEN, ({**WARFARIN, "status": "stopped", "ended_days_ago": 200},), ("warfarin", "naproxen")),
        (NAPROXEN, ({**WARFARIN, "status": "entered-in-error"},), ("warfarin", "naproxen")),
        ({"text": "acetaminophen 500 mg tid"}, (WARFARIN, NAPROXEN), ("warfarin", "naproxen")),
        ({"text": "bromfenac 0.09 % ophthalmic solution daily"}, (WARFARIN,), ("warfarin", "bromfenac")),
        ({"text": "ketorolac 0.5 % ophthalmic solution qid"}, (WARFARIN,), ("warfarin", "ketorolac")),
    ],
)
def test_warfarin_and_nsaid_must_not_fire(
    draft: Entry, taken: tuple[Entry, ...], pair: tuple[str, str]
) -> None:
    assert worst(draft, *taken, pair=pair) is None


def test_the_draft_is_not_another_nsaid_of_itself() -> None:
    whole: dict[str, Any] = {"allergies": [], "conditions": [], "labs": {}, "age_years": 50, "sex": "male"}
    answer = model().run({**whole, "draft": [NAPROXEN], "medications": [WARFARIN, OMEPRAZOLE]})
    words = [w for a in answer["alerts"] if "warfarin" in a["drugs"] for w in a["modifiers"]]
    assert not [w for w in words if "another" in w or "second" in w]


def level(value: float, days: float) -> dict[str, Any]:
    return {"value": value, "unit": "ng/mL", "days_ago": days}


PAIR = ("digoxin", "cyclosporine")


def test_new_cyclosporine_without_a_digoxin_level_is_critical() -> None:
    assert worst(CYCLOSPORINE, DIGOXIN, pair=PAIR) == "critical"


def test_an_old_level_is_no_level() -> None:
    assert worst(CYCLOSPORINE, DIGOXIN, pair=PAIR, labs={DIGOXIN_LEVEL: level(0.7, 31)}) == "critical"


def test_a_low_level_makes_it_less_than_critical() -> None:
    found = worst(CYCLOSPORINE, DIGOXIN, pair=PAIR, labs={DIGOXIN_LEVEL: level(0.7, 10)})
    assert found in ("warning", "info")


def test_a_high_level_today_is_not_hidden_by_a_low_one_three_weeks_ago() -> None:
    """The artefact asks for any level below 0.9; the newest decides here."""
    labs = {DIGOXIN_LEVEL: [level(0.7, 21), level(2.4, 0)]}
    assert worst(CYCLOSPORINE, DIGOXIN, pair=PAIR, labs=labs) == "critical"


def test_a_continuation_is_less_than_critical() -> None:
    """Both are taken already, and the level is low."""
    found = worst(CYCLOSPORINE, CYCLOSPORINE, DIGOXIN, pair=PAIR, labs={DIGOXIN_LEVEL: level(0.7, 10)})
    assert found in ("info", "warning", None)


@pytest.mark.parametrize(
    ("draft", "taken"),
    [
        (CYCLOSPORINE, ()),
        (CYCLOSPORINE, ({**DIGOXIN, "status": "entered-in-error"},)),
        ({"text": "Restasis 0.05 % ophthalmic emulsion bid"}, (DIGOXIN,)),
        ({"text": "eplerenone 25 MG Oral Tablet"}, (DIGOXIN,)),
    ],
)
def test_digoxin_and_cyclosporine_must_not_fire(draft: Entry, taken: tuple[Entry, ...]) -> None:
    assert worst(draft, *taken, pair=PAIR) is None
