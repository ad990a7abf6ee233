"""Move a chart in time as a whole, so that "12 days ago" stays 12 days ago.

Whole days only: times of day, zones, precision and every interval stay as they are.
A date without a day moves as if it stood for its middle, and is written without a day again.
What is no real date (2026-02-30) stays as it is: a wrong date has to stay wrong.
Words move too where a program can tell a date: notes in base64 and narratives, in the
forms 2026-10-20 and 10/20/2026, so that a note never contradicts its own resource.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

# FHIR names nearly every date by one of these endings; the rest are listed.
ENDINGS = ("Date", "DateTime", "Instant")
NAMES = frozenset(
    {
        "asserted", "authored", "authoredOn", "availableTime", "created", "creation", "date", "dateAsserted",
        "dateRecorded", "dateTime", "end", "event", "indexed", "issued", "lastModified", "lastUpdated",
        "modified", "occurrence", "received", "receivedTime", "recorded", "sent", "start", "started", "time",
        "timestamp", "whenHandedOver", "whenPrepared",
    }
)  # fmt: skip
MOMENT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(T\d{2}:\d{2}.*)?)?)?")
ISO_IN_WORDS = re.compile(r"(?<![\w.-])\d{4}-\d{2}-\d{2}(?![\w-])")
SLASHED_IN_WORDS = re.compile(r"(?<![\d/])(\d{2})/(\d{2})/(\d{4})(?![\d/])")


def shift_dates(resource: dict[str, Any], days: int) -> dict[str, Any]:
    """Copy a resource or Bundle with every date moved by whole days, birth dates included.

    Raises OverflowError where a date would leave the years 1 to 9999.
    """
    return {name: shifted(name, value, days) for name, value in with_text(resource, days).items()}


def shifted(name: str, value: Any, days: int) -> Any:
    """Move one member, whatever it holds."""
    if isinstance(value, dict):
        return shift_dates(value, days)
    if isinstance(value, list):
        return [shifted(name, item, days) for item in value]
    if isinstance(value, str) and is_date_name(name):
        return moved(value, days)
    return value


def is_date_name(name: str) -> bool:
    """Tell whether FHIR keeps a date under this name."""
    return name in NAMES or name.endswith(ENDINGS)


def moved(text: str, days: int) -> str:
    """Move one date, dateTime or instant, keeping its precision, its time and its zone."""
    match = MOMENT.fullmatch(text)
    if not match:
        return text
    year, month, day, rest = match.groups()
    try:
        start = date(int(year), int(month or 7), int(day or (15 if month else 1)))
    except ValueError:
        return text
    length = len(text) - len(rest or "")
    return (start + timedelta(days=days)).isoformat()[:length] + (rest or "")


def with_text(element: dict[str, Any], days: int) -> dict[str, Any]:
    """Move the dates inside the words of an Attachment or a Narrative; leave other elements alone."""
    if is_text_attachment(element):
        return element | {"data": within_base64(element["data"], days)}
    if isinstance(element.get("div"), str):
        return element | {"div": within_words(element["div"], days)}
    return element


def is_text_attachment(element: dict[str, Any]) -> bool:
    """Tell whether an element is an Attachment that holds text."""
    kind, data = element.get("contentType"), element.get("data")
    return isinstance(kind, str) and isinstance(data, str) and kind.startswith(("text/", "application/rtf"))


def within_base64(data: str, days: int) -> str:
    """Move the dates of an encoded text; what is not base64 of UTF-8 stays as it is."""
    try:
        words = base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return data
    return base64.b64encode(within_words(words, days).encode()).decode()


def within_words(words: str, days: int) -> str:
    """Move the full dates of running text."""
    dashed = ISO_IN_WORDS.sub(lambda match: moved(match[0], days), words)
    return SLASHED_IN_WORDS.sub(slashed(days), dashed)


def slashed(days: int) -> Callable[[re.Match[str]], str]:
    """Make the replacement for dates written as in the United States."""

    def replace(match: re.Match[str]) -> str:
        month, day, year = match.groups()
        before = f"{year}-{month}-{day}"
        after = moved(before, days)
        return match[0] if after == before else f"{after[5:7]}/{after[8:10]}/{after[:4]}"

    return replace
