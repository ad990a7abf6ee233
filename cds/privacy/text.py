"""Short human texts beside codes: kept where nothing in them could name somebody, else dropped.

Labels are the text and display of codes ("Creatinine, serum"). They are clinic words nearly always; now and
then somebody types a name, a date or a telephone number into them. A doubtful label is dropped, not cleaned.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

LABEL_LIMIT = 200

_SUSPICIOUS = re.compile(
    r"""
      \d{5,}                                   # record and telephone numbers, zip codes
    | \b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b      # dates
    | \b\d{3}[-. ]\d{2,4}[-. ]\d{4}\b          # telephone and social security numbers
    | [@]|https?:|www\.                        # mail, web
    | \b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme)\b\.?\s+[A-Z]
    | \b(?:January|February|March|April|June|July|August|September|October|November|December)\s+\d
    | \b(?:MRN|SSN|DOB)\b
    """,
    re.VERBOSE,
)


class Known:
    """What this call itself says of its people: names and identifiers that must not stay in any label."""

    __slots__ = ("_pattern",)

    def __init__(self, words: Iterable[str] = ()) -> None:
        kept = sorted({w.casefold() for w in words if len(w) >= 3}, key=len, reverse=True)
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, kept)) + r")(?!\w)") if kept else None
        )

    def within(self, text: str) -> bool:
        """Tell whether one of them stands in a text."""
        return self._pattern is not None and self._pattern.search(text.casefold()) is not None


def known_words(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return names and identifiers of the people whose resources these are."""
    words: set[str] = set()
    for resource in resources:
        for name in _objects(resource.get("name")):
            words |= set(_words(name))
        for identifier in _objects(resource.get("identifier")):
            if isinstance(identifier.get("value"), str):
                words.add(identifier["value"])
        for address in _objects(resource.get("address")):
            words |= {w for w in (address.get("city"), *_strings(address.get("line"))) if isinstance(w, str)}
    return words


def _words(name: Mapping[str, Any]) -> Iterable[str]:
    for value in (name.get("family"), *_strings(name.get("given")), name.get("text")):
        if isinstance(value, str):
            yield from re.split(r"[\s,]+", value)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _strings(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


_VERDICTS: dict[int, bool] = {}
"""Verdicts by Python's keyed hash of the text, never by the text: nothing of a record outlives its call."""
_MOST_VERDICTS = 50_000


def _harmless(text: str) -> bool:
    mark = hash(text)
    verdict = _VERDICTS.get(mark)
    if verdict is None:
        verdict = len(text) <= LABEL_LIMIT and text.isprintable() and _SUSPICIOUS.search(text) is None
        if len(_VERDICTS) >= _MOST_VERDICTS:
            _VERDICTS.clear()
        _VERDICTS[mark] = verdict
    return verdict


def label(text: str, known: Known) -> str:
    """Return the text, or an empty string where it could name somebody."""
    return text if _harmless(text) and not known.within(text) else ""
