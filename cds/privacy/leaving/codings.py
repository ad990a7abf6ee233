"""Codes as they leave: public systems in their own syntax, displays written anew where known."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from cds.fhir.codes import ALIASES, well_formed
from cds.privacy.leaving.voices import Voice
from models.knowledge.concepts import load_concepts
from models.record import SNOMED

_LEAST_IDENTIFYING = 5
"""Letters and digits under which a code is nobody's number."""
_IS_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._\-]{1,80}){0,12}/?\Z").match
_IS_VERSION = re.compile(r"[A-Za-z0-9.\-]{1,30}\Z").match


@cache
def _tables() -> Mapping[str, Any]:
    text = resources.files("cds.privacy.leaving").joinpath("systems.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _syntax() -> Mapping[str, re.Pattern[str]]:
    return {system: re.compile(form + r"\Z") for system, form in _tables()["syntax"].items()}


@cache
def _words(table: str) -> Mapping[str, frozenset[str]]:
    return {system: frozenset(codes.split()) for system, codes in _tables()[table].items()}


@cache
def displays() -> Mapping[tuple[str, str], str]:
    """Return the public words of codes, by system and code, as far as our value sets know them."""
    concepts = load_concepts()
    groups = (concepts.observations, concepts.conditions, concepts.procedures, concepts.answers)
    return {
        (SNOMED, code): words
        for group in groups
        for row in group.values()
        for code, words in row.snomed.items()
    }


def is_public(system: str, code: str) -> bool:
    """Tell whether this is a code of a public system, in that system's form."""
    syntax = _syntax().get(system)
    if syntax is not None:
        return syntax.match(code) is not None
    return code in _words("codes").get(system, ()) or well_formed(system, code)


def is_tag(system: str, code: str) -> bool:
    """Tell whether a tag of a resource says neither who nor where."""
    return code in _words("tags").get(system, ())


def is_canonical(text: str) -> bool:
    """Tell whether this is the canonical address of something public, with a version or without."""
    address, _, version = text.partition("|")
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (
        len(text) <= 300
        and parts.scheme in {"http", "https"}
        and parts.netloc in _tables()["canonical"]["hosts"]
        and not parts.query
        and _IS_PLAIN_PATH(parts.path) is not None
        and (not parts.fragment or _IS_VERSION(parts.fragment) is not None)
        and (not version or _IS_VERSION(version) is not None)
    )


def is_public_system(system: str) -> bool:
    """Tell whether an identifier's system is a public one that says nothing of a place."""
    return is_canonical(system)


def cleaned(system: Any, code: Any, display: Any, voice: Voice) -> dict[str, Any] | None:
    """Return system, code and display as they leave, or None where the system is not a public one."""
    if type(system) is not str or type(code) is not str:
        return None
    real = ALIASES.get(system, system)
    if not is_public(real, code) or (len(code) >= _LEAST_IDENTIFYING and voice.within(code)):
        return None
    shown = displays().get((real, code)) or (voice.label(display) if type(display) is str else "")
    return {"system": real, "code": code, "display": shown} if shown else {"system": real, "code": code}
