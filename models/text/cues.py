"""Cues of assertion: read from data, and found in a text.

A cue is a row of `rules/triggers.toml`; the file says what its columns mean.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from models.base import ModelError

KINDS = ("negated", "uncertain", "historical", "hypothetical", "family", "other", "pseudo", "stop", "present")
WHERES = ("before", "after", "inside", "answer", "historical", "hypothetical", "")
GAP = 3
_NUMBERS = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "several",
        "many",
        "few",
        "couple",
    ]
)
_OPENING = frozenset({"_", "<n>", "<year>"})
"""What leaves several ways on from where it stands."""
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_PART = re.compile(r"\(([^()]*\|[^()]*)\)(\?)?|\(([^()|]+)\)\?|(\S+)")
_CUE_TOKEN = re.compile(r"<n>|<year>|[^\W_]+|[^\w\s]|_")


class RuleError(ModelError):
    """A rule file is not of its form; the message names the file and the row."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="text-rules")


class Trigger(NamedTuple):
    """What a cue means, on which side of it, and how far."""

    kind: str
    where: str = ""
    reach: int = 0
    commas: bool = True


class Cue(NamedTuple):
    """A cue found: its tokens from `first` up to but not including `last`."""

    first: int
    last: int
    triggers: tuple[Trigger, ...]


@dataclass(slots=True)
class _Node:
    following: dict[str, "_Node"] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    open: bool = False
    """Whether what follows may be a number, a year or a gap, so that there are several ways on."""


@dataclass(frozen=True)
class Cues:
    """Every cue, ready to be found: those with a scope, and those that are the whole answer to an item."""

    scoped: _Node
    answers: _Node

    def find(self, words: Sequence[str], first: int, last: int) -> list[Cue]:
        """Return the cues in a range of tokens, the longest at each place; none lies within another."""
        found: list[Cue] = []
        reached = 0
        begins = self.scoped.following
        for at in range(first, last):
            word = words[at]
            node, here = begins.get(word), at + 1
            if (word in _NUMBERS or word[0].isdigit()) and _special(self.scoped, word):
                node, here = self.scoped, at
            # Most words begin no cue, and most with `the` or `in` none with the next word.
            elif node is None or not (
                node.triggers or node.open or (here < last and words[here] in node.following)
            ):
                continue
            end, triggers = longest(node, words, here, last)
            if triggers and end > reached:
                found.append(Cue(at, end, triggers))
                reached = end
        return found

    def answer(self, words: Sequence[str], at: int, last: int) -> Cue | None:
        """Return the answer that begins at a token, or None."""
        end, triggers = longest(self.answers, words, at, last)
        return Cue(at, end, triggers) if triggers else None


def longest(root: _Node, words: Sequence[str], at: int, last: int) -> tuple[int, tuple[Trigger, ...]]:
    """Return where the longest cue that begins at a token ends, and what it means."""
    best = 0
    found: tuple[Trigger, ...] = ()
    states: list[tuple[_Node, int]] = []
    node, here = root, at
    while True:
        if node.triggers and here > best:
            best, found = here, node.triggers
        following = None
        if here < last:
            if node.open:
                states += _steps(node, words, here, last)
            else:
                following = node.following.get(words[here])
        if following is not None:
            node, here = following, here + 1
        elif states:
            node, here = states.pop()
        else:
            return best, found


def _special(node: _Node, word: str) -> bool:
    return ("<n>" in node.following and _number(word)) or (
        "<year>" in node.following and bool(_YEAR.match(word))
    )


def _number(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS


def _steps(node: _Node, words: Sequence[str], here: int, last: int) -> list[tuple[_Node, int]]:
    """Return where a cue goes on from here."""
    word = words[here]
    nexts = node.following
    found = [(nexts[word], here + 1)] if word in nexts else []
    if "<n>" in nexts and _number(word):
        found.append((nexts["<n>"], here + 1))
    if "<year>" in nexts and _YEAR.match(word):
        found.append((nexts["<year>"], here + 1))
    if "_" in nexts:
        gap = nexts["_"]
        for at in range(here, min(here + GAP + 1, last)):
            if at > here and not words[at - 1].isalnum():
                break
            found += _steps(gap, words, at, last)
    return found


def read_cues(tables: Sequence[Mapping[str, Any]], *, where: str, without: str = "") -> Cues:
    """Return the cues of these rows but for those in `without`.

    Raise `RuleError` naming a row that is wrong.
    """
    gone = set(_split(without))
    scoped, answers = _Node(), _Node()
    for row in tables:
        trigger = _trigger(row, where)
        root = answers if trigger.where == "answer" else scoped
        for cue in _split(row["cues"]):
            if cue in gone:
                continue
            _add(root, [_choices(part) for part in _PART.findall(cue)], trigger)
    return Cues(scoped, answers)


@lru_cache(maxsize=4096)
def _choices(part: tuple[str, str, str, str]) -> list[list[str]]:
    """Return the ways of writing one part of a cue: `word`, `word?`, `(a|b)`, `(a|b)?`."""
    either, maybe, perhaps, plain = part
    if either:
        return [_words(choice) for choice in either.split("|")] + ([[]] if maybe else [])
    if perhaps:
        return [_words(perhaps), []]
    if len(plain) > 1 and plain.endswith("?") and plain[:-1].isalnum():
        return [_words(plain[:-1]), []]
    return [_words(plain)]


def _words(text: str) -> list[str]:
    return _CUE_TOKEN.findall(text.lower())


def _add(root: _Node, parts: Sequence[Sequence[Sequence[str]]], trigger: Trigger) -> None:
    """Add a cue of which each part may be written in several ways; what begins alike is walked once."""
    reached = [root]
    for choices in parts:
        nodes = [_walked(root, node, words) for node in reached for words in choices]
        reached = list({id(node): node for node in nodes}.values())
    for node in reached:
        if node is not root and trigger not in node.triggers:
            node.triggers = (*node.triggers, trigger)


def _walked(root: _Node, node: _Node, words: Sequence[str]) -> _Node:
    """Return where these words lead, made where there is no way yet; a gap at the beginning is none."""
    for word in words:
        if word == "_" and node is root:
            continue
        if word in _OPENING:
            node.open = True
        following = node.following.get(word)
        if following is None:
            following = node.following[word] = _Node()
        node = following
    return node


def _trigger(row: Mapping[str, Any], where: str) -> Trigger:
    unknown = set(row) - {"kind", "where", "reach", "commas", "cues"}
    if unknown or row.get("kind") not in KINDS or row.get("where", "") not in WHERES or "cues" not in row:
        raise RuleError(
            f"{where}: a trigger has kind, where, reach, commas and cues: {dict(row) | {'cues': '...'}}"
        )
    return Trigger(row["kind"], row.get("where", ""), int(row.get("reach", 0)), bool(row.get("commas", True)))


def _split(cues: str) -> list[str]:
    return [" ".join(cue.split()) for cue in cues.split(";") if cue.strip()]
