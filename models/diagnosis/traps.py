"""Stretches of a story that mean something else than their words: `went back to work` is about no back."""

import re
import tomllib
from functools import lru_cache
from importlib import resources

_NUMBER = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten)"


def traps(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the stretches in which nothing is read."""
    plain = text.replace("’", "'")
    # Lower case of a few letters is longer than the letter; those texts are read as they are.
    lower = plain.lower() if len(plain.lower()) == len(plain) else plain
    return [match.span() for match in _pattern().finditer(lower)]


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    place = resources.files("models.diagnosis") / "traps.toml"
    said = tomllib.loads(place.read_text(encoding="utf-8"))["phrases"]
    phrases = (part.strip() for line in said.splitlines() for part in line.split(";"))
    written = (r"\s+".join(map(_written, phrase.split())) for phrase in phrases if phrase)
    return re.compile(rf"\b(?:{'|'.join(sorted(written, key=len, reverse=True))})\b")


def _written(word: str) -> str:
    return re.escape(word).replace(r"\#", _NUMBER)
