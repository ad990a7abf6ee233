"""Displays of clinical codes and titles of concepts identify nobody and stay as they are."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cds.privacy.scrub import scrub

ROOT = Path(__file__).parents[4]
NAMED = {"Hartwell, Jonathan: creatinine"}
"""A display that carries a name on purpose, to be removed."""


def displays(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if {"system", "code", "display"} <= node.keys():
            yield node["display"]
        for value in node.values():
            yield from displays(value)
    elif isinstance(node, list):
        for value in node:
            yield from displays(value)


def titles(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [value] if key == "title" and isinstance(value, str) else titles(value)


def touched(texts: set[str]) -> dict[str, str]:
    return {text: scrub(text).text for text in sorted(texts) if scrub(text).spans}


def test_displays_of_codes_are_left_alone() -> None:
    records = (ROOT / "fixtures/fhir/patients").glob("*.json")
    found = {d for path in records for d in displays(json.loads(path.read_text(encoding="utf-8")))}
    assert len(found) > 300
    assert touched(found).keys() <= NAMED, touched(found)


def test_titles_of_concepts_are_left_alone() -> None:
    tables = (ROOT / "models/knowledge/concepts").glob("*.toml")
    found = {t for path in tables for t in titles(tomllib.loads(path.read_text(encoding="utf-8")))}
    assert len(found) > 100
    assert touched(found) == {}
