"""Dates as they leave: the year alone, or the day moved by the patient's own number of whole weeks.

`limited` moves every date of a patient back by 1 to 104 weeks, which the key and the patient decide. Weeks
are whole, so that a weekday said beside a date tells nothing; times of day stay, so intervals hold to the
second (fractions of a second are cut, they join with logs). Where only the month or the year is recorded, its
middle is moved and cut to what was recorded. A date of nobody's patient becomes its year.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from cds.privacy.leaving.policy import Policy
from cds.privacy.leaving.tokens import Tokens

Mark = Callable[[], None]

MOST_WEEKS = 104
OLDEST = 89
"""Years of age up to which a date or an age may be told."""

_FORM = (
    r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:T(?:[01][0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?|:60)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?\Z"
)
_IS_WHEN = re.compile(_FORM).match
_IS_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}\Z").match
_IS_REST = re.compile(
    r"T(?:[01][0-9]|2[0-4]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z"
).match
_FRACTION = re.compile(r"\.[0-9]+")
_MOST_PATIENTS = 4_096
_MOST_DAYS = 50_000


class Calendar:
    """Turns dates of one run into what may leave; `turn` says whose dates come next."""

    __slots__ = ("_fixed", "_floor", "_mark", "_moved", "_patients", "_tokens", "_weeks", "limited")

    def __init__(self, tokens: Tokens, *, limited: bool, generalised: Mark) -> None:
        self.limited = limited
        self._floor = "0000"
        self._fixed: int | None = None
        self._tokens = tokens
        self._mark = generalised
        self._patients: dict[str, tuple[int, dict[str, str]]] = {}
        self._weeks = 0
        self._moved: dict[str, str] | None = None

    def begin(self, policy: Policy) -> None:
        """Take a policy's fixed shift, and count ages up to its day."""
        self._floor = "0000" if self.limited else f"{policy.now.year - OLDEST:04}"
        self._fixed = policy.shift_weeks

    def forget(self) -> None:
        """Forget the patients."""
        self._patients.clear()
        self._moved = None

    def turn(self, patient: str) -> None:
        """Take the dates that follow as this patient's; nobody's (empty) move by a fixed shift only."""
        if not self.limited:
            return
        if not patient and self._fixed is None:
            self._moved = None
            return
        found = self._patients.get(patient)
        if found is None:
            if len(self._patients) >= _MOST_PATIENTS:
                self._patients.clear()
            found = self._patients[patient] = (self.weeks(patient), {})
        self._weeks, self._moved = found

    def weeks(self, patient: str) -> int:
        """Return how many weeks a patient's dates move, never 0."""
        if self._fixed is not None:
            return self._fixed
        return -1 - self._tokens.number("weeks", patient) % MOST_WEEKS

    def when(self, text: Any) -> str | None:
        """Return a date or dateTime as it leaves, or None where it cannot be read or may not be told."""
        if type(text) is not str:
            return None
        moved = self._moved
        if moved is None:
            return self._cut(text)
        head = text[:10]
        day = moved.get(head)
        if day is None:
            if len(moved) >= _MOST_DAYS:
                moved.clear()
            day = moved[head] = self._move(head)
        if len(text) <= 10 or not day:
            return day or None
        rest = text[10:]
        if _IS_REST(rest) is None or len(day) != 10:
            return None
        return day + (_FRACTION.sub("", rest) if "." in rest else rest)

    def instant(self, text: Any) -> str | None:
        """Return an instant moved; a year is no instant, so without a patient there is none."""
        return None if self._moved is None or type(text) is not str or len(text) < 20 else self.when(text)

    def old(self, birth: str, *, until: int) -> bool:
        """Tell whether somebody born then may be over 89 in that year."""
        return until - int(birth[:4]) > OLDEST

    def _cut(self, text: str) -> str | None:
        if _IS_WHEN(text) is None:
            return None
        year = text[:4]
        if len(text) > 4:
            self._mark()
        # A year that is over 89 years back tells of somebody who is older than that.
        return year if year >= self._floor else None

    def _move(self, text: str) -> str:
        if _IS_DAY(text) is None:
            return ""
        middle = {4: f"{text}-07-02", 7: f"{text}-15"}.get(len(text), text)
        try:
            day = date.fromisoformat(middle) + timedelta(weeks=self._weeks)
        except (ValueError, OverflowError):
            return ""
        return day.isoformat()[: len(text)]


def year_of(text: Any) -> int | None:
    """Return the year of a FHIR date, None of anything else."""
    return int(text[:4]) if isinstance(text, str) and _IS_WHEN(text) is not None else None
