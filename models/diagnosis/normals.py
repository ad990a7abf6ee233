"""What is absent where a text says that an examination was normal."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources

from models.diagnosis.folding import Word, fold
from models.diagnosis.wordings import NEGATIVE


def normals(words: Sequence[Word]) -> Iterator[tuple[str, int, int]]:
    """Yield each finding that a sentence rules out by saying that something is normal, with its offsets."""
    table = _table()
    for at, word in enumerate(words):
        for said, absent in table.get(word.fold, ()):
            part = words[at : at + len(said)]
            denied = at > 0 and words[at - 1].fold == NEGATIVE and word.fold != NEGATIVE
            if not denied and tuple(w.fold for w in part) == said:
                for finding in absent:
                    yield finding, part[0].start, part[-1].end


@lru_cache(maxsize=1)
def _table() -> Mapping[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    place = resources.files("models.diagnosis") / "normals.toml"
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for row in tomllib.loads(place.read_text(encoding="utf-8"))["normal"]:
        for text in row["said"].split(";"):
            said = tuple(word.fold for word in fold(text))
            found.setdefault(said[0], []).append((said, tuple(row["absent"].split())))
    return found
