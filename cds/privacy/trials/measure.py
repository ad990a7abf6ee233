"""Compare what a scrubber removed with what had to go: recall, leaks, what was removed needlessly, speed.

Only letters and digits count, for a blank or a comma tells nobody anything. Categories are not compared: what
is gone is gone. Removed stretches that the scrubber calls an age are never held against it, nor are a trial's
`either`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final, Protocol

from cds.privacy.trials.figures import Figures, Interval, Needed, Speed, bootstrapped, percentile
from cds.privacy.trials.trial import Marked, Trial

AGE: Final = "AGE"
GROUPS: Final[dict[str, Callable[[Trial], str]]] = {
    "style": lambda trial: trial.style,
    "type": lambda trial: trial.kind,
    "origin": lambda trial: trial.origin,
}


class Removed(Protocol):
    """A stretch of the input that a scrubber replaced."""

    @property
    def start(self) -> int:
        """Return the first character."""
        ...

    @property
    def end(self) -> int:
        """Return the place after the last character."""
        ...

    @property
    def category(self) -> str:
        """Return what the scrubber takes it for."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A removed stretch, for scrubbers of other makes."""

    start: int
    end: int
    category: str = ""


Scrubber = Callable[[str], Iterable[Removed]]


@dataclass(frozen=True, slots=True)
class Missed:
    """An identifier of which something stayed."""

    trial: str
    category: str
    form: str
    text: str
    left: str
    around: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one text: letters and digits, spans and traps."""

    trial: Trial
    found: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    """By category and, after a colon, by form: characters, removed ones, spans, spans removed whole."""
    identifying: int = 0
    removed: int = 0
    spans: int = 0
    whole: int = 0
    plain: int = 0
    plain_removed: int = 0
    traps: int = 0
    touched: int = 0

    @property
    def leaks(self) -> bool:
        """Tell whether a letter or digit of an identifier stayed."""
        return self.removed < self.identifying


def tallied(trial: Trial, removed: Iterable[Removed]) -> Tally:
    """Count one text; raise ValueError where a removed stretch lies outside it."""
    gone, aged = _covered(trial.text, removed)
    rows = {(mark.category, mark.form): (0, 0, 0, 0) for mark in trial.spans}
    for mark in trial.spans:
        size, off = _counted(trial.text, gone, mark.start, mark.end, also=aged)
        row = rows[mark.category, mark.form]
        rows[mark.category, mark.form] = (row[0] + size, row[1] + off, row[2] + 1, row[3] + (size == off))
    plain, plain_removed = _plain(trial, gone)
    return Tally(
        trial=trial,
        found=_named(rows),
        identifying=sum(row[0] for row in rows.values()),
        removed=sum(row[1] for row in rows.values()),
        spans=sum(row[2] for row in rows.values()),
        whole=sum(row[3] for row in rows.values()),
        plain=plain,
        plain_removed=plain_removed,
        traps=len(trial.traps),
        touched=sum(_counted(trial.text, gone, start, end)[1] > 0 for start, end in trial.traps),
    )


def _named(rows: Mapping[tuple[str, str], tuple[int, int, int, int]]) -> dict[str, tuple[int, int, int, int]]:
    """Return rows by category and by form."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for (category, form), row in rows.items():
        for name in (category, f"{category}:{form}"):
            a, b, c, d = found.get(name, (0, 0, 0, 0))
            found[name] = (a + row[0], b + row[1], c + row[2], d + row[3])
    return found


def _covered(text: str, removed: Iterable[Removed]) -> tuple[bytearray, bytearray]:
    """Return which characters were removed as something else than an age, and which as an age."""
    gone, aged = bytearray(len(text)), bytearray(len(text))
    for each in removed:
        if not 0 <= each.start <= each.end <= len(text):
            raise ValueError(f"a removed stretch {each.start}-{each.end} lies outside a text of {len(text)}")
        here = aged if each.category == AGE else gone
        here[each.start : each.end] = b"\x01" * (each.end - each.start)
    return gone, aged


def _counted(
    text: str, gone: bytearray, start: int, end: int, *, also: bytearray | None = None
) -> tuple[int, int]:
    """Return how many letters and digits a stretch has, and how many of them are gone."""
    places = [place for place in range(start, end) if text[place].isalnum()]
    return len(places), sum(bool(gone[place] or (also and also[place])) for place in places)


def _plain(trial: Trial, gone: bytearray) -> tuple[int, int]:
    """Return the letters and digits that identify nobody, traps among them, and how many are gone."""
    aside = bytearray(len(trial.text))
    for start, end in [*((mark.start, mark.end) for mark in trial.spans), *trial.either]:
        aside[start:end] = b"\x01" * (end - start)
    places = [place for place, letter in enumerate(trial.text) if letter.isalnum() and not aside[place]]
    return len(places), sum(gone[place] for place in places)


