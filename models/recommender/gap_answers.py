"""Yes, no or not known, with the words for it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or not known (`None`), with what was found or what is lacking."""

    holds: bool | None
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()
    """What a summary has room for: conditions, scores, drugs; values are told apart from them."""


NO = Answer(holds=False)


def yes(*words: str) -> Answer:
    """Return a yes with what was found."""
    return Answer(holds=True, words=words, brief=words)


def unknown(*missing: str) -> Answer:
    """Return that it is not known, with what is lacking."""
    return Answer(holds=None, missing=missing)


def lowered(title: str) -> str:
    """Return a title as it stands inside a sentence; an abbreviation stays."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def together(answers: Iterable[Answer]) -> Answer:
    """Return a yes with what all of them found."""
    found = list(answers)
    words = tuple(word for one in found for word in one.words)
    return Answer(holds=True, words=words, brief=tuple(word for one in found for word in one.brief))


def ago(days: float) -> str:
    """Return an age in words."""
    if days < 1:
        return "today"
    if days < 60:
        return f"{days:.0f} day{'s' if round(days) != 1 else ''} ago"
    return f"{days / 30.4:.0f} months ago" if days < 730 else f"{days / 365.25:.0f} years ago"


def same_day(first: float | None, second: float | None) -> bool:
    """Tell whether two ages in days are of one day."""
    return first is not None and second is not None and abs(first - second) < 1


def missing_of(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Return what some answers lack, each once."""
    return tuple(dict.fromkeys(word for one in answers for word in one.missing))
