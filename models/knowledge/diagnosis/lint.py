"""What a reviewer must not have to look for: rows that cannot be true, lead nowhere or repeat another."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import sqrt

from models.knowledge.diagnosis.base import KnowledgeBase
from models.knowledge.diagnosis.rows import LEAST, MOST, URGENCIES, Condition, Finding, KnowledgeError

FEWEST_WORDINGS = 3
LEAST_DISTANCE = 0.5
"""Squared Hellinger distance over findings, age and sex below which nothing separates two conditions."""
_COMMON = 60
"""A finding that more conditions list than this is no reason to compare two of them."""
_ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")
_SOURCE = re.compile(r"\d{4}|\d+(st|nd|rd|th) ed|StatPearls|NICE|DSM|Guideline|CDC|NAMCS|editorial")
_TIGHT = 0.0005


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one row, and what to do about it."""

    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.rule}]"


def check(base: KnowledgeBase) -> None:
    """Raise `KnowledgeError` with every problem of this base, one a line."""
    problems = [str(problem) for problem in lint(base)]
    if problems:
        raise KnowledgeError("\n".join(problems))


def lint(base: KnowledgeBase) -> Iterator[Problem]:
    """Yield every problem of this base."""
    for finding in base.findings.values():
        yield from _of_finding(base, finding)
    for condition in base.conditions.values():
        yield from _dangling(base, condition)
        yield from _probabilities(base, condition)
        yield from _sense(condition)
    yield from _same_name(base.conditions.values())
    yield from _inseparable(base)


def _of_finding(base: KnowledgeBase, row: Finding) -> Iterator[Problem]:
    for name in (*row.parents, *row.excludes):
        if name not in base.findings:
            yield Problem(row.place, "dangling", f"{name} is no finding: add it or correct the name")
    if len(row.wordings) < FEWEST_WORDINGS:
        yield Problem(row.place, "wordings", f"`say` needs {FEWEST_WORDINGS} wordings or more")
    if len({w.casefold() for w in row.wordings}) < len(row.wordings):
        yield Problem(row.place, "wordings", "a wording stands twice in `say`")
    for value in (row.base, *row.base_at.values()):
        if not 0 < value < 1:
            yield Problem(row.place, "probability", f"a base rate of {value} is not between 0 and 1")
    for parent in row.parents:
        if parent in base.findings and base.findings[parent].base < row.base:
            yield Problem(row.place, "child", f"it is more frequent than {parent}, which it implies")
    yield from _source(row.place, row.source)


def _dangling(base: KnowledgeBase, row: Condition) -> Iterator[Problem]:
    for name in _named(row):
        if name not in base.findings:
            yield Problem(row.place, "dangling", f"{name} is no finding: add it or correct the name")
    for test in row.tests:
        if test not in base.investigations:
            yield Problem(row.place, "dangling", f"{test} is no investigation: add it or correct the name")
    if not any(n.condition for n in row.neighbours):
        yield Problem(row.place, "neighbours", "`apart` names no condition of this base by its id")
    for words, known, key in ((row.onset, base.onsets, "onset"), (row.course, base.courses, "course")):
        yield from (
            Problem(row.place, "dangling", f"`{key}` {word} is not in timing.toml")
            for word in words
            if word not in known
        )


def _named(row: Condition) -> Iterable[str]:
    yield from row.frequencies
    yield from row.risks
    yield from row.red_flags
    yield from (variation.finding for variation in row.variations)


def _probabilities(base: KnowledgeBase, row: Condition) -> Iterator[Problem]:
    stated = (*row.frequencies.items(), *((v.finding, v.frequency) for v in row.variations))
    for name, value in stated:
        if not LEAST <= value <= MOST:
            yield Problem(row.place, "probability", f"{name} {value} is outside {LEAST} to {MOST}")
    for name, value in row.frequencies.items():
        for parent in base.ancestors.get(name, ()):
            if row.frequencies.get(parent, 1) < value:
                yield Problem(row.place, "child", f"{name} is more frequent than {parent}, which it implies")
    for name, risk in row.risks.items():
        if risk <= 0:
            yield Problem(row.place, "probability", f"a relative risk of {risk} for {name} is not above 0")
    if not 0 <= row.female <= 1:
        yield Problem(row.place, "probability", f"`female` is a share, not {row.female}")


def _sense(row: Condition) -> Iterator[Problem]:
    if not row.frequencies:
        yield Problem(row.place, "findings", "no finding is listed")
    for code in row.icd10:
        if not _ICD10.fullmatch(code):
            yield Problem(row.place, "icd10", f"{code} is not of the form of an ICD-10-CM code")
    for level in row.raised:
        if URGENCIES.index(level) <= URGENCIES.index(row.urgency):
            yield Problem(row.place, "urgency", f"`raised` names {level}, which is not above {row.urgency}")
    yield from _source(row.place, row.source)


def _source(place: str, source: str) -> Iterator[Problem]:
    if not _SOURCE.search(source):
        yield Problem(place, "source", "`source` names no year, edition, guideline or topic")


def _same_name(rows: Iterable[Condition]) -> Iterator[Problem]:
    seen: dict[str, Condition] = {}
    for row in rows:
        other = seen.setdefault(row.name.casefold(), row)
        if other is not row:
            yield Problem(row.place, "duplicate", f"{other.id} has the same name")


def _inseparable(base: KnowledgeBase) -> Iterator[Problem]:
    share = cache(base.frequency)
    for one, other in sorted(_comparable(base)):
        apart = _apart(base, one, other, share)
        if apart >= LEAST_DISTANCE:
            continue
        rule = "duplicate" if apart < _TIGHT else "inseparable"
        message = f"nothing separates it from {other} (distance {apart:.2f}): say what does, or merge them"
        yield Problem(base.conditions[one].place, rule, message)


def _comparable(base: KnowledgeBase) -> set[tuple[str, str]]:
    listing: dict[str, list[str]] = {}
    for row in base.conditions.values():
        for name in row.frequencies:
            listing.setdefault(name, []).append(row.id)
        for neighbour in row.neighbours:
            if neighbour.condition:
                listing.setdefault(f"{row.id} {neighbour.condition}", []).extend(
                    (row.id, neighbour.condition)
                )
    return {
        pair
        for names in listing.values()
        if len(names) <= _COMMON
        for pair in combinations(sorted(set(names)), 2)
    }


def distance(base: KnowledgeBase, one: str, other: str) -> float:
    """Return how far apart two conditions are: squared Hellinger distances over findings, age and sex."""
    return _apart(base, one, other, base.frequency)


def _apart(base: KnowledgeBase, one: str, other: str, share: Callable[[str, str], float]) -> float:
    rows = base.conditions[one], base.conditions[other]
    names = {name for row in rows for name in row.frequencies if name in base.findings}
    found = sum(_hellinger(share(one, name), share(other, name)) for name in names)
    return found + _hellinger(rows[0].female, rows[1].female) + _ages_apart(rows[0].ages, rows[1].ages)


def _hellinger(p: float, q: float) -> float:
    return (sqrt(p) - sqrt(q)) ** 2 + (sqrt(1 - p) - sqrt(1 - q)) ** 2


def _ages_apart(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    total, total_other = sum(one), sum(other)
    pairs = zip(one, other, strict=True)
    return sum((sqrt(a / total) - sqrt(b / total_other)) ** 2 for a, b in pairs)


def by_rule(problems: Iterable[Problem]) -> Mapping[str, int]:
    """Return how many problems there are of each rule."""
    found: dict[str, int] = {}
    for problem in problems:
        found[problem.rule] = found.get(problem.rule, 0) + 1
    return found