def measured(trials: Iterable[Trial], scrubber: Scrubber, *, seed: int = 0, rounds: int = 400) -> Figures:
    """Run a scrubber over trials and return its figures with 95 % intervals by resampling the texts."""
    tallies, nanoseconds = [], []
    for trial in trials:
        begun = perf_counter_ns()
        removed = scrubber(trial.text)
        nanoseconds.append(perf_counter_ns() - begun)
        tallies.append(tallied(trial, removed))
    if not tallies:
        raise ValueError("there is no trial to measure on")
    return summed(tallies, nanoseconds, seed=seed, rounds=rounds)


def summed(tallies: Sequence[Tally], nanoseconds: Sequence[int], *, seed: int, rounds: int) -> Figures:
    """Return the figures of texts that were counted and timed."""
    classes = _classes(tallies)
    long_enough = {name: row for name, row in classes.items() if ":" not in name}
    return Figures(
        texts=len(tallies),
        characters=sum(len(tally.trial.text) for tally in tallies),
        recall=_interval(tallies, "removed", "identifying", seed=seed, rounds=rounds),
        whole=_interval(tallies, "whole", "spans", seed=seed, rounds=rounds),
        leaking=_leaking(tallies, seed=seed, rounds=rounds),
        needless=_interval(tallies, "plain_removed", "plain", seed=seed, rounds=rounds),
        traps=_interval(tallies, "touched", "traps", seed=seed, rounds=rounds),
        classes=long_enough,
        forms={name: row for name, row in classes.items() if ":" in name},
        worst=min(long_enough, key=lambda name: long_enough[name].recall, default=""),
        groups={name: _grouped(tallies, key) for name, key in GROUPS.items()},
        speed=_speed(tallies, nanoseconds),
    )


def _interval(tallies: Sequence[Tally], part: str, whole: str, *, seed: int, rounds: int) -> Interval:
    pairs = [(getattr(tally, part), getattr(tally, whole)) for tally in tallies]
    return bootstrapped(pairs, seed=seed, rounds=rounds)


def _leaking(tallies: Sequence[Tally], *, seed: int, rounds: int) -> Interval:
    """Return the share of texts that leak among those that hold an identifier."""
    return bootstrapped([(tally.leaks, 1) for tally in tallies if tally.spans], seed=seed, rounds=rounds)


def _classes(tallies: Iterable[Tally]) -> dict[str, Needed]:
    sums: dict[str, list[int]] = {}
    for tally in tallies:
        for name, row in tally.found.items():
            sums[name] = [a + b for a, b in zip(sums.get(name, [0, 0, 0, 0]), row, strict=True)]
    return {name: Needed(*sums[name]) for name in sorted(sums)}


def _grouped(tallies: Sequence[Tally], key: Callable[[Trial], str]) -> dict[str, Needed]:
    names = sorted({key(tally.trial) for tally in tallies} - {""})
    own = {name: [tally for tally in tallies if key(tally.trial) == name] for name in names}
    return {
        name: Needed(
            sum(t.identifying for t in each),
            sum(t.removed for t in each),
            sum(t.spans for t in each),
            sum(t.whole for t in each),
        )
        for name, each in own.items()
    }


def _speed(tallies: Sequence[Tally], nanoseconds: Sequence[int]) -> Speed | None:
    """Return characters a second, and milliseconds for texts of 100 to 200 characters, or for all."""
    total = sum(nanoseconds)
    if not total:
        return None
    near = [ns for tally, ns in zip(tallies, nanoseconds, strict=True) if 100 <= len(tally.trial.text) <= 200]
    times = sorted(near or nanoseconds)
    characters = sum(len(tally.trial.text) for tally in tallies)
    return Speed(
        characters / (total / 1e9), percentile(times, 0.50) / 1e6, percentile(times, 0.95) / 1e6, len(near)
    )


def misses(trials: Iterable[Trial], scrubber: Scrubber) -> Iterator[Missed]:
    """Yield every identifier of which a letter or digit stayed, with what stands around it."""
    for trial in trials:
        gone, aged = _covered(trial.text, scrubber(trial.text))
        yield from (miss for mark in trial.spans if (miss := _miss(trial, mark, gone, aged)))


def _miss(trial: Trial, mark: Marked, gone: bytearray, aged: bytearray) -> Missed | None:
    size, off = _counted(trial.text, gone, mark.start, mark.end, also=aged)
    if size == off:
        return None
    left = "".join(
        "·" if gone[place] or aged[place] else trial.text[place] for place in range(mark.start, mark.end)
    )
    around = trial.text[max(0, mark.start - 40) : mark.end + 40]
    return Missed(trial.id, mark.category, mark.form, trial.text[mark.start : mark.end], left, around)
