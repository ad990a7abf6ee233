"""Read a list rather than a note: each line an entry of a chart, said in the words of its terminology.

Nothing is asserted, nothing is learned: words that a lexicon knows give their codes, so that what a note
names and what a list holds are compared by code, whatever system the list is coded in.
"""

from collections.abc import Iterator, Sequence

from models.text import tokens
from models.text.entities import candidates, settled
from models.text.lexical import stem
from models.text.lexicon import Code, Entry
from models.text.parts import Parts

LONGEST = 400
"""Characters of one entry that are read."""
_NOT = frozenset({"without", "no", "not"})


def entries(text: str, parts: Parts) -> list[list[tuple[str, str, Sequence[Code]]]]:
    """Return for each line what it names: (kind, words, codes)."""
    return [list(_named(line[:LONGEST], parts)) for line in text.split("\n")]


def _named(line: str, parts: Parts) -> Iterator[tuple[str, str, Sequence[Code]]]:
    words = tokens.read(line)
    stems = tuple(map(stem, words.texts))
    for one in settled(list(candidates(words, stems, parts.lexicons, parts.short, parts.nearby))):
        if not one.entry.kind or (one.first and words.lower[one.first - 1] in _NOT):
            continue
        yield one.entry.kind, line[words.starts[one.first] : words.ends[one.last - 1]], one.entry.codes
    known = parts.allergens
    for first, last, found in known.find(stems, 0, len(stems)):
        yield _allergen(found, line[words.starts[first] : words.ends[last - 1]])


def _allergen(found: Entry, words: str) -> tuple[str, str, Sequence[Code]]:
    return "allergy", words, found.codes
