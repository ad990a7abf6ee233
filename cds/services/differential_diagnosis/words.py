"""Words of this service: findings, probabilities and results as a clinician reads them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from cds.fhir.dates import ago
from cds.hooks.cards import OverrideReason, plain, shorten
from models.base import Finding, Input

_VALUE = re.compile(r"(?P<name>.*?) (?P<number>[<>]?=?-?\d+(?:\.\d+)?)(?: (?P<unit>\S+))?\Z")
_ABBREVIATION = re.compile(r"\w*[A-Z0-9]\w*[A-Z]|[A-Z]\d|[A-Z]-|[A-Z]\w*[A-Z]")
_FORM = re.compile(r" (?:(?:Extended|Delayed) Release )?(?:Oral|Topical|Injectable|Inhal\w+) .*\Z")


@dataclass(frozen=True, slots=True)
class Words:
    """`words.toml`, read."""

    findings: Mapping[str, str]
    results: Mapping[str, str]
    units: Mapping[str, str]
    topics: Mapping[str, str]
    acts: Mapping[str, str]
    """What must not wait for a test, by condition."""
    bedside: frozenset[str]
    shows: Mapping[str, tuple[str, ...]]
    """LOINC codes of which one shows that a panel was done."""
    overrides: tuple[OverrideReason, ...]


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the packaged words."""
    place = resources.files("cds.services.differential_diagnosis") / "words.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    reasons = tuple(OverrideReason(code, display) for code, display in table["overrides"].items())
    bedside = frozenset(table["bedside"]["tests"].split())
    shows = {test: tuple(codes.split()) for test, codes in table["shows"].items()}
    return Words(
        table["findings"],
        table["results"],
        table["units"],
        table["topics"],
        table["acts"],
        bedside,
        shows,
        reasons,
    )


def camel(text: str) -> str:
    """Return words as one: what a topic is made of."""
    parts = re.sub(r"[^A-Za-z0-9]+", " ", text).split()
    return "".join(part[:1].upper() + part[1:] for part in parts)


def flag_topic(finding: Finding) -> str:
    """Return the topic of a red flag's card, the same for every patient."""
    name = camel(finding.code)
    return words().topics.get(finding.code, f"RF{name[:1].lower()}{name[1:]}")


def share(probability: float) -> str:
    """Return a probability as it may be said: the ends of the scale are never certain."""
    if probability > 0.95:
        return "over 95%"
    if probability < 0.01:
        return "under 1%"
    return f"{round(probability * 100)}%"


def lower(text: str) -> str:
    """Return a name as it stands within a sentence."""
    return text if _ABBREVIATION.match(text) else text[:1].lower() + text[1:]


def result(text: str) -> str:
    """Return a result in short: `ESR 88 mm/h` for the name that its code gives it."""
    match = _VALUE.match(text)
    if match is None:
        return text
    known = (short for name, short in words().results.items() if match["name"].startswith(name))
    unit = words().units.get(match["unit"] or "", match["unit"] or "")
    return " ".join(filter(None, (next(known, lower(match["name"])), match["number"], unit)))


def named(line: Input) -> str:
    """Return a finding as a card names it: a result with its value, all else by its name."""
    where, _, said = line.note.partition(": ")
    if where == "result":
        match = _VALUE.match(said)
        # A result whose code brings no words is named after what it shows.
        bare = match is not None and not any(character.isalpha() for character in match["name"])
        return plain(
            f"{lower(line.name)}, {result(said[match.start('number') :])}" if bare and match else result(said)
        )
    if where == "drug" and line.value:
        return drug_name(said)
    return plain(words().findings.get(line.code) or lower(line.name))


def drug_name(text: str) -> str:
    """Return a drug with its strength and without its form."""
    return plain(shorten(_FORM.sub("", lower(text)), 40))


def quoted(line: Input) -> str:
    """Return a finding with the words or the entry that tells it, and their age."""
    where, _, said = line.note.partition(": ")
    age = ago(line.minutes_ago) if line.minutes_ago is not None and line.minutes_ago >= 0 else ""
    about = {
        "note": "note",
        "reason": "reason for encounter",
        "condition": "problem list",
        "draft": "being entered",
    }
    kind = about.get(where, "")
    words_ = f'"{plain(said)}"' if where in ("note", "reason") and said else ""
    tail = ", ".join(filter(None, (words_, kind, age)))
    return f"{named(line)} ({tail})" if tail else named(line)


def mark(weight: float) -> str:
    """Return how strongly a finding moves a condition, in four steps."""
    size = abs(weight)
    sign = "+" if weight > 0 else "−"
    return sign * (3 if size >= 4 else 2 if size >= 2 else 1) if size >= 0.7 else ""


def listing(items: Iterable[str], last: str = "and") -> str:
    """Return items as a person lists them."""
    every = list(items)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {last} {every[-1]}" if every else ""
