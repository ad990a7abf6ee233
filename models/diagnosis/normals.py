"""What is absent where a text says that an examination was normal."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources

from models.diagnosis.folding import Word, fold
from models.diagnosis.wordings import NEGATIVE

_FARTHEST = 14
"""Places over which a list may be spread before the word that says all of it is well."""


def normals(words: Sequence[Word]) -> Iterator[tuple[str, int, int]]:
    """Yield each finding that a sentence rules out by saying that something is normal, with its offsets."""
    yield from _listed(words)
    table = _table()
    for at, word in enumerate(words):
        for said, absent in table.get(word.fold, ()):
            part = words[at : at + len(said)]
            denied = at > 0 and words[at - 1].fold == NEGATIVE and word.fold != NEGATIVE
            if not denied and tuple(w.fold for w in part) == said:
                for finding in absent:
                    yield finding, part[0].start, part[-1].end


def _listed(words: Sequence[Word]) -> Iterator[tuple[str, int, int]]:
    """Yield what a list rules out that is said to be well as a whole: `arms, legs and speech are normal`."""
    subjects, well = _subjects()
    for at, word in enumerate(words):
        if word.fold not in well or (at > 0 and words[at - 1].fold == NEGATIVE):
            continue
        before, after = at, at + 1
        while before > 0 and words[before - 1].fold in subjects:
            before -= 1
        if before == at or words[before].place < word.place - _FARTHEST:
            while after < len(words) and words[after].fold in subjects:
                after += 1
            before = at
        if before > 0 and words[before - 1].fold == NEGATIVE:
            continue
        for one in (*words[before:at], *words[at + 1 : after]):
            for finding in subjects[one.fold]:
                yield finding, words[before].start, words[after - 1].end


@lru_cache(maxsize=1)
def _subjects() -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]]:
    place = resources.files("models.diagnosis") / "normals.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for row in table["subject"]:
        for text in row["said"].split(";"):
            for word in fold(text):
                found[word.fold] = tuple(row["absent"].split())
    return found, frozenset(word.fold for text in table["well"].split(";") for word in fold(text))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    place = resources.files("models.diagnosis") / "normals.toml"
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for row in tomllib.loads(place.read_text(encoding="utf-8"))["normal"]:
        for text in row["said"].split(";"):
            said = tuple(word.fold for word in fold(text))
            if len(said) == 1 and " " in text.strip():
                # What stop words reduce to one everyday word (`walk on it`) would be found everywhere.
                continue
            found.setdefault(said[0], []).append((said, tuple(row["absent"].split())))
    return found
