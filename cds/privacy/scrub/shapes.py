"""Identifiers known by the words before them or by their own shape: numbers, addresses, files.

Every expression is bounded, so that the time grows with the length of the text and no faster.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cds.privacy.scrub.checks import CHECKS, Check, digits, public
from cds.privacy.scrub.coded import coded
from cds.privacy.scrub.columned import columned
from cds.privacy.scrub.dictated import dictated
from cds.privacy.scrub.lexicon import WORD, listed, strength
from cds.privacy.scrub.misread import misread
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.spoken import spoken
from cds.privacy.scrub.tokens import MIXED, Tokens

_ANCHORS = {
    "number": r"(?<!\w)(?=[\d(+])(?=(?:[^\d\n]{0,3}\d){7})",
    "lettered": r"(?<!\w)(?=[A-Za-z]{1,4}(?:\d?[ ]\d{3,4}|\d{2}|\d{4})[ ]\d{3}|\d{3}-\d{3}-)",
    "five": r"(?<![\w./+-])(?=\d{5}[ ][A-ZÄÖÜ])",
    "six": r"(?<!\w)(?=\d{6}(?!\d))",
    "hexed": r"(?<!\w)(?=[\dA-Fa-f]{2}[:-][\dA-Fa-f]{2}[:-]|[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}\.)",
    "paired": r"(?<!\w)(?=\d{2,3}-\d\d-\d\d(?!\d))",
    "spread": r"(?<![\w.,/-])(?=(?:[A-Z]{1,4}[ ])?\d{2,5}[ ]\d{2,5}[ ]\d{1,5}(?!\w))",
    "capital": r"(?<![\w./*-])(?=[A-ZÄÖÜ]{1,6}[ /.-][A-Z\d]{0,6}[ /-]?\d)",
    "mixed": r"(?<!\w)(?=[A-Za-z_:-]{0,24}\d(?:[^\d\n]{0,5}\d){3})",
    "joined": r"(?<!\w)(?=[A-Z]{2,6}[_-]?\d{3}|1?-?8\d\d-|N\d{3}[A-Z])",
}
"""What begins numbers of seven and of six figures, pairs and groups of them, words with figures."""
_LETTERED = re.compile(r"[_:-]|[^\W\d_]+")

_SPELT = frozenset({"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"})
_LEAST_AFTER_WORD = 5
"""Figures that a number has where a word of the sentence stands before it: "on the back NG4419027H"."""
_MONEY = re.compile(r"\d{1,6}\.\d\d")


@dataclass(frozen=True, slots=True)
class _Shape:
    category: str
    expression: str
    check: Check | None
    needs: str
    at: str
    words: frozenset[str]


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Return an expression, compiled when a text first may hold what it looks for."""
    return re.compile(expression)


