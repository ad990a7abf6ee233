"""What takes the place of an identifier: a tag, or something of its kind that is not it."""

import hashlib
import re
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Protocol

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, flags, listed, plain, strength

_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMERIC = re.compile(r"(\d{1,4})(\D)(\d{1,2})(\D)(\d{2,4})")
_TRIES = 20
_KEPT_WORDS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "jr",
        "sr",
        "ii",
        "iii",
        "iv",
        "md",
        "rn",
        "de",
        "la",
        "van",
        "von",
        "der",
        "del",
        "bin",
        "al",
    ]
)


class Surrogates(Protocol):
    """Says what takes the place of an identifier of a category."""

    def __call__(self, category: str, original: str, /) -> str:
        """Return the replacement."""
        ...


def TAGS(category: str, original: str, /) -> str:  # noqa: N802 - a constant that happens to be a function
    """Return the category in square brackets."""
    del original
    return f"[{category}]"


def realistic(seed: bytes, *, shift_days: int | None = None) -> Surrogates:
    """Return surrogates that look like what they replace, the same ones for the same original.

    Dates move by `shift_days`, or become their year. Nothing ever stands for itself.
    """
    return _Realistic(seed, shift_days)


class _Realistic:
    """Draws surrogates from a keyed hash of the original: nothing is remembered, nothing leads back."""

    __slots__ = ("_seed", "_shift")

    def __init__(self, seed: bytes, shift_days: int | None) -> None:
        self._seed = hashlib.blake2b(seed, digest_size=32).digest()
        self._shift = shift_days

    def __call__(self, category: str, original: str, /) -> str:
        for attempt in range(_TRIES):
            made = self._drawn(category, original, attempt)
            if made.casefold() != original.casefold():
                return made
        return f"[{category}]"

    def _chance(self, category: str, original: str, attempt: int) -> Random:
        text = f"{category}|{attempt}|{plain(original)}".encode(errors="surrogatepass")
        return Random(hashlib.blake2b(text, key=self._seed).digest())  # noqa: S311 - keyed by the seed

    def _drawn(self, category: str, original: str, attempt: int) -> str:
        if category == "DATE":
            return self._date(original)
        if category == "AGE":
            return "90+" if original != "90+" else "over 90"
        if category in {"NAME", "LOCATION"} and _WORD.search(original):
            return self._words(category, original, attempt)
        chance = self._chance(category, original, attempt)
        return _address(category, original, chance) or _shaped(original, chance)

    def _words(self, category: str, original: str, attempt: int) -> str:
        """Return a name or place with every telling word replaced, each word always by the same."""

        def other(match: re.Match[str]) -> str:
            word = match[0]
            low = plain(word)
            if low in _KEPT_WORDS or (category == "LOCATION" and low in _place_words()):
                return word
            chance = self._chance("WORD", word, attempt)
            if len(word) == 1:
                return _shaped(word, chance)
            pool = _pool("place" if category == "LOCATION" else _sort(low))
            drawn = chance.choice(pool)
            while drawn == low:
                drawn = chance.choice(pool)
            return drawn.upper() if word.isupper() else drawn if word.islower() else drawn.capitalize()

        figures = re.sub(r"\d+", lambda m: _shaped(m[0], self._chance("NUMBER", m[0], attempt)), original)
        return _WORD.sub(other, figures)

    def _date(self, original: str) -> str:
        moved = _moved(original, self._shift) if self._shift else ""
        if moved:
            return moved
        year = _YEAR.search(original)
        return year[0] if year and year[0] != original else "[DATE]"


def _address(category: str, original: str, chance: Random) -> str:
    """Return a mail, web or network address reserved for documentation, or nothing for other kinds."""
    if category == "EMAIL":
        return f"{_shaped('aaaaaaa', chance)}@example.org"
    if category == "URL":
        return f"https://example.org/{_shaped('aaaa9999', chance)}"
    if category != "IP":
        return ""
    host = chance.randrange(1, 255)
    return f"2001:db8::{host:x}" if original.count(":") > 1 else f"192.0.2.{host}"


def _shaped(original: str, chance: Random) -> str:
    """Return other letters and figures in the same places."""

    def other(character: str) -> str:
        if character.isdigit():
            return str(chance.randrange(10))
        if character.isalpha():
            drawn = chance.choice("abcdefghijkmnpqrstuvwxyz")
            return drawn.upper() if character.isupper() else drawn
        return character

    return "".join(map(other, original))


def _moved(original: str, days: int) -> str:
    """Return a numeric date moved by days in its own way of writing, or nothing where it has another."""
    match = _NUMERIC.fullmatch(original)
    if match is None:
        return ""
    first, second, third = int(match[1]), int(match[3]), int(match[5])
    year_first = len(match[1]) == 4
    year, month, day = (first, second, third) if year_first else (third, first, second)
    swapped = month > 12
    if swapped:
        month, day = day, month
    full = year if year > 99 else year + (1900 if year > 30 else 2000)
    try:
        new = date(full, month, day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    shown = f"{new.year:04}" if year > 99 else f"{new.year % 100:02}"
    a, b = (new.day, new.month) if swapped else (new.month, new.day)
    wide = len(match[3])
    if year_first:
        return f"{shown}{match[2]}{new.month:0{wide}}{match[4]}{new.day:0{len(match[5])}}"
    return f"{a:0{len(match[1])}}{match[2]}{b:0{wide}}{match[4]}{shown}"


def _sort(low: str) -> str:
    found = strength(low)
    return "given" if found >> GIVEN & 3 > found >> FAMILY & 3 else "family"


@cache
def _place_words() -> frozenset[str]:
    return (
        listed("facilities") | listed("streets") | listed("generic") | frozenset({"saint", "county", "apt"})
    )


@cache
def _pool(sort: str) -> tuple[str, ...]:
    """Return words of one sort that mean nothing else."""
    at = {"given": GIVEN, "family": FAMILY, "place": PLACE}[sort]
    return tuple(
        sorted(
            w
            for w, f in flags().items()
            if f >> at & 3 == 3 and not f >> WORD & 3 and not f >> CLINIC & 3 and w.isalpha()
        )
    )
