"""Questionnaires: PHQ-9, GAD-7, EPDS, AUDIT-C. Items come as answered numbers, in the order of the form."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome

AUDIT_C_POSITIVE_FROM: Mapping[str, int] = {"female": 3, "male": 4}


def phq_9(x: Mapping[str, Any]) -> Outcome:
    """Return the PHQ-9, 0 to 27 (Kroenke K, et al. J Gen Intern Med 2001;16:606-613)."""
    return Outcome(int(sum(x["items"])), _safety(phq_9_detail(x), 9))


def phq_9_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ninth answer, thoughts of death or self-harm: a matter of safety whatever the sum."""
    return _self_harm(x["items"], 9)


def gad_7(x: Mapping[str, Any]) -> int:
    """Return the GAD-7, 0 to 21 (Spitzer RL, et al. Arch Intern Med 2006;166:1092-1097)."""
    return int(sum(x["items"]))


def epds(x: Mapping[str, Any]) -> Outcome:
    """Return the Edinburgh Postnatal Depression Scale, 0 to 30.

    Cox JL, et al. Br J Psychiatry 1987;150:782-786. Items come already scored 0 to 3; the form reverses
    items 3 and 5 to 10.
    """
    return Outcome(int(sum(x["items"])), _safety(epds_detail(x), 10))


def epds_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tenth answer, thoughts of self-harm: a matter of safety whatever the sum."""
    return _self_harm(x["items"], 10)


def _self_harm(items: Any, number: int) -> dict[str, Any]:
    answer = int(items[number - 1])
    return {f"item_{number}": answer, "self_harm_thoughts": answer > 0}


def _safety(detail: Mapping[str, Any], number: int) -> tuple[str, ...]:
    if not detail["self_harm_thoughts"]:
        return ()
    return (f"item {number} (thoughts of death or self-harm) is above 0: assess safety whatever the sum",)


def audit_c(x: Mapping[str, Any]) -> Outcome:
    """Return AUDIT-C, 0 to 12 (Bush K, et al. Arch Intern Med 1998;158:1789-1795)."""
    detail = audit_c_detail(x)
    verdict = "positive" if detail["positive"] else "negative"
    return Outcome(int(sum(x["items"])), (f"{verdict} screen: the threshold is {detail['positive_from']}",))


def audit_c_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the threshold of this sex and whether the screen is positive.

    Four in men (Bush 1998), three in women (Bradley KA, et al. Arch Intern Med 2003;163:821-829).
    """
    threshold = AUDIT_C_POSITIVE_FROM[x["sex"]]
    return {"positive_from": threshold, "positive": sum(x["items"]) >= threshold}
