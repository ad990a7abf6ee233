"""The written cases: texts with what identifies marked in them, and how much of it a scrubber removes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cds.privacy.scrub import scrub

FOLDER = Path(__file__).parent / "cases"
_MARK = re.compile(r"\{\{([A-Z]+):(.*?)\}\}|~([^~]+)~")


@dataclass(frozen=True)
class Case:
    """A text, what must go (start, end, category) and what may do either."""

    text: str
    marks: tuple[tuple[int, int, str], ...]
    either: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Outcome:
    """Letters and digits that had to go and that went, by category; leaks; what was removed for nothing."""

    had_to: dict[str, int]
    went: dict[str, int]
    leaking: tuple[str, ...]
    plain: int
    plain_removed: int

    @property
    def recall(self) -> float:
        return sum(self.went.values()) / sum(self.had_to.values())


def read(line: str) -> Case:
    text, marks, either, place = "", [], [], 0
    for mark in _MARK.finditer(line):
        text += line[place : mark.start()]
        start, place = len(text), mark.end()
        text += mark[2] or mark[3]
        if mark[1]:
            marks.append((start, len(text), mark[1]))
        else:
            either.append((start, len(text)))
    return Case(text + line[place:], tuple(marks), tuple(either))


def cases(name: str) -> Iterator[Case]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("%"):
            yield read(line.replace("⏎", "\n"))


def positives() -> list[Case]:
    return [
        c for path in sorted(FOLDER.glob("*.txt")) if "negatives" not in path.stem for c in cases(path.name)
    ]


def measured(found: Iterable[Case]) -> Outcome:
    had_to: dict[str, int] = defaultdict(int)
    went: dict[str, int] = defaultdict(int)
    leaking, plain, plain_removed = [], 0, 0
    for case in found:
        gone = {at for s in scrub(case.text).spans for at in range(s.start, s.end)}
        telling = {at: category for s, e, category in case.marks for at in range(s, e)}
        free = {at for s, e in case.either for at in range(s, e)}
        for at, character in enumerate(case.text):
            if not character.isalnum():
                continue
            if at in telling:
                had_to[telling[at]] += 1
                went[telling[at]] += at in gone
            elif at not in free:
                plain += 1
                plain_removed += at in gone
        if any(case.text[at].isalnum() and at not in gone for at in telling):
            leaking.append(case.text)
    return Outcome(had_to, went, tuple(leaking), plain, plain_removed)
