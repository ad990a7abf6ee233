"""The figures of a trial as data: shares with 95 % intervals, classes, groups, speed, and the musts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Interval:
    """A share and its 95 % interval; all None where nothing was there to count."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Needed:
    """What had to go in one class or group: letters and digits, and spans."""

    characters: int
    removed: int
    spans: int
    whole: int

    @property
    def recall(self) -> float:
        """Return the share of characters removed."""
        return self.removed / self.characters if self.characters else 1.0

    @property
    def whole_recall(self) -> float:
        """Return the share of spans removed whole."""
        return self.whole / self.spans if self.spans else 1.0


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast: characters a second over all texts, milliseconds for texts near 150 characters."""

    characters_per_second: float
    p50_ms: float
    p95_ms: float
    texts_near_150: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on one set of texts."""

    texts: int
    characters: int
    recall: Interval
    whole: Interval
    leaking: Interval
    needless: Interval
    traps: Interval
    classes: Mapping[str, Needed]
    forms: Mapping[str, Needed]
    worst: str
    groups: Mapping[str, Mapping[str, Needed]] = field(default_factory=dict)
    speed: Speed | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON, the recall of each class and group beside its counts."""
        found = asdict(self)
        for name in ("classes", "forms"):
            found[name] = _rows(getattr(self, name))
        found["groups"] = {name: _rows(group) for name, group in self.groups.items()}
        return found


def _rows(rows: Mapping[str, Needed]) -> dict[str, dict[str, float]]:
    return {
        name: {**asdict(row), "recall": row.recall, "whole_recall": row.whole_recall}
        for name, row in rows.items()
    }


@dataclass(frozen=True, slots=True)
class Must:
    """A figure that a scrubber is held to."""

    name: str
    bound: float
    at_least: bool

    def met(self, figure: float | None) -> bool:
        """Tell whether a figure is good enough; one that could not be counted is."""
        if figure is None:
            return True
        return figure >= self.bound if self.at_least else figure <= self.bound


MUSTS: Final = (
    Must("recall", 0.97, at_least=True),
    Must("needless", 0.015, at_least=False),
    Must("traps", 0.20, at_least=False),
    Must("characters_per_second", 100_000, at_least=True),
    Must("p50_ms", 3.0, at_least=False),
)
"""Character recall, other text removed, hard negatives touched, speed, median for a short query."""


def held_to(figures: Figures) -> dict[str, float | None]:
    """Return the figures that the musts speak of, by the name of the must."""
    speed = figures.speed
    return {
        "recall": figures.recall.value,
        "needless": figures.needless.value,
        "traps": figures.traps.value,
        "characters_per_second": speed.characters_per_second if speed else None,
        "p50_ms": speed.p50_ms if speed and speed.texts_near_150 else None,
    }


def missed_musts(figures: Figures) -> Iterator[Must]:
    """Yield the musts that are not met."""
    found = held_to(figures)
    yield from (must for must in MUSTS if not must.met(found[must.name]))


def bootstrapped(pairs: Sequence[tuple[int, int]], *, seed: int, rounds: int) -> Interval:
    """Return the share of part in whole over pairs of one text each, with the interval of resampled texts."""
    total = sum(whole for _, whole in pairs)
    if not total:
        return Interval(None, None, None)
    value = sum(part for part, _ in pairs) / total
    chance = Random(seed)  # noqa: S311  # resampling needs to be repeatable, not secret
    drawn = sorted(share for _ in range(rounds) if (share := _resampled(pairs, chance)) is not None)
    if not drawn:
        return Interval(value, None, None)
    return Interval(value, percentile(drawn, 0.025), percentile(drawn, 0.975))


def _resampled(pairs: Sequence[tuple[int, int]], chance: Random) -> float | None:
    chosen = chance.choices(pairs, k=len(pairs))
    whole = sum(pair[1] for pair in chosen)
    return sum(pair[0] for pair in chosen) / whole if whole else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
