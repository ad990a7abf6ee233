"""Texts as they leave: scrubbed with the names that are known of the patient they are about.

A label (the display of a code, a unit) comes again and again: it is scrubbed once for nobody in particular,
and once more for a patient only where one of that patient's names stands in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cds.errors import SettingsError
from cds.privacy.known import Known
from cds.privacy.leaving.policy import Policy, Scrub, Spans
from cds.privacy.telling import known
from cds.privacy.text import label

_NOBODY: Spans = {}
_UNTOUCHED: set[int] = set()
"""Labels that the scrubber left as they are, by Python's keyed hash: nothing of a record outlives its run."""
_MOST_UNTOUCHED = 200_000
_MOST_LABELS = 20_000
"""Strings remembered at most, by a run and by a voice, which lives while its patient's records come."""
_LONGEST_LABEL = 400
Resource = Mapping[str, Any]
Told = Callable[[], Iterable[Resource]]


def real_scrub(this_year: int) -> Scrub:
    """Return the scrubber of `cds.privacy.scrub`, loaded on first use: its lexicons take a moment.

    `this_year` tells it which years of birth mean an age over 89.
    """
    try:
        from cds.privacy.scrub import scrub
    except ImportError:
        raise SettingsError(
            "the text scrubber is not installed: choose `--texts drop` to leave free texts out"
        ) from None

    def scrubbed(text: str, names: Known) -> tuple[str, Spans]:
        found = scrub(text, known=names, this_year=this_year)
        return found.text, Counter(span.category for span in found.spans) if found.spans else _NOBODY

    return scrubbed


class Labels:
    """Labels of one run as they are for nobody in particular."""

    __slots__ = ("_memory", "_remembers", "_scrub", "scrubs", "spans")

    def __init__(self) -> None:
        self.scrubs = False
        self._scrub: Scrub | None = None
        self._remembers = False
        self._memory: dict[str, tuple[str, Spans]] = {}
        self.spans: Counter[str] = Counter()

    def begin(self, policy: Policy, scrub: Scrub | None) -> None:
        """Scrub with this scrubber from now on."""
        self.scrubs = policy.texts == "scrub"
        self._remembers = scrub is None
        self._scrub = (scrub or real_scrub(policy.now.year)) if self.scrubs else None

    def forget(self) -> None:
        """Forget every label."""
        self._memory.clear()
        self.spans.clear()

    def scrub(self, text: str, names: Known) -> tuple[str, Spans]:
        """Return a text without what names somebody; without a scrubber, a doubtful one becomes empty."""
        if self._scrub is None:
            return label(text, names), _NOBODY
        clean, spans = self._scrub(text, names)
        return clean if clean.strip() else "", spans

    def plain(self, text: str) -> tuple[str, Spans]:
        """Return a label as it is for nobody."""
        found = self._memory.get(text)
        if found is None:
            if len(self._memory) >= _MOST_LABELS:
                self._memory.clear()
            found = self._looked_at(text)
            if len(text) <= _LONGEST_LABEL:
                self._memory[text] = found
        return found

    def _looked_at(self, text: str) -> tuple[str, Spans]:
        """Scrub a label for nobody; the real scrubber left most of them as they are in runs before."""
        if not (self._remembers and self.scrubs):
            return self.scrub(text, NOBODY)
        mark = hash(text)
        if mark in _UNTOUCHED:
            return text, _NOBODY
        found = self.scrub(text, NOBODY)
        if found[0] == text and not found[1]:
            if len(_UNTOUCHED) >= _MOST_UNTOUCHED:
                _UNTOUCHED.clear()
            _UNTOUCHED.add(mark)
        return found


NOBODY = Known()


class Voice:
    """The names known of one patient, with the labels that were looked at for them."""

    __slots__ = ("_known", "_labels", "_shared", "_told", "concepts", "units")

    def __init__(self, shared: Labels, told: Told) -> None:
        self._shared = shared
        self._told = told
        self._known: Known | None = None
        self._labels: dict[str, tuple[str, Spans]] = {}
        self.concepts: dict[Any, Any] = {}
        self.units: dict[Any, Any] = {}

    @property
    def names(self) -> Known:
        """The names, collected when the first text asks for them."""
        if self._known is None:
            self._known = known(self._told())
        return self._known

    def within(self, text: str) -> bool:
        """Tell whether a name or identifier of the patient stands in a string."""
        return self.names.within(text)

    def label(self, text: str) -> str:
        """Return a label as it leaves, empty where nothing of it may."""
        found = self._labels.get(text)
        if found is None:
            self.tidy()
            plain = self._shared.plain(text)
            found = self._labels[text] = self._shared.scrub(text, self.names) if self.within(text) else plain
        if found[1]:
            self._shared.spans.update(found[1])
        return found[0]

    def text(self, text: str, names: Known | None = None) -> str:
        """Return a free text as it leaves; without a scrubber none does."""
        if not self._shared.scrubs:
            return ""
        clean, spans = self._shared.scrub(text, names or self.names)
        if spans:
            self._shared.spans.update(spans)
        return clean

    def tidy(self) -> None:
        """Forget what was looked at once it is too much: `Known` remembers every text it was asked about."""
        if len(self._labels) + len(self.concepts) >= _MOST_LABELS:
            self._labels.clear()
            self.concepts.clear()
            self.units.clear()
            self._known = None
