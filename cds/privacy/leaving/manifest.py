"""What was done, in numbers: paths, actions and counts, and never a value."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What was done how often to the members of one path."""

    path: str
    action: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A resource that did not leave: which one in order, of which type, and why."""

    index: int
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The account of one run; it tells a reader what is missing, and nothing of what was there."""

    profile: str
    options: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    """How many of each type left."""
    rows: tuple[Row, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    """How many did not leave, by type and reason."""
    spans: Mapping[str, int] = field(default_factory=dict)
    """How much was replaced in texts, by category."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "profile": self.profile,
            "policy": f"transformed by the {_NAMES[self.profile]} policy",
            "options": dict(self.options),
            "resources": dict(sorted(self.resources.items())),
            "done": [{"path": r.path, "action": r.action, "count": r.count} for r in self.rows],
            "refused": dict(sorted(self.refused.items())),
            "text_spans": dict(sorted(self.spans.items())),
        }


_NAMES = {"safe_harbor": "Safe Harbor", "limited": "limited data set"}


class Ledger:
    """Counts while a run goes on: each path and action has a slot, so that counting is one addition."""

    __slots__ = ("_slots", "counts", "kinds", "refused")

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.kinds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._slots: dict[tuple[str, str], int] = {}

    def begin(self) -> None:
        """Count from nothing again, in the same slots."""
        self.counts[:] = [0] * len(self.counts)
        self.kinds.clear()
        self.refused.clear()

    def slot(self, path: str, action: str) -> int:
        """Return where this action on this path is counted."""
        made = self._slots.setdefault((path, action), len(self.counts))
        if made == len(self.counts):
            self.counts.append(0)
        return made

    def rows(self) -> Iterator[Row]:
        """Yield what was counted, by path."""
        counted = [(place, self.counts[slot]) for place, slot in self._slots.items() if self.counts[slot]]
        for (path, action), count in sorted(counted):
            yield Row(path, action, count)
