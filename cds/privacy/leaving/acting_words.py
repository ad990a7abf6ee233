"""Actions on words, flags, numbers, times and texts."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cds.privacy.leaving import documents, quantities
from cds.privacy.leaving.days import year_of
from cds.privacy.leaving.rules import Rule
from cds.privacy.leaving.state import Act, State

_IS_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?\Z").match
_IS_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?\Z").match
_IS_STATUS = re.compile(r"([1-5][0-9]{2})(?:\s|\Z)").match


def _word(_state: State, _path: str, rule: Rule) -> Act:
    words = rule.words

    def word(value: Any) -> Any:
        return value if type(value) is str and value in words else None

    return word


def _flag(_state: State, _path: str, _rule: Rule) -> Act:
    return lambda value: value if value is True or value is False else None


def _number(state: State, _path: str, _rule: Rule) -> Act:
    return lambda value: quantities.number(value, state.voice.within)


def _when(state: State, _path: str, _rule: Rule) -> Act:
    return state.calendar.when


def _instant(state: State, _path: str, _rule: Rule) -> Act:
    return state.calendar.instant


def _birth(state: State, _path: str, _rule: Rule) -> Act:
    """Return the action on a birth date: under Safe Harbor nobody over 89 keeps the year."""
    calendar = state.calendar

    def birth(value: Any) -> Any:
        if not calendar.limited:
            year = year_of(value)
            if year is None or calendar.old(f"{year:04}", until=state.lived_until):
                return None
        return calendar.when(value)

    return birth


def _matching(fits: Callable[[str], Any]) -> Callable[[State, str, Rule], Act]:
    def make(_state: State, _path: str, _rule: Rule) -> Act:
        return lambda value: value if type(value) is str and fits(value) else None

    return make


def _status(_state: State, _path: str, _rule: Rule) -> Act:
    def status(value: Any) -> Any:
        match = _IS_STATUS(value) if isinstance(value, str) else None
        return match[1] if match else None

    return status


def _text(state: State, _path: str, _rule: Rule) -> Act:
    def text(value: Any) -> Any:
        return (state.scrubbed(value) or None) if type(value) is str and value.strip() else None

    return text


def _content(state: State, _path: str, _rule: Rule) -> Act:
    """Return the action on a narrative that is the content itself: a section of a document."""
    return lambda value: documents.narrative(value, state.scrubbed)


def _narrative(state: State, path: str, rule: Rule) -> Act:
    if not state.shape.narrative:
        return lambda _value: None
    return _content(state, path, rule)


def _resource(state: State, _path: str, _rule: Rule) -> Act:
    return state.nested


WORD_ACTIONS: Mapping[str, Callable[[State, str, Rule], Act]] = {
    "word": _word,
    "flag": _flag,
    "number": _number,
    "when": _when,
    "instant": _instant,
    "birth": _birth,
    "time": _matching(_IS_TIME),
    "language": _matching(_IS_LANGUAGE),
    "http-status": _status,
    "text": _text,
    "content": _content,
    "narrative": _narrative,
    "resource": _resource,
}
