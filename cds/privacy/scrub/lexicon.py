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
def flags() -> dict[str, int]:
    """Return the strengths of each word, packed two bits each."""
    table: dict[str, int] = {}
    for line in _read("words.tsv").splitlines():
        head, _, words = line.partition("\t")
        packed = sum(int(level) << 2 * at for at, level in enumerate(head.split()))
        table |= dict.fromkeys(words.split(), packed)
    return table


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
