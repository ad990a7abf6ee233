"""Count what was found right, wrong and missed, by document; intervals by drawing documents again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """What one document has: found and right, found and wrong, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """How much of what was found is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """How much of what there is was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 0.0


def one(found: bool, true: bool) -> Count:  # noqa: FBT001  # two truths about one thing, in the order of the name
    """Return the count of one decision."""
    return Count(int(found and true), int(found and not true), int(true and not found))


def of_sets(found: set[Any], true: set[Any]) -> Count:
    """Return the count of one document's things."""
    return Count(len(found & true), len(found - true), len(true - found))


def total(counts: Sequence[Count]) -> Count:
    """Return all together."""
    return sum(counts, Count())


def figures(by_document: Sequence[Count], *, seed: int = 0) -> dict[str, Any]:
    """Return precision, recall and F1 with the 95 % interval of each over documents drawn again."""
    whole = total(by_document)
    chance = random.Random(seed)  # noqa: S311  # an interval is to be repeatable, not secret
    drawn = [
        total(chance.choices(by_document, k=len(by_document))) for _ in range(DRAWS if by_document else 0)
    ]
    made: dict[str, Any] = {
        "documents": len(by_document),
        "right": whole.right,
        "wrong": whole.wrong,
        "missed": whole.missed,
    }
    for name in ("precision", "recall", "f1"):
        values = sorted(getattr(count, name) for count in drawn)
        ends = [round(values[int(DRAWS * part)], 4) for part in (0.025, 0.975)] if values else []
        made[name] = {"value": round(getattr(whole, name), 4), "interval": ends}
    return made


def shares(by_document: Sequence[tuple[int, int]], *, seed: int = 0) -> dict[str, Any]:
    """Return a share of right answers with its interval; each document gives right and all."""
    counts = [Count(right=right, missed=every - right) for right, every in by_document]
    made = figures(counts, seed=seed)
    return {"documents": made["documents"], "accuracy": made["recall"]}


def grouped(rows: Mapping[str, Sequence[Count]]) -> dict[str, Any]:
    """Return precision, recall and F1 for each group, without intervals."""
    return {
        name: {
            "documents": len(counts),
            "precision": round(total(counts).precision, 3),
            "recall": round(total(counts).recall, 3),
            "f1": round(total(counts).f1, 3),
        }
        for name, counts in sorted(rows.items())
    }
