"""Notes written for this project, annotated, of no person.

Those of `sealed.notes` were written after the rules and are only measured; all others are open to training.
Those of `review` are of lists and reactions, for what may be offered to a chart; no training reads them.
Those of `present` mark problems and symptoms alone, some of them only what this patient has now or what may
be read either way (`~`); from them is learned how likely it is that what reads as present is.
Those of `unseen` are of authors from whom nothing was learned.

In `*.notes` files a note begins with `=== name | specialty` and marks what it names as `{words|kind flags}`:
kinds are p(roblem), s(ymptom), m(edication), r (procedure), a(llergy); flags are - negated, ? uncertain,
< historical, > hypothetical, @ of the family, % of another person, * chronic (its historical flag is free),
~ either way (free).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

KINDS = {"p": "problem", "s": "symptom", "m": "medication", "r": "procedure", "a": "allergy"}
FLAGS = "-?<>@%*~"
_HEAD = re.compile(r"^=== *([^|\n]+?) *\| *([^\n]+?) *$", re.MULTILINE)
_MARK = re.compile(r"\{([^{}|]+)\|([psmra]) ?([-?<>@%*~]*)\}")


class BadNote(ValueError):
    """A note is not of its form."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One annotated span."""

    start: int
    end: int
    kind: str
    flags: str

    @property
    def present(self) -> bool:
        """Whether this patient has it now."""
        return not set(self.flags) & set("-?>@%~") and ("<" not in self.flags or "*" in self.flags)


@dataclass(frozen=True)
class Note:
    """One annotated note."""

    name: str
    specialty: str
    text: str
    marks: tuple[Marked, ...]

    @property
    def closed(self) -> bool:
        """Whether the note is only measured on."""
        return self.name.startswith("sealed-")

    @property
    def misleading(self) -> bool:
        """Whether the note was written to mislead, so that what is present is learned and measured."""
        return self.name.startswith(("d-", "trap-", "mix-"))

    def tagged(self) -> list[tuple[int, int, str]]:
        """Return the spans as the tagger learns them; an allergen is a medication to it."""
        return [(m.start, m.end, "medication" if m.kind == "allergy" else m.kind) for m in self.marks]


@lru_cache(maxsize=1)
def load() -> tuple[Note, ...]:
    """Return all notes, in the order of their files."""
    folder = resources.files("models.text.notes")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".notes")), key=lambda item: item.name
    )
    return tuple(note for item in files for note in _parsed(item.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def review() -> tuple[Note, ...]:
    """Return the notes of lists and reactions, open and closed ones."""
    return _of("review")


@lru_cache(maxsize=1)
def present() -> tuple[Note, ...]:
    """Return the notes that mark only what is present."""
    return _of("present")


@lru_cache(maxsize=1)
def unseen() -> tuple[Note, ...]:
    """Return the notes of another author that nothing was made from: read once, and only measured."""
    return _of("unseen")


def _of(name: str) -> tuple[Note, ...]:
    folder = resources.files("models.text.notes") / name
    files = sorted(folder.iterdir(), key=lambda item: item.name)
    return tuple(note for item in files for note in _parsed(item.read_text(encoding="utf-8")))


def _parsed(content: str) -> Iterator[Note]:
    heads = list(_HEAD.finditer(content))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(content)
        text, marks = _unmarked(content[head.end() : end].strip("\n"))
        if "{" in text or "}" in text:
            raise BadNote(f"{head[1]}: a mark is not of the form {{words|kind flags}}")
        yield Note(head[1], head[2], text, marks)


def _unmarked(text: str) -> tuple[str, tuple[Marked, ...]]:
    plain, marks, at = "", [], 0
    for mark in _MARK.finditer(text):
        plain += text[at : mark.start()]
        marks.append(Marked(len(plain), len(plain) + len(mark[1]), KINDS[mark[2]], mark[3]))
        plain += mark[1]
        at = mark.end()
    return plain + text[at:], tuple(marks)