@cache
def _tables() -> dict[str, Any]:
    path = resources.files(__package__).joinpath("lexicons", "shapes.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _shapes() -> tuple[_Shape, ...]:
    rows = _tables()["shaped"]
    return tuple(
        _Shape(
            r["category"],
            _headed(r["pattern"].replace(r"\#", "#")),
            CHECKS[r["check"]] if "check" in r else None,
            r.get("needs", ""),
            r.get("at", ""),
            frozenset(r.get("words", "").split()),
        )
        for r in rows
    )


def _headed(expression: str) -> str:
    """Return an expression with the words put in that stand before a number and are no part of it."""
    if "%heads%" not in expression:
        return expression
    heads = sorted(listed("number_heads") | listed("before_numbers"))
    return expression.replace("%heads%", "|".join(heads).upper()).replace("%low_heads%", "|".join(heads))


@cache
def _cues() -> tuple[dict[str, list[tuple[str, str]]], dict[str, int]]:
    """Return the cues with their categories by their first letters, and the digits each category needs."""
    rows = _tables()["cued"]
    by_start: dict[str, list[tuple[str, str]]] = {}
    for name, row in rows.items():
        for cue in alternatives(row["cues"]):
            for start in starts(cue):
                by_start.setdefault(start, []).append((name, cue))
    return by_start, {name: row["digits"] for name, row in rows.items()}


@cache
def _cued(start: str) -> re.Pattern[str] | None:
    """Return the expression of the cues that begin so, compiled when a text first asks for it."""
    by_start = _cues()[0]
    if start not in by_start:
        return None
    wider = by_start.get(f"{start[0]}*", []) if start[1] != "*" else []
    rows = (*by_start[start], *wider)
    cues = "|".join(
        f"(?P<{name}>{'|'.join(c for n, c in rows if n == name)})"
        for name in dict.fromkeys(n for n, _ in rows)
    )
    return re.compile(rf"(?:{cues})(?![A-Za-z])", re.VERBOSE | re.IGNORECASE)


def alternatives(expression: str) -> list[str]:
    """Return the parts of an expression between the bars that stand in no group."""
    parts, depth, begin = [], 0, 0
    for at, sign in enumerate(expression):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            parts.append(expression[begin:at].strip())
            begin = at + 1
    return [p for p in (*parts, expression[begin:].strip()) if p]


def starts(cue: str) -> set[str]:
    """Return the first two letters with which a cue may begin; "x*" where the second is not fixed."""
    if not cue.startswith("(?:"):
        fixed = cue[1:2].isalpha() and cue[2:3] not in {"?", "*", "{"}
        return {cue[:2] if fixed else f"{cue[0]}*"}
    depth, end = 0, 0
    for end, sign in enumerate(cue):  # noqa: B007 - the end of the group is what is looked for
        depth += (sign == "(") - (sign == ")")
        if not depth:
            break
    found = {start for part in alternatives(cue[3:end]) for start in starts(part)}
    return found | starts(cue[end + 2 :]) if cue[end + 1 : end + 2] == "?" else found


def shaped(made: Tokens) -> Iterator[Found]:
    """Yield identifiers by shape and by cue."""
    text = made.figures
    if not any(map(text.__contains__, "0123456789@.:=[(")) and _SPELT.isdisjoint(made.low):
        return
    yield from _by_cue(made)
    yield from coded(made)
    yield from spoken(made)
    yield from misread(made)
    yield from dictated(made)
    yield from columned(made.text)
    anchors = _anchored(made)
    every, by_word = _asked()
    asked = sorted({*every, *(at for word in by_word.keys() & made.low for at in by_word[word])})
    for shape in map(_shapes().__getitem__, asked):
        if (shape.needs and shape.needs not in text) or (shape.at and not anchors.get(shape.at, True)):
            continue
        for match in _matches(shape, made, anchors):
            start, end = match.span("v")
            if shape.check is None or shape.check(match["v"], text, start):
                yield start, end, shape.category


def _matches(shape: _Shape, made: Tokens, anchors: dict[str, list[int]]) -> Iterator[re.Match[str]]:
    """Yield the matches of a shape, tried only where one can begin."""
    expression = _compiled(shape.expression)
    if shape.at == "word":
        return tried(expression, made.figures, made.starts_of(shape.words))
    if shape.at:
        return tried(expression, made.figures, anchors[shape.at])
    return expression.finditer(made.figures)


@cache
def _asked() -> tuple[list[int], dict[str, list[int]]]:
    """Return the shapes to look for in every text, and those that ask for a word, by the word."""
    every: list[int] = []
    by_word: dict[str, list[int]] = {}
    for at, shape in enumerate(_shapes()):
        for word in shape.words:
            by_word.setdefault(word, []).append(at)
        if not shape.words:
            every.append(at)
    return every, by_word


def _handles(made: Tokens) -> list[int]:
    """Return where user names may begin: words with figures written low, what stands before a "_"."""
    found = [
        s
        for s, word, kind in zip(made.start, made.word, made.kind, strict=True)
        if kind == MIXED and word[0].islower()
    ]
    if "_" in made.text:
        found += [made.start[at - 1] for at, word in enumerate(made.word) if at and word == "_"]
    return sorted(found)


def _anchored(made: Tokens) -> dict[str, list[int]]:
    """Return by their kind the places at which one of the shapes of that kind matches."""
    text, places = made.figures, _places(made)
    found = {}
    for kind in _ANCHORS:
        any_of = _any(kind).match
        found[kind] = [at for at in places[kind] if any_of(text, at)]
    return {**found, "handle": _handles(made)}


def _places(made: Tokens) -> dict[str, list[int]]:
    """Return where each anchor is worth trying."""
    start, figured, capital = made.start, made.figured, made.capital
    opened = made.starts_of({"(", "+"})
    after_word = {start[at - (at > 0 and made.kind[at - 1] in "TUIl")] for at in made.numbered}
    after_word.update(start[at] for at in made.numbered)
    spread = sorted(after_word)
    joined = _joined(made)
    return {
        **dict.fromkeys(("five", "six", "paired"), figured),
        **dict.fromkeys(("lettered", "spread"), spread),
        **dict.fromkeys(("mixed", "joined"), joined),
        "number": sorted({*figured, *opened}) if opened else figured,
        "hexed": [at for at, word in zip(start, made.word, strict=True) if len(word) in {2, 4}],
        "capital": capital,
    }


def _joined(made: Tokens) -> list[int]:
    """Return where words with figures begin, and the letters and dashes that stand directly before them."""
    found: set[int] = set()
    for number in made.numbered:
        at = number
        found.add(made.start[at])
        while at and made.glued(at) and _LETTERED.fullmatch(made.word[at - 1]):
            at -= 1
            found.add(made.start[at])
    return sorted(found)


@cache
def _any(kind: str) -> re.Pattern[str]:
    """Return the expressions of all shapes of a kind as one: most numbers are none of them."""
    shapes = [s.expression.replace("(?P<v>", "(?:") for s in _shapes() if s.at == kind]
    return re.compile(_ANCHORS[kind] + f"(?:{'|'.join(shapes)})")


def _by_cue(made: Tokens) -> Iterator[Found]:
    by_start, least = _cues()
    text, done = made.figures, 0
    for at, low in zip(made.start, made.low, strict=True):
        if at < done:
            continue
        head = low[:2].lower()
        cues = _cued(head if head in by_start else f"{head[:1]}*") if low[:1].isalpha() else None
        if cues is None or (cue := cues.match(text, at)) is None:
            continue
        category = str(cue.lastgroup)
        if (match := pattern("shapes.tail").match(text, cue.end())) is None:
            continue
        start, end = match.span("v")
        needed = least[category]
        if word := _before(match["v"]):
            start += word
            needed = needed if category == "SSN" else _LEAST_AFTER_WORD
        value = text[start:end]
        if _identifies(value, text, start, needed):
            done = end
            yield start, end, category
            while more := pattern("shapes.more").match(text, done):
                done = more.end()
                yield *more.span("v"), category


def _before(value: str) -> int:
    """Return how long a word of the sentence is before a number, or letters that only say what it is."""
    match = pattern("shapes.said").match(value)
    if match is None:
        return 0
    low = match[1].lower()
    said = low in listed("number_heads") if match[1].isupper() else bool(strength(low) >> WORD & 3)
    return match.end() if said else 0


def _identifies(value: str, text: str, start: int, least: int) -> bool:
    number = digits(value)
    if len(number) < least or " -" in value or public(text, start) or _worded(value):
        return False
    if value[:1].isdigit() and len(number) < 6 and pattern("shapes.measure").match(text, start + len(value)):
        return False
    return pattern("shapes.date").match(value) is None and not _MONEY.fullmatch(value)


def _worded(value: str) -> bool:
    """Tell whether a value begins with a word and not with letters that belong to a number."""
    first = value.split(" ", 1)[0]
    if any(c.isdigit() or c in "*-_/." for c in first):
        return False
    return len(first) > 4 or first.lower() in listed("not_values")
