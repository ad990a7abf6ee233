"""What was found in a text, and the clean text with the way back."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from cds.privacy.scrub.surrogates import Surrogates

CATEGORIES = (
    "NAME", "LOCATION", "DATE", "AGE", "PHONE", "FAX", "EMAIL", "SSN", "MRN", "PLAN", "ACCOUNT", "LICENSE",
    "VEHICLE", "DEVICE", "URL", "IP", "BIOMETRIC", "PHOTO", "ID",
)  # fmt: skip
"""The 18 identifiers of 45 CFR 164.514(b)(2)(i), ages apart from dates; organisations count as LOCATION."""

Found = tuple[int, int, str]
"""Start, end and category of something found, before it is said what takes its place."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the input and what stands in its place; offsets count characters of the input."""

    start: int
    end: int
    category: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """The clean text and, in ascending order and never overlapping, what was replaced."""

    text: str
    spans: tuple[Span, ...]

    def back(self, at: int) -> int:
        """Return the offset in the input of one in the clean text: within a replacement, its start."""
        grown = 0
        for span in self.spans:
            start = span.start + grown
            if at < start:
                break
            if at < start + len(span.replacement):
                return span.start
            grown += len(span.replacement) - (span.end - span.start)
        return at - grown


def settled(found: Iterable[Found]) -> list[Found]:
    """Return what was found without overlaps: what touches is one, named for the longest part."""
    merged: list[Found] = []
    longest = 0
    for start, end, category in sorted(found, key=lambda f: (f[0], -f[1])):
        if start >= end:
            continue
        if merged and start < merged[-1][1]:
            first, last, name = merged[-1]
            if end - start > longest:
                name, longest = category, end - start
            merged[-1] = (first, max(last, end), name)
        else:
            merged.append((start, end, category))
            longest = end - start
    return merged


def replaced(text: str, found: list[Found], surrogates: Surrogates) -> Scrubbed:
    """Return the text with everything found replaced; `found` is settled."""
    spans = tuple(Span(s, e, c, surrogates(c, text[s:e])) for s, e, c in found)
    ends = [0, *(x for s in spans for x in (s.start, s.end)), len(text)]
    kept = [text[a:b] for a, b in list(pairwise(ends))[::2]]
    parts = [kept[0]]
    for span, rest in zip(spans, kept[1:], strict=True):
        parts += (span.replacement, rest)
    return Scrubbed("".join(parts), spans)


def inside(found: list[Found], at: int) -> bool:
    """Tell whether an offset lies in something found; `found` is settled."""
    where = bisect_right(found, (at, 1 << 62, ""))
    return where > 0 and found[where - 1][0] <= at < found[where - 1][1]
