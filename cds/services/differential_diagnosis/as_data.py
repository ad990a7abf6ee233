"""Findings as data for the extension of a card: nothing in it points at anybody."""

from collections.abc import Collection, Mapping
from typing import Any

from models.base import Finding, Input

Data = dict[str, Any]


def of_condition(row: Finding, unspoken: Collection[str]) -> Data:
    """Return a condition with its probability and what moved it by how much (log-odds)."""
    return {
        "condition": row.code,
        "name": row.title,
        "icd10": list(row.detail["icd10"]),
        "probability": round(row.probability or 0.0, 4),
        "prior": round(row.detail["prior"], 3),
        "words": row.detail["words"],
        "because": [_moved(line) for line in row.inputs if line.code not in unspoken],
        "tests": [test["name"] for test in row.detail["tests"]],
        "neighbours": [dict(n) for n in row.detail["neighbours"]],
        "must_exclude": row.detail["must_exclude"],
        "listed": bool(row.detail["listed"]),
        "version": row.model.rpartition("@")[2],
    }


def of_flag(flag: Finding, unspoken: Collection[str]) -> Data:
    """Return a red flag with what set it off."""
    return {
        "rule": flag.code,
        "says": flag.title,
        "urgency": flag.band,
        "inputs": [line.code for line in flag.inputs if line.code not in unspoken],
        "points_to": list(flag.detail["points_to"]),
        "source": flag.source.citation if flag.source is not None else "",
        "version": flag.model.rpartition("@")[2],
    }


def of_whole(whole: Finding, unspoken: Collection[str]) -> Data:
    """Return what was understood, what to ask next, and what is missing."""
    lines = [line for line in whole.inputs if line.code not in unspoken]
    return {
        "model": "differential",
        "urgency": whole.band,
        "understood": [{"finding": line.code, "present": bool(line.value)} for line in lines],
        "contradicted": list(whole.detail["contradicted"]),
        "ask_next": [dict(question) for question in whole.detail["ask_next"]],
        "alike": list(whole.detail["alike"]),
        "missing": list(whole.missing),
        "calibration": dict(whole.detail["calibration"]),
        "version": whole.model.rpartition("@")[2],
    }


def _moved(line: Input) -> Mapping[str, Any]:
    return {"finding": line.code, "present": bool(line.value), "weight": line.weight}
