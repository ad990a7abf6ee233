"""Dates said in words and by days alone: "sunday the fourteenth", "Thu 12th", "13th inst.", "el martes 3".

Also years said in words after a month, months before their day in figures alone, and misread figures.
"""

from collections.abc import Iterator

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import MIXED, Tokens

_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_REACH = 40


def worded(made: Tokens) -> Iterator[Found]:
    """Yield dates by weekday and day, by a day of the month alone, by a year in words."""
    text, low = made.figures, frozenset(made.low)
    weekdays, months = listed("weekday_words"), listed("sure_months")
    if not weekdays.isdisjoint(low):
        for match in tried(pattern("dates.weekday"), text, made.starts_of(weekdays)):
            yield *match.span("v"), "DATE"
    yield from _ordinals(made)
    if not months.isdisjoint(low):
        for match in tried(pattern("dates.spelled"), text, made.starts_of(months)):
            yield *match.span("v"), "DATE"
    for name, words in (
        ("dates.spaced", "spaced_words"),
        ("dates.long_ago", "long_ago_words"),
        ("dates.counted_day", "counted_words"),
    ):
        if not listed(words).isdisjoint(low):
            for match in tried(pattern(name), text, made.starts_of(listed(words))):
                yield *match.span("v"), "DATE"
    if "." in text:
        for match in tried(pattern("dates.both_points"), text, made.figured):
            yield *match.span("v" if match["v"] else "w"), "DATE"


def _ordinals(made: Tokens) -> Iterator[Found]:
    """Yield days by their number alone: "the 14th and", "13th inst.", "the 15th of next month"."""
    places = [
        made.start[at] for at in made.numbered if made.kind[at] == MIXED and made.low[at][-2:] in _ORDINAL
    ]
    for match in tried(pattern("dates.ordinal"), made.figures, places):
        begin = max(0, match.start() - _REACH)
        if pattern("dates.grown").search(made.figures, begin, match.start()) is None:
            yield *match.span("v"), "DATE"
