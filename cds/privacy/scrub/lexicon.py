"""How much a word is a given name, a family name, an English or clinical word, a place.

The list is made by `bench/scrub_lexicons.py` from freely licensed sources and read on first use.
"""

import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

GIVEN, FAMILY, WORD, CLINIC, PLACE = range(0, 10, 2)
"""Where in the flags of a word the two bits of each of its strengths begin; 0 is not at all, 3 very."""


def _read(name: str) -> str:
    return resources.files(__package__).joinpath("lexicons", name).read_text(encoding="utf-8")


@cache
def _blocks() -> dict[str, str]:
    """Return the words with their strengths, unread, by their first two letters."""
    return dict(line.split("\t", 1) for line in _read("words.tsv").splitlines())


@cache
def _block(start: str) -> dict[str, int]:
    """Return the strengths of the words with two first letters."""
    table: dict[str, int] = {}
    for group in _blocks().get(start, "").split("\t"):
        packed, _, words = group.partition(" ")
        table |= dict.fromkeys(words.split(), int(packed or 0))
    return table


def strength(low: str) -> int:
    """Return the strengths of a word, packed two bits each; 0 where the list does not have it."""
    start = low[:2]
    return _block(start).get(low, 0) if start in _blocks() else 0


_BRITISH = (("ae", "e"), ("oe", "e"), ("our", "or"), ("isation", "ization"), ("ise", "ize"), ("tre", "ter"))
"""Spellings of the words of medicine that the list, which is American, has otherwise."""


def british(low: str) -> int:
    """Return the strengths, as a word of the language or of medicine alone, of a word in British spelling."""
    for ours, theirs in _BRITISH:
        if ours in low and len(low) > 5:
            found = strength(low.replace(ours, theirs)) >> WORD & 15
            if found:
                return found << WORD
    return 0


@cache
def flags() -> dict[str, int]:
    """Return the strengths of every word: for tools, since reading them all takes a tenth of a second."""
    return {word: packed for start in _blocks() for word, packed in _block(start).items()}


@cache
def towns() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return places of several words by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in _read("places.txt").splitlines():
        first, *rest = line.split()
        found.setdefault(first, []).append(tuple(rest))
    return {first: tuple(sorted(rests, key=len, reverse=True)) for first, rests in found.items()}


@cache
def cues() -> dict[str, Any]:
    """Return the hand-written lists: titles, kin, heads of facilities, words that are never names."""
    return tomllib.loads(_read("cues.toml"))


@cache
def listed(name: str) -> frozenset[str]:
    """Return one of the hand-written lists as a set of words or phrases."""
    return frozenset(part.strip() for line in cues()[name].splitlines() for part in line.split(",")) - {""}


def plain(word: str) -> str:
    """Return a word in lower case without accents, as the list has it."""
    low = word.lower()
    if low.isascii():
        return low
    low = low.replace("’", "'").replace("ł", "l").replace("ø", "o").replace("đ", "d").replace("ß", "ss")
    kept = unicodedata.normalize("NFKD", low)
    return "".join(c for c in kept if not unicodedata.combining(c))


@cache
def eponyms() -> frozenset[str]:
    """Return the words with capitals that name diseases, signs, devices, brands, organisms, trials."""
    return frozenset(_read("eponyms.txt").partition("\n")[2].split())


def lines(name: str) -> list[str]:
    """Return the lines of one of the lists."""
    return [line for line in _read(name).splitlines() if line]
