"""Wordings written as patterns: `(reduced|absent) (ankle|knee) jerk`, with named sets of words: `{bone} fx`.

A pattern stands for every phrase that it can be; what it stands for is made once, when the lexicon is.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from models.text.cues import RuleError

MOST = 3_000
"""Phrases of one pattern; more is a mistake in it."""


def phrases(pattern: str, sets: Mapping[str, str], *, where: str) -> list[str]:
    """Return what a pattern stands for; raise `RuleError` where it is not of its form."""
    if pattern.count("(") != pattern.count(")"):
        raise RuleError(f"{where}: `{pattern[:80]}` opens a bracket that it does not close")
    found = _either(pattern, sets, where)
    if len(found) > MOST:
        raise RuleError(
            f"{where}: `{pattern[:80]}` stands for {len(found)} phrases; write it with fewer choices"
        )
    return [phrase for phrase in found if phrase]


def members(name: str, sets: Mapping[str, str], *, where: str) -> tuple[str, ...]:
    """Return the words and phrases of a named set."""
    if name not in sets:
        raise RuleError(f"{where}: no set has the name `{name}`; known are {', '.join(sorted(sets))}")
    return _listed(sets[name])


@lru_cache(maxsize=64)
def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(";") if part.strip())


def _either(pattern: str, sets: Mapping[str, str], where: str) -> list[str]:
    """Return what each of the choices between bars stands for."""
    return [phrase for choice in _cut(pattern, "|") for phrase in _row(choice, sets, where)]


def _row(pattern: str, sets: Mapping[str, str], where: str) -> list[str]:
    """Return what parts in a row stand for together."""
    parts = [_part(part, sets, where) for part in _cut(pattern, " ") if part]
    size = 1
    for choices in parts:
        size *= len(choices)
    if size > MOST:
        raise RuleError(f"{where}: `{pattern[:80]}` stands for {size} phrases; write it with fewer choices")
    return [" ".join(filter(None, words)) for words in product(*parts)]


def _part(part: str, sets: Mapping[str, str], where: str) -> list[str]:
    """Return the ways of writing one part: `word`, `word?`, `(a|b)`, `(a|b)?`, `{set}`, `{set}?`."""
    maybe = len(part) > 1 and part.endswith("?")
    plain = part[:-1] if maybe else part
    if plain.startswith("("):
        found = _either(plain[1:-1], sets, where)
    elif plain.startswith("{"):
        found = list(members(plain[1:-1], sets, where=where))
    else:
        found = [plain]
    return [*found, ""] if maybe else found


def _cut(text: str, mark: str) -> list[str]:
    """Return the pieces of a text between marks that stand in no bracket."""
    pieces, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            pieces.append(text[begin:at])
            begin = at + 1
    return [*pieces, text[begin:]]
