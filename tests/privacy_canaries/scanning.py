"""Finds canaries however they were written: folded, halved, reversed, encoded, with anything in between.

What is searched for are the words and numbers of a canary, each of which stands for the whole. What is
searched is the text and all that can be decoded from it, decoded twice where it was encoded twice.
"""

import base64
import binascii
import calendar
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote_plus

from privacy_canaries.minting import Canary

SHORTEST: Final = 6
"""A word or number of fewer characters is no canary: it may stand there by chance."""
_ATOM = re.compile(r"[^\W_]+")
_SEGMENT = re.compile(r"""[^"'\n\r\x00]{3,}""")
_TEXT = re.compile(r"[\x20-\x7e\u00a0-\ud7ff]{12,}")
_BETWEEN = re.compile(r"[\W_]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/\-_]{8,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){6,}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MONTHS = list(map(str.casefold, calendar.month_name[1:]))
_DAY = re.compile(
    rf"(?<!\d)(?:(\d{{4}})[-/.]?(\d\d)[-/.]?(\d\d)|(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}})"
    rf"|(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+({'|'.join(_MONTHS)}),?\s+(\d{{4}})"
    rf"|({'|'.join(_MONTHS)})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}))(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Leak:
    """A canary where it must not be: in which output, from which place, how it was written, amid what."""

    where: str
    canary: Canary
    how: str
    amid: str

    def __str__(self) -> str:
        return f"{self.where}: {self.canary.place} ({self.canary.text!r}, {self.how}) in …{self.amid}…"


class Scanner:
    """Looks for canaries in outputs."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._atoms: dict[str, Canary] = {}
        self._words: dict[str, Canary] = {}
        self._days: dict[date, Canary] = {}
        for canary in canaries:
            if canary.kind == "date":
                self._days[date.fromisoformat(canary.text)] = canary
            elif canary.kind == "word":
                self._words[canary.text.casefold()] = canary
            else:
                found = (_squeezed(canary.text),) if canary.kind == "number" else _atoms(canary.text)
                self._atoms.update((atom, canary) for atom in found)
        self._lengths = sorted({len(atom) for atom in self._atoms})
        self._starts = {atom[:SHORTEST] for atom in self._atoms}

    def leaks(self, where: str, output: str | bytes) -> list[Leak]:
        """Return each canary that stands in an output, once."""
        text = output.decode("utf-8", "surrogateescape") if isinstance(output, bytes) else output
        found: dict[Canary, Leak] = {}
        for how, seen in _views(text):
            for canary, amid in self._in(seen, days=how != "reversed"):
                found.setdefault(canary, Leak(where, canary, how, amid))
        return list(found.values())

    def _in(self, output: str, *, days: bool) -> Iterator[tuple[Canary, str]]:
        low = output.casefold()
        segments = set(_SEGMENT.findall(low))
        for segment in segments:
            for atom in self._atoms_of(segment):
                yield self._atoms[atom], _amid(segment, atom)
        # A short word may stand among random bytes by chance: it counts in what is text.
        for text in set(_TEXT.findall(low)) if self._words else ():
            for word in self._words.keys() & _ATOM.findall(text):
                yield self._words[word], _amid(text, word)
        # Backwards, the time of a log's line may be any day by chance.
        if self._days and days:
            yield from self._days_of(low)

    def _atoms_of(self, segment: str) -> Iterator[str]:
        squeezed = _BETWEEN.sub("", segment)
        for at in range(len(squeezed) - SHORTEST + 1):
            if squeezed[at : at + SHORTEST] in self._starts:
                yield from (
                    atom
                    for length in self._lengths
                    if (atom := squeezed[at : at + length]) in self._atoms and len(atom) == length
                )

    def _days_of(self, text: str) -> Iterator[tuple[Canary, str]]:
        for match in _DAY.finditer(text):
            for day in _days(match.groups()):
                if day in self._days:
                    yield self._days[day], text[max(0, match.start() - 40) : match.end() + 20]


def _amid(segment: str, found: str) -> str:
    at = max(segment.find(found), 0)
    return segment[max(0, at - 40) : at + 60]


def _atoms(text: str) -> Iterator[str]:
    """Yield what stands for a text: each long enough word and number, long ones in halves too."""
    for run in _ATOM.findall(text.casefold()):
        if len(run) >= SHORTEST:
            yield run
        # Half of a number may be part of any other number, and stands for nothing.
        if len(run) >= 2 * SHORTEST and not run.isdigit():
            yield run[: len(run) // 2]
            yield run[len(run) // 2 :]
    if len(squeezed := _squeezed(text)) >= SHORTEST:
        yield squeezed


def _squeezed(text: str) -> str:
    return _BETWEEN.sub("", text.casefold())


def _days(groups: tuple[str | None, ...]) -> Iterator[date]:
    """Yield the days that a written date may mean."""
    y1, m1, d1, a2, b2, y2, d3, m3, y3, m4, d4, y4 = groups
    if y1 and m1 and d1:
        yield from _day(y1, m1, d1)
    elif y2 and a2 and b2:
        yield from _day(y2, a2, b2)
        yield from _day(y2, b2, a2)
    elif y3 and m3 and d3:
        yield from _day(y3, str(_MONTHS.index(m3) + 1), d3)
    elif y4 and m4 and d4:
        yield from _day(y4, str(_MONTHS.index(m4) + 1), d4)


def _day(year: str, month: str, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return


def _views(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text and what it decodes to, each with how it was written."""
    yield "as it is", text
    yield "reversed", text[::-1]
    for how, decode in _DECODERS.items():
        once = decode(text)
        if once and once != text:
            yield how, once
            for again, decode_again in _DECODERS.items():
                twice = decode_again(once)
                if twice and twice != once:
                    yield f"{how}, {again}", twice


def _from_base64(text: str) -> str:
    """Return all that may be base64, of either alphabet and at each of its four beginnings."""
    found: set[bytes] = set()
    for run in set(_BASE64.findall(text)):
        plain = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            part = plain[start:]
            part = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
            try:
                found.add(base64.b64decode(part))
            except binascii.Error:
                continue
    return _telling(found)


def _from_hex(text: str) -> str:
    return _telling({bytes.fromhex(run) for run in set(_HEX.findall(text))})


def _telling(found: Iterable[bytes]) -> str:
    """Return what was decoded, without what is no text at all."""
    texts = (data.decode("utf-8", "ignore") for data in found)
    return "\n".join(sorted({part for text in texts for part in _PRINTED.findall(text)}))


_PRINTED = re.compile(r"[\x20-\x7e\u00a0-\uffff]{6,}")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


_DECODERS: Mapping[str, Callable[[str], str]] = {
    "percent-encoded": unquote_plus,
    "HTML-escaped": html.unescape,
    "escaped as in JSON": _unescaped,
    "base64": _from_base64,
    "hexadecimal": _from_hex,
}
